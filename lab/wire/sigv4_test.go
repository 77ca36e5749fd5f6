package wire_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"pgregory.net/rapid"

	"rekey/lab/wire"
)

const (
	keyID  = "AKIAIOSFODNN7EXAMPLE"
	secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func protocolOf(r *http.Request) wire.Protocol {
	p, _ := wire.ProtocolOf(r)
	return p
}

func verifier(token string) *wire.Verifier {
	return &wire.Verifier{Lookup: func(id string) (wire.Credential, bool) {
		return wire.Credential{Secret: secret, SessionToken: token}, id == keyID
	}}
}

// sign signs with the SDK's own signer.
func sign(t interface{ Fatal(...any) }, r *http.Request, body []byte, token string, at time.Time) {
	digest := sha256.Sum256(body)
	err := v4.NewSigner().SignHTTP(context.Background(),
		aws.Credentials{AccessKeyID: keyID, SecretAccessKey: secret, SessionToken: token},
		r, hex.EncodeToString(digest[:]), "kms", "eu-west-1", at)
	if err != nil {
		t.Fatal(err)
	}
}

// deliver sends a request to a server, and gives it as the server received it.
func deliver(t interface{ Fatal(...any) }, server *httptest.Server, received *http.Request, r *http.Request) *http.Request {
	response, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return received
}

func TestVerifyWhatTheSDKSigns(t *testing.T) {
	var received http.Request
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { received = *r }))
	defer server.Close()
	segment := rapid.StringMatching(`[a-zA-Z0-9 ~_.:@&=+$,;!*'()%é-]{0,5}[a-z]`)
	value := rapid.StringMatching(`[\x20-\x7e]{0,12}|[é€ 🔑&=%+]{1,4}`)
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.SliceOfN(rapid.Byte(), 0, 100).Draw(t, "body")
		u, err := url.Parse(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		u.Path = "/" + strings.Join(rapid.SliceOfN(segment, 0, 3).Draw(t, "path"), "/")
		if u.Path != "/" && rapid.Bool().Draw(t, "slash") {
			u.Path += "/"
		}
		query := url.Values{}
		for range rapid.IntRange(0, 4).Draw(t, "parameters") {
			query.Add(rapid.StringMatching(`[a-zA-Z0-9_.-]{1,6}`).Draw(t, "name"), value.Draw(t, "value"))
		}
		u.RawQuery = query.Encode()
		r, err := http.NewRequest(rapid.SampledFrom([]string{"POST", "PUT", "DELETE"}).Draw(t, "method"), u.String(), bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"X-Amz-Target", "X-Amz-Meta-A", "Content-Type", "X-Other"}), 0, 4, rapid.ID).Draw(t, "headers") {
			for range rapid.IntRange(1, 2).Draw(t, "times") {
				r.Header.Add(name, rapid.StringMatching(`[a-z]( {0,3}[a-z,;"]){0,6}`).Draw(t, name))
			}
		}
		token := rapid.SampledFrom([]string{"", "a+token/with==signs"}).Draw(t, "token")
		if rapid.Bool().Draw(t, "hash header") {
			digest := sha256.Sum256(body)
			r.Header.Set("X-Amz-Content-Sha256", hex.EncodeToString(digest[:]))
		}
		sign(t, r, body, token, noon)
		got := deliver(t, server, &received, r)
		signature, fault := verifier(token).Verify(protocolOf(got), got, body, noon)
		if fault != nil {
			t.Fatalf("%s %s: %v", got.Method, got.RequestURI, fault)
		}
		if signature.AccessKeyID != keyID || signature.Region != "eu-west-1" || signature.Service != "kms" || !signature.Time.Equal(noon) {
			t.Fatalf("%+v", signature)
		}
		if len(body) > 0 {
			body[rapid.IntRange(0, len(body)-1).Draw(t, "byte")] ^= 1
			if _, fault := verifier(token).Verify(protocolOf(got), got, body, noon); fault == nil {
				t.Fatal("a changed body was accepted")
			}
		}
	})
}

// Each tampering, with the codes of a JSON service and of a Query service.
func TestVerifyRefuses(t *testing.T) {
	body := []byte(`{"KeyId":"k"}`)
	authorization := func(r *http.Request, old, new string) {
		r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), old, new, 1))
	}
	const invalid, mismatch = "InvalidSignatureException", "SignatureDoesNotMatch"
	const lacking, incomplete = "IncompleteSignatureException", "IncompleteSignature"
	const foreign, unknown = "UnrecognizedClientException", "InvalidClientTokenId"
	for name, c := range map[string]struct {
		change      func(r *http.Request)
		json, query string
	}{
		"nothing":                     {func(*http.Request) {}, "", ""},
		"no Authorization":            {func(r *http.Request) { r.Header.Del("Authorization") }, "MissingAuthenticationTokenException", "MissingAuthenticationToken"},
		"two Authorizations":          {func(r *http.Request) { r.Header.Add("Authorization", "x") }, lacking, incomplete},
		"another algorithm":           {func(r *http.Request) { authorization(r, "HMAC-SHA256", "HMAC-SHA1") }, lacking, incomplete},
		"no parameters":               {func(r *http.Request) { r.Header.Set("Authorization", "AWS4-HMAC-SHA256") }, lacking, incomplete},
		"no signature":                {func(r *http.Request) { authorization(r, "Signature=", "X=") }, lacking, incomplete},
		"no signed headers":           {func(r *http.Request) { authorization(r, "SignedHeaders=", "X=") }, lacking, incomplete},
		"a parameter twice":           {func(r *http.Request) { authorization(r, "SignedHeaders=", "Signature=a, SignedHeaders=") }, lacking, incomplete},
		"a short credential":          {func(r *http.Request) { authorization(r, "/aws4_request", "") }, lacking, incomplete},
		"no date":                     {func(r *http.Request) { r.Header.Del("X-Amz-Date") }, lacking, incomplete},
		"a date in another form":      {func(r *http.Request) { r.Header.Set("X-Amz-Date", "2026-05-04T12:00:00Z") }, lacking, incomplete},
		"another date":                {func(r *http.Request) { r.Header.Set("X-Amz-Date", "20260504T120001Z") }, invalid, mismatch},
		"another day in the scope":    {func(r *http.Request) { authorization(r, "/20260504/", "/20260503/") }, invalid, mismatch},
		"another Region in the scope": {func(r *http.Request) { authorization(r, "eu-west-1", "eu-west-2") }, invalid, mismatch},
		"another terminator":          {func(r *http.Request) { authorization(r, "aws4_request", "aws5_request") }, invalid, mismatch},
		"another key":                 {func(r *http.Request) { authorization(r, keyID, "AKIAIOSFODNN7EXAMPLF") }, foreign, unknown},
		"another token":               {func(r *http.Request) { r.Header.Set("X-Amz-Security-Token", "other") }, foreign, unknown},
		"no token":                    {func(r *http.Request) { r.Header.Del("X-Amz-Security-Token") }, foreign, unknown},
		"another signature":           {func(r *http.Request) { authorization(r, "Signature=", "Signature=00") }, invalid, mismatch},
		"a signature that is not hex": {func(r *http.Request) { authorization(r, "Signature=", "Signature=z") }, invalid, mismatch},
		"another header value":        {func(r *http.Request) { r.Header.Set("X-Amz-Meta", "2") }, invalid, mismatch},
		"a header value more":         {func(r *http.Request) { r.Header.Add("X-Amz-Meta", "2") }, invalid, mismatch},
		"a header that is not signed": {func(r *http.Request) { r.Header.Set("X-Amz-More", "2") }, invalid, mismatch},
		"a host that is not signed":   {func(r *http.Request) { authorization(r, "host;", "") }, invalid, mismatch},
		"another host":                {func(r *http.Request) { r.Host = "kms.eu-west-2.amazonaws.com" }, invalid, mismatch},
		"another method":              {func(r *http.Request) { r.Method = "GET" }, invalid, mismatch},
		"another path":                {func(r *http.Request) { r.URL.Path = "/x" }, invalid, mismatch},
		"another query":               {func(r *http.Request) { r.URL.RawQuery = "a=c" }, invalid, mismatch},
		"another body hash":           {func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", "00") }, invalid, mismatch},
		"an unsigned payload":         {func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD") }, invalid, mismatch},
	} {
		for _, target := range []string{"TrentService.Encrypt", ""} {
			r := httptest.NewRequest("POST", "https://kms.eu-west-1.amazonaws.com/?a=b", bytes.NewReader(body))
			r.Header.Set("X-Amz-Meta", "1")
			want := c.query
			if target != "" {
				r.Header.Set("X-Amz-Target", target)
				want = c.json
			}
			sign(t, r, body, "token", noon)
			c.change(r)
			_, fault := verifier("token").Verify(protocolOf(r), r, body, noon)
			got := ""
			if fault != nil {
				got = fault.Code
			}
			if got != want {
				t.Errorf("%s (%q): %q, want %q", name, target, got, want)
			}
		}
	}
}

func TestVerifyTime(t *testing.T) {
	for late, want := range map[time.Duration]string{
		0: "", 5 * time.Minute: "", -5 * time.Minute: "",
		5*time.Minute + time.Second:  "Signature expired: 20260504T115459Z is now earlier than 20260504T115500Z (20260504T120000Z - 5 min.)",
		-5*time.Minute - time.Second: "Signature not yet current: 20260504T120501Z is still later than 20260504T120500Z (20260504T120000Z + 5 min.)",
	} {
		r := jsonRequest("TrentService.Encrypt", "{}")
		sign(t, r, []byte("{}"), "", noon.Add(-late))
		_, fault := verifier("").Verify(protocolOf(r), r, []byte("{}"), noon)
		if want == "" && fault != nil || want != "" && (fault == nil || fault.Code != "InvalidSignatureException" || fault.Message != want) {
			t.Errorf("%v late: %v", late, fault)
		}
	}
}

func TestVerifyExpiredToken(t *testing.T) {
	v := &wire.Verifier{Lookup: func(string) (wire.Credential, bool) {
		return wire.Credential{Secret: secret, SessionToken: "t", Expires: noon}, true
	}}
	for _, target := range []string{"TrentService.Encrypt", ""} {
		r := httptest.NewRequest("POST", "/", nil)
		want := "ExpiredToken"
		if target != "" {
			r.Header.Set("X-Amz-Target", target)
			want = "ExpiredTokenException"
		}
		sign(t, r, nil, "t", noon)
		if _, fault := v.Verify(protocolOf(r), r, nil, noon); fault == nil || fault.Code != want {
			t.Errorf("%v, want %s", fault, want)
		}
		if _, fault := v.Verify(protocolOf(r), r, nil, noon.Add(-time.Second)); fault != nil {
			t.Error(fault)
		}
	}
}

// Only S3 takes a body that is not signed.
func TestVerifyUnsignedPayload(t *testing.T) {
	for p, want := range map[wire.Protocol]string{wire.JSON: "InvalidSignatureException", wire.Query: "SignatureDoesNotMatch", wire.RestJSON: "InvalidSignatureException", wire.RestXML: ""} {
		r := httptest.NewRequest("PUT", "/", strings.NewReader("x"))
		r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
		err := v4.NewSigner().SignHTTP(context.Background(), aws.Credentials{AccessKeyID: keyID, SecretAccessKey: secret},
			r, "UNSIGNED-PAYLOAD", "kms", "eu-west-1", noon)
		if err != nil {
			t.Fatal(err)
		}
		_, fault := verifier("").Verify(p, r, []byte("x"), noon)
		got := ""
		if fault != nil {
			got = fault.Code
		}
		if got != want {
			t.Errorf("%v: %q, want %q", p, got, want)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	body := []byte(`{"KeyId":"1234abcd-12ab-34cd-56ef-1234567890ab","Plaintext":"YmxvYg=="}`)
	r := jsonRequest("TrentService.Encrypt", string(body))
	sign(b, r, body, "", noon)
	v := verifier("")
	b.ReportAllocs()
	for b.Loop() {
		if _, fault := v.Verify(protocolOf(r), r, body, noon); fault != nil {
			b.Fatal(fault)
		}
	}
}
