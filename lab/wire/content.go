package wire

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/smithy-go"
)

// Values of X-Amz-Content-Sha256 that are no digest (S3 API Reference,
// "Authenticating Requests: Using the Authorization Header").
const (
	unsignedPayload   = "UNSIGNED-PAYLOAD"
	streamedUnsigned  = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
	streamed          = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
	streamedTrailer   = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
	contentHashHeader = "x-amz-content-sha256"
)

// contentHash is what the canonical request says of the body: its digest, or
// what S3 takes instead. Other services hold a claimed digest against the body
// at once, since for them it is a part of the signature.
func contentHash(p Protocol, r *http.Request, a *authorization, body []byte) (string, *Error) {
	claimed := headerValues(r, r.URL.Query(), contentHashHeader)
	if p == RestXML {
		return s3ContentHash(a, claimed)
	}
	digest := sha256.Sum256(body)
	actual := hex.EncodeToString(digest[:])
	if len(claimed) > 0 && (len(claimed) > 1 || claimed[0] != actual) {
		return "", mismatched(p, a, "", "")
	}
	return actual, nil
}

func s3ContentHash(a *authorization, claimed []string) (string, *Error) {
	switch {
	case len(claimed) == 0 && a.Presigned:
		return unsignedPayload, nil
	case len(claimed) == 0:
		return "", invalidRequest("Missing required header for this request: " + contentHashHeader)
	case len(claimed) == 1 && (slices.Contains([]string{unsignedPayload, streamedUnsigned, streamed, streamedTrailer}, claimed[0]) || isDigest(claimed[0])):
		return claimed[0], nil
	}
	e := invalidRequest(contentHashHeader + " must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, " +
		"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.")
	e.Code, e.Details = "InvalidArgument", []Detail{{"ArgumentName", contentHashHeader}, {"ArgumentValue", strings.Join(claimed, ",")}}
	return "", e
}

func isDigest(s string) bool {
	digest, err := hex.DecodeString(s)
	return err == nil && len(digest) == sha256.Size && s == strings.ToLower(s)
}

// readContent takes the body out of its chunks, and holds it against its digest
// where S3 has been told one. Both need the signature to be good: key is that of
// the signer, nil for a request without one.
//
//	another body than was announced             XAmzContentSHA256Mismatch
//	chunks that end too early, or too late      IncompleteBody
//	a chunk whose signature is wrong            SignatureDoesNotMatch
//	chunks that are too small                   InvalidChunkSizeError
//	trailers that are not those announced       MalformedTrailerError
func readContent(p Protocol, r *http.Request, a *authorization, key, body []byte) *Error {
	a.Body = body
	if claimed := headerValues(r, r.URL.Query(), contentHashHeader); len(claimed) > 0 {
		a.Content = claimed[0]
	}
	if p != RestXML {
		return nil
	}
	if a.Content != "" {
		if _, fault := s3ContentHash(a, headerValues(r, r.URL.Query(), contentHashHeader)); fault != nil {
			return fault
		}
	}
	if strings.HasPrefix(a.Content, "STREAMING-") {
		if fault := a.unchunk(r, key); fault != nil {
			return fault
		}
	} else if fault := wholeBody(r, body); fault != nil {
		return fault
	} else if isDigest(a.Content) {
		digest := sha256.Sum256(body)
		if actual := hex.EncodeToString(digest[:]); actual != a.Content {
			return &Error{
				Code: "XAmzContentSHA256Mismatch", Message: "The provided 'x-amz-content-sha256' header does not match what was computed.",
				Fault: smithy.FaultClient, Details: []Detail{{"ClientComputedContentSHA256", a.Content}, {"S3ComputedContentSHA256", actual}},
			}
		}
	}
	dropChunkedEncoding(r.Header)
	return nil
}

// wholeBody refuses a body without chunks that is announced as one in chunks,
// with another length or with trailers: their checksum would never be looked at.
// What AWS does is not known.
func wholeBody(r *http.Request, body []byte) *Error {
	const trailer, length = "X-Amz-Trailer", "X-Amz-Decoded-Content-Length"
	if r.Header.Get(trailer) != "" {
		return notImplemented(strings.ToLower(trailer))
	}
	if said := r.Header.Get(length); said != "" && said != strconv.Itoa(len(body)) {
		return notImplemented(strings.ToLower(length))
	}
	return nil
}

// dropChunkedEncoding takes aws-chunked out of Content-Encoding: it is no
// property of the object.
func dropChunkedEncoding(h http.Header) {
	lines := h.Values("Content-Encoding")
	if len(lines) == 0 {
		return
	}
	kept := slices.DeleteFunc(splitList(lines), func(e string) bool { return strings.EqualFold(e, "aws-chunked") })
	if len(kept) == 0 {
		h.Del("Content-Encoding")
		return
	}
	h.Set("Content-Encoding", strings.Join(kept, ","))
}

// unchunk replaces the body by what its chunks carry, and leaves the trailers in
// r.
func (a *authorization) unchunk(r *http.Request, key []byte) *Error {
	announced := r.Header.Get("X-Amz-Decoded-Content-Length")
	size, err := strconv.ParseInt(announced, 10, 64)
	if err != nil || size < 0 {
		return &Error{Code: "MissingContentLength", Message: "You must provide the Content-Length HTTP header.", Fault: smithy.FaultClient}
	}
	c := chunks{rest: a.Body, size: size, trailers: strings.HasSuffix(a.Content, "-TRAILER")}
	if c.signed = a.Content != streamedUnsigned; c.signed {
		if key == nil {
			return noSignature.answer(RestXML, "")
		}
		c.signer = chunkSigner{key: key, stamp: a.stamp, scope: a.scope, previous: hex.EncodeToString(a.signature)}
	}
	trailers := announcedTrailers(r)
	for _, name := range trailers {
		if !strings.HasPrefix(name, checksumHeader) { // assumption
			return invalidRequest("The value specified in the x-amz-trailer header is not supported")
		}
	}
	trailer, fault := c.read(trailers)
	if fault != nil {
		return fault
	}
	a.Body, r.Trailer, r.ContentLength = c.payload, trailer, size
	return nil
}

// announcedTrailers gives the names in X-Amz-Trailer, in lower case.
func announcedTrailers(r *http.Request) []string {
	return strings.FieldsFunc(strings.ToLower(strings.Join(r.Header.Values("X-Amz-Trailer"), ",")), func(c rune) bool { return c == ',' || c == ' ' })
}
