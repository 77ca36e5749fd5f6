package s3

import (
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/lab/world"
)

// source is what a copy is made of.
type source struct {
	bucket *bucket
	key    string
	id     *string
	*version
}

// copyObject reads the source and writes the target with the permissions of one
// caller. What is not said anew of the target is that of the source, but its
// encryption, its ACL and its website redirect (S3 API Reference, CopyObject).
func (s *Service) copyObject(c *world.Call, in *s3.CopyObjectInput) (*s3.CopyObjectOutput, error) {
	if err := copyModelled(in); err != nil {
		return nil, err
	}
	t, h, err := s.copyTarget(c, in)
	if err != nil {
		return nil, err
	}
	from, err := s.source(c, in)
	if err != nil {
		return nil, err
	}
	t.source = from.bucket.name + "/" + from.key
	if in.TaggingDirective != types.TaggingDirectiveReplace {
		if t.tags, err = s.sourceTags(c, from); err != nil {
			return nil, err
		}
	}
	grants, err := s.mayPut(c, t)
	if err != nil {
		return nil, err
	}
	if err := s.mayCopy(c, in, from, t); err != nil {
		return nil, err
	}
	body, err := s.open(c, from.bucket, from.key, from.version)
	if err != nil {
		return nil, err
	}
	if in.MetadataDirective != types.MetadataDirectiveReplace {
		h = from.header(in.WebsiteRedirectLocation)
	}
	a, sum, err := from.copySum(in.ChecksumAlgorithm, body)
	if err != nil {
		return nil, err
	}
	v, err := s.write(c, t, h.version(t.tags, grants), body, a, sum)
	if err != nil {
		return nil, err
	}
	s.changed(c, t.bucket, "ObjectCreated:Copy", t.key, v)
	return copyOutput(t, from, v), nil
}

func copyModelled(in *s3.CopyObjectInput) error {
	switch {
	case in.ObjectLockMode != "" || in.ObjectLockRetainUntilDate != nil || in.ObjectLockLegalHoldStatus != "" || in.ObjectLockEventHold != "" ||
		in.ObjectLockEventHoldDurationDays != nil || in.ObjectLockEventHoldDurationYears != nil:
		return world.Unimplemented("S3 Object Lock")
	case in.AnnotationDirective != "":
		return world.Unimplemented("annotations of objects")
	case in.CopySourceSSECustomerAlgorithm != nil || in.CopySourceSSECustomerKey != nil || in.CopySourceSSECustomerKeyMD5 != nil:
		return world.Unimplemented("encryption with keys of the customer (SSE-C)")
	}
	return nil
}

// copyTarget reads what a request says of the target.
func (s *Service) copyTarget(c *world.Call, in *s3.CopyObjectInput) (target, header, error) {
	b, err := s.bucket(c, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return target{}, header{}, err
	}
	t := target{
		bucket: b, key: *in.Key, match: in.IfMatch, noneMatch: in.IfNoneMatch, class: in.StorageClass, redirect: in.WebsiteRedirectLocation,
		directive: string(in.MetadataDirective),
		encryption: encryption{
			in.ServerSideEncryption, in.SSEKMSKeyId, in.SSEKMSEncryptionContext, in.BucketKeyEnabled,
			in.SSECustomerAlgorithm != nil || in.SSECustomerKey != nil || in.SSECustomerKeyMD5 != nil,
		},
		acl: aclRequest{
			canned: string(in.ACL), full: in.GrantFullControl, read: in.GrantRead, readACP: in.GrantReadACP, writeACP: in.GrantWriteACP,
			owner: b.owner, bucketOwner: b.owner, object: true,
		},
	}
	if in.TaggingDirective == types.TaggingDirectiveReplace { // else it is ignored (recorded)
		if t.tags, err = parseTags(in.Tagging); err != nil {
			return t, header{}, err
		}
	}
	h := header{in.CacheControl, in.ContentDisposition, in.ContentEncoding, in.ContentLanguage, in.ContentType, in.WebsiteRedirectLocation, in.Expires, in.Metadata}
	if in.MetadataDirective == types.MetadataDirectiveReplace { // likewise
		err = h.check()
	}
	return t, h, err
}

// source finds what x-amz-copy-source names: BUCKET/KEY or BUCKET/KEY?versionId=ID,
// in any Region.
func (s *Service) source(c *world.Call, in *s3.CopyObjectInput) (source, error) {
	text, id, named := strings.Cut(*in.CopySource, "?versionId=")
	if strings.HasPrefix(text, "arn:") {
		return source{}, world.Unimplemented("access points")
	}
	text, err := url.PathUnescape(strings.TrimPrefix(text, "/"))
	name, key, ok := strings.Cut(text, "/")
	if err != nil || !ok || name == "" || key == "" {
		return source{}, noSource()
	}
	from := source{key: key}
	if named {
		from.id = &id
	}
	b := s.buckets[name]
	switch {
	case b == nil:
		return from, noSuchBucket(name)
	case in.ExpectedSourceBucketOwner != nil && *in.ExpectedSourceBucketOwner != string(b.owner):
		return from, accessDenied("Access Denied")
	}
	from.bucket = b
	from.version, err = s.readable(c, b, versioned("s3:GetObject", from.id, ""), key, from.id, "GET")
	if err != nil && world.Answer(err).Code == "MethodNotAllowed" { // recorded
		return from, invalidRequest("The source of a copy request may not specifically refer to a delete marker by version id.")
	}
	if err != nil {
		return from, err
	}
	return from, reading{
		match: in.CopySourceIfMatch, noneMatch: in.CopySourceIfNoneMatch, modified: in.CopySourceIfModifiedSince, unmodified: in.CopySourceIfUnmodifiedSince,
		header: copySource + "-",
	}.check(c, from.version)
}

const copySource = "x-amz-copy-source"

// noSource is recorded, with the header's name for its value.
func noSource() error {
	return invalidArgument("Invalid copy source object key", copySource, copySource)
}

// sourceTags are the tags that go along. A caller who may not read them may not
// copy what has any (S3 User Guide, "Categorizing your storage using tags", API
// operations related to object tagging).
func (s *Service) sourceTags(c *world.Call, from source) ([]types.Tag, error) {
	tags := from.extra().tags
	if len(tags) == 0 {
		return nil, nil
	}
	k := conditions{}
	k.add("VersionId", from.id)
	return tags, s.onObject(c, from.bucket, versioned("s3:GetObject", from.id, "Tagging"), from.key, from.version, k)
}

// mayCopy refuses a source that is too large, and to copy an object onto itself
// without changing anything: without saying anything of it, that is, for what is
// said is not compared (recorded). Another encryption by default is a change,
// and so is any that the bucket was told (recorded).
func (s *Service) mayCopy(c *world.Call, in *s3.CopyObjectInput, from source, t target) error {
	if from.size() > putLimit {
		return invalidRequest("The specified copy source is larger than the maximum allowable size for a copy source: " + decimal(putLimit))
	}
	o := t.bucket.objects.get(t.key)
	if from.bucket != t.bucket || from.key != t.key || o.current != from.version {
		return nil
	}
	p, err := t.bucket.protection(t.encryption)
	if err != nil {
		return err
	}
	if in.MetadataDirective == types.MetadataDirectiveReplace || in.StorageClass != "" || in.WebsiteRedirectLocation != nil ||
		in.ServerSideEncryption != "" || t.bucket.encryption != nil || p.kms != (from.sealed != nil) {
		return nil
	}
	return invalidRequest("This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.")
}

// header is what a copy takes over.
func (v *version) header(redirect *string) header {
	m := v.extra()
	return header{
		nonEmpty(m.cacheControl), nonEmpty(m.disposition), nonEmpty(m.encoding), nonEmpty(m.language), new(v.contentType.Value()), redirect,
		m.expires, m.metadata,
	}
}

// copySum is the checksum of a copy: of the algorithm that is asked for, or the
// source's own.
func (v *version) copySum(asked types.ChecksumAlgorithm, body []byte) (algorithm, string, error) {
	if asked == "" && v.sum != "" {
		return v.algorithm, v.sum, nil
	}
	return checksumOf(checksums{}, asked, body)
}

func copyOutput(t target, from source, v *version) *s3.CopyObjectOutput {
	sums, kind := v.told()
	out := &s3.CopyObjectOutput{
		CopyObjectResult: &types.CopyObjectResult{
			ETag: v.quoted(), LastModified: v.lastModified(),
			ChecksumCRC32: sums.crc32, ChecksumCRC32C: sums.crc32c, ChecksumCRC64NVME: sums.crc64nvme, ChecksumSHA1: sums.sha1,
			ChecksumSHA256: sums.sha256, ChecksumSHA512: sums.sha512, ChecksumMD5: sums.md5, ChecksumType: kind,
		},
		ServerSideEncryption: v.encryption(), SSEKMSKeyId: v.kmsKey(), BucketKeyEnabled: v.bucketKey(), SSEKMSEncryptionContext: t.encryption.context,
		VersionId: t.bucket.idOf(v),
	}
	if from.bucket.versioned() && !from.null { // recorded: a null version is not told
		out.CopySourceVersionId = new(from.version.id())
	}
	return out
}
