package wire

import "testing"

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
		if err := sh.compile(); err != nil {
			t.Fatal(err)
		}
		for value, want := range values {
			if sh.form.MatchString(value) != want {
				t.Errorf("%s matches %q: %v, want %v", pattern, value, !want, want)
			}
		}
	}
}
