package s3

import (
	"net/http"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/lab/wire"
	"rekey/lab/world"
)

// version finds a version that the caller may do an action to, nil where the key
// has none. An id that no version can have is told to everybody; that the
// others are told to whoever may do it to them, if they were there.
func (s *Service) version(c *world.Call, b *bucket, action, key string, id *string, more conditions) (*version, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	if id != nil {
		if _, err := identified(*id); err != nil {
			return nil, err
		}
	}
	v, err := b.lookup(key, id)
	k := conditions{}
	for name, values := range more {
		k[name] = values
	}
	k.add("VersionId", id)
	if refused := s.onObject(c, b, action, key, v, k); refused != nil {
		return nil, refused
	}
	return v, err
}

// readable finds a version whose content the caller may read. The current
// version that is a delete marker is not there; one that is named is told to be
// one (recorded).
func (s *Service) readable(c *world.Call, b *bucket, action, key string, id *string, method string) (*version, error) {
	v, err := s.version(c, b, action, key, id, nil)
	switch {
	case err != nil:
		return nil, err
	case v == nil:
		return nil, s.missing(c, b, key)
	case v.marker && id == nil:
		return nil, b.deleted(v, s.missing(c, b, key))
	case v.marker:
		return nil, b.markerRefused(v, method)
	}
	return v, nil
}

// fetch is what GetObject and HeadObject ask for.
type fetch struct {
	bucket, key, id, owner, span *string
	part                         *int32
	conditions                   reading
	customer                     bool // SSE-C
	method                       string
}

// found is what they get.
type found struct {
	bucket *bucket
	*version
	span
}

func (s *Service) fetch(c *world.Call, f fetch) (found, error) {
	b, err := s.bucket(c, f.bucket, f.owner)
	if err != nil {
		return found{}, err
	}
	v, err := s.readable(c, b, versioned("s3:GetObject", f.id, ""), *f.key, f.id, f.method)
	if err != nil {
		return found{}, err
	}
	if f.customer {
		return found{}, world.Unimplemented("encryption with keys of the customer (SSE-C)")
	}
	if err := f.conditions.check(c, v); err != nil {
		return found{}, err
	}
	part, err := spanOf(f.span, f.part, v.size())
	return found{b, v, part}, err
}

func (s *Service) getObject(c *world.Call, in *s3.GetObjectInput) (*s3.GetObjectOutput, error) {
	f, err := s.fetch(c, fetch{
		in.Bucket, in.Key, in.VersionId, in.ExpectedBucketOwner, in.Range, in.PartNumber,
		reading{in.IfMatch, in.IfNoneMatch, in.IfModifiedSince, in.IfUnmodifiedSince, "", notModified},
		in.SSECustomerAlgorithm != nil || in.SSECustomerKey != nil || in.SSECustomerKeyMD5 != nil, http.MethodGet,
	})
	if err != nil {
		return nil, err
	}
	body, err := s.open(c, f.bucket, *in.Key, f.version)
	if err != nil {
		return nil, err
	}
	v, m := f.version, f.version.extra()
	sums, kind := f.sums(in.ChecksumMode)
	return &s3.GetObjectOutput{
		Body: wire.NewPayload(body[f.from:f.to]), ContentLength: new(f.to - f.from), ContentRange: f.contentRange(),
		AcceptRanges: new("bytes"), ETag: v.quoted(), LastModified: v.lastModified(), VersionId: f.bucket.idOf(v),
		ServerSideEncryption: v.encryption(), SSEKMSKeyId: v.kmsKey(), BucketKeyEnabled: v.bucketKey(),
		ContentType: first(in.ResponseContentType, v.contentType.Value()), CacheControl: first(in.ResponseCacheControl, m.cacheControl),
		ContentDisposition: first(in.ResponseContentDisposition, m.disposition), ContentEncoding: first(in.ResponseContentEncoding, m.encoding),
		ContentLanguage: first(in.ResponseContentLanguage, m.language), ExpiresString: expires(in.ResponseExpires, m.expires),
		Metadata: m.metadata, WebsiteRedirectLocation: nonEmpty(m.redirect), TagCount: count(m.tags),
		ChecksumCRC32: sums.crc32, ChecksumCRC32C: sums.crc32c, ChecksumCRC64NVME: sums.crc64nvme, ChecksumSHA1: sums.sha1,
		ChecksumSHA256: sums.sha256, ChecksumSHA512: sums.sha512, ChecksumMD5: sums.md5, ChecksumType: kind,
	}, nil
}

// headObject needs no permission in KMS, unless the checksum is asked for (API
// reference, HeadObject, x-amz-checksum-mode).
func (s *Service) headObject(c *world.Call, in *s3.HeadObjectInput) (*s3.HeadObjectOutput, error) {
	f, err := s.fetch(c, fetch{
		in.Bucket, in.Key, in.VersionId, in.ExpectedBucketOwner, in.Range, in.PartNumber,
		reading{in.IfMatch, in.IfNoneMatch, in.IfModifiedSince, in.IfUnmodifiedSince, "", notModified},
		in.SSECustomerAlgorithm != nil || in.SSECustomerKey != nil || in.SSECustomerKeyMD5 != nil, http.MethodHead,
	})
	if err != nil {
		return nil, err
	}
	v, m := f.version, f.version.extra()
	sums, kind := f.sums(in.ChecksumMode)
	if kind != "" && v.sealed != nil {
		if _, err := s.unlock(c, f.bucket, *in.Key, v); err != nil {
			return nil, err
		}
	}
	return &s3.HeadObjectOutput{
		ContentLength: new(f.to - f.from), ContentRange: f.contentRange(),
		AcceptRanges: new("bytes"), ETag: v.quoted(), LastModified: v.lastModified(), VersionId: f.bucket.idOf(v),
		ServerSideEncryption: v.encryption(), SSEKMSKeyId: v.kmsKey(), BucketKeyEnabled: v.bucketKey(),
		ContentType: first(in.ResponseContentType, v.contentType.Value()), CacheControl: first(in.ResponseCacheControl, m.cacheControl),
		ContentDisposition: first(in.ResponseContentDisposition, m.disposition), ContentEncoding: first(in.ResponseContentEncoding, m.encoding),
		ContentLanguage: first(in.ResponseContentLanguage, m.language), ExpiresString: expires(in.ResponseExpires, m.expires),
		Metadata: m.metadata, WebsiteRedirectLocation: nonEmpty(m.redirect), TagCount: count(m.tags),
		ChecksumCRC32: sums.crc32, ChecksumCRC32C: sums.crc32c, ChecksumCRC64NVME: sums.crc64nvme, ChecksumSHA1: sums.sha1,
		ChecksumSHA256: sums.sha256, ChecksumSHA512: sums.sha512, ChecksumMD5: sums.md5, ChecksumType: kind,
	}, nil
}

// sums are the checksums that a reader is told: on demand, and of the whole
// object only (recorded).
func (f found) sums(mode types.ChecksumMode) (checksums, types.ChecksumType) {
	if mode == "" || f.to-f.from != f.size() {
		return checksums{}, ""
	}
	return f.told()
}

// getObjectAttributes needs, for the checksum of an object under a KMS key, the
// same permission as HeadObject (assumption).
func (s *Service) getObjectAttributes(c *world.Call, in *s3.GetObjectAttributesInput) (*s3.GetObjectAttributesOutput, error) {
	if in.SSECustomerAlgorithm != nil || in.SSECustomerKey != nil || in.SSECustomerKeyMD5 != nil {
		return nil, world.Unimplemented("encryption with keys of the customer (SSE-C)")
	}
	b, err := s.bucket(c, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	if _, err := s.readable(c, b, versioned("s3:GetObject", in.VersionId, ""), *in.Key, in.VersionId, http.MethodGet); err != nil {
		return nil, err
	}
	v, err := s.readable(c, b, versioned("s3:GetObject", in.VersionId, "Attributes"), *in.Key, in.VersionId, http.MethodGet)
	if err != nil {
		return nil, err
	}
	out := &s3.GetObjectAttributesOutput{LastModified: v.lastModified(), VersionId: b.idOf(v)}
	asked := func(a types.ObjectAttributes) bool { return slices.Contains(in.ObjectAttributes, a) }
	if asked(types.ObjectAttributesEtag) {
		out.ETag = new(v.bareETag())
	}
	if asked(types.ObjectAttributesObjectSize) {
		out.ObjectSize = new(v.size())
	}
	if asked(types.ObjectAttributesStorageClass) {
		out.StorageClass = types.StorageClassStandard
	}
	if !asked(types.ObjectAttributesChecksum) {
		return out, nil
	}
	if v.sealed != nil {
		if _, err := s.unlock(c, b, *in.Key, v); err != nil {
			return nil, err
		}
	}
	sums, kind := v.told()
	out.Checksum = &types.Checksum{
		ChecksumCRC32: sums.crc32, ChecksumCRC32C: sums.crc32c, ChecksumCRC64NVME: sums.crc64nvme, ChecksumSHA1: sums.sha1,
		ChecksumSHA256: sums.sha256, ChecksumSHA512: sums.sha512, ChecksumMD5: sums.md5, ChecksumType: kind,
	}
	return out, nil
}
