package wire_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rekey/lab/wire"
)

// FuzzS3 looks for requests that break routing or decoding, or that are taken
// though a parameter or a header of AWS's has no place.
func FuzzS3(f *testing.F) {
	f.Add("PUT", "/b/k?encryption&versionId=1", "X-Amz-Meta-A", "1", []byte("<ObjectEncryption><SSE-KMS><KMSKeyArn>k</KMSKeyArn></SSE-KMS></ObjectEncryption>"))
	f.Add("PUT", "/b/k?partNumber=1&uploadId=u", "X-Amz-Copy-Source", "b/s", []byte(""))
	f.Add("GET", "/b?list-type=2&prefix=%2F&max-keys=1", "X-Amz-Optional-Object-Attributes", "RestoreStatus,", []byte(""))
	f.Add("PUT", "/b/%2e%2e//k%00", "Expires", "Thu, 01 Jan 2026 00:00:00 GMT", []byte("body"))
	f.Add("PUT", "/b?acl", "X-Amz-Acl", "private", []byte(`<AccessControlPolicy xmlns:a="http://www.w3.org/2001/XMLSchema-instance"><AccessControlList><Grant><Grantee a:type="Group"/></Grant></AccessControlList></AccessControlPolicy>`))
	service := s3Model()
	f.Fuzz(func(t *testing.T, method, target, header, value string, body []byte) {
		u, err := url.ParseRequestURI(target)
		if err != nil || !strings.HasPrefix(target, "/") {
			return
		}
		r := &http.Request{Method: method, URL: u, Header: http.Header{}, ContentLength: int64(len(body))}
		r.Header.Set("Authorization", "x")
		r.Header.Add(header, value)
		op, ok := service.Route(r, body)
		if !ok || s3Inputs[op] == nil {
			return
		}
		in := reflect.New(s3Inputs[op])
		if err := service.DecodeInput(op, r, body, in.Interface()); err != nil {
			_ = code(t, err)
			return
		}
		if err := service.Validate(op, in.Interface()); err != nil {
			_ = code(t, err)
		}
		if key := in.Elem().FieldByName("Key"); key.IsValid() && (key.IsNil() || key.Elem().Len() == 0) {
			t.Fatalf("%s %s: %s without a key", method, target, op)
		}
		if strings.EqualFold(header, "X-Amz-Unheard") || u.Query().Has("unheard") {
			t.Fatalf("%s %s: %s took what has no place", method, target, op)
		}
	})
}

// FuzzXML looks for documents that change when they are encoded and decoded
// again.
func FuzzXML(f *testing.F) {
	f.Add("<AnalyticsConfiguration><Id>1</Id><Filter><And><Prefix>p</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And></Filter><StorageClassAnalysis/></AnalyticsConfiguration>")
	f.Add("<?xml version=\"1.0\"?><AnalyticsConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Id>&lt;&#x41;<![CDATA[]]></Id><Filter><Tag><Key/></Tag></Filter></AnalyticsConfiguration>")
	service := s3Model()
	const op = "PutBucketAnalyticsConfiguration"
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest("PUT", "/b?analytics&id=1", nil)
		var in, again s3.PutBucketAnalyticsConfigurationInput
		if service.DecodeInput(op, r, []byte(body), &in) != nil {
			return
		}
		_ = service.Validate(op, &in)
		text, err := wire.AppendXML(service, op, &in)
		if err != nil {
			t.Fatal(err)
		}
		if err := service.DecodeInput(op, r, text, &again); err != nil {
			t.Fatalf("%q became %q: %v", body, text, err)
		}
		if !reflect.DeepEqual(in, again) {
			t.Fatalf("%q became %q", body, text)
		}
	})
}

// FuzzChunks looks for bodies in chunks whose content is not of the announced
// size, or not in them.
func FuzzChunks(f *testing.F) {
	f.Add("4\r\ntext\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", 4)
	f.Add("2\r\nte\r\n2;x=y\r\nxt\r\n0\r\n\r\n", 4)
	f.Add("ffffffffffffffff\r\n", 1<<40)
	f.Fuzz(func(t *testing.T, body string, size int) {
		r := httptest.NewRequest("PUT", "/b/k", nil)
		r.Header.Set("X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
		r.Header.Set("X-Amz-Decoded-Content-Length", strconv.Itoa(size))
		if strings.Contains(body, "crc32") {
			r.Header.Set("X-Amz-Trailer", "x-amz-checksum-crc32")
		}
		signature, fault := verifier("").Verify(wire.RestXML, r, []byte(body), noon)
		if fault != nil {
			return
		}
		if len(signature.Body) != size || !signature.Anonymous || size > len(body) || r.ContentLength != int64(size) {
			t.Fatalf("%q: %q of %d bytes", body, signature.Body, size)
		}
		if i := bytes.IndexByte(signature.Body, 0); i >= 0 && !strings.Contains(body, "\x00") {
			t.Fatalf("%q: bytes that are not in it", body)
		}
	})
}

// FuzzPresigned looks for query strings that break what reads them, or that
// nobody signed and are taken.
func FuzzPresigned(f *testing.F) {
	f.Add("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260504%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Date=20260504T120000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00")
	f.Add("X-Amz-Signature=&X-Amz-Signature=;&%zz")
	f.Fuzz(func(t *testing.T, query string) {
		for _, p := range []wire.Protocol{wire.JSON, wire.Query, wire.EC2, wire.RestXML, wire.RestJSON} {
			r := httptest.NewRequest("GET", "/b/k", nil)
			r.URL.RawQuery = query
			signature, fault := verifier("").Verify(p, r, nil, noon)
			if fault == nil && (p != wire.RestXML || !signature.Anonymous) {
				t.Fatalf("%q was taken for signed", query)
			}
			if fault != nil && fault.Code == "" {
				t.Fatalf("%q: %+v", query, fault)
			}
			_, _ = wire.ScopeOf(r)
		}
	})
}
