package s3

import (
	"crypto/md5"
	"encoding/base64"
	"net/http"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/lab/wire"
	"rekey/lab/world"
)

// algorithm is that of a checksum: a place in algorithms.
type algorithm uint8

// algorithms are those that the lab calculates. The first is what S3 takes where
// a client asks for none (S3 User Guide, "Checking object integrity").
var algorithms = []types.ChecksumAlgorithm{
	types.ChecksumAlgorithmCrc64nvme, types.ChecksumAlgorithmCrc32, types.ChecksumAlgorithmCrc32c,
	types.ChecksumAlgorithmSha1, types.ChecksumAlgorithmSha256, types.ChecksumAlgorithmSha512, types.ChecksumAlgorithmMd5,
}

func (a algorithm) name() types.ChecksumAlgorithm { return algorithms[a] }

// algorithmOf finds an algorithm by its name, the default for "".
func algorithmOf(name types.ChecksumAlgorithm) (algorithm, error) {
	if name == "" {
		return 0, nil
	}
	at := slices.Index(algorithms, name)
	switch {
	case at >= 0:
		return algorithm(at), nil
	case slices.Contains(name.Values(), name):
		return 0, world.Unimplemented("checksums by " + string(name))
	}
	return 0, invalidRequest("Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]")
}

// checksums are the members that tell checksums, of many inputs and outputs.
type checksums struct {
	crc32, crc32c, crc64nvme, sha1, sha256, sha512, md5 *string
}

// place is where the checksum of an algorithm is told.
func (s *checksums) place(a algorithm) **string {
	return []**string{&s.crc64nvme, &s.crc32, &s.crc32c, &s.sha1, &s.sha256, &s.sha512, &s.md5}[a]
}

// told gives the checksum of a version, and of nothing where there is none.
func (v *version) told() (s checksums, kind types.ChecksumType) {
	if v.sum == "" {
		return s, ""
	}
	*s.place(v.algorithm) = new(base64.StdEncoding.EncodeToString([]byte(v.sum)))
	return s, types.ChecksumTypeFullObject
}

// checksumOf is the checksum that a new object gets: the one that came with it,
// which was held against the body when the request was read, or one of the
// algorithm that was asked for.
func checksumOf(given checksums, asked types.ChecksumAlgorithm, body []byte) (algorithm, string, error) {
	for a := range algorithms {
		if text := *given.place(algorithm(a)); text != nil {
			sum, err := base64.StdEncoding.DecodeString(*text)
			return algorithm(a), string(sum), err
		}
	}
	a, err := algorithmOf(asked)
	if err != nil {
		return 0, "", err
	}
	return a, calculate(a, body), nil
}

func calculate(a algorithm, body []byte) string {
	text, ok := wire.Checksum(string(a.name()), body)
	sum, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil {
		panic("s3: the wire does not calculate " + a.name())
	}
	return string(sum)
}

// etagOf is the ETag of a body: its MD5, unless it is under a KMS key (S3 API
// Reference, Object).
func (s *Service) etagOf(body []byte, k *sealed) [16]byte {
	if k == nil {
		return md5.Sum(body)
	}
	return [16]byte(s.world.Bytes(16))
}

// tooLarge refuses a body that is too large for one request.
func tooLarge(size, limit int64) error {
	return fail(http.StatusBadRequest, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size",
		"ProposedSize", decimal(size), "MaxSizeAllowed", decimal(limit))
}
