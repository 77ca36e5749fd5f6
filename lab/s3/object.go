package s3

import (
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/lab/world"
)

// object is one key of a bucket with its versions, the newest first. Buckets
// hold many: the structs are kept small.
type object struct {
	key     string
	current *version // never nil
}

// visible says whether the object is there for those who name no version.
func (o *object) visible() bool { return !o.current.marker }

// versioned says whether versioning was ever enabled: only then are version ids
// told.
func (b *bucket) versioned() bool { return b.versioning != "" }

// idOf is the id of a version as it is told of the bucket, nil where it is not.
func (b *bucket) idOf(v *version) *string {
	if !b.versioned() {
		return nil
	}
	return new(v.id())
}

// lookup finds a version of a key, the current one where id is nil. A delete
// marker is found too. It gives nil where the key has no version at all; an id
// that is none of the key's is an error.
func (b *bucket) lookup(key string, id *string) (*version, error) {
	o := b.objects.get(key)
	if id == nil {
		if o == nil {
			return nil, nil
		}
		return o.current, nil
	}
	same, err := identified(*id)
	if err != nil {
		return nil, err
	}
	if o != nil {
		for v := o.current; v != nil; v = v.older {
			if same(v) {
				return v, nil
			}
		}
	}
	return nil, noSuchVersion(key, *id)
}

// identified says how the version of an id is recognised.
func identified(id string) (func(*version) bool, error) {
	if id == nullVersion {
		return func(v *version) bool { return v.null }, nil
	}
	number, ok := parseVersionID(id)
	if !ok {
		return nil, invalidArgument("Invalid version id specified", "versionId", id)
	}
	return func(v *version) bool { return !v.null && v.number == number }, nil
}

// keep makes v the current version of a key: beside the others where versioning
// is enabled, in the place of the null version where it is not (S3 User Guide,
// "Adding objects to versioning-suspended buckets").
func (s *Service) keep(c *world.Call, b *bucket, key string, v *version) {
	s.written++
	v.number, v.modified = s.written, c.Time.Unix()
	v.null = b.versioning != types.BucketVersioningStatusEnabled
	o := b.objects.get(key)
	if o == nil {
		b.objects.add(&object{key, v})
		return
	}
	if v.null {
		o.drop(func(w *version) bool { return w.null })
	}
	v.older, o.current = o.current, v
}

// drop takes the version out that same recognises; nil if there is none. It may
// leave the object without any.
func (o *object) drop(same func(*version) bool) *version {
	for at := &o.current; *at != nil; at = &(*at).older {
		if v := *at; same(v) {
			*at = v.older
			return v
		}
	}
	return nil
}

// erase removes a version for good, nil if there is none, and the key with its
// last one.
func (b *bucket) erase(key string, same func(*version) bool) *version {
	o := b.objects.get(key)
	if o == nil {
		return nil
	}
	v := o.drop(same)
	if o.current == nil {
		b.objects.remove(key)
	}
	return v
}
