package s3

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"time"
	"unique"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// version is one version of an object, or a delete marker. It does not change
// once it is kept, but for its tags and its ACL.
type version struct {
	older       *version
	number      uint64 // of all versions: what is written later has a greater one
	modified    int64  // Unix time in seconds: S3 tells no more
	contentType unique.Handle[string]
	sum         string  // the checksum of the plaintext, raw
	sealed      *sealed // nil: SSE-S3
	body        []byte  // ciphertext where sealed
	more        *more   // nil where the object has nothing of it
	etag        [16]byte
	algorithm   algorithm // of sum
	null        bool      // written without versioning
	marker      bool      // a delete marker, which has nothing but its id and time
}

// more is what few objects have.
type more struct {
	cacheControl, disposition, encoding, language, redirect string
	expires                                                 *time.Time
	metadata                                                map[string]string // user metadata
	tags                                                    []types.Tag
	acl                                                     []types.Grant // nil: the owner alone, FULL_CONTROL
}

// nullVersion is the id of what was written without versioning.
const nullVersion = "null"

func (v *version) lastModified() *time.Time { return new(time.Unix(v.modified, 0).UTC()) }

// size is that of the plaintext.
func (v *version) size() int64 {
	if v.sealed != nil {
		return int64(len(v.body) - sealedOverhead)
	}
	return int64(len(v.body))
}

// quoted is the ETag as it is told nearly everywhere: between quotes.
func (v *version) quoted() *string { return new(`"` + v.bareETag() + `"`) }

func (v *version) bareETag() string { return hex.EncodeToString(v.etag[:]) }

// extra is what few objects have, empty where there is none, to be read.
func (v *version) extra() more {
	if v.more == nil {
		return more{}
	}
	return *v.more
}

// change gives what few objects have, to be changed.
func (v *version) change() *more {
	if v.more == nil {
		v.more = &more{}
	}
	return v.more
}

// id is the version's id: 32 characters that S3 alone can make (recorded: one
// that it did not make is refused as invalid, not as missing).
func (v *version) id() string {
	if v.null {
		return nullVersion
	}
	return formatVersionID(v.number)
}

// versionIDs has letters and digits, dots and underscores (recorded).
var versionIDs = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._").WithPadding(base64.NoPadding)

func formatVersionID(number uint64) string {
	mac := versionMAC(number)
	raw := make([]byte, 24)
	binary.BigEndian.PutUint64(raw, number^binary.BigEndian.Uint64(mac))
	copy(raw[8:], mac[:16])
	return versionIDs.EncodeToString(raw)
}

// parseVersionID gives the number that an id was made of.
func parseVersionID(id string) (number uint64, ok bool) {
	raw, err := versionIDs.DecodeString(id)
	if err != nil || len(raw) != 24 {
		return 0, false
	}
	number = binary.BigEndian.Uint64(raw) ^ binary.BigEndian.Uint64(raw[8:])
	return number, hmac.Equal(raw[8:], versionMAC(number)[:16])
}

func versionMAC(number uint64) []byte {
	h := hmac.New(sha256.New, []byte("version ids of the lab"))
	h.Write(binary.BigEndian.AppendUint64(nil, number))
	return h.Sum(nil)
}
