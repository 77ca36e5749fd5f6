package s3

import (
	"encoding/base64"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/lab/world"
)

// pageLimit is how many entries a listing gives at most.
const pageLimit = 1000

// view is what the three listings have in common.
type view struct {
	name, owner, prefix, delimiter *string
	encoding                       types.EncodingType
	max                            *int32
	size                           int // entries of a page
	*bucket
}

// open checks a request, and authorizes it. prefix, delimiter and max-keys are
// condition keys as the request has them.
func (l *view) open(s *Service, c *world.Call, action string) (err error) {
	if l.encoding != "" && l.encoding != types.EncodingTypeUrl {
		return invalidArgument("Invalid Encoding Method specified in Request", "encoding-type", string(l.encoding))
	}
	l.size = pageLimit
	k := conditions{}
	if l.max != nil {
		if *l.max < 0 {
			return invalidArgument("Argument maxKeys must be an integer between 0 and 2147483647", "maxKeys", decimal(int64(*l.max)))
		}
		l.size = min(int(*l.max), pageLimit)
		k["s3:max-keys"] = []string{decimal(int64(*l.max))}
	}
	k.add("prefix", l.prefix)
	k.add("delimiter", l.delimiter)
	if l.bucket, err = s.bucket(c, l.name, l.owner); err != nil {
		return err
	}
	return s.onBucket(c, l.bucket, action, k)
}

// encode writes a name as it is answered: in a URL's way if that is asked for,
// since XML cannot hold every character (recorded: = is encoded, / is not).
func (l *view) encode(name string) *string {
	if l.encoding == types.EncodingTypeUrl {
		name = strings.ReplaceAll(url.QueryEscape(name), "%2F", "/")
	}
	return &name
}

// given is encode for what the request may leave out.
func (l *view) given(name *string) *string {
	if name == nil || *name == "" {
		return nil
	}
	return l.encode(*name)
}

func (l *view) maxKeys() *int32 { return new(int32(min(l.maximum(), pageLimit))) }

func (l *view) maximum() int {
	if l.max == nil {
		return pageLimit
	}
	return int(*l.max)
}

// behind gives where a page begins that follows a marker: after it, and if it is
// among keys with a common prefix, after all of those (recorded).
func (l *view) behind(marker string) string {
	switch common, ok := commonPrefix(marker, text(l.prefix), text(l.delimiter)); {
	case marker == "":
		return ""
	case ok:
		return beyond(common)
	}
	return marker + "\x00"
}

// page gives the entries of a page of objects that begins at a key, and the
// name of its last, "" if there are no more.
func (l *view) page(c *world.Call, start string) (objects []*object, prefixes []types.CommonPrefix, last string) {
	size, n, name := c.PageSize(l.size), 0, ""
	if size == 0 {
		return nil, nil, ""
	}
	for e := range l.objects.scan(text(l.prefix), text(l.delimiter), start, (*object).visible) {
		if n++; n > size {
			return objects, prefixes, name
		}
		if e.object == nil {
			name, prefixes = e.prefix, append(prefixes, types.CommonPrefix{Prefix: l.encode(e.prefix)})
			continue
		}
		name, objects = e.key, append(objects, e.object)
	}
	return objects, prefixes, ""
}

// contents are the objects of a page as they are told.
func (l *view) contents(objects []*object, owner *types.Owner) []types.Object {
	all := make([]types.Object, len(objects))
	for i, o := range objects {
		v := o.current
		all[i] = types.Object{
			Key: l.encode(o.key), ETag: v.quoted(), LastModified: v.lastModified(), Size: new(v.size()), StorageClass: types.ObjectStorageClassStandard,
			Owner: owner, ChecksumAlgorithm: v.algorithms(), ChecksumType: v.sumType(),
		}
	}
	return all
}

func (v *version) algorithms() []types.ChecksumAlgorithm {
	if v.sum == "" {
		return nil
	}
	return []types.ChecksumAlgorithm{v.algorithm.name()}
}

func (v *version) sumType() types.ChecksumType {
	if v.sum == "" {
		return ""
	}
	return types.ChecksumTypeFullObject
}

// ownerOf is whom an object belongs to: the bucket's owner, always. Names are
// not told any more (recorded).
func (b *bucket) ownerOf() *types.Owner { return &types.Owner{ID: new(canonicalID(b.owner))} }

func (s *Service) listObjectsV2(c *world.Call, in *s3.ListObjectsV2Input) (*s3.ListObjectsV2Output, error) {
	l := &view{name: in.Bucket, owner: in.ExpectedBucketOwner, prefix: in.Prefix, delimiter: in.Delimiter, encoding: in.EncodingType, max: in.MaxKeys}
	if err := l.open(s, c, "s3:ListBucket"); err != nil {
		return nil, err
	}
	marker := text(in.StartAfter)
	if in.ContinuationToken != nil {
		var ok bool
		if marker, ok = parseToken(*in.ContinuationToken); !ok {
			return nil, badToken(*in.ContinuationToken)
		}
	}
	objects, prefixes, last := l.page(c, l.behind(marker))
	var owner *types.Owner
	if in.FetchOwner != nil && *in.FetchOwner {
		owner = l.ownerOf()
	}
	out := &s3.ListObjectsV2Output{
		Name: &l.bucket.name, Prefix: l.encode(text(in.Prefix)), Delimiter: l.given(in.Delimiter), EncodingType: in.EncodingType, MaxKeys: l.maxKeys(),
		Contents: l.contents(objects, owner), CommonPrefixes: prefixes, KeyCount: new(int32(len(objects) + len(prefixes))), IsTruncated: new(last != ""),
		ContinuationToken: in.ContinuationToken,
	}
	if in.ContinuationToken == nil { // recorded: it is not told beside a token
		out.StartAfter = l.given(in.StartAfter)
	}
	if last != "" {
		out.NextContinuationToken = new(formatToken(last))
	}
	return out, nil
}

// Continuation tokens are opaque: here the name of the last entry, disguised.
func formatToken(last string) string {
	return "1" + base64.RawURLEncoding.EncodeToString(append([]byte(last), versionMAC(uint64(len(last)))[:8]...))
}

func parseToken(token string) (last string, ok bool) {
	one, ok := strings.CutPrefix(token, "1")
	raw, err := base64.RawURLEncoding.DecodeString(one)
	if !ok || err != nil || len(raw) <= 8 {
		return "", false
	}
	last = string(raw[:len(raw)-8])
	return last, formatToken(last) == token
}

func badToken(token string) error {
	pairs := []string{"ArgumentName", "continuation-token"}
	if token != "" { // recorded without, where it is empty
		pairs = append(pairs, "ArgumentValue", token)
	}
	return fail(400, "InvalidArgument", "The continuation token provided is incorrect", pairs...)
}

// listObjects is the first version of the listing: it tells owners, and where
// the next page begins only if there is a delimiter (recorded).
func (s *Service) listObjects(c *world.Call, in *s3.ListObjectsInput) (*s3.ListObjectsOutput, error) {
	l := &view{name: in.Bucket, owner: in.ExpectedBucketOwner, prefix: in.Prefix, delimiter: in.Delimiter, encoding: in.EncodingType, max: in.MaxKeys}
	if err := l.open(s, c, "s3:ListBucket"); err != nil {
		return nil, err
	}
	objects, prefixes, last := l.page(c, l.behind(text(in.Marker)))
	out := &s3.ListObjectsOutput{
		Name: &l.bucket.name, Prefix: l.encode(text(in.Prefix)), Marker: l.encode(text(in.Marker)), Delimiter: l.given(in.Delimiter),
		EncodingType: in.EncodingType, MaxKeys: l.maxKeys(), Contents: l.contents(objects, l.ownerOf()), CommonPrefixes: prefixes, IsTruncated: new(last != ""),
	}
	if last != "" && text(in.Delimiter) != "" {
		out.NextMarker = l.encode(last)
	}
	return out, nil
}
