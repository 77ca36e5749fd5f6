package s3

import (
	"net/http"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/lab/world"
)

// removal is what one delete did.
type removal struct {
	marker bool    // a delete marker was made, or was itself deleted
	id     *string // of that marker, or of the version that was deleted
}

func (s *Service) deleteObject(c *world.Call, in *s3.DeleteObjectInput) (*s3.DeleteObjectOutput, error) {
	if err := bypass(in.BypassGovernanceRetention, in.MFA); err != nil {
		return nil, err
	}
	switch {
	case in.IfMatchLastModifiedTime != nil: // of directory buckets (recorded)
		return nil, noHeader("x-amz-if-match-last-modified-time", "")
	case in.IfMatchSize != nil:
		return nil, noHeader("x-amz-if-match-size", "")
	}
	b, err := s.bucket(c, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	r, err := s.remove(c, b, *in.Key, in.VersionId, in.IfMatch)
	if err != nil {
		return nil, err
	}
	out := &s3.DeleteObjectOutput{VersionId: r.id}
	if r.marker {
		out.DeleteMarker = new(true)
	}
	return out, nil
}

// bypass refuses what belongs to Object Lock, and to buckets that ask for MFA.
func bypass(governance *bool, mfa *string) error {
	switch {
	case governance != nil: // recorded, for false too
		return fail(http.StatusBadRequest, "InvalidArgument", "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.",
			"ArgumentName", "x-amz-bypass-governance-retention")
	case mfa != nil:
		return world.Unimplemented("MFA delete")
	}
	return nil
}

// remove deletes a version for good, or, where none is named, what the bucket's
// versioning makes of that: the object itself, or a delete marker on top of it.
// Nothing happens to what is not there (S3 User Guide, "Deleting object
// versions", "Deleting objects from versioning-suspended buckets").
func (s *Service) remove(c *world.Call, b *bucket, key string, id, match *string) (removal, error) {
	if err := s.mayRemove(c, b, key, id, match); err != nil {
		return removal{}, err
	}
	if id != nil {
		return s.removeVersion(c, b, key, *id)
	}
	if !b.versioned() {
		if v := b.erase(key, func(*version) bool { return true }); v != nil {
			s.changed(c, b, "ObjectRemoved:Delete", key, v)
		}
		return removal{}, nil
	}
	v := &version{marker: true}
	s.keep(c, b, key, v)
	s.changed(c, b, "ObjectRemoved:DeleteMarkerCreated", key, v)
	return removal{true, new(v.id())}, nil
}

func (s *Service) removeVersion(c *world.Call, b *bucket, key, id string) (removal, error) {
	same, err := identified(id)
	if err != nil {
		return removal{}, err
	}
	v := b.erase(key, same)
	if v != nil {
		s.changed(c, b, "ObjectRemoved:Delete", key, v)
	}
	return removal{v != nil && v.marker, &id}, nil
}

// mayRemove also asks for s3:GetObject where an ETag is compared (S3 User Guide,
// "How to perform conditional deletes").
func (s *Service) mayRemove(c *world.Call, b *bucket, key string, id, match *string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if id != nil {
		if _, err := identified(*id); err != nil {
			return err
		}
	}
	k := conditions{}
	k.add("VersionId", id)
	k.add("if-match", match)
	if err := s.onObject(c, b, versioned("s3:DeleteObject", id, ""), key, nil, k); err != nil {
		return err
	}
	if match == nil {
		return nil
	}
	if id != nil {
		return world.Unimplemented("a condition on the delete of a version: conditions are about the current one")
	}
	if *match != "*" {
		v, err := b.lookup(key, nil)
		if err != nil {
			return err
		}
		if err := s.onObject(c, b, "s3:GetObject", key, v, nil); err != nil {
			return err
		}
	}
	return b.mayDelete(key, match)
}

// deletesLimit is how many keys DeleteObjects takes.
const deletesLimit = 1000

// deleteObjects answers for each key by itself: one that is refused does not
// keep the others.
func (s *Service) deleteObjects(c *world.Call, in *s3.DeleteObjectsInput) (*s3.DeleteObjectsOutput, error) {
	if err := bypass(in.BypassGovernanceRetention, in.MFA); err != nil {
		return nil, err
	}
	b, err := s.bucket(c, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	if in.Delete == nil || len(in.Delete.Objects) == 0 || len(in.Delete.Objects) > deletesLimit {
		return nil, malformedXML()
	}
	for _, o := range in.Delete.Objects {
		if o.Key == nil || *o.Key == "" {
			return nil, malformedXML()
		}
		if o.LastModifiedTime != nil || o.Size != nil { // of directory buckets
			return nil, world.Unimplemented("LastModifiedTime and Size of an object to delete")
		}
	}
	out := &s3.DeleteObjectsOutput{}
	for _, o := range in.Delete.Objects {
		r, err := s.remove(c, b, *o.Key, o.VersionId, o.ETag)
		if err != nil {
			e := world.Answer(err)
			if e.Status >= http.StatusInternalServerError {
				return nil, err // what the lab lacks is no answer for a key
			}
			out.Errors = append(out.Errors, refusedDelete(o, e.Code, e.Message))
			continue
		}
		if in.Delete.Quiet == nil || !*in.Delete.Quiet {
			out.Deleted = append(out.Deleted, r.deleted(o))
		}
	}
	return out, nil
}

// refusedDelete tells an id that no version can have as one that is not there
// (recorded).
func refusedDelete(o types.ObjectIdentifier, code, message string) types.Error {
	if code == "InvalidArgument" && o.VersionId != nil {
		code, message = "NoSuchVersion", "The specified version does not exist."
	}
	return types.Error{Key: o.Key, VersionId: o.VersionId, Code: &code, Message: &message}
}

func (r removal) deleted(o types.ObjectIdentifier) types.DeletedObject {
	d := types.DeletedObject{Key: o.Key, VersionId: o.VersionId}
	if r.marker {
		d.DeleteMarker, d.DeleteMarkerVersionId = new(true), r.id
	}
	return d
}
