package s3

import (
	"time"
	"unique"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/shared/keyid"
)

// version is one version of an object, or a delete marker. It does not change
// once it is kept, but for its tags and its ACL.
type version struct {
	older    *version
	id       string // nullVersion where it was written without versioning
	modified int64  // Unix time in nanoseconds
	size     int64
	etag     [16]byte // without quotes, as hexadecimal digits
	marker   bool     // a delete marker, which has nothing but its id and time

	contentType unique.Handle[string]
	checksum    checksum
	sealed      *sealed // nil: SSE-S3
	body        []byte  // ciphertext where sealed
	more        *more   // nil where the object has nothing of it
}

// nullVersion is the id of what was written without versioning.
const nullVersion = "null"

// more is what few objects have.
type more struct {
	cacheControl, disposition, encoding, language, redirect string
	expires                                                 *time.Time
	metadata                                                map[string]string // user metadata, names in lower case
	tags                                                    []types.Tag
	owner                                                   keyid.Account // "": the bucket's owner
	acl                                                     []types.Grant // nil: the owner alone, FULL_CONTROL
}

// lastModified has whole seconds, as S3 gives it.
func (v *version) lastModified() time.Time {
	return time.Unix(0, v.modified).UTC().Truncate(time.Second)
}
