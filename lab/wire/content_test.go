package wire_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"rekey/lab/wire"
)

// The examples of the S3 API Reference, "Signature calculations for the
// Authorization header: transferring payload in multiple chunks" and "… including
// trailing headers": 65 KiB of the letter a, in chunks of 64 KiB.
func TestChunkedExamples(t *testing.T) {
	day := time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC)
	chunk := func(n int, signature string) string {
		return fmt.Sprintf("%x;chunk-signature=%s\r\n%s\r\n", n, signature, strings.Repeat("a", n))
	}
	for name, c := range map[string]struct {
		header    http.Header
		signed    string
		signature string
		body      string
	}{
		"without trailers": {
			http.Header{"X-Amz-Content-Sha256": {"STREAMING-AWS4-HMAC-SHA256-PAYLOAD"}, "Content-Length": {"66824"}},
			"content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class",
			"4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
			chunk(65536, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648") +
				chunk(1024, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497") +
				chunk(0, "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"),
		},
		"with a trailer": {
			http.Header{"X-Amz-Content-Sha256": {"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"}, "X-Amz-Trailer": {"x-amz-checksum-crc32c"}},
			"content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer",
			"106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
			chunk(65536, "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2") +
				chunk(1024, "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7") +
				"0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n" +
				"x-amz-checksum-crc32c:sOO8/Q==\r\n" +
				"x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("PUT", "https://s3.amazonaws.com/examplebucket/chunkObject.txt", strings.NewReader(c.body))
			r.Header = c.header
			r.Header.Set("X-Amz-Date", "20130524T000000Z")
			r.Header.Set("X-Amz-Storage-Class", "REDUCED_REDUNDANCY")
			r.Header.Set("Content-Encoding", "aws-chunked")
			r.Header.Set("X-Amz-Decoded-Content-Length", "66560")
			r.ContentLength = 66824
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders="+c.signed+",Signature="+c.signature)
			signature, fault := verifier("").Verify(wire.RestXML, r, []byte(c.body), day)
			if fault != nil {
				t.Fatal(fault, fault.Details)
			}
			if want := strings.Repeat("a", 66560); string(signature.Body) != want {
				t.Errorf("the body has %d bytes", len(signature.Body))
			}
			if r.Header.Get("Content-Encoding") != "" || r.ContentLength != 66560 || r.Trailer.Get("X-Amz-Checksum-Crc32c") != map[bool]string{true: "sOO8/Q=="}[strings.HasSuffix(name, "a trailer")] {
				t.Errorf("the request is left with %v, %v", r.Header, r.Trailer)
			}
		})
	}
}

// upload is a request to S3 with a body in chunks, before something is done to
// it.
type upload struct {
	mode     string // of X-Amz-Content-Sha256
	chunks   []string
	trailers []string // name:value
	announce string   // in X-Amz-Trailer
	size     string   // in X-Amz-Decoded-Content-Length; "": the right one
}

// build signs the request, and its chunks and trailers where the mode has that.
func (u upload) build(t *testing.T, secret string) (*http.Request, string) {
	t.Helper()
	r := httptest.NewRequest("PUT", "/bucket/key%20%2F/..//é", nil)
	r.Header.Set("X-Amz-Content-Sha256", u.mode)
	r.Header.Set("Content-Encoding", "gzip, aws-chunked")
	if u.size == "" {
		u.size = strconv.Itoa(len(strings.Join(u.chunks, "")))
	}
	r.Header.Set("X-Amz-Decoded-Content-Length", u.size)
	if u.announce != "" {
		r.Header.Set("X-Amz-Trailer", u.announce)
	}
	err := v4.NewSigner().SignHTTP(context.Background(), aws.Credentials{AccessKeyID: keyID, SecretAccessKey: secret}, r, u.mode, "s3", "eu-west-1", noon,
		func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	if err != nil {
		t.Fatal(err)
	}
	_, seed, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
	scope := "\n20260504T120000Z\n20260504/eu-west-1/s3/aws4_request\n"
	var body strings.Builder
	for _, c := range append(u.chunks, "") {
		fmt.Fprintf(&body, "%x", len(c))
		if strings.HasPrefix(u.mode, "STREAMING-AWS4") {
			seed = chainSignature("AWS4-HMAC-SHA256-PAYLOAD" + scope + seed + "\n" + hexDigest("") + "\n" + hexDigest(c))
			body.WriteString(";chunk-signature=" + seed)
		}
		body.WriteString("\r\n" + c)
		if c != "" {
			body.WriteString("\r\n")
		}
	}
	for _, line := range u.trailers {
		body.WriteString(line + "\r\n")
	}
	if strings.HasPrefix(u.mode, "STREAMING-AWS4") && strings.HasSuffix(u.mode, "TRAILER") {
		body.WriteString("x-amz-trailer-signature:" + chainSignature("AWS4-HMAC-SHA256-TRAILER"+scope+seed+"\n"+hexDigest(strings.Join(u.trailers, "\n")+"\n")) + "\r\n")
	}
	return r, body.String() + "\r\n"
}

func chainSignature(toSign string) string {
	key := []byte("AWS4" + secret)
	for _, part := range []string{"20260504", "eu-west-1", "s3", "aws4_request", toSign} {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(part))
		key = h.Sum(nil)
	}
	return hex.EncodeToString(key)
}

func hexDigest(s string) string {
	digest := sha256.Sum256([]byte(s))
	return hex.EncodeToString(digest[:])
}

var modes = []string{"STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}

func newUpload(mode string) upload {
	u := upload{mode: mode, chunks: []string{strings.Repeat("x", 8192), strings.Repeat("y", 9000), "z"}}
	if strings.HasSuffix(mode, "TRAILER") {
		u.announce, u.trailers = "x-amz-checksum-crc32,x-amz-checksum-sha1", []string{"x-amz-checksum-crc32:AAAAAA==", "x-amz-checksum-sha1: b "}
		u.trailers[1] = "x-amz-checksum-sha1:b"
	}
	return u
}

// Each tampering with a body in chunks.
func TestChunkedBodies(t *testing.T) {
	const wrong, incomplete, malformed = "SignatureDoesNotMatch", "IncompleteBody", "MalformedTrailerError"
	replace := func(old, new string) func(string) string {
		return func(body string) string { return strings.Replace(body, old, new, 1) }
	}
	for _, mode := range modes {
		signed, trailed := strings.HasPrefix(mode, "STREAMING-AWS4"), strings.HasSuffix(mode, "TRAILER")
		pick := func(is bool, yes, no string) string {
			if is {
				return yes
			}
			return no
		}
		for name, c := range map[string]struct {
			upload func(*upload)
			body   func(string) string
			want   string
		}{
			"nothing":                    {},
			"no content":                 {upload: func(u *upload) { u.chunks = nil }},
			"another byte":               {body: replace("xxx", "xxy"), want: pick(signed, wrong, "")},
			"a size too small":           {body: replace("2000", "1fff"), want: pick(signed, wrong, incomplete)},
			"a size too great":           {body: replace("2000", "ffffff"), want: incomplete},
			"a size that is none":        {body: replace("2000", "-1"), want: incomplete},
			"a size beyond all":          {body: replace("2000", "ffffffffffffffff"), want: incomplete},
			"a chunk left out":           {body: func(s string) string { _, rest, _ := strings.Cut(s, "\r\n2328"); return "2328" + rest }, want: incomplete},
			"an end too early":           {body: func(s string) string { return s[:10000] }, want: incomplete},
			"an end before the last":     {body: func(s string) string { before, _, _ := strings.Cut(s, "\r\n0"); return before + "\r\n" }, want: incomplete},
			"no end":                     {body: func(string) string { return strings.Repeat("0", 20000) }, want: incomplete},
			"no body":                    {body: func(string) string { return "" }, want: incomplete},
			"an extension of a chunk":    {body: replace("2000", "2000;x=y"), want: incomplete},
			"more behind the end":        {body: func(s string) string { return s + "GET / HTTP/1.1\r\n" }, want: malformed},
			"more without a line's end":  {body: func(s string) string { return s + "x" }, want: malformed},
			"a size that is not told":    {upload: func(u *upload) { u.size = "many" }, want: "MissingContentLength"},
			"another size":               {upload: func(u *upload) { u.size = "17194" }, want: incomplete},
			"a smaller size":             {upload: func(u *upload) { u.size = "17192" }, want: incomplete},
			"a size of all memory":       {upload: func(u *upload) { u.size = "9223372036854775807" }, want: incomplete},
			"a small chunk in between":   {upload: func(u *upload) { u.chunks[0] = "x" }, want: pick(signed, "InvalidChunkSizeError", "")},
			"a trailer more":             {body: func(s string) string { return strings.TrimSuffix(s, "\r\n") + "x-amz-checksum-crc32c:x\r\n\r\n" }, want: malformed},
			"a trailer not announced":    {upload: func(u *upload) { u.trailers = append(u.trailers, "x-amz-meta-a:b") }, want: malformed},
			"a trailer that is missing":  {upload: func(u *upload) { u.announce += "," + "x-amz-checksum-md5" }, want: malformed},
			"a trailer twice":            {upload: func(u *upload) { u.trailers = append(u.trailers, "x-amz-checksum-crc32:AAAAAA==") }, want: malformed},
			"a trailer of another kind":  {upload: func(u *upload) { u.announce += ",x-amz-acl"; u.trailers = append(u.trailers, "x-amz-acl:private") }, want: "InvalidRequest"},
			"a trailer without a colon":  {upload: func(u *upload) { u.trailers = append(u.trailers, "x") }, want: malformed},
			"another trailer's value":    {body: replace("AAAAAA==", "AAAAAB=="), want: pick(trailed && signed, wrong, "")},
			"no signature of trailers":   {body: replace("x-amz-trailer-signature", "x-amz-nothing"), want: pick(trailed && signed, malformed, "")},
			"another trailer's signatur": {body: replace("x-amz-trailer-signature:", "x-amz-trailer-signature:0"), want: pick(trailed && signed, wrong, "")},
		} {
			if strings.Contains(name, "trailer") && !trailed && c.body == nil {
				continue // what announces none has none
			}
			u := newUpload(mode)
			if c.upload != nil {
				c.upload(&u)
			}
			r, body := u.build(t, secret)
			if c.body != nil {
				body = c.body(body)
			}
			signature, fault := verifier("").Verify(wire.RestXML, r, []byte(body), noon)
			got := ""
			if fault != nil {
				got = fault.Code
			}
			if got != c.want {
				t.Errorf("%s, %s: %q, want %q", mode, name, got, c.want)
			}
			if want := strings.Join(u.chunks, ""); name == "nothing" && (string(signature.Body) != want || r.Header.Get("Content-Encoding") != "gzip") {
				t.Errorf("%s: %d bytes, %v", mode, len(signature.Body), r.Header)
			}
		}
	}
}

// What X-Amz-Content-Sha256 says is held against the body, after the signature.
func TestContentHash(t *testing.T) {
	body := []byte("content")
	for claimed, want := range map[string]string{
		hexDigest("content"): "", hexDigest("other"): "XAmzContentSHA256Mismatch", "UNSIGNED-PAYLOAD": "",
		"": "InvalidRequest", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD": "InvalidArgument", "00": "InvalidArgument", strings.ToUpper(hexDigest("content")): "InvalidArgument",
	} {
		r := httptest.NewRequest("PUT", "/bucket/key", bytes.NewReader(body))
		if claimed != "" {
			r.Header.Set("X-Amz-Content-Sha256", claimed)
		}
		if err := v4.NewSigner().SignHTTP(context.Background(), aws.Credentials{AccessKeyID: keyID, SecretAccessKey: secret}, r, claimed, "s3", "eu-west-1", noon); err != nil {
			t.Fatal(err)
		}
		signature, fault := verifier("").Verify(wire.RestXML, r, body, noon)
		got := ""
		if fault != nil {
			got = fault.Code
		}
		if got != want || fault == nil && (string(signature.Body) != "content" || signature.Content != claimed) {
			t.Errorf("%q: %q, want %q", claimed, got, want)
		}
	}
}

// What belongs to chunks is not passed over where there are none: the checksum
// that it announces would never be looked at.
func TestChunksAnnouncedWithoutAny(t *testing.T) {
	for name, value := range map[string]string{"X-Amz-Trailer": "x-amz-checksum-crc32", "X-Amz-Decoded-Content-Length": "6"} {
		r := httptest.NewRequest("PUT", "/bucket/key", strings.NewReader("content"))
		r.Header.Set(name, value)
		if _, fault := verifier("").Verify(wire.RestXML, r, []byte("content"), noon); fault == nil || fault.Code != "NotImplemented" {
			t.Errorf("%s: %v", name, fault)
		}
	}
}

func TestContentHashOfNobody(t *testing.T) {
	for claimed, want := range map[string]string{"": "", "UNSIGNED-PAYLOAD": "", "00": "InvalidArgument", hexDigest("other"): "XAmzContentSHA256Mismatch"} {
		r := httptest.NewRequest("PUT", "/bucket/key", strings.NewReader("content"))
		r.Header["X-Amz-Content-Sha256"] = []string{claimed}[:min(1, len(claimed))]
		got := ""
		if _, fault := verifier("").Verify(wire.RestXML, r, []byte("content"), noon); fault != nil {
			got = fault.Code
		}
		if got != want {
			t.Errorf("%q: %q, want %q", claimed, got, want)
		}
	}
}
