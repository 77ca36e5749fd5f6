package decrypt

import (
	"bytes"
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"rekey/shared/secretref"
)

func TestBadEvents(t *testing.T) {
	for _, event := range []string{
		"", "null", "[]", "7", `"x"`, "{", `{}`, `{"items":null}`, `{"items":[]}`, `{"items":{}}`, `{"items":["sm://a"]}`,
		`{"items":[{"reference":"sm://a","contxt":{}}]}`, `{"items":[{"reference":"sm://a"}],"x":1}`,
		`{"items":[{"reference":"sm://a"}]}{}`, `{"items":[{"reference":7}]}`, `{"items":[{"reference":"sm://a","context":{"k":7}}]}`,
		`{"items":[{"reference":"sm://a"}],"publicKey":"AAAA"}`, `{"items":[{"reference":"sm://a"}],"publicKey":"*"}`,
		`{"items":[{"reference":"sm://a"}],"publicKey":""}`,
		`{"items":[{"reference":"sm://a"}],"publicKey":"` + base64.StdEncoding.EncodeToString(make([]byte, 32)) + `"}`,
		`{"items":[{"reference":"kms://AQ==","context":{"a":"b"},"key":"k"}],"items":[{"reference":"sm://a"}]}`,
		`{"items":[{"reference":"sm://a","reference":"sm://b"}]}`, `{"items":[{"REFERENCE":"sm://a"}]}`, `{"Items":[{"reference":"sm://a"}]}`,
		`{"items":[{"reference":"kms://AQ==","context":{"a":"1","a":"2"}}]}`, `{"items":[{"reference":"kms://AQ==","context":null}]}`,
		`{"items":[{"reference":"kms://AQ==","context":{"a":null}}]}`, `{"items":[{"reference":"sm://a"}],"publicKey":null}`,
		`{"items":[{"id":"` + strings.Repeat("x", 257) + `","reference":"sm://a"}]}`, `{"items":[{"id":"a\u0000b","reference":"sm://a"}]}`,
		strings.Repeat(`{"items":[`, 10000),
		`{"version":"0","detail-type":"AWS API Call via CloudTrail","detail":{}}`,
	} {
		var bad BadRequest
		if _, err := ParseRequest([]byte(event)); !errors.As(err, &bad) {
			t.Errorf("%s: %v", event, err)
		}
	}
}

func FuzzParseRequest(f *testing.F) {
	f.Add([]byte(`{"items":[{"reference":"sm://a","context":{"k":"v"}}],"publicKey":"AAAA"}`))
	f.Fuzz(func(t *testing.T, event []byte) {
		r, err := ParseRequest(event)
		if (err == nil) != (len(r.Items) > 0) {
			t.Errorf("%q: %v, %v", event, r, err)
		}
	})
}

func TestSealIsBoundToItsItem(t *testing.T) {
	private, err := kem().GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	secret, err := private.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	item := Item{ID: "a", Reference: "sm://a"}
	sealed, err := Seal(private.PublicKey().Bytes(), item, []byte("value"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Unseal(secret, item, sealed); err != nil || string(got) != "value" {
		t.Errorf("%q, %v", got, err)
	}
	for _, other := range []Item{{ID: "b", Reference: "sm://a"}, {ID: "a", Reference: "sm://b"}, {ID: "a\x00sm://a"}} {
		if _, err := Unseal(secret, other, sealed); err == nil {
			t.Errorf("opened as the answer to %+v", other)
		}
	}
	for i := range sealed {
		altered := bytes.Clone(sealed)
		altered[i] ^= 1
		if _, err := Unseal(secret, item, altered); err == nil {
			t.Errorf("opened with byte %d altered", i)
		}
	}
}

// The documented suite, spelt out by hand: a program in another language has
// nothing else to go by.
func TestSealIsPlainHPKE(t *testing.T) {
	private, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := Seal(private.PublicKey().Bytes(), Item{ID: "i", Reference: "sm://r"}, []byte("value"))
	if err != nil {
		t.Fatal(err)
	}
	k, err := hpke.NewDHKEMPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	r, err := hpke.NewRecipient(sealed[:32], k, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte("rekey decrypt v1\x00i\x00sm://r"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := r.Open(nil, sealed[32:]); err != nil || string(got) != "value" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestJSONKeys(t *testing.T) {
	for _, c := range []struct {
		secret, key, want string
		class             Class
	}{
		{`{"a":"text \u00e9 \"q\""}`, "a", `text é "q"`, ""},
		{`{"a":12.50}`, "a", "12.50", ""},
		{`{"a":{"b":1}}`, "a", `{"b":1}`, ""},
		{`{"a":true,"":"empty"}`, "", "empty", ""},
		{`{"a":""}`, "a", "", ""},
		{`{"a":null}`, "a", "", NotFound},
		{`{"a":1}`, "b", "", NotFound},
		{`canary`, "a", "", Malformed},
		{`["canary"]`, "a", "", Malformed},
		{`null`, "a", "", Malformed},
		{`{"a":"canary"`, "a", "", Malformed},
		{`{"a":"canary\ud800"}`, "a", "", Malformed},
		{"{\"a\":\"canary\xff\"}", "a", "", Malformed},
		{`{"a":"\uFFFD"}`, "a", "\uFFFD", ""},
	} {
		got, failed := jsonValue(secretref.NewSecret([]byte(c.secret)), c.key)
		if string(got.Reveal()) != c.want || (failed == nil) != (c.class == "") || failed != nil && failed.Class != c.class {
			t.Errorf("%s of %s: %q, %v", c.key, c.secret, got.Reveal(), failed)
		}
		if failed != nil && bytes.Contains([]byte(failed.Error()), []byte("canary")) {
			t.Errorf("the failure quotes the secret: %v", failed)
		}
	}
}

// An answer that would pass Lambda's limit loses the items that do not fit,
// not itself, whatever their ids are.
func TestAnswerTooLarge(t *testing.T) {
	for _, c := range []struct {
		items, size int
		id          string
		decrypted   int
	}{
		{100, 65536, "", 80},
		{100, 65536, strings.Repeat("<", maxID), 80},
		{5000, 2000, strings.Repeat(`"`, maxID), 100},
	} {
		big := secretref.NewSecret(bytes.Repeat([]byte{'x'}, c.size))
		var request Request
		var results []Result
		for range c.items {
			request.Items = append(request.Items, Item{ID: c.id, Reference: "sm://a"})
			results = append(results, Result{Value: big})
		}
		b, counts, err := encode(request, results)
		if err != nil || len(b) > 6<<20 || counts.failed[TooLarge] == 0 || counts.decrypted < c.decrypted || counts.decrypted+counts.failed[TooLarge] != c.items {
			t.Errorf("%d items of %d bytes: %d bytes, %+v, %v", c.items, c.size, len(b), counts, err)
		}
	}
}
