package pattern

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

func matches(t testing.TB, pattern, event string) bool {
	t.Helper()
	p, err := Parse(pattern)
	if err != nil {
		t.Fatalf("%s: %v", pattern, err)
	}
	e, err := ParseEvent(event)
	if err != nil {
		t.Fatalf("%s: %v", event, err)
	}
	return p.Matches(e)
}

// In each case the pattern is of the field v. The names are those of the
// recorded cases that say the same of AWS; none: the guide, or event-ruler.
var values = []struct{ pattern, match, differ string }{
	{`["a"]`, `"a"`, `"A" null 1 {"a":"a"}`},                                       // string
	{`["a","b"]`, `"a" "b" ["x","b"]`, `["x"] []`},                                 // arrays, arrays_NEG
	{`[300]`, `300 300.0 3.0e2`, `"300" 301`},                                      // number_comparison_float
	{`[123456789012]`, `123456789012`, `"123456789012" 123456789013`},              // beyond what is compared
	{`[false]`, `false`, `true "false" null`},                                      // boolean
	{`[null]`, `null [null]`, `"null" [] false {}`},                                // null_value, arrays_empty_null_NEG
	{`[""]`, `""`, `" " null`},                                                     // string_empty
	{`[{"exists":true}]`, `1 "" null false`, `[] {} {"x":1}`},                      // content_exists, exists_list_empty_NEG, exists_dynamodb_NEG
	{`[{"exists":false}]`, `[] {} {"x":1}`, `1 null`},                              //
	{`[{"prefix":"us-"}]`, `"us-east-1"`, `"US-east-1" "eu-us-" 1 null`},           // content_prefix
	{`[{"prefix":""}]`, `"x" ""`, `1 null`},                                        // content_prefix_empty
	{`[{"prefix":{"equals-ignore-case":"EventB"}}]`, `"eVENTbridge"`, `"event"`},   // content_prefix_ignorecase
	{`[{"suffix":".png"}]`, `"a.png"`, `"a.PNG" "png"`},                            // content_suffix
	{`[{"suffix":{"equals-ignore-case":".png"}}]`, `"a.PNG" ".png"`, `"g"`},        // content_suffix_ignorecase
	{`[{"equals-ignore-case":"Alice"}]`, `"aLICE" "Alice" ["x","ALICE"]`, `"ali"`}, // content_ignorecase
	{`[{"equals-ignore-case":""}]`, `""`, `"x"`},                                   // content_ignorecase_empty
	{`[{"exactly":"a"}]`, `"a"`, `"b"`},
	{`[{"numeric":["=",3.018e2]}]`, `301.8`, `301.9 "301.8"`},                                      // content_numeric_and
	{`[{"numeric":[">",0,"<=",5]}]`, `5 0.1`, `0 5.1 -1 "3" null`},                                 // content_numeric_and_NEG
	{`[{"numeric":["<",10]}]`, `9.999 -4e9`, `10 "9"`},                                             // numeric-string_NEG
	{`[{"numeric":[">=",-5]}]`, `-5 5000000000`, `-5.1 5000000001`},                                // the guide's limits
	{`[{"anything-but":"a"}]`, `"b" null 1 ["a","b"] true`, `"a" ["a"] [] {}`},                     // content_anything_but_string, _null, _missing_NEG
	{`[{"anything-but":["a","b"]}]`, `"c" null`, `"a" "b"`},                                        // content_anything_but_string_list
	{`[{"anything-but":0}]`, `1 "0" null`, `0 0.0`},                                                // content_anything_but_number_zero
	{`[{"anything-but":[100,200]}]`, `300 "100"`, `100 2e2`},                                       // content_anything_but_number_list
	{`[{"anything-but":{"prefix":"init"}}]`, `"post-init" 12 null`, `"init"`},                      // content_anything_prefix, _int_value
	{`[{"anything-but":{"prefix":["a","b"]}}]`, `"cab" null`, `"ab" "ba"`},                         // content_anything_prefix_list
	{`[{"anything-but":{"suffix":[".txt",".jpg"]}}]`, `"a.txt.bak" 1`, `"a.txt" "a.jpg"`},          // content_anything_suffix_list
	{`[{"anything-but":{"equals-ignore-case":["x","y"]}}]`, `"z" null 1`, `"X" "y"`},               // content_anything_but_ignorecase_list
	{`[{"anything-but":{"wildcard":"*/init/*"}}]`, `"a/b/c" 123 null`, `"dir/init/file" "/init/"`}, // content_anything_wildcard
	{`[{"anything-but":{"wildcard":""}}]`, `"x"`, `""`},                                            // content_anything_wildcard_empty
	{`[{"wildcard":"/Users/*/doc.txt"}]`, `"/Users/a/b/doc.txt"`, `"/Users/a/notdoc.txt" "/Users/doc.txt"`},
	{`[{"wildcard":""}]`, `""`, `"x"`}, // content_wildcard_empty_NEG
	{`[{"wildcard":"*"}]`, `"" "x" "*"`, `1 null`},
	{`[{"wildcard":"a\\*b\\\\"}]`, `"a*b\\"`, `"axb\\" "a*b"`},
	{`[{"cidr":"10.0.0.0/24"}]`, `"10.0.0.255" "10.0.0.0"`, `"10.0.1.0" "10.0.0.256" 123`},                                     // content_ip_address, _bad_type_NEG
	{`[{"cidr":"2001:db8:1234:1a00::/64"}]`, `"2001:0db8:1234:1a00:0000:0000:0000:0000"`, `"2001:db8:123f:1a01::" "10.0.0.1"`}, // content_ip_address_v6
	{`["2001:db8::1"]`, `"2001:DB8:0:0::1" "2001:db8::1"`, `"2001:db8::2"`},
	{`[{"numeric":[">",100]},{"anything-but":"101"}]`, `"42" 101`, `"101"`}, // or-numeric-anything-but
	{`[{"prefix":"a"},"z",{"exists":false}]`, `"ab" "z" []`, `"b"`},         // operator_multiple_list
}

func TestValues(t *testing.T) {
	for _, c := range values {
		for _, side := range []struct {
			list string
			want bool
		}{{c.match, true}, {c.differ, false}} {
			d := json.NewDecoder(strings.NewReader(side.list))
			for d.More() {
				var v json.RawMessage
				if err := d.Decode(&v); err != nil {
					t.Fatal(side.list, err)
				}
				if got := matches(t, `{"v":`+c.pattern+`}`, `{"v":`+string(v)+`}`); got != side.want {
					t.Errorf("%s matches %s: %v", c.pattern, v, got)
				}
			}
		}
	}
}

func TestStructure(t *testing.T) {
	for _, c := range []struct {
		pattern, event string
		want           bool
	}{
		{`{"a":{"b":["x"]}}`, `{"a":{"b":"x","c":1}}`, true},
		{`{"A":["x"]}`, `{"a":"x"}`, false},
		{`{"a":{"b":["x"]},"c":["y"]}`, `{"a":{"b":"x"}}`, false},
		{`{"a":{"b":["x"]}}`, `{"a":"{\"b\":\"x\"}"}`, false},
		{`{"a":{"b":["x"]}}`, `{"a.b":"x"}`, true},
		{`{"a.b":["x"]}`, `{"a":{"b":"x"}}`, true},
		{`{"a.b":{"b":["x"]}}`, `{"a":{"b":"x"}}`, false},
		{`{"a":["x"],"a":["y"]}`, `{"a":"y"}`, true}, // the last counts
		{`{"a":["x"],"a":["y"]}`, `{"a":"x"}`, false},
		{`{"a":{"b":{"c":[{"exists":false}]}}}`, `{"a":1}`, true},
		{`{"a":{"b":["x"]}}`, `{"a":[{"c":1},{"b":"x"}]}`, true},
		// both in the same element of the list
		{`{"a":{"b":["x"],"c":[1]}}`, `{"a":[{"b":"x","c":1}]}`, true},
		{`{"a":{"b":["x"],"c":[1]}}`, `{"a":[{"b":"x","c":2},{"b":"y","c":1}]}`, false},
		{`{"a":{"b":["x"],"d":{"c":[1]}}}`, `{"a":[{"b":"x","d":[{"c":2},{"c":1}]}]}`, true},
		{`{"a":{"b":["x"],"d":{"c":[1]}}}`, `{"a":[{"b":"x"},{"d":[{"c":1}]}]}`, false},
		{`{"a":{"b":["x"],"d":{"c":[1],"e":[2]}}}`, `{"a":[{"b":"x","d":[{"c":1,"e":3},{"c":3,"e":2}]}]}`, false},
		{`{"a":["x"],"b":[1]}`, `{"a":["y","x"],"b":[2,1]}`, true},
		{`{"a":{"b":["x"],"c":[{"exists":false}]}}`, `{"a":[{"b":"x"},{"c":1}]}`, true},
		{`{"a":{"b":["x"],"c":[{"exists":false}]}}`, `{"a":[{"b":"x","c":1},{"d":1}]}`, false},
		// $or
		{`{"s":["q"],"$or":[{"m":["a"]},{"n":["b"],"o":["c"]}]}`, `{"s":"q","m":"a"}`, true},
		{`{"s":["q"],"$or":[{"m":["a"]},{"n":["b"],"o":["c"]}]}`, `{"s":"q","n":"b","o":"c"}`, true},
		{`{"s":["q"],"$or":[{"m":["a"]},{"n":["b"],"o":["c"]}]}`, `{"s":"q","n":"b"}`, false},
		{`{"$or":[{"m":["a"]},{"n":["b"]}],"s":["q"]}`, `{"m":"a"}`, false},
		{`{"d":{"$or":[{"m":["a"]},{"$or":[{"n":["b"]},{"n":["c"]}]}]}}`, `{"d":{"n":"c"}}`, true},
		{`{"d":{"x":{"$or":[{"m":["a"]},{"n":["b"]}]}}}`, `{"d":{"n":"b"}}`, false},
	} {
		if got := matches(t, c.pattern, c.event); got != c.want {
			t.Errorf("%s matches %s: %v", c.pattern, c.event, got)
		}
	}
}

// The reasons and places are those that were recorded, of these patterns or of
// ones like them; without a place: of event-ruler.
func TestInvalid(t *testing.T) {
	for source, want := range map[string]string{
		`{"int": 42}`:                                                        `"int" must be an object or an array` + "\n" + ` at [Source: (String)"{"int": 42}"; line: 1, column: 11]`,
		`{"string": "my-value"}`:                                             `"string" must be an object or an array` + "\n" + ` at [Source: (String)"{"string": "my-value"}"; line: 1, column: 13]`,
		`{"resources": []}`:                                                  "Empty arrays are not allowed\n" + ` at [Source: (String)"{"resources": []}"; line: 1, column: 17]`,
		`{"k": [{"EXISTS": true}]}`:                                          "Unrecognized match type EXISTS\n" + ` at [Source: (String)"{"k": [{"EXISTS": true}]}"; line: 1, column: 23]`,
		`{"k": [{"NUMERIC": ["=", 5]}]}`:                                     "Unrecognized match type NUMERIC\n" + ` at [Source: (String)"{"k": [{"NUMERIC": ["=", 5]}]}"; line: 1, column: 21]`,
		`{"c": [{"numeric": [">", 0, ">", 0]}]}`:                             "Bad numeric range operator: >\n" + ` at [Source: (String)"{"c": [{"numeric": [">", 0, ">", 0]}]}"; line: 1, column: 32]`,
		`{"c": [{"numeric": [">", 0, "<"]}]}`:                                "Value of < must be numeric\n" + ` at [Source: (String)"{"c": [{"numeric": [">", 0, "<"]}]}"; line: 1, column: 33]`,
		`{"c": [{"numeric": 10}]}`:                                           "Value of numeric must be an array.\n" + ` at [Source: (String)"{"c": [{"numeric": 10}]}"; line: 1, column: 22]`,
		`{"time": [{"prefix": ["2022-07-13"]}]}`:                             "prefix match pattern must be a string\n" + ` at [Source: (String)"{"time": [{"prefix": ["2022-07-13"]}]}"; line: 1, column: 23]`,
		`{"time": [{"prefix": 123}]}`:                                        "prefix match pattern must be a string\n" + ` at [Source: (String)"{"time": [{"prefix": 123}]}"; line: 1, column: 25]`,
		`{"f": [{"anything-but": {"prefix": ""}}]}`:                          "Null prefix/suffix not allowed\n" + ` at [Source: (String)"{"f": [{"anything-but": {"prefix": ""}}]}"; line: 1, column: 38]`,
		`{"s": [{"anything-but": {"suffix": [1, "a"]}}]}`:                    strings.Repeat("\n"+` at [Source: (String)"{"s": [{"anything-but": {"suffix": [1, "a"]}}]}"; line: 1, column: 38]`, 2),
		`{"s": [{"anything-but": null}]}`:                                    "Value of anything-but must be an array or single string/number value.\n" + ` at [Source: (String)"{"s": [{"anything-but": null}]}"; line: 1, column: 29]`,
		`{"s": [{"anything-but": {"prefix": {"equals-ignore-case": "f"}}}]}`: "Value of anything-but must be an array or single string/number value.\n" + ` at [Source: (String)"{"s": [{"anything-but": {"prefix": {"equals-ignore-case": "f"}}}]}"; line: 1, column: 37]`,
		`{"s": [{"wildcard": "arn:aws:events:us-east-1:**:x"}]}`:             "Consecutive wildcard characters at pos 26\n" + ` at [Source: (String)"{"s": [{"wildcard": "arn:aws:events:us-east-1:**:x"}]}"; line: 1, column: 52]`,
		`["not", "a", "dict"]`:                                               "Filter is not an object\n" + ` at [Source: (String)"["not", "a", "dict"]"; line: 1, column: 2]`,
		`{"s": [{"cidr": "bad"}]}`:                                           "Malformed CIDR, one '/' required",
		`{"s": [{"cidr": "bad-/64filter"}]}`:                                 "Malformed CIDR, mask bits must be an integer",
		`{"s": [{"cidr": "xx.11.xx/8"}]}`:                                    "Nonstandard IP address: xx.11.xx",
		`{"s": [{"wildcard": "*:*:*:*:*:event-bus/*"}]}`:                     "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character",
		`{"s": [{"cidr": ["x"]}]}`:                                           "prefix match pattern must be a string",
		`{"s": [{"anything-but": ["a", null]}]}`:                             "Inside anything but list, start|null|boolean is not supported.",
		`{"s": [{"anything-but": ["a", 1]}]}`:                                "either all values are number or string",
		`{"s": [{"anything-but": {"equals-ignore-case": 1}}]}`:               "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.",
		`{"s": [{"anything-but": {"wildcard": 1}}]}`:                         "wildcard match pattern must be a string",
		`{"s": [{"anything-but": {"exists": true}}]}`:                        "Unsupported anything-but pattern: exists",
		`{"s": [{"equals-ignore-case": ["x"]}]}`:                             "equals-ignore-case match pattern must be a string",
		`{"s": [{"prefix": "a", "suffix": "b"}]}`:                            "Only one key allowed in match expression",
		`{"s": [{"exists": "true"}]}`:                                        "exists match pattern must be either true or false.",
		`{"s": [{"numeric": ["<", 1, ">", 0]}]}`:                             "Too many elements in numeric expression",
		`{"s": [{"numeric": [">", 2, "<", 1]}]}`:                             "Bottom must be less than top",
		`{"s": [{"numeric": [">", 5000000001]}]}`:                            "Value must be between -5.0E9 and 5.0E9, inclusive",
		`{"s": [{"wildcard": "a\\b"}]}`:                                      "Invalid escape character at pos 2",
		`{"s": [["x"]]}`:                                                     "Match value must be String, number, true, false, or null",
		`{}`:                                                                 "Empty objects are not allowed",
		`{"s": {}}`:                                                          "Empty objects are not allowed",
		`{"$or": [{"a": [1]}]}`:                                              "There must have at least 2 Objects in $or relationship.",
		`{"$or": {"a": [1]}}`:                                                "It must be an Array followed with $or.",
		`{"$or": [{"a": [1]}, 2]}`:                                           "Only JSON object is allowed in array of $or relationship.",
		`{"$or": [{"a": [1]}, {"prefix": [1]}]}`:                             "prefix is Ruler reserved fieldName which cannot be used inside $or.",
		`this is no JSON`:                                                    "",
		`{"not": closed mark"`:                                               "",
		`{"a": ["x"]} more`:                                                  "",
		`{"a": ["x"]`:                                                        "",
	} {
		_, err := Parse(source)
		if !IsInvalid(err) || !strings.HasPrefix(err.Error(), "Event pattern is not valid. Reason: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v\nwant %s", source, err, want)
		}
	}
}

func TestCombinations(t *testing.T) {
	or := func(n int) string {
		return `{"$or":[{"a":["x"]}` + strings.Repeat(`,{"b":["y"]}`, n-1) + `]}`
	}
	if _, err := Parse(or(1000)); err != nil {
		t.Error(err)
	}
	if _, err := Parse(or(1001)); !IsInvalid(err) {
		t.Error("1001 combinations are taken")
	}
}

func TestComplexity(t *testing.T) {
	for source, want := range map[string]bool{
		`{"s":[{"wildcard":"/Users/*/dir/dir/dir/dir/dir/doc.txt"}]}`:         true,
		`{"s":[{"wildcard":"arn:aws:events:us-east-1:*:event-bus/*"}]}`:       true,
		`{"s":[{"anything-but":{"wildcard":["*/init/*","*/dir/*"]}}]}`:        true,
		`{"s":[{"wildcard":"*:*:*:*:*:event-bus/*"}]}`:                        false,
		`{"s":[{"anything-but":{"wildcard":"*:*:*:*:*:event-bus/*"}}]}`:       false,
		`{"a":[{"wildcard":"a*b*"}],"b":[{"wildcard":"a*b*"}]}`:               true,
		`{"s":[{"wildcard":"*a"},{"wildcard":"*b"},{"wildcard":"*c"}]}`:       true,
		`{"s":[{"wildcard":"*aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}]}`: false,
	} {
		if _, err := Parse(source); (err == nil) != want {
			t.Errorf("%s: %v", source, err)
		}
	}
}

// A wildcard is a regular expression.
func TestWildcardsAreExpressions(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	random := func(letters string, most int) string {
		b := make([]byte, r.IntN(most))
		for i := range b {
			b[i] = letters[r.IntN(len(letters))]
		}
		return string(b)
	}
	for range 3000 {
		w := strings.ReplaceAll(random("ab*", 6), "**", "*")
		if strings.Contains(w, "**") || strings.Count(w, "*") > 2 {
			continue
		}
		want := regexp.MustCompile("^" + strings.ReplaceAll(w, "*", ".*") + "$")
		s := random("ab", 8)
		if got := matches(t, fmt.Sprintf(`{"v":[{"wildcard":%q}]}`, w), fmt.Sprintf(`{"v":%q}`, s)); got != want.MatchString(s) {
			t.Fatalf("%q matches %q: %v", w, s, got)
		}
	}
}

// What a random event has is matched by a pattern that asks for it, and not by
// one that asks for anything but that; $or is either of two patterns.
func TestLaws(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	leaves := []string{`"a"`, `"b"`, `1`, `2.5`, `-3e3`}
	for range 2000 {
		v, w := leaves[r.IntN(len(leaves))], leaves[r.IntN(len(leaves))]
		event := `{"d":{"v":` + v + `,"w":` + w + `},"n":null}`
		asks := leaves[r.IntN(len(leaves))]
		exact := matches(t, `{"d":{"v":[`+asks+`]}}`, event)
		if exact != (asks == v) {
			t.Fatalf("%s asked of %s: %v", asks, event, exact)
		}
		if but := matches(t, `{"d":{"v":[{"anything-but":`+asks+`}]}}`, event); but == exact {
			t.Fatalf("%s is in %s: %v, and so is anything but it", asks, event, but)
		}
		a, b := `{"d":{"v":[`+asks+`]}}`, `{"d":{"w":[`+asks+`],"v":[{"exists":true}]}}`
		if or := matches(t, `{"$or":[`+a+`,`+b+`]}`, event); or != (matches(t, a, event) || matches(t, b, event)) {
			t.Fatalf("%s or %s of %s: %v", a, b, event, or)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, c := range values {
		f.Add(`{"v":`+c.pattern+`}`, `{"v":["a",1,null,{"v":{"w":"x"}}]}`)
	}
	f.Add(`{"$or":[{"a":["x"]},{"b":["y"]}]}`, `{"a":[[{"b":1}],"x"]}`)
	f.Fuzz(func(t *testing.T, pattern, event string) {
		if len(pattern) > 4096 {
			return
		}
		p, err := Parse(pattern)
		if err != nil {
			if !IsInvalid(err) {
				t.Fatalf("%q: %v", pattern, err)
			}
			return
		}
		if !json.Valid([]byte(pattern)) {
			t.Fatalf("%q is taken, and no JSON", pattern)
		}
		e, err := ParseEvent(event)
		if err != nil {
			return
		}
		if !json.Valid([]byte(event)) {
			t.Fatalf("%q is taken for an event", event)
		}
		p.Matches(e)
	})
}
