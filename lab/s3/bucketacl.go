package s3

import (
	"net/http"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/lab/world"
)

// putBucketAcl replaces the ACL. It needs ACLs to be enabled, and no public one
// gets past BlockPublicAcls.
func (s *Service) putBucketACL(c *world.Call, in *s3.PutBucketAclInput) (*s3.PutBucketAclOutput, error) {
	b, err := s.bucket(c, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	r := aclRequest{
		canned: string(in.ACL), full: in.GrantFullControl, read: in.GrantRead, write: in.GrantWrite,
		readACP: in.GrantReadACP, writeACP: in.GrantWriteACP, policy: in.AccessControlPolicy, owner: b.owner, bucketOwner: b.owner,
	}
	if err := s.onBucket(c, b, "s3:PutBucketAcl", r.conditions()); err != nil {
		return nil, err
	}
	if !r.given() {
		return nil, fail(http.StatusBadRequest, "MissingSecurityHeader", "Your request was missing a required header", "MissingHeaderName", "x-amz-acl")
	}
	if b.aclsDisabled() {
		return nil, aclsNotSupported()
	}
	grants, err := r.grants()
	if err != nil {
		return nil, err
	}
	if publicACL(grants) && *s.blocks(b).BlockPublicAcls {
		return nil, publicBlocked(c, "s3:PutBucketAcl", b.arn())
	}
	b.acl = grants
	return &s3.PutBucketAclOutput{}, nil
}

// conditions are the condition keys that a request's ACL has.
func (r aclRequest) conditions() conditions {
	ctx := conditions{}
	for name, value := range map[string]*string{
		"full-control": r.full, "read": r.read, "write": r.write, "read-acp": r.readACP, "write-acp": r.writeACP,
	} {
		if value != nil {
			ctx["s3:x-amz-grant-"+name] = []string{*value}
		}
	}
	if r.canned != "" {
		ctx["s3:x-amz-acl"] = []string{r.canned}
	}
	return ctx
}

// aclsNotSupported is the answer to an ACL where they are disabled (reported
// wording).
func aclsNotSupported() error {
	return fail(http.StatusBadRequest, "AccessControlListNotSupported", "The bucket does not allow ACLs")
}

// publicBlocked refuses a public ACL (reported wording).
func publicBlocked(c *world.Call, action, resource string) error {
	return accessDenied("User: " + c.Caller.ARN() + " is not authorized to perform: " + action + ` on resource: "` + resource +
		`" because public access control lists (ACLs) are blocked by the BlockPublicAcls block public access setting.`)
}

func (s *Service) getBucketACL(c *world.Call, in *s3.GetBucketAclInput) (*s3.GetBucketAclOutput, error) {
	b, err := s.allowed(c, in.Bucket, in.ExpectedBucketOwner, "s3:GetBucketAcl")
	if err != nil {
		return nil, err
	}
	return &s3.GetBucketAclOutput{
		Owner: &types.Owner{ID: new(canonicalID(b.owner))}, Grants: s.effectiveACL(b, b.owner, b.acl),
	}, nil
}
