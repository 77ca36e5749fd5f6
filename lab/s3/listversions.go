package s3

import (
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/lab/world"
)

// listObjectVersions lists all versions and delete markers by their keys, those
// of a key from the newest. A page goes on behind a key, or behind one version
// of it, even if that is gone by now (recorded).
func (s *Service) listObjectVersions(c *world.Call, in *s3.ListObjectVersionsInput) (*s3.ListObjectVersionsOutput, error) {
	l := &view{name: in.Bucket, owner: in.ExpectedBucketOwner, prefix: in.Prefix, delimiter: in.Delimiter, encoding: in.EncodingType, max: in.MaxKeys}
	key, id := text(in.KeyMarker), text(in.VersionIdMarker)
	if id != "" && key == "" {
		return nil, invalidArgument("A version-id marker cannot be specified without a key marker.", "version-id-marker", id)
	}
	if err := l.open(s, c, "s3:ListBucketVersions"); err != nil {
		return nil, err
	}
	start, left, err := l.resume(key, id)
	if err != nil {
		return nil, err
	}
	out := &s3.ListObjectVersionsOutput{
		Name: &l.bucket.name, Prefix: l.encode(text(in.Prefix)), Delimiter: l.given(in.Delimiter), EncodingType: in.EncodingType, MaxKeys: l.maxKeys(),
		KeyMarker: l.encode(key), VersionIdMarker: &id,
	}
	out.IsTruncated = new(l.versions(c, out, start, key, left))
	return out, nil
}

// resume gives the key that a page begins at, and the newest version of the
// marker's key that is still to be told, nil for none.
func (l *view) resume(key, id string) (start string, left *version, err error) {
	if _, hidden := commonPrefix(key, text(l.prefix), text(l.delimiter)); id == "" || hidden {
		return l.behind(key), nil, nil
	}
	number, ok := parseVersionID(id)
	if !ok && id != nullVersion {
		return "", nil, invalidArgument("Invalid version id specified", "version-id-marker", id)
	}
	o := l.objects.get(key)
	if o == nil {
		return l.behind(key), nil, nil
	}
	for v := o.current; v != nil; v = v.older {
		switch {
		case id == nullVersion && v.null:
			return key, v.older, nil
		case id != nullVersion && v.number < number:
			return key, v, nil
		}
	}
	return l.behind(key), nil, nil
}

// versions fills a page, and says whether there are more. Of the key that is
// resumed, what is older than left is told.
func (l *view) versions(c *world.Call, out *s3.ListObjectVersionsOutput, start, resumed string, left *version) (truncated bool) {
	size, n := c.PageSize(l.size), 0
	if size == 0 {
		return false
	}
	var key string
	var id *string
	full := func() bool {
		if n++; n > size {
			out.NextKeyMarker, out.NextVersionIdMarker = l.encode(key), id
			return true
		}
		return false
	}
	for e := range l.objects.scan(text(l.prefix), text(l.delimiter), start, func(*object) bool { return true }) {
		if e.object == nil {
			if full() {
				return true
			}
			key, id = e.prefix, nil
			out.CommonPrefixes = append(out.CommonPrefixes, types.CommonPrefix{Prefix: l.encode(e.prefix)})
			continue
		}
		from := e.current
		if e.key == resumed && start == resumed {
			from = left
		}
		for v := from; v != nil; v = v.older {
			if full() {
				return true
			}
			key, id = e.key, new(v.id())
			l.tell(out, e.object, v, id)
		}
	}
	return false
}

// tell adds a version, or a delete marker, to a page.
func (l *view) tell(out *s3.ListObjectVersionsOutput, o *object, v *version, id *string) {
	latest := new(v == o.current)
	if v.marker {
		out.DeleteMarkers = append(out.DeleteMarkers, types.DeleteMarkerEntry{
			Key: l.encode(o.key), VersionId: id, IsLatest: latest, LastModified: v.lastModified(), Owner: l.ownerOf(),
		})
		return
	}
	out.Versions = append(out.Versions, types.ObjectVersion{
		Key: l.encode(o.key), VersionId: id, IsLatest: latest, LastModified: v.lastModified(), Owner: l.ownerOf(), ETag: v.quoted(), Size: new(v.size()),
		StorageClass: types.ObjectVersionStorageClassStandard, ChecksumAlgorithm: v.algorithms(), ChecksumType: v.sumType(),
	})
}
