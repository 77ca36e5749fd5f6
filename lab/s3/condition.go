package s3

import (
	"net/http"
	"strings"
	"time"

	"rekey/lab/world"
)

// reading are the conditions of GetObject and HeadObject, and those of
// CopyObject on its source.
type reading struct {
	match, noneMatch     *string
	modified, unmodified *time.Time
	header               string // what the names of the headers begin with
	unchanged            error  // the answer to what was not modified
}

// notModified has no content.
var notModified = fail(http.StatusNotModified, "NotModified", "Not Modified")

// check holds a version against the conditions. A condition on the ETag goes
// before the one on the time that looks the same way: what If-Match lets pass is
// not held against If-Unmodified-Since, and so for If-None-Match and
// If-Modified-Since (RFC 9110, section 13.2.2; S3 API Reference, GetObject and
// CopyObject). A time that is yet to come is no condition (recorded).
func (r reading) check(c *world.Call, v *version) error {
	at := time.Unix(v.modified, 0)
	switch {
	case r.match != nil && !v.matches(*r.match):
		return preconditionFailed(r.header + "If-Match")
	case r.match == nil && r.unmodified != nil && at.After(r.unmodified.Truncate(time.Second)):
		return preconditionFailed(r.header + "If-Unmodified-Since")
	case r.noneMatch != nil && v.matches(*r.noneMatch):
		return r.same("If-None-Match")
	case r.noneMatch == nil && r.modified != nil && !r.modified.After(c.Time) && !at.After(*r.modified):
		return r.same("If-Modified-Since")
	}
	return nil
}

func (r reading) same(condition string) error {
	if r.unchanged != nil {
		return r.unchanged
	}
	return preconditionFailed(r.header + condition)
}

// matches says whether a list of ETags has the version's. Quotes may be left
// out (recorded); * stands for any.
func (v *version) matches(list string) bool {
	for one := range strings.SplitSeq(list, ",") {
		if one = strings.TrimSpace(one); one == "*" || strings.Trim(one, `"`) == v.bareETag() {
			return true
		}
	}
	return false
}

// mayWrite holds the current version of a key against the conditions of a
// write: If-None-Match: * for a key that has none, If-Match with the ETag that
// is to be replaced (S3 User Guide, "Conditional writes"; recorded answers).
// Writes happen one after the other here, so that none is ever answered
// ConditionalRequestConflict, unless a fault is ordered.
func (b *bucket) mayWrite(key string, match, noneMatch *string) error {
	o := b.objects.get(key)
	there := o != nil && o.visible()
	switch {
	case match != nil && noneMatch != nil:
		return noHeader("If-Match,If-None-Match", "Multiple conditional request headers present in the request")
	case noneMatch != nil && *noneMatch != "*":
		return noHeader("If-None-Match", "We don't accept the provided value of If-None-Match header for this API")
	case match != nil && *match == "*":
		return noHeader("If-Match", "We don't accept the provided value of If-Match header for this API")
	case noneMatch != nil && there:
		return preconditionFailed("If-None-Match")
	case match != nil && !there:
		return noSuchKey(key)
	case match != nil && !o.current.matches(*match):
		return preconditionFailed("If-Match")
	}
	return nil
}

// noHeader is S3's own answer to a header that it does not take (recorded).
func noHeader(name, more string) error {
	pairs := []string{"Header", name}
	if more != "" {
		pairs = append(pairs, "additionalMessage", more)
	}
	return fail(http.StatusNotImplemented, "NotImplemented", "A header you provided implies functionality that is not implemented", pairs...)
}

// mayDelete holds the current version of a key against the ETag that is to be
// deleted, or * for any (S3 User Guide, "How to perform conditional deletes").
// A key that is not there is answered as for a write; * by 412. Both are
// assumed: the guide says that a concurrent delete makes it 404, and that *
// asks whether the object exists.
func (b *bucket) mayDelete(key string, match *string) error {
	o := b.objects.get(key)
	there := o != nil && o.visible()
	switch {
	case match == nil:
		return nil
	case !there && *match != "*":
		return noSuchKey(key)
	case !there || !o.current.matches(*match):
		return preconditionFailed("If-Match")
	}
	return nil
}
