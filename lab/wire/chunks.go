package wire

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/smithy-go"
)

// Bodies in chunks, in the encoding aws-chunked (S3 API Reference, "Signature
// calculations … transferring payload in multiple chunks" and "… including
// trailing headers"):
//
//	size in hexadecimal [;chunk-signature=…] CRLF
//	as many bytes CRLF
//	…
//	0 [;chunk-signature=…] CRLF
//	[name:value CRLF … [x-amz-trailer-signature:… CRLF]]
//	CRLF
//
// Each signature signs the one before it: the first, that of the request.

// minChunk is the least size of a signed chunk that is not the last.
const minChunk = 8 << 10

// chunks reads such a body, and writes what it carries over its beginning, which
// was read by then: a body may be of gibibytes.
type chunks struct {
	rest     []byte // what is still to be read
	size     int64  // of the payload, as announced
	signed   bool
	trailers bool
	signer   chunkSigner

	payload []byte
}

func (c *chunks) read(announced []string) (http.Header, *Error) {
	if int64(len(c.rest)) < c.size {
		return nil, incompleteBody()
	}
	c.payload = c.rest[:0]
	for last := minChunk; ; {
		line, ok := c.line()
		if !ok {
			return nil, incompleteBody()
		}
		size, signature, ok := c.head(line)
		if !ok {
			return nil, incompleteBody()
		}
		if size > 0 && last < minChunk && c.signed {
			return nil, &Error{Code: "InvalidChunkSizeError", Message: "Only the last chunk is allowed to have a size less than 8192 bytes", Status: http.StatusForbidden, Fault: smithy.FaultClient}
		}
		last = size
		data := c.rest[:size]
		c.rest = c.rest[size:]
		if c.signed && !c.signer.verify(signature, data) {
			return nil, wrongSignature.answer(RestXML, "")
		}
		if size == 0 {
			break
		}
		if !c.end() {
			return nil, incompleteBody()
		}
		c.payload = append(c.payload, data...)
	}
	if int64(len(c.payload)) != c.size {
		return nil, incompleteBody()
	}
	return c.tail(announced)
}

// line gives the text up to the next line end.
func (c *chunks) line() (string, bool) {
	const longest = 8 << 10
	i := bytes.IndexByte(c.rest[:min(len(c.rest), longest)], '\n')
	if i < 0 {
		return "", false
	}
	line := strings.TrimSuffix(string(c.rest[:i]), "\r")
	c.rest = c.rest[i+1:]
	return line, true
}

func (c *chunks) end() (ok bool) {
	c.rest, ok = bytes.CutPrefix(c.rest, []byte("\r\n"))
	return ok
}

// head reads the line before a chunk. The size is within what is left.
func (c *chunks) head(line string) (size int, signature string, ok bool) {
	digits, extension, extended := strings.Cut(line, ";")
	n, err := strconv.ParseUint(digits, 16, 63)
	if err != nil || n > uint64(len(c.rest)) || n > uint64(c.size)-uint64(len(c.payload)) {
		return 0, "", false
	}
	signature, named := strings.CutPrefix(extension, "chunk-signature=")
	if c.signed != extended || extended && !named {
		return 0, "", false
	}
	return int(n), signature, true
}

// tail reads what stands behind the last chunk.
func (c *chunks) tail(announced []string) (http.Header, *Error) {
	trailer, signed, signature := http.Header{}, "", ""
	for len(c.rest) > 0 {
		line, ok := c.line()
		if !ok {
			return nil, malformedTrailer()
		}
		if line == "" {
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		name = strings.ToLower(strings.TrimSpace(name))
		switch {
		case !ok || !c.trailers || signature != "":
			return nil, malformedTrailer()
		case name == "x-amz-trailer-signature" && c.signed:
			signature = strings.TrimSpace(value)
		case !slices.Contains(announced, name) || trailer.Get(name) != "":
			return nil, malformedTrailer()
		default:
			trailer.Set(name, strings.TrimSpace(value))
			signed += name + ":" + strings.TrimSpace(value) + "\n"
		}
	}
	if len(trailer) != len(announced) || !c.trailers && len(announced) > 0 {
		return nil, malformedTrailer()
	}
	if c.signed && c.trailers && !c.signer.verifyTrailer(signature, signed) {
		return nil, wrongSignature.answer(RestXML, "")
	}
	return trailer, nil
}

func incompleteBody() *Error {
	return &Error{Code: "IncompleteBody", Message: "The request body terminated unexpectedly", Fault: smithy.FaultClient}
}

func malformedTrailer() *Error {
	return &Error{
		Code: "MalformedTrailerError", Fault: smithy.FaultClient,
		Message: "The request contained trailing data that was not well-formed or did not conform to our published schema.",
	}
}

// chunkSigner holds signatures of chunks against what they sign.
type chunkSigner struct {
	key                    []byte
	stamp, scope, previous string
}

var emptyDigest = hexDigest(nil)

func hexDigest(data []byte) string {
	digest := sha256.Sum256(data)
	return hex.EncodeToString(digest[:])
}

func (s *chunkSigner) verify(signature string, data []byte) bool {
	return s.matches(signature, algorithm+"-PAYLOAD\n"+s.stamp+"\n"+s.scope+"\n"+s.previous+"\n"+emptyDigest+"\n"+hexDigest(data))
}

func (s *chunkSigner) verifyTrailer(signature, trailers string) bool {
	return s.matches(signature, algorithm+"-TRAILER\n"+s.stamp+"\n"+s.scope+"\n"+s.previous+"\n"+hexDigest([]byte(trailers)))
}

func (s *chunkSigner) matches(signature, toSign string) bool {
	want := hex.EncodeToString(sum(s.key, []byte(toSign)))
	s.previous = want
	return subtle.ConstantTimeCompare([]byte(want), []byte(signature)) == 1
}
