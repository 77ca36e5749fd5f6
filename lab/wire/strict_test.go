package wire_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"rekey/lab/wire"
)

func jsonRequest(target, body string) *http.Request {
	r := httptest.NewRequest("POST", "/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", target)
	return r
}

func formRequest(body string) *http.Request {
	r := httptest.NewRequest("POST", "/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	return r
}

// code gives the code of a protocol error, "" for none. Any other error fails
// the test.
func code(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var e *wire.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is not a protocol error", err)
	}
	return e.Code
}

func TestJSONRefuses(t *testing.T) {
	service := wire.MustLoad("kms")
	for name, body := range map[string]string{
		"an unknown member":               `{"KeyId":"k","Wrong":1}`,
		"a member in another case":        `{"keyId":"k"}`,
		"an unknown nested member":        `{"Tags":[{"TagKey":"a","TagValue":"b","X":""}]}`,
		"a member twice":                  `{"KeyId":"k","KeyId":"k"}`,
		"a member twice, once null":       `{"KeyId":null,"KeyId":"k"}`,
		"a map's key twice":               `{"EncryptionContext":{"a":"b","a":"b"}}`,
		"a number for a string":           `{"KeyId":1}`,
		"a boolean for a string":          `{"KeyId":true}`,
		"a list for a string":             `{"KeyId":["k"]}`,
		"an object for a string":          `{"KeyId":{}}`,
		"a string for a list":             `{"GrantTokens":"t"}`,
		"an object for a list":            `{"GrantTokens":{"member":"t"}}`,
		"null in a list":                  `{"GrantTokens":[null]}`,
		"null in a map":                   `{"EncryptionContext":{"a":null}}`,
		"a list for a map":                `{"EncryptionContext":[]}`,
		"a string for a boolean":          `{"DryRun":"true"}`,
		"a number for a boolean":          `{"DryRun":1}`,
		"a string for a number":           `{"NumberOfBytes":"32"}`,
		"a fraction for an integer":       `{"NumberOfBytes":32.5}`,
		"an exponent for an integer":      `{"NumberOfBytes":3e1}`,
		"more than an integer holds":      `{"NumberOfBytes":2147483648}`,
		"a leading zero":                  `{"NumberOfBytes":032}`,
		"a plus sign":                     `{"NumberOfBytes":+32}`,
		"a bare point":                    `{"ValidTo":1.}`,
		"a date for a timestamp":          `{"ValidTo":"2026-01-01T00:00:00Z"}`,
		"a timestamp out of range":        `{"ValidTo":1e300}`,
		"Base64 that is not":              `{"Plaintext":"a*"}`,
		"Base64 without its padding":      `{"Plaintext":"YQ"}`,
		"Base64 of the URL alphabet":      `{"Plaintext":"_-8="}`,
		"Base64 with bits left over":      `{"Plaintext":"YR=="}`,
		"Base64 with a line break":        `{"Plaintext":"YW\nJj"}`,
		"a list for the whole":            `[]`,
		"a string for the whole":          `"KeyId"`,
		"null for the whole":              `null`,
		"something after the end":         `{} {}`,
		"a comma too many":                `{"KeyId":"k",}`,
		"a comma too few":                 `{"KeyId":"k" "DryRun":true}`,
		"a list's comma too many":         `{"GrantTokens":["t",]}`,
		"an end too early":                `{"KeyId":"k"`,
		"a string without its end":        `{"KeyId":"k`,
		"a backslash at the end":          `{"KeyId":"k\`,
		"an escape that is none":          `{"KeyId":"\x41"}`,
		"a control character":             "{\"KeyId\":\"a\nb\"}",
		"bytes that are not UTF-8":        "{\"KeyId\":\"\xff\"}",
		"a name that is not UTF-8":        "{\"\xff\":\"\"}",
		"a word that is none":             `{"DryRun":tru}`,
		"a name that is not a string":     `{KeyId:"k"}`,
		"one quoted as in JavaScript":     `{'KeyId':'k'}`,
		"nesting under an unknown member": `{"a":` + strings.Repeat("[", 1<<20) + `}`,
		"nesting under a known one":       `{"Tags":` + strings.Repeat("[", 1<<20) + `}`,
	} {
		op, in := "Encrypt", any(new(kms.EncryptInput))
		switch {
		case strings.Contains(body, "Tags"):
			op, in = "TagResource", new(kms.TagResourceInput)
		case strings.Contains(body, "NumberOfBytes"):
			op, in = "GenerateRandom", new(kms.GenerateRandomInput)
		case strings.Contains(body, "ValidTo"):
			op, in = "ImportKeyMaterial", new(kms.ImportKeyMaterialInput)
		}
		if got := code(t, service.DecodeInput(op, jsonRequest("", ""), []byte(body), in)); got != "SerializationException" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestJSONAccepts(t *testing.T) {
	service := wire.MustLoad("kms")
	for _, body := range []string{
		``, `{}`, " \t\r\n{ }\n", `{"KeyId":null,"Plaintext":null,"EncryptionContext":null,"DryRun":null}`,
		`{"KeyId":"\u006b\ud83d\udd11","Plaintext":"","EncryptionContext":{},"GrantTokens":[],"DryRun":false}`,
	} {
		if err := service.DecodeInput("Encrypt", jsonRequest("", ""), []byte(body), new(kms.EncryptInput)); err != nil {
			t.Errorf("%s: %v", body, err)
		}
	}
	var in kms.ImportKeyMaterialInput
	if err := service.DecodeInput("ImportKeyMaterial", jsonRequest("", ""), []byte(`{"ValidTo":1.7000000001234E9}`), &in); err != nil {
		t.Fatal(err)
	}
	if want := time.UnixMilli(1_700_000_000_123).UTC(); !in.ValidTo.Equal(want) {
		t.Errorf("ValidTo %v, want %v", in.ValidTo, want)
	}
}

func TestJSONSecretsStayOut(t *testing.T) {
	err := wire.MustLoad("secretsmanager").DecodeInput("PutSecretValue", jsonRequest("", ""),
		[]byte(`{"SecretBinary":"hunter2*"}`), new(secretsmanager.PutSecretValueInput))
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the error shows the secret, or is none: %v", err)
	}
}

func TestJSONContentType(t *testing.T) {
	for _, kind := range []string{"", "application/json", "application/x-amz-json-2.0", "application/cbor"} {
		r := jsonRequest("TrentService.ListKeys", "{}")
		r.Header.Set("Content-Type", kind)
		err := wire.MustLoad("kms").DecodeInput("ListKeys", r, []byte("{}"), new(kms.ListKeysInput))
		if got := code(t, err); got != "SerializationException" {
			t.Errorf("%q: %q", kind, got)
		}
	}
}

func TestQueryRefuses(t *testing.T) {
	service := wire.MustLoad("sts")
	for body, want := range map[string]string{
		"RoleArn=a&Wrong=1":                       "InvalidQueryParameter",
		"rolearn=a":                               "InvalidQueryParameter",
		"Tags.member.1.Wrong=1":                   "InvalidQueryParameter",
		"RoleArn=a&RoleArn=a":                     "MalformedQueryString",
		"RoleArn=%zz":                             "MalformedQueryString",
		"RoleArn=a;b":                             "MalformedQueryString",
		strings.Repeat("a.", 1000) + "b=1":        "MalformedQueryString",
		"RoleArn.member.1=a":                      "MalformedInput",
		"DurationSeconds=abc":                     "MalformedInput",
		"DurationSeconds=":                        "MalformedInput",
		"DurationSeconds=900.0":                   "MalformedInput",
		"DurationSeconds=99999999999":             "MalformedInput",
		"Tags=x":                                  "MalformedInput",
		"Tags.member=x":                           "MalformedInput",
		"Tags.1.Key=x":                            "MalformedInput",
		"Tags.member.0.Key=x":                     "MalformedInput",
		"Tags.member.2.Key=x":                     "MalformedInput",
		"Tags.member.1.Key=x&Tags.member.3.Key=x": "MalformedInput",
		"Tags.member.01.Key=x":                    "MalformedInput",
		"Tags.member.1=x":                         "MalformedInput",
		"Tags.member.1.Key=x&Tags.member.1=":      "MalformedInput",
		"TransitiveTagKeys.member.1=x&TransitiveTagKeys.member.1.x=": "MalformedInput",
		"Tags=": "", "": "", "RoleArn=": "", "DurationSeconds=900": "",
	} {
		err := service.DecodeInput("AssumeRole", formRequest(""), []byte(body), new(sts.AssumeRoleInput))
		if got := code(t, err); got != want {
			t.Errorf("%.80s: %q, want %q", body, got, want)
		}
	}
	r := formRequest("")
	r.Header.Set("Content-Type", "application/json")
	if got := code(t, service.DecodeInput("GetCallerIdentity", r, []byte("{}"), new(sts.GetCallerIdentityInput))); got != "MalformedQueryString" {
		t.Errorf("a JSON body: %q", got)
	}
}

func TestRoute(t *testing.T) {
	service := wire.MustLoad("kms")
	for target, ok := range map[string]bool{
		"TrentService.ListKeys": true, "TrentService.Nonsense": true, "TrentService.": false, "TrentService": false,
		"": false, "secretsmanager.ListSecrets": false, "trentservice.ListKeys": false,
	} {
		if op, got := service.Route(jsonRequest(target, ""), nil); got != ok {
			t.Errorf("%s: %q, %v", target, op, got)
		}
	}
	service = wire.MustLoad("sts")
	for form, ok := range map[string]bool{
		"Action=GetCallerIdentity&Version=2011-06-15": true, "Action=GetCallerIdentity&Version=2010-05-08": false,
		"Action=GetCallerIdentity": false, "Version=2011-06-15": false, "": false,
		"Action=A&Action=B&Version=2011-06-15": false,
	} {
		if op, got := service.Route(formRequest(""), []byte(form)); got != ok {
			t.Errorf("%s: %q, %v", form, op, got)
		}
		get := httptest.NewRequest("GET", "/?"+form, nil)
		if op, got := service.Route(get, nil); got != ok {
			t.Errorf("GET %s: %q, %v", form, op, got)
		}
	}
	if !service.Has("GetFederationToken") || service.Has("GetNonsense") || slices.Contains(service.Operations(), "GetFederationToken") {
		t.Error("what AWS has and what the model has are mixed up")
	}
}

func TestReadBody(t *testing.T) {
	for _, c := range []struct {
		protocol wire.Protocol
		length   int64
		body     int
		want     string
	}{
		{wire.Query, 1 << 30, 0, "RequestEntityTooLarge"},
		{wire.JSON, -1, wire.MaxBody + 1, "RequestEntityTooLargeException"},
		{wire.RestJSON, 1 << 30, 0, "RequestEntityTooLargeException"},
		{wire.RestXML, 6 << 30, 0, "EntityTooLarge"},
		{wire.RestXML, -1, 1, "NotImplemented"},
		{wire.RestXML, wire.MaxBody + 1, wire.MaxBody + 1, ""},
		{wire.JSON, 2, 2, ""},
		{wire.JSON, -1, 2, ""},
	} {
		r := httptest.NewRequest("POST", "/", strings.NewReader(strings.Repeat("a", c.body)))
		r.ContentLength = c.length
		body, err := wire.ReadBody(c.protocol, r)
		if got := code(t, err); got != c.want || err == nil && len(body) != c.body {
			t.Errorf("%+v: %q, %d bytes", c, got, len(body))
		}
	}
}

func TestWrongTypesAreNotTheClientsFault(t *testing.T) {
	service := wire.MustLoad("iam")
	var e *wire.Error
	for name, err := range map[string]error{
		"another operation's input": service.DecodeInput("CreateRole", formRequest(""), []byte("RoleName=x"), new(iam.Options)),
		"not a pointer":             service.DecodeInput("CreateRole", formRequest(""), nil, iam.CreateRoleInput{}),
		"not in the model":          service.DecodeInput("UpdateGroup", formRequest(""), nil, new(iam.UpdateGroupInput)),
		"a nil output":              service.EncodeOutput("CreateRole", httptest.NewRecorder(), (*iam.CreateRoleOutput)(nil), ""),
		"validating nothing":        service.Validate("CreateRole", nil),
	} {
		if err == nil || errors.As(err, &e) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What the model has and the SDK has not yet is told apart from nonsense, and is
// refused.
func TestMembersBeyondTheSDK(t *testing.T) {
	service := wire.MustLoad("kms")
	err := service.DecodeInput("ListKeys", jsonRequest("", ""), []byte(`{"ResourceOwners":[]}`), new(kms.ListKeysInput))
	if code(t, err) != "SerializationException" || !strings.Contains(err.Error(), "AWS has a member 'ResourceOwners'") {
		t.Errorf("%v", err)
	}
}

func TestEmptyEnumIsAValidationError(t *testing.T) {
	err := wire.MustLoad("kms").DecodeInput("GenerateDataKey", jsonRequest("", ""), []byte(`{"KeyId":"k","KeySpec":""}`), new(kms.GenerateDataKeyInput))
	if code(t, err) != "ValidationException" || !strings.Contains(err.Error(), "Value '' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: [") {
		t.Errorf("%v", err)
	}
}
