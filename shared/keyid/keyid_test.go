package keyid_test

import (
	"encoding/json"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"rekey/shared/keyid"
)

const uuid = "1234abcd-12ab-34cd-56ef-1234567890ab"

func TestParseGivesBackWhatWasWritten(t *testing.T) {
	for _, s := range []string{
		uuid,
		"mrk-1234abcd12ab34cd56ef1234567890ab",
		"arn:aws:kms:us-east-1:111122223333:key/" + uuid,
		"arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab",
		"alias/app/db",
		"arn:aws:kms:eu-west-1:111122223333:alias/app",
	} {
		ref, err := keyid.Parse(s)
		if err != nil {
			t.Errorf("Parse(%q): %v", s, err)
		} else if ref.String() != s {
			t.Errorf("Parse(%q).String() = %q", s, ref.String())
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, s := range []string{
		"", "alias/", "alias", "app", "arn:", "arn:aws:kms:us-east-1:111122223333:key/",
		"arn:aws:kms:us-east-1:111122223333:key/alias/x",
		"arn:aws:kms:us-east-1:11112222333:key/" + uuid,
		"arn:aws:kms::111122223333:key/" + uuid,
		"arn:aws:s3:us-east-1:111122223333:key/" + uuid,
		"arn:aws:kms:us-east-1:111122223333:" + uuid,
		uuid + "\n", "mrk-" + uuid,
	} {
		if ref, err := keyid.Parse(s); !errors.Is(err, keyid.ErrMalformed) {
			t.Errorf("Parse(%q) = %v, %v; want ErrMalformed", s, ref, err)
		}
	}
	if _, err := keyid.ParseARN("arn:aws:kms:eu-west-1:111122223333:alias/app"); !errors.Is(err, keyid.ErrMalformed) {
		t.Errorf("ParseARN of an alias ARN: %v", err)
	}
}

func TestRelated(t *testing.T) {
	arn := func(s string) keyid.ARN {
		t.Helper()
		a, err := keyid.ParseARN(s)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	const mrk = "mrk-1234abcd12ab34cd56ef1234567890ab"
	single := arn("arn:aws:kms:us-east-1:111122223333:key/" + uuid)
	multi := arn("arn:aws:kms:us-east-1:111122223333:key/" + mrk)
	for _, c := range []struct {
		a, b keyid.ARN
		want bool
	}{
		{single, single, true},
		{single, single.In("eu-west-1"), false},
		{multi, multi.In("eu-west-1"), true},
		{multi, arn("arn:aws:kms:us-east-1:444455556666:key/" + mrk), false},
		{multi, arn("arn:aws-cn:kms:us-east-1:111122223333:key/" + mrk), false},
		{multi, single, false},
	} {
		if got := c.a.Related(c.b); got != c.want {
			t.Errorf("%v related to %v: %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

func TestMayBe(t *testing.T) {
	const one = "arn:aws:kms:us-east-1:111122223333:key/" + uuid
	for _, c := range []struct {
		name, arn string
		want      bool
	}{
		{one, one, true},
		{uuid, one, true},
		{"alias/app", one, true},
		{"arn:aws:kms:us-east-1:444455556666:key/" + uuid, one, false},
		{"mrk-1234abcd12ab34cd56ef1234567890ab", one, false},
		{"arn:aws:kms:us-east-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab", "arn:aws:kms:eu-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab", true},
	} {
		ref, err := keyid.Parse(c.name)
		if err != nil {
			t.Fatal(err)
		}
		arn, err := keyid.ParseARN(c.arn)
		if err != nil {
			t.Fatal(err)
		}
		if got := ref.MayBe(arn); got != c.want {
			t.Errorf("%s may be %s: %v", c.name, c.arn, got)
		}
	}
}

func TestParseNeverPanicsAndRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringMatching(`(arn:aws:kms:[a-z-]{0,9}1?:[0-9]{11,12}:)?(key/|alias/|mrk-)?[0-9a-f-]{0,40}`)).Draw(t, "s")
		if ref, err := keyid.Parse(s); err == nil && ref.String() != s {
			t.Fatalf("Parse(%q).String() = %q", s, ref.String())
		}
	})
}

func TestARNInJSON(t *testing.T) {
	const text = `{"key":"arn:aws:kms:us-east-1:111122223333:key/` + uuid + `","none":""}`
	var v struct {
		Key  keyid.ARN `json:"key"`
		None keyid.ARN `json:"none"`
	}
	if err := json.Unmarshal([]byte(text), &v); err != nil || v.Key.ID != uuid || v.None != (keyid.ARN{}) {
		t.Errorf("%+v, %v", v, err)
	}
	if out, err := json.Marshal(v); err != nil || string(out) != text {
		t.Errorf("%s, %v", out, err)
	}
	if err := json.Unmarshal([]byte(`{"key":"alias/x"}`), &v); !errors.Is(err, keyid.ErrMalformed) {
		t.Errorf("an alias is read as an ARN: %v", err)
	}
}
