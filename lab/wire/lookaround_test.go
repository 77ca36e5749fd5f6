package wire

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestLookaround(t *testing.T) {
	for pattern, values := range map[string]map[string]bool{
		`^(?!\s*$).+`:              {"": false, "  ": false, " a ": true, "{}": true},
		`[0-9A-Za-z\.\-_]*(?<!\.)`: {"bucket.name": true, "bucket.": false, "bucket/": false},
		`(^(?!(system\x2e)))(^[_a-zA-Z0-9])([^$]*)`: {
			"system.users": false, "system": true, "systems": true, "sys.x": true, "orders": true, "a$": false, ".x": false, "": false,
		},
		`(?=[/\.\-_A-Za-z0-9]+)((?!aws\.).*)|(\$(\.[\w_-]+(\[(\d+|\*)\])*)*)`: {
			"aws.s3": false, "aws": true, "awsome": true, "a": true, "my.app": true, "": false, "$.a[0]": true,
		},
	} {
		sh := &shape{Pattern: pattern}
		sh.compile()
		for value, want := range values {
			if sh.form().MatchString(value) != want {
				t.Errorf("%s matches %q: %v, want %v", pattern, value, !want, want)
			}
		}
	}
}

// Every pattern of every model can be compiled, for that is done at its first
// use.
func TestPatterns(t *testing.T) {
	entries, err := models.ReadDir("models")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".json")
		if !ok {
			continue
		}
		for _, sh := range everyShape(t, name) {
			if sh.form != nil {
				sh.form()
				n++
			}
		}
	}
	if n < 100 {
		t.Errorf("%d patterns were compiled", n)
	}
}

func everyShape(t *testing.T, service string) map[string]*shape {
	t.Helper()
	data, err := models.ReadFile("models/" + service + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Shapes map[string]*shape }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	for _, sh := range file.Shapes {
		sh.compile()
	}
	return file.Shapes
}
