package s3

import (
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
	"unique"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/lab/world"
)

// Limits of one object (S3 User Guide, "Creating object key names", "Working
// with object metadata", "Uploading objects").
const (
	keyLimit      = 1024
	metadataLimit = 2048
	putLimit      = 5 << 30
)

// header is what a writer can say of an object beside its body.
type header struct {
	cacheControl, disposition, encoding, language, contentType, redirect *string
	expires                                                              *time.Time
	metadata                                                             map[string]string
}

// target is what is to be written, and what a request says of that.
type target struct {
	bucket     *bucket
	key        string
	encryption encryption
	acl        aclRequest
	match      *string
	noneMatch  *string
	class      types.StorageClass
	tags       []types.Tag
	source     string // of a copy: bucket/key
	directive  string // of a copy: x-amz-metadata-directive
	redirect   *string
}

func (s *Service) putObject(c *world.Call, in *s3.PutObjectInput) (*s3.PutObjectOutput, error) {
	t, h, err := s.putTarget(c, in)
	if err != nil {
		return nil, err
	}
	body := bytesOf(in.Body)
	if len(body) > putLimit {
		return nil, tooLarge(int64(len(body)), putLimit)
	}
	grants, err := s.mayPut(c, t)
	if err != nil {
		return nil, err
	}
	a, sum, err := checksumOf(checksums{
		in.ChecksumCRC32, in.ChecksumCRC32C, in.ChecksumCRC64NVME, in.ChecksumSHA1, in.ChecksumSHA256, in.ChecksumSHA512, in.ChecksumMD5,
	}, in.ChecksumAlgorithm, body)
	if err != nil {
		return nil, err
	}
	v, err := s.write(c, t, h.version(t.tags, grants), body, a, sum)
	if err != nil {
		return nil, err
	}
	s.changed(c, t.bucket, "ObjectCreated:Put", t.key, v)
	return putOutput(t, v), nil
}

// putTarget reads a request to put.
func (s *Service) putTarget(c *world.Call, in *s3.PutObjectInput) (target, header, error) {
	switch {
	case in.ObjectLockMode != "" || in.ObjectLockRetainUntilDate != nil || in.ObjectLockLegalHoldStatus != "" || in.ObjectLockEventHold != "" ||
		in.ObjectLockEventHoldDurationDays != nil || in.ObjectLockEventHoldDurationYears != nil:
		return target{}, header{}, world.Unimplemented("S3 Object Lock")
	case in.WriteOffsetBytes != nil: // directory buckets only
		return target{}, header{}, noHeader("x-amz-write-offset-bytes", "")
	}
	b, err := s.bucket(c, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return target{}, header{}, err
	}
	tags, err := parseTags(in.Tagging)
	if err != nil {
		return target{}, header{}, err
	}
	h := header{in.CacheControl, in.ContentDisposition, in.ContentEncoding, in.ContentLanguage, in.ContentType, in.WebsiteRedirectLocation, in.Expires, in.Metadata}
	return target{
		bucket: b, key: *in.Key, match: in.IfMatch, noneMatch: in.IfNoneMatch, class: in.StorageClass, tags: tags, redirect: in.WebsiteRedirectLocation,
		encryption: encryption{
			in.ServerSideEncryption, in.SSEKMSKeyId, in.SSEKMSEncryptionContext, in.BucketKeyEnabled,
			in.SSECustomerAlgorithm != nil || in.SSECustomerKey != nil || in.SSECustomerKeyMD5 != nil,
		},
		acl: aclRequest{
			canned: string(in.ACL), full: in.GrantFullControl, read: in.GrantRead, readACP: in.GrantReadACP, writeACP: in.GrantWriteACP,
			owner: b.owner, bucketOwner: b.owner, object: true,
		},
	}, h, h.check()
}

func putOutput(t target, v *version) *s3.PutObjectOutput {
	sums, kind := v.told()
	out := &s3.PutObjectOutput{
		ETag: v.quoted(), ServerSideEncryption: v.encryption(), SSEKMSKeyId: v.kmsKey(), BucketKeyEnabled: v.bucketKey(),
		SSEKMSEncryptionContext: t.encryption.context,
		ChecksumCRC32:           sums.crc32, ChecksumCRC32C: sums.crc32c, ChecksumCRC64NVME: sums.crc64nvme, ChecksumSHA1: sums.sha1,
		ChecksumSHA256: sums.sha256, ChecksumSHA512: sums.sha512, ChecksumMD5: sums.md5, ChecksumType: kind,
	}
	if !v.null { // recorded: a null version is not told
		out.VersionId = new(v.id())
	}
	return out
}

// bytesOf gives the body of a request, which the wire hands over as it came.
func bytesOf(body any) []byte {
	if b, ok := body.(interface{ Bytes() []byte }); ok {
		return b.Bytes()
	}
	return nil
}

// mayPut checks all that speaks against a write but its encryption, and gives
// the ACL of what is written.
func (s *Service) mayPut(c *world.Call, t target) ([]types.Grant, error) {
	if err := checkKey(t.key); err != nil {
		return nil, err
	}
	switch {
	case t.class == types.StorageClassOutposts: // recorded
		return nil, fail(http.StatusBadRequest, "InvalidStorageClass", "The storage class you specified is not valid", "StorageClassRequested", string(t.class))
	case t.class != "" && t.class != types.StorageClassStandard:
		return nil, world.Unimplemented("the storage class " + string(t.class))
	case t.redirect != nil && !strings.HasPrefix(*t.redirect, "/") && !strings.HasPrefix(*t.redirect, "http://") && !strings.HasPrefix(*t.redirect, "https://"): // reported
		return nil, fail(http.StatusBadRequest, "InvalidRedirectLocation", "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.")
	}
	grants, err := t.acl.grants()
	if err != nil {
		return nil, err
	}
	if err := s.authorizePut(c, t); err != nil {
		return nil, err
	}
	switch {
	case t.acl.given() && t.bucket.aclsDisabled() && t.acl.canned != "bucket-owner-full-control":
		return nil, aclsNotSupported()
	case publicACL(grants) && *s.blocks(t.bucket).BlockPublicAcls:
		return nil, publicBlocked(c, "s3:PutObject", t.bucket.objectARN(t.key))
	}
	if err := t.bucket.mayOwn(c, t.acl.canned); err != nil {
		return nil, err
	}
	return grants, t.bucket.mayWrite(t.key, t.match, t.noneMatch)
}

// authorizePut needs s3:PutObject, more for tags and for an ACL, and for If-Match
// also s3:GetObject (S3 API Reference, PutObject; S3 User Guide, "Conditional
// writes").
func (s *Service) authorizePut(c *world.Call, t target) error {
	k := t.conditions()
	if err := s.onObject(c, t.bucket, "s3:PutObject", t.key, nil, k); err != nil {
		return err
	}
	if len(t.tags) > 0 {
		if err := s.onObject(c, t.bucket, "s3:PutObjectTagging", t.key, nil, k); err != nil {
			return err
		}
	}
	if t.acl.given() {
		if err := s.onObject(c, t.bucket, "s3:PutObjectAcl", t.key, nil, k); err != nil {
			return err
		}
	}
	if t.match == nil {
		return nil
	}
	v, err := t.bucket.lookup(t.key, nil)
	if err != nil {
		return err
	}
	return s.onObject(c, t.bucket, "s3:GetObject", t.key, v, nil)
}

// conditions are the condition keys of a write. A member that the request leaves
// out is absent, even where the bucket has a default for it (S3 User Guide,
// "Using server-side encryption with Amazon S3 managed keys (SSE-S3)": a policy
// looks at the headers of the request). The KMS key is compared as it was given.
func (t target) conditions() conditions {
	k := t.acl.conditions()
	k["s3:ObjectCreationOperation"] = []string{"true"}
	k.add("if-match", t.match)
	k.add("if-none-match", t.noneMatch)
	k.add("x-amz-server-side-encryption", nonEmpty(string(t.encryption.algorithm)))
	k.add("x-amz-server-side-encryption-aws-kms-key-id", t.encryption.key)
	k.add("x-amz-storage-class", nonEmpty(string(t.class)))
	k.add("x-amz-website-redirect-location", t.redirect)
	k.add("x-amz-copy-source", nonEmpty(t.source))
	k.add("x-amz-metadata-directive", nonEmpty(t.directive))
	maps.Copy(k, tagConditions(t.tags))
	return k
}

func nonEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// write encrypts a body and keeps it: the last step, in which only KMS can still
// refuse.
func (s *Service) write(c *world.Call, t target, v *version, body []byte, a algorithm, sum string) (*version, error) {
	p, err := t.bucket.protection(t.encryption)
	if err != nil {
		return nil, err
	}
	k, stored, err := s.seal(c, t.bucket, t.key, p, body)
	if err != nil {
		return nil, err
	}
	if k == nil {
		stored = append(make([]byte, 0, len(body)), body...) // apart from the request, at its own size
	}
	v.sealed, v.body, v.algorithm, v.sum, v.etag = k, stored, a, sum, s.etagOf(body, k)
	s.keep(c, t.bucket, t.key, v)
	return v, nil
}

// defaultType is what an object is that was written without a type.
const defaultType = "binary/octet-stream"

// version is a new version with all that was said of it.
func (h header) version(tags []types.Tag, acl []types.Grant) *version {
	v := &version{contentType: unique.Make(defaultType)}
	if h.contentType != nil && *h.contentType != "" {
		v.contentType = unique.Make(*h.contentType)
	}
	m := more{
		text(h.cacheControl), text(h.disposition), text(h.encoding), text(h.language), text(h.redirect),
		h.expires, h.metadata, tags, acl,
	}
	if m.cacheControl != "" || m.disposition != "" || m.encoding != "" || m.language != "" || m.redirect != "" ||
		m.expires != nil || len(m.metadata) > 0 || len(tags) > 0 || acl != nil {
		v.more = &m
	}
	return v
}

// check refuses metadata that is too long: its names and values count in bytes.
func (h header) check() error {
	size := 0
	for name, value := range h.metadata {
		size += len(name) + len(value)
	}
	if size > metadataLimit {
		return fail(http.StatusBadRequest, "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size",
			"Size", decimal(int64(size)), "MaxSizeAllowed", decimal(metadataLimit))
	}
	return nil
}

// checkKey holds a key to its limits.
func checkKey(key string) error {
	switch {
	case len(key) > keyLimit:
		return fail(http.StatusBadRequest, "KeyTooLongError", "Your key is too long", "Size", decimal(int64(len(key))), "MaxSizeAllowed", decimal(keyLimit))
	case !utf8.ValidString(key):
		return fail(http.StatusBadRequest, "InvalidURI", "Couldn't parse the specified URI.")
	}
	return nil
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// encryption, kmsKey and bucketKey are what is told of a version's encryption.
func (v *version) encryption() types.ServerSideEncryption {
	if v.sealed != nil {
		return types.ServerSideEncryptionAwsKms
	}
	return types.ServerSideEncryptionAes256
}

func (v *version) kmsKey() *string {
	if v.sealed == nil {
		return nil
	}
	return &v.sealed.key
}

func (v *version) bucketKey() *bool {
	if v.sealed == nil || !v.sealed.bucket {
		return nil
	}
	return new(true)
}
