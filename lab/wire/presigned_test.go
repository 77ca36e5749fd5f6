package wire_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"rekey/lab/wire"
)

// presignedRequest gives what a client of a presigned request sends.
func presignedRequest(method, address string, header http.Header) *http.Request {
	r := httptest.NewRequest(method, address, nil)
	for name, values := range header {
		if name != "Host" {
			r.Header[name] = values
		}
	}
	return r
}

// presignGet presigns GetObject by the SDK, from now on, for fifteen minutes.
func presignGet(t *testing.T) *http.Request {
	t.Helper()
	config := aws.Config{Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider(keyID, secret, "token"), BaseEndpoint: aws.String("http://lab.invalid")}
	client := s3.NewPresignClient(s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = true }))
	request, err := client.PresignGetObject(t.Context(), &s3.GetObjectInput{
		Bucket: aws.String("b"), Key: aws.String("a key/+%/..//é"), ResponseContentType: aws.String("text/plain; x"), ExpectedBucketOwner: aws.String("111122223333"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return presignedRequest(request.Method, request.URL, request.SignedHeader)
}

func TestPresigned(t *testing.T) {
	r := presignGet(t)
	signature, fault := verifier("token").Verify(wire.RestXML, r, nil, time.Now())
	if fault != nil || !signature.Presigned || signature.Service != "s3" || signature.AccessKeyID != keyID {
		t.Fatalf("%+v, %v", signature, fault)
	}
	service := wire.MustLoad("s3")
	op, _ := service.Route(r, nil)
	var in s3.GetObjectInput
	if err := service.DecodeInput(op, r, nil, &in); err != nil || op != "GetObject" {
		t.Fatal(op, err)
	}
	if *in.Key != "a key/+%/..//é" || *in.ResponseContentType != "text/plain; x" || *in.ExpectedBucketOwner != "111122223333" {
		t.Errorf("%v", in)
	}
}

// STS answers who is calling to a presigned GET, by which EKS and Vault know
// their callers. It does not say how long it may be used.
func TestPresignedSTS(t *testing.T) {
	config := aws.Config{Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider(keyID, secret, ""), BaseEndpoint: aws.String("http://lab.invalid")}
	request, err := sts.NewPresignClient(sts.NewFromConfig(config)).PresignGetCallerIdentity(context.Background(), &sts.GetCallerIdentityInput{})
	if err != nil {
		t.Fatal(err)
	}
	r := presignedRequest(request.Method, request.URL, request.SignedHeader)
	service := wire.MustLoad("sts")
	if _, fault := verifier("").Verify(wire.Query, r, nil, time.Now()); fault != nil {
		t.Fatal(fault)
	}
	op, _ := service.Route(r, nil)
	if err := service.DecodeInput(op, r, nil, new(sts.GetCallerIdentityInput)); err != nil || op != "GetCallerIdentity" {
		t.Error(op, err)
	}
	for late, want := range map[time.Duration]string{4 * time.Minute: "", -4 * time.Minute: "", 6 * time.Minute: "SignatureDoesNotMatch", -6 * time.Minute: "SignatureDoesNotMatch"} {
		_, fault := verifier("").Verify(wire.Query, r, nil, time.Now().Add(late))
		if fault == nil && want != "" || fault != nil && fault.Code != want {
			t.Errorf("%v late: %v", late, fault)
		}
	}
}

func TestPresignedRefuses(t *testing.T) {
	const ill, mismatch, denied = "AuthorizationQueryParametersError", "SignatureDoesNotMatch", "AccessDenied"
	set := func(name, value string) func(*http.Request, url.Values) {
		return func(_ *http.Request, q url.Values) { q.Set(name, value) }
	}
	more := func(tail string) func(*http.Request, url.Values) {
		return func(_ *http.Request, q url.Values) { q.Set("X-Amz-Signature", q.Get("X-Amz-Signature")+tail) }
	}
	del := func(name string) func(*http.Request, url.Values) {
		return func(_ *http.Request, q url.Values) { q.Del(name) }
	}
	for name, c := range map[string]struct {
		change func(*http.Request, url.Values)
		late   time.Duration
		want   string
	}{
		"nothing":                  {nil, 0, ""},
		"another order":            {func(r *http.Request, q url.Values) {}, 0, ""},
		"no algorithm":             {del("X-Amz-Algorithm"), 0, ill},
		"no credential":            {del("X-Amz-Credential"), 0, ill},
		"no date":                  {del("X-Amz-Date"), 0, ill},
		"no time":                  {del("X-Amz-Expires"), 0, ill},
		"no signed headers":        {del("X-Amz-SignedHeaders"), 0, ill},
		"an empty signature":       {set("X-Amz-Signature", ""), 0, ill},
		"two dates":                {func(_ *http.Request, q url.Values) { q.Add("X-Amz-Date", q.Get("X-Amz-Date")) }, 0, ill},
		"another algorithm":        {set("X-Amz-Algorithm", "AWS4-HMAC-SHA1"), 0, ill},
		"a date in another form":   {set("X-Amz-Date", "2026-05-04T12:00:00Z"), 0, ill},
		"a short credential":       {set("X-Amz-Credential", keyID), 0, ill},
		"another day in the scope": {set("X-Amz-Credential", keyID+"/20200101/eu-west-1/s3/aws4_request"), 0, ill},
		"a time that is none":      {set("X-Amz-Expires", "soon"), 0, ill},
		"no time at all":           {set("X-Amz-Expires", "0"), 0, ill},
		"a negative time":          {set("X-Amz-Expires", "-1"), 0, ill},
		"more than a week":         {set("X-Amz-Expires", "604801"), 0, ill},
		"another time":             {set("X-Amz-Expires", "604800"), 0, mismatch},
		"another token":            {set("X-Amz-Security-Token", "other"), 0, "InvalidToken"},
		"no token":                 {del("X-Amz-Security-Token"), 0, "InvalidToken"},
		"another signature":        {set("X-Amz-Signature", strings.Repeat("0", 64)), 0, mismatch},
		"half a byte more":         {more("0"), 0, mismatch},
		"what is no hexadecimal":   {more("g"), 0, mismatch},
		"capitals": {func(_ *http.Request, q url.Values) {
			q.Set("X-Amz-Signature", strings.ToUpper(q.Get("X-Amz-Signature")))
		}, 0, mismatch},
		"another parameter":             {set("response-content-type", "text/html"), 0, mismatch},
		"a parameter more":              {set("versionId", "1"), 0, mismatch},
		"another key":                   {func(r *http.Request, _ url.Values) { r.URL.Path, r.URL.RawPath = "/b/other", "" }, 0, mismatch},
		"another method":                {func(r *http.Request, _ url.Values) { r.Method = "PUT" }, 0, mismatch},
		"a header that is not signed":   {func(r *http.Request, _ url.Values) { r.Header.Set("X-Amz-Acl", "public-read") }, 0, denied},
		"a header that nobody looks at": {func(r *http.Request, _ url.Values) { r.Header.Set("Accept", "*/*") }, 0, ""},
		"two signatures":                {func(r *http.Request, _ url.Values) { r.Header.Set("Authorization", "AWS4-HMAC-SHA256 x") }, 0, "InvalidArgument"},
		"Signature Version 2":           {func(r *http.Request, q url.Values) { clear(q); q.Set("AWSAccessKeyId", keyID); q.Set("Signature", "x") }, 0, "InvalidRequest"},
		"the last moment":               {nil, 14*time.Minute + 58*time.Second, ""},
		"too late":                      {nil, 15*time.Minute + 2*time.Second, denied},
		"a clock that is behind":        {nil, -14 * time.Minute, ""},
		"too early":                     {nil, -16 * time.Minute, denied},
	} {
		r := presignGet(t)
		if c.change != nil {
			query := r.URL.Query()
			c.change(r, query)
			r.URL.RawQuery = query.Encode()
		}
		_, fault := verifier("token").Verify(wire.RestXML, r, nil, time.Now().Add(c.late))
		got := ""
		if fault != nil {
			got = fault.Code
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestPresignedExpiry(t *testing.T) {
	r := presignGet(t)
	_, fault := verifier("token").Verify(wire.RestXML, r, nil, time.Now().Add(time.Hour))
	if fault == nil || fault.Message != "Request has expired" || fault.Status != 403 || len(fault.Details) != 3 || fault.Details[0] != (wire.Detail{Name: "X-Amz-Expires", Value: "900"}) {
		t.Errorf("%+v", fault)
	}
}

// Each tampering with a signed request, with the code and status that S3 has for
// it.
func TestVerifyS3(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*http.Request)
		late   time.Duration
		want   string
		status int
	}{
		"nothing":                     {func(*http.Request) {}, 0, "", 0},
		"fourteen minutes late":       {func(*http.Request) {}, 14 * time.Minute, "", 0},
		"sixteen minutes late":        {func(*http.Request) {}, 16 * time.Minute, "RequestTimeTooSkewed", 403},
		"sixteen minutes early":       {func(*http.Request) {}, -16 * time.Minute, "RequestTimeTooSkewed", 403},
		"another key":                 {func(r *http.Request) { authorize(r, keyID, "AKIAIOSFODNN7EXAMPLF") }, 0, "InvalidAccessKeyId", 403},
		"a token that is not signed":  {func(r *http.Request) { r.Header.Set("X-Amz-Security-Token", "x") }, 0, "AccessDenied", 403},
		"another signature":           {func(r *http.Request) { authorize(r, "Signature=", "Signature=00") }, 0, "SignatureDoesNotMatch", 403},
		"a short credential":          {func(r *http.Request) { authorize(r, "/aws4_request", "") }, 0, "AuthorizationHeaderMalformed", 400},
		"no signature":                {func(r *http.Request) { authorize(r, "Signature=", "X=") }, 0, "AuthorizationHeaderMalformed", 400},
		"another day in the scope":    {func(r *http.Request) { authorize(r, "/20260504/", "/20260503/") }, 0, "AuthorizationHeaderMalformed", 400},
		"Signature Version 2":         {func(r *http.Request) { r.Header.Set("Authorization", "AWS "+keyID+":x") }, 0, "InvalidRequest", 400},
		"a header that is not signed": {func(r *http.Request) { r.Header.Set("X-Amz-Acl", "private") }, 0, "AccessDenied", 403},
		"no Authorization":            {func(r *http.Request) { r.Header.Del("Authorization") }, 0, "", 0},
	} {
		u := upload{mode: "UNSIGNED-PAYLOAD"}
		r, _ := u.build(t, secret)
		c.change(r)
		signature, fault := verifier("").Verify(wire.RestXML, r, nil, noon.Add(c.late))
		got, status := "", 0
		if fault != nil {
			got, status = fault.Code, fault.Status
			if status == 0 {
				status = 400
			}
		}
		if got != c.want || status != c.status {
			t.Errorf("%s: %d %q, want %d %q", name, status, got, c.status, c.want)
		}
		if signature.Anonymous != (name == "no Authorization") {
			t.Errorf("%s: anonymous %v", name, signature.Anonymous)
		}
	}
}

func authorize(r *http.Request, old, new string) {
	r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), old, new, 1))
}
