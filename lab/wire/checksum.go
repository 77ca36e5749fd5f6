package wire

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/smithy-go"
)

const checksumHeader = "x-amz-checksum-"

// checksums are the algorithms of x-amz-checksum-… headers that are verified
// here (S3 User Guide, "Checking object integrity for data uploads"). Those of
// the xxHash family are not.
var checksums = map[string]func() hash.Hash{
	"crc32":     func() hash.Hash { return crc32.NewIEEE() },
	"crc32c":    func() hash.Hash { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) },
	"crc64nvme": func() hash.Hash { return crc64.New(crc64.MakeTable(0x9a6c9329ac4bc9b5)) },
	"sha1":      sha1.New,
	"sha256":    sha256.New,
	"sha512":    sha512.New,
	"md5":       md5.New,
}

// Checksum gives the checksum of data as S3 writes it, in Base64. The algorithm
// is named as in the API or in a header: CRC64NVME, crc64nvme. It is not ok for
// one that is not calculated here.
func Checksum(algorithm string, data []byte) (sum string, ok bool) {
	start := checksums[strings.ToLower(algorithm)]
	if start == nil {
		return "", false
	}
	h := start()
	h.Write(data)
	return base64.StdEncoding.EncodeToString(h.Sum(nil)), true
}

// verifyChecksums holds what a client says of a request's body, in Content-MD5
// and in an x-amz-checksum-… header or trailer, against the body.
func verifyChecksums(op *operation, r *http.Request, body []byte) error {
	if err := verifyMD5(r, body); err != nil {
		return err
	}
	claimed, twice := bodyChecksums(op, r)
	announced := strings.Join(headerValues(r, r.URL.Query(), "x-amz-sdk-checksum-algorithm"), ",")
	_, same := claimed[strings.ToLower(announced)]
	switch {
	case twice || len(claimed) > 1:
		return invalidRequest("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
	case checksums[strings.ToLower(announced)] != nil && op.streams() && len(claimed) == 0: // reported in github.com/apache/hadoop issue 6467
		return invalidRequest("x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.")
	case announced != "" && len(claimed) == 1 && !same && op.streams(): // reported in github.com/versity/versitygw issue 1659
		return invalidRequest("Value for x-amz-sdk-checksum-algorithm header is invalid.")
	case op.ChecksumRequired && len(claimed) == 0 && r.Header.Get("Content-Md5") == "":
		return invalidRequest("Missing required header for this request: Content-MD5 OR x-amz-checksum-*")
	}
	for algorithm, value := range claimed {
		if checksums[algorithm] == nil {
			return &Error{Code: "NotImplemented", Message: "the lab does not calculate the checksum " + algorithm, Status: http.StatusNotImplemented}
		}
		return verifyChecksum(algorithm, value, body)
	}
	return nil
}

// bodyChecksums gives the checksums that a request has of its body, by their
// algorithms, and says whether it has any twice: in its headers, in its trailers,
// or among the parameters of a presigned one. A header that is a member of the input of an operation whose body
// is not streamed is about something else: CompleteMultipartUpload has the
// checksum of the whole object.
func bodyChecksums(op *operation, r *http.Request) (claimed map[string]string, twice bool) {
	claimed = map[string]string{}
	places := []map[string][]string{r.Header, r.Trailer}
	if query := r.URL.Query(); presigned(query) {
		places = append(places, query)
	}
	for _, from := range places {
		for name, values := range from {
			algorithm, ok := strings.CutPrefix(strings.ToLower(name), checksumHeader)
			if ok && algorithm != "type" && algorithm != "algorithm" && algorithm != "mode" && len(values) > 0 &&
				(op.streams() || op.inputShape.header(name) == nil) {
				_, already := claimed[algorithm]
				twice = twice || already || len(values) > 1
				claimed[algorithm] = values[0]
			}
		}
	}
	return claimed, twice
}

func invalidRequest(message string) *Error {
	return &Error{Code: "InvalidRequest", Message: message, Fault: smithy.FaultClient}
}

// verifyMD5 answers as recorded: an ill-formed value by InvalidDigest, another
// digest by BadDigest.
func verifyMD5(r *http.Request, body []byte) error {
	claimed := r.Header.Values("Content-Md5")
	if len(claimed) == 0 {
		return nil
	}
	want, err := base64.StdEncoding.DecodeString(claimed[0])
	if err != nil || len(want) != md5.Size {
		return &Error{
			Code: "InvalidDigest", Message: "The Content-MD5 you specified was invalid.", Fault: smithy.FaultClient,
			Details: []Detail{{"Content-MD5", claimed[0]}},
		}
	}
	if got := md5.Sum(body); !slices.Equal(got[:], want) {
		return &Error{
			Code: "BadDigest", Message: "The Content-MD5 you specified did not match what we received.", Fault: smithy.FaultClient,
			Details: []Detail{{"ExpectedDigest", hex.EncodeToString(want)}, {"CalculatedDigest", base64.StdEncoding.EncodeToString(got[:])}},
		}
	}
	return nil
}

func verifyChecksum(algorithm, claimed string, body []byte) error {
	h := checksums[algorithm]()
	want, err := base64.StdEncoding.DecodeString(claimed)
	if err != nil || len(want) != h.Size() {
		return invalidRequest("Value for " + checksumHeader + algorithm + " header is invalid.")
	}
	if h.Write(body); !slices.Equal(h.Sum(nil), want) {
		return &Error{Code: "BadDigest", Message: "The " + strings.ToUpper(algorithm) + " you specified did not match the calculated checksum.", Fault: smithy.FaultClient}
	}
	return nil
}

// streams says whether the body of an operation's request is handed on as it
// came.
func (o *operation) streams() bool {
	if o.inputShape == nil {
		return false
	}
	m := o.inputShape.payload()
	return m != nil && m.Streaming
}

// payload gives the member that is the body, or nil.
func (sh *shape) payload() *member {
	for _, m := range sh.Members {
		if m.Name == sh.Payload {
			return m
		}
	}
	return nil
}

// header gives the member that a header is bound to, or nil.
func (sh *shape) header(name string) *member {
	if sh == nil {
		return nil
	}
	for _, m := range sh.Members {
		if m.Location == "header" && strings.EqualFold(m.wireName(), name) {
			return m
		}
	}
	return nil
}
