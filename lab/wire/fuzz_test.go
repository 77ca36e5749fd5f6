package wire_test

import (
	"encoding/json"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"rekey/lab/wire"
)

// FuzzDecodeInput looks for input that breaks the decoders, that JSON accepts
// and the standard library does not, or that changes when it is encoded and
// decoded again.
func FuzzDecodeInput(f *testing.F) {
	f.Add(`{"KeyId":"alias/a","Plaintext":"YmxvYg==","EncryptionContext":{"a":"b"},"GrantTokens":["t"],"DryRun":true}`)
	f.Add(`{"KeyId":"\u006b\ud83d\udd11\n","Plaintext":null}`)
	f.Add(`RoleArn=a&Tags.member.1.Key=k&Tags.member.1.Value=v&DurationSeconds=900`)
	service, query := wire.MustLoad("kms"), wire.MustLoad("sts")
	f.Fuzz(func(t *testing.T, body string) {
		var role sts.AssumeRoleInput
		if err := query.DecodeInput("AssumeRole", formRequest(""), []byte(body), &role); err == nil {
			_ = query.Validate("AssumeRole", &role)
		}
		var in kms.EncryptInput
		if service.DecodeInput("Encrypt", jsonRequest("", ""), []byte(body), &in) != nil {
			return
		}
		if strings.TrimSpace(body) != "" && !json.Valid([]byte(body)) {
			t.Fatalf("accepted, and not JSON: %q", body)
		}
		_ = service.Validate("Encrypt", &in)
		again := reencode(t, service, &in)
		if !reflect.DeepEqual(in, again) {
			t.Fatalf("%+v became %+v", in, again)
		}
	})
}

// reencode writes an input as an output of like members would be, and reads it
// back.
func reencode(t *testing.T, s *wire.Service, in *kms.EncryptInput) (again kms.EncryptInput) {
	t.Helper()
	body, err := wire.AppendInput(s, "Encrypt", in)
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(body) {
		t.Fatalf("not JSON: %q", body)
	}
	if err := s.DecodeInput("Encrypt", jsonRequest("", ""), body, &again); err != nil {
		t.Fatalf("%q: %v", body, err)
	}
	return again
}

func BenchmarkDecodeValidateEncode(b *testing.B) {
	service := wire.MustLoad("kms")
	body := []byte(`{"KeyId":"1234abcd-12ab-34cd-56ef-1234567890ab","Plaintext":"YmxvYg==","EncryptionContext":{"a":"b"}}`)
	r := jsonRequest("TrentService.Encrypt", "")
	out := &kms.EncryptOutput{CiphertextBlob: make([]byte, 150), EncryptionAlgorithm: "SYMMETRIC_DEFAULT"}
	b.ReportAllocs()
	for b.Loop() {
		var in kms.EncryptInput
		if err := service.DecodeInput("Encrypt", r, body, &in); err != nil {
			b.Fatal(err)
		}
		if err := service.Validate("Encrypt", &in); err != nil {
			b.Fatal(err)
		}
		if err := service.EncodeOutput("Encrypt", httptest.NewRecorder(), out, "id"); err != nil {
			b.Fatal(err)
		}
	}
}
