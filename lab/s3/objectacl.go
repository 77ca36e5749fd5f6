package s3

import (
	"net/http"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rekey/lab/world"
)

func (s *Service) getObjectACL(c *world.Call, in *s3.GetObjectAclInput) (*s3.GetObjectAclOutput, error) {
	b, err := s.bucket(c, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	v, err := s.readable(c, b, versioned("s3:GetObject", in.VersionId, "Acl"), *in.Key, in.VersionId, http.MethodGet)
	if err != nil {
		return nil, err
	}
	return &s3.GetObjectAclOutput{Owner: b.ownerOf(), Grants: s.effectiveACL(b, b.owner, v.extra().acl)}, nil
}

// putObjectACL replaces the ACL of an object. A delete marker has none, and is
// told to be one even where it is the current version (recorded).
func (s *Service) putObjectACL(c *world.Call, in *s3.PutObjectAclInput) (*s3.PutObjectAclOutput, error) {
	b, err := s.bucket(c, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	r := aclRequest{
		canned: string(in.ACL), full: in.GrantFullControl, read: in.GrantRead, write: in.GrantWrite, readACP: in.GrantReadACP, writeACP: in.GrantWriteACP,
		policy: in.AccessControlPolicy, owner: b.owner, bucketOwner: b.owner, object: true,
	}
	if !r.given() { // recorded
		return nil, fail(http.StatusBadRequest, "MissingSecurityHeader", "Your request was missing a required header", "MissingHeaderName", "x-amz-acl")
	}
	action := versioned("s3:PutObject", in.VersionId, "Acl")
	v, err := s.version(c, b, action, *in.Key, in.VersionId, r.conditions())
	switch {
	case err != nil:
		return nil, err
	case v == nil:
		return nil, s.missing(c, b, *in.Key)
	case v.marker:
		return nil, b.markerRefused(v, http.MethodPut)
	case b.aclsDisabled() && r.canned != "bucket-owner-full-control":
		return nil, aclsNotSupported()
	}
	grants, err := r.grants()
	if err != nil {
		return nil, err
	}
	if publicACL(grants) && *s.blocks(b).BlockPublicAcls {
		return nil, publicBlocked(c, action, b.objectARN(*in.Key))
	}
	v.change().acl = grants
	s.changed(c, b, "ObjectAcl:Put", *in.Key, v)
	return &s3.PutObjectAclOutput{}, nil
}
