package keypolicy_test

import (
	"errors"
	"testing"

	"rekey/shared/keypolicy"
)

func TestMatchResource(t *testing.T) {
	for _, c := range []struct {
		pattern, resource string
		want              bool
		err               error
	}{
		{"*", keyARN, true, nil},
		{keyARN, keyARN, true, nil},
		{"arn:aws:kms:*:" + home + ":key/*", keyARN, true, nil},
		{"arn:aws:kms:*:" + other + ":key/*", keyARN, false, nil},
		{secret[:len(secret)-6] + "??????", secret, true, nil},
		{"arn:aws:s3:::b/${aws:username}", "arn:aws:s3:::b/x", false, keypolicy.ErrUnsupported},
		{"db", secret, false, keypolicy.ErrMalformed},
	} {
		if got, err := keypolicy.MatchResource(c.pattern, c.resource); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s on %s: %t, %v", c.pattern, c.resource, got, err)
		}
	}
}

func TestMatchPrincipal(t *testing.T) {
	for _, c := range []struct {
		typ, text, caller string
		want              bool
		err               error
	}{
		{"AWS", "*", alice, true, nil},
		{"AWS", alice, alice, true, nil},
		{"AWS", alice, bob, false, nil},
		{"AWS", role, session, true, nil},
		{"AWS", root, session, true, nil},
		{"AWS", home, alice, true, nil},
		{"AWS", root, bob, false, nil},
		{"Service", lambda, lambda, true, nil},
		{"Service", lambda, alice, false, nil},
		{"AWS", "AIDAEXAMPLEEXAMPLEID", alice, false, keypolicy.ErrUnsupported},
		{"AWS", "alice", alice, false, keypolicy.ErrMalformed},
	} {
		if got, err := keypolicy.MatchPrincipal(c.typ, c.text, caller(t, c.caller)); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s %s for %s: %t, %v", c.typ, c.text, c.caller, got, err)
		}
	}
}
