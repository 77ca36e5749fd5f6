package keypolicy_test

import (
	"errors"
	"testing"

	"rekey/shared/keypolicy"
)

const topic = "arn:aws:sns:eu-west-1:" + home + ":orders"

// conditions are single conditions on the key x:k; request holds its values,
// and is nil where the request does not have it.
var conditions = []struct {
	operator string
	value    string // JSON
	request  []string
	want     bool
}{
	// IAM User Guide, "IAM JSON policy elements: Condition operators", String.
	{"StringEquals", `"a"`, []string{"a"}, true},
	{"StringEquals", `"a"`, []string{"A"}, false},
	{"StringEquals", `["b","a"]`, []string{"a"}, true},
	{"StringEquals", `"a*"`, []string{"ab"}, false},
	{"StringEquals", `"a*"`, []string{"a*"}, true},
	{"StringEquals", `"a"`, nil, false},
	{"StringEquals", `"a"`, []string{}, false},
	{"StringEquals", `""`, []string{""}, true},
	{"StringEquals", `12`, []string{"12"}, true},
	{"StringEquals", `true`, []string{"true"}, true},
	{"StringEqualsIfExists", `"a"`, nil, true},
	{"StringEqualsIfExists", `"a"`, []string{"b"}, false},
	{"StringEqualsIfExists", `"a"`, []string{"a"}, true},
	{"StringNotEquals", `"a"`, []string{"b"}, true},
	{"StringNotEquals", `"a"`, []string{"a"}, false},
	{"StringNotEquals", `["a","b"]`, []string{"b"}, false},
	{"StringNotEquals", `["a","b"]`, []string{"c"}, true},
	{"StringNotEquals", `"a"`, nil, true},
	{"StringNotEqualsIfExists", `"a"`, nil, true},
	{"StringNotEqualsIfExists", `"a"`, []string{"a"}, false},
	{"StringEqualsIgnoreCase", `"Ab"`, []string{"aB"}, true},
	{"StringEqualsIgnoreCase", `"Ab"`, []string{"ac"}, false},
	{"StringEqualsIgnoreCase", `"Ab"`, nil, false},
	{"StringEqualsIgnoreCaseIfExists", `"Ab"`, nil, true},
	{"StringNotEqualsIgnoreCase", `"Ab"`, []string{"aB"}, false},
	{"StringNotEqualsIgnoreCase", `"Ab"`, []string{"ac"}, true},
	{"StringNotEqualsIgnoreCase", `"Ab"`, nil, true},
	{"StringLike", `"a*c?"`, []string{"abbcd"}, true},
	{"StringLike", `"a*c?"`, []string{"abbc"}, false},
	{"StringLike", `"a*"`, []string{"A"}, false},
	{"StringLike", `"*"`, []string{"a:b/c"}, true},
	{"StringLike", `"*"`, []string{""}, true},
	{"StringLike", `"*"`, nil, false},
	{"StringLikeIfExists", `"a*"`, nil, true},
	{"StringLikeIfExists", `"a*"`, []string{"b"}, false},
	{"StringNotLike", `"a*"`, []string{"ab"}, false},
	{"StringNotLike", `["a*","b*"]`, []string{"bc"}, false},
	{"StringNotLike", `"a*"`, []string{"b"}, true},
	{"StringNotLike", `"a*"`, nil, true},
	{"StringNotLikeIfExists", `"a*"`, nil, true},

	// Numeric.
	{"NumericEquals", `"10"`, []string{"10.0"}, true},
	{"NumericEquals", `10`, []string{"11"}, false},
	{"NumericEquals", `"9007199254740993"`, []string{"9007199254740992"}, false},
	{"NumericEquals", `10`, nil, false},
	{"NumericEqualsIfExists", `10`, nil, true},
	{"NumericNotEquals", `10`, []string{"11"}, true},
	{"NumericNotEquals", `10`, []string{"10"}, false},
	{"NumericNotEquals", `10`, nil, true},
	{"NumericLessThan", `10`, []string{"9.5"}, true},
	{"NumericLessThan", `10`, []string{"10"}, false},
	{"NumericLessThan", `10`, nil, false},
	{"NumericLessThanIfExists", `10`, nil, true},
	{"NumericLessThanEquals", `10`, []string{"10"}, true},
	{"NumericLessThanEquals", `10`, []string{"11"}, false},
	{"NumericGreaterThan", `-1`, []string{"0"}, true},
	{"NumericGreaterThan", `10`, []string{"10"}, false},
	{"NumericGreaterThanEquals", `10`, []string{"10"}, true},
	{"NumericGreaterThanEquals", `10`, []string{"9"}, false},
	{"NumericGreaterThanEqualsIfExists", `10`, nil, true},

	// Date and time.
	{"DateEquals", `"2020-01-01T00:00:00Z"`, []string{"2020-01-01T01:00:00+01:00"}, true},
	{"DateEquals", `"2020-01-01"`, []string{"1577836800"}, true},
	{"DateEquals", `"2020"`, []string{"2020-01-01T00:00Z"}, true},
	{"DateEquals", `"2020-01-01T00:00:00.5Z"`, []string{"2020-01-01T00:00:00Z"}, false},
	{"DateEquals", `"2020-01-01"`, nil, false},
	{"DateNotEquals", `"2020-01-01"`, []string{"2020-01-02"}, true},
	{"DateNotEquals", `"2020-01-01"`, []string{"2020-01-01"}, false},
	{"DateNotEquals", `"2020-01-01"`, nil, true},
	{"DateLessThan", `"2020-01-01"`, []string{"2019-12-31T23:59:59Z"}, true},
	{"DateLessThan", `"2020-01-01"`, []string{"2020-01-01"}, false},
	{"DateLessThanEquals", `"2020-01-01"`, []string{"2020-01-01"}, true},
	{"DateGreaterThan", `1577836800`, []string{"2020-01-01T00:00:01Z"}, true},
	{"DateGreaterThan", `"2020-01-01"`, nil, false},
	{"DateGreaterThanIfExists", `"2020-01-01"`, nil, true},
	{"DateGreaterThanEquals", `"2020-01-01"`, []string{"2020-01-01"}, true},
	{"DateGreaterThanEquals", `"2020-01-01"`, []string{"2019-01-01"}, false},

	// Boolean, Null and Binary.
	{"Bool", `"true"`, []string{"true"}, true},
	{"Bool", `true`, []string{"false"}, false},
	{"Bool", `"false"`, []string{"false"}, true},
	{"Bool", `"false"`, nil, false},
	{"BoolIfExists", `"false"`, nil, true},
	{"BoolIfExists", `"true"`, []string{"false"}, false},
	{"Null", `"true"`, nil, true},
	{"Null", `"true"`, []string{"a"}, false},
	{"Null", `"false"`, nil, false},
	{"Null", `false`, []string{"a"}, true},
	{"Null", `"false"`, []string{"a", "b"}, true},
	{"Null", `"true"`, []string{}, true},
	{"Null", `"true"`, []string{""}, true}, // "IAM JSON policy elements: Condition"
	{"Null", `"false"`, []string{""}, false},
	{"Bool", `"${x:flag}"`, []string{"true"}, true},
	{"Bool", `"${x:none}"`, []string{"true"}, false},
	{"BinaryEquals", `"QmluYXJ5"`, []string{"Binary"}, true},
	{"BinaryEquals", `"QmluYXJ5"`, []string{"QmluYXJ5"}, true},
	{"BinaryEquals", `"QmluYXJ5"`, []string{"binary"}, false},
	{"BinaryEquals", `"QmluYXJ5"`, nil, false},
	{"BinaryEqualsIfExists", `"QmluYXJ5"`, nil, true},

	// IP address.
	{"IpAddress", `"203.0.113.0/24"`, []string{"203.0.113.9"}, true},
	{"IpAddress", `"203.0.113.0/24"`, []string{"203.0.114.9"}, false},
	{"IpAddress", `"203.0.113.9"`, []string{"203.0.113.9"}, true},
	{"IpAddress", `"203.0.113.9"`, []string{"203.0.113.8"}, false},
	{"IpAddress", `["10.0.0.0/8","2001:DB8:1234:5678::/64"]`, []string{"2001:db8:1234:5678::1"}, true},
	{"IpAddress", `"203.0.113.77/24"`, []string{"203.0.113.9"}, true},
	{"IpAddress", `"203.0.113.0/24"`, []string{"::ffff:203.0.113.9"}, true},
	{"IpAddress", `"0.0.0.0/0"`, nil, false},
	{"IpAddressIfExists", `"10.0.0.0/8"`, nil, true},
	{"NotIpAddress", `"203.0.113.0/24"`, []string{"203.0.113.9"}, false},
	{"NotIpAddress", `"203.0.113.0/24"`, []string{"198.51.100.1"}, true},
	{"NotIpAddress", `"203.0.113.0/24"`, nil, true},

	// Amazon Resource Name: component by component.
	{"ArnEquals", `"` + topic + `"`, []string{topic}, true},
	{"ArnEquals", `"arn:aws:sns:*:` + home + `:o*"`, []string{topic}, true},
	{"ArnLike", `"arn:aws:sns:*:` + home + `:order?"`, []string{topic}, true},
	{"ArnLike", `"arn:aws:sns:*:` + home + `:ORDERS"`, []string{topic}, false},
	{"ArnLike", `"arn:aws:x:*:111122223333:finance/*"`, []string{"arn:aws:x:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"}, false},
	{"StringLike", `"arn:aws:x:*:111122223333:finance/*"`, []string{"arn:aws:x:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"}, true},
	{"ArnLike", `"arn:*:*:*:*:*"`, []string{"arn:aws:lambda:eu-west-1:1:function:f:3"}, true},
	{"ArnLike", `"arn:aws:sns:*:*:*"`, []string{"orders"}, false},
	{"ArnLike", `"arn:aws:sns:*:*:*"`, nil, false},
	{"ArnLikeIfExists", `"arn:aws:sns:*:*:*"`, nil, true},
	{"ArnNotEquals", `"` + topic + `"`, []string{topic}, false},
	{"ArnNotEquals", `"` + topic + `"`, nil, true},
	{"ArnNotLike", `"arn:aws:sns:*:*:*"`, []string{topic}, false},
	{"ArnNotLike", `"arn:aws:sqs:*:*:*"`, []string{topic}, true},
	{"ArnNotLikeIfExists", `"arn:aws:sns:*:*:*"`, nil, true},

	// IAM User Guide, "Single-valued vs. multivalued context keys".
	{"ForAllValues:StringEquals", `["a","b"]`, []string{"a", "b"}, true},
	{"ForAllValues:StringEquals", `["a","b"]`, []string{"a"}, true},
	{"ForAllValues:StringEquals", `["a","b"]`, []string{"a", "c"}, false},
	{"ForAllValues:StringEquals", `"a"`, nil, true},
	{"ForAllValues:StringEquals", `"a"`, []string{""}, true},
	{"ForAllValues:StringEquals", `"a"`, []string{"", "b"}, false},
	{"ForAllValues:StringEqualsIfExists", `"a"`, nil, true},
	{"ForAllValues:StringEqualsIfExists", `"a"`, []string{"b"}, false},
	{"ForAllValues:StringNotEquals", `["a","b"]`, []string{"c", "d"}, true},
	{"ForAllValues:StringNotEquals", `["a","b"]`, []string{"c", "a"}, false},
	{"ForAllValues:StringNotEquals", `"a"`, nil, true},
	{"ForAllValues:StringLike", `["a*","b*"]`, []string{"ax", "bx"}, true},
	{"ForAllValues:NumericLessThan", `10`, []string{"1", "9"}, true},
	{"ForAllValues:NumericLessThan", `10`, []string{"1", "19"}, false},
	{"ForAllValues:ArnLike", `"arn:aws:sns:*:*:*"`, []string{topic, "x"}, false},
	{"ForAnyValue:StringEqualsIfExists", `"a"`, nil, true},
	{"ForAnyValue:StringEquals", `["a","b"]`, []string{"c", "b"}, true},
	{"ForAnyValue:StringEquals", `["a","b"]`, []string{"c", "d"}, false},
	{"ForAnyValue:StringEquals", `"a"`, nil, false},
	{"ForAnyValue:StringEquals", `""`, []string{""}, false},
	{"ForAnyValue:StringEqualsIfExists", `"a"`, []string{"b", "a"}, true},
	{"ForAnyValue:StringNotEquals", `["a","b"]`, []string{"a", "c"}, true},
	{"ForAnyValue:StringNotEquals", `["a","b"]`, []string{"a", "b"}, false},
	{"ForAnyValue:StringNotEquals", `"a"`, nil, false},
	{"ForAnyValue:StringLike", `"o-*/r-*/*"`, []string{"o-1/r-1/ou-1/"}, true},
	{"ForAnyValue:IpAddress", `"10.0.0.0/8"`, []string{"203.0.113.9", "10.1.1.1"}, true},
	{"ForAnyValue:Bool", `"true"`, []string{"false", "true"}, true},

	// "Access Analyzer policy check reference", Empty array condition.
	{"ForAllValues:StringEquals", `[]`, nil, true},
	{"ForAllValues:StringEquals", `[]`, []string{"a"}, false},
	{"ForAnyValue:StringEquals", `[]`, nil, false},
	{"ForAnyValue:StringEquals", `[]`, []string{"a"}, false},
	{"StringEqualsIfExists", `[]`, nil, true},
	{"StringEqualsIfExists", `[]`, []string{"a"}, false},

	// IAM User Guide, "IAM policy elements: Variables and tags".
	{"StringEquals", `"${x:none}"`, []string{"a"}, false},
	{"StringEquals", `["${x:none}","a"]`, []string{"a"}, true},
	{"StringNotEquals", `"${x:none}"`, []string{"a"}, true},
	{"StringNotEquals", `["${x:none}","a"]`, []string{"a"}, false},
	{"ArnLike", `"arn:aws:sns:*:*:${x:none}"`, []string{topic}, false},
	{"ArnNotLike", `"arn:aws:sns:*:*:${x:none}"`, []string{topic}, true},
	{"StringEquals", `"${aws:username}"`, []string{"alice"}, true},
	{"StringEquals", `"${AWS:UserName}"`, []string{"alice"}, true},
	{"StringEquals", `"x-${aws:username}-y"`, []string{"x-alice-y"}, true},
	{"StringEqualsIgnoreCase", `"${aws:username}"`, []string{"ALICE"}, true},
	{"StringLike", `"home/${aws:username}/*"`, []string{"home/alice/1"}, true},
	{"StringLike", `"home/${aws:username}/*"`, []string{"home/bob/1"}, false},
	{"StringNotLike", `"home/${aws:username}/*"`, []string{"home/bob/1"}, true},
	{"StringEquals", `"${aws:PrincipalTag/team, 'all'}"`, []string{"all"}, true},
	{"StringEquals", `"${aws:PrincipalTag/team, 'a}b'}"`, []string{"a}b"}, true},
	{"StringEquals", `"${aws:username, 'all'}"`, []string{"alice"}, true},
	{"StringLike", `"a${*}b"`, []string{"a*b"}, true},
	{"StringLike", `"a${*}b"`, []string{"axb"}, false},
	{"StringLike", `"a${?}${$}*"`, []string{"a?$x"}, true},
	{"StringEquals", `"$a{b}$"`, []string{"$a{b}$"}, true},
	{"ArnLike", `"arn:aws:sns:*:${aws:PrincipalAccount}:*"`, []string{topic}, true},
	{"ArnNotLike", `"arn:aws:sns:*:${aws:PrincipalAccount}:*"`, []string{topic}, false},
}

func TestConditions(t *testing.T) {
	for _, c := range conditions {
		t.Run(c.operator+" "+c.value, func(t *testing.T) {
			ok, err := holds(t, c.operator, c.value, c.request)
			if err != nil || ok != c.want {
				t.Errorf("on %q: %v, %v; want %v", c.request, ok, err, c.want)
			}
		})
	}
}

// "Multivalued context keys require a condition set operator": without one it is
// told only where all values agree.
func TestSeveralValuesWithoutASetOperator(t *testing.T) {
	for _, c := range []struct {
		operator string
		request  []string
		want     bool
		err      error
	}{
		{"StringLike", []string{"a1", "a2"}, true, nil},
		{"StringLike", []string{"b1", "b2"}, false, nil},
		{"StringNotLike", []string{"b1", "b2"}, true, nil},
		{"StringLike", []string{"a1", "b2"}, false, keypolicy.ErrUnsupported},
	} {
		if ok, err := holds(t, c.operator, `"a*"`, c.request); ok != c.want || !errors.Is(err, c.err) {
			t.Errorf("%+v: %v, %v", c, ok, err)
		}
	}
}

// A value that would be read as a wildcard is not put into a pattern.
func TestVariableWithAWildcardIsNotDecided(t *testing.T) {
	p := caller(t, alice)
	own := named(t, "own", keypolicy.IdentityPolicy, policy(may("Allow", "*", "*", when("StringLike", "x:k", `"${x:v}"`))))
	_, err := keypolicy.Evaluate(keypolicy.Request{Principal: p, Action: "secretsmanager:GetSecretValue", Resource: secret, ResourceAccount: home,
		Context: map[string][]string{"x:k": {"ab"}, "x:v": {"a*"}}}, keypolicy.Policies{Identity: []keypolicy.Named{own}})
	if !errors.Is(err, keypolicy.ErrUnsupported) {
		t.Errorf("%v", err)
	}
}

// All operators and all keys must hold ("Conditions with multiple context keys
// or values").
func TestConditionsAreJoinedByAnd(t *testing.T) {
	text := policy(may("Allow", "*", "*", `,"Condition":{"StringEquals":{"x:a":"1","x:b":["2","3"]},"Bool":{"x:c":"true"}}`))
	own := named(t, "own", keypolicy.IdentityPolicy, text)
	for _, c := range []struct {
		a, b, c string
		want    keypolicy.Effect
	}{{"1", "2", "true", allowed}, {"1", "3", "true", allowed}, {"0", "2", "true", implicit}, {"1", "4", "true", implicit}, {"1", "2", "false", implicit}} {
		d, err := keypolicy.Evaluate(keypolicy.Request{Principal: caller(t, alice), Action: "secretsmanager:GetSecretValue", Resource: secret, ResourceAccount: home,
			Context: map[string][]string{"X:A": {c.a}, "x:b": {c.b}, "x:C": {c.c}}}, keypolicy.Policies{Identity: []keypolicy.Named{own}})
		if err != nil || d.Effect != c.want {
			t.Errorf("%+v: %+v, %v", c, d, err)
		}
	}
}

// In the version of 2008, and without a version, a variable is literal text
// ("IAM JSON policy elements: Version").
func TestVariablesNeedTheNewVersion(t *testing.T) {
	for _, version := range []string{``, `"Version":"2008-10-17",`} {
		text := `{` + version + `"Statement":` + may("Allow", "*", "*", when("StringEquals", "x:k", `"${aws:username}"`)) + `}`
		own := named(t, "own", keypolicy.IdentityPolicy, text)
		r := keypolicy.Request{Principal: caller(t, alice), Action: "secretsmanager:GetSecretValue", Resource: secret, ResourceAccount: home}
		for value, want := range map[string]keypolicy.Effect{"alice": implicit, "${aws:username}": allowed} {
			r.Context = map[string][]string{"x:k": {value}, "aws:username": {"alice"}}
			if d, err := keypolicy.Evaluate(r, keypolicy.Policies{Identity: []keypolicy.Named{own}}); err != nil || d.Effect != want {
				t.Errorf("%s %s: %+v, %v", version, value, d, err)
			}
		}
	}
}

// holds decides one condition, in an identity policy that allows everything.
func holds(t *testing.T, operator, value string, request []string) (bool, error) {
	t.Helper()
	p := caller(t, alice)
	own := named(t, "own", keypolicy.IdentityPolicy, policy(may("Allow", "*", "*", when(operator, "x:k", value))))
	r := keypolicy.Request{Principal: p, Action: "secretsmanager:GetSecretValue", Resource: secret, ResourceAccount: home, Context: p.Context()}
	r.Context["x:flag"] = []string{"true"}
	if request != nil {
		r.Context["x:K"] = request
	}
	d, err := keypolicy.Evaluate(r, keypolicy.Policies{Identity: []keypolicy.Named{own}})
	return d.Effect == allowed, err
}
