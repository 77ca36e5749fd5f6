package s3

import (
	"net/http"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/lab/world"
)

func (s *Service) putBucketOwnershipControls(c *world.Call, in *s3.PutBucketOwnershipControlsInput) (*s3.PutBucketOwnershipControlsOutput, error) {
	b, err := s.allowed(c, in.Bucket, in.ExpectedBucketOwner, "s3:PutBucketOwnershipControls")
	if err != nil {
		return nil, err
	}
	if in.OwnershipControls == nil || len(in.OwnershipControls.Rules) != 1 {
		return nil, malformedXML()
	}
	wanted := in.OwnershipControls.Rules[0].ObjectOwnership
	if !slices.Contains(wanted.Values(), wanted) {
		return nil, malformedXML()
	}
	if wanted == types.ObjectOwnershipBucketOwnerEnforced && toOthers(b.acl, b) {
		return nil, aclsBesideEnforced()
	}
	b.ownership = wanted
	return &s3.PutBucketOwnershipControlsOutput{}, nil
}

// toOthers says whether an ACL gives anything to somebody besides the bucket's
// owner.
func toOthers(grants []types.Grant, b *bucket) bool {
	return slices.ContainsFunc(grants, func(g types.Grant) bool { return text(g.Grantee.ID) != canonicalID(b.owner) })
}

// aclsBesideEnforced refuses to disable ACLs that are in use (S3 User Guide,
// "Prerequisites for disabling ACLs"; reported wording).
func aclsBesideEnforced() error {
	return fail(http.StatusBadRequest, "InvalidBucketAclWithObjectOwnership", "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting")
}

func (s *Service) getBucketOwnershipControls(c *world.Call, in *s3.GetBucketOwnershipControlsInput) (*s3.GetBucketOwnershipControlsOutput, error) {
	b, err := s.allowed(c, in.Bucket, in.ExpectedBucketOwner, "s3:GetBucketOwnershipControls")
	if err != nil {
		return nil, err
	}
	if b.ownership == "" {
		return nil, notConfigured(b, "OwnershipControlsNotFoundError", "The bucket ownership controls were not found")
	}
	return &s3.GetBucketOwnershipControlsOutput{OwnershipControls: &types.OwnershipControls{
		Rules: []types.OwnershipControlsRule{{ObjectOwnership: b.ownership}},
	}}, nil
}

func (s *Service) deleteBucketOwnershipControls(c *world.Call, in *s3.DeleteBucketOwnershipControlsInput) (*s3.DeleteBucketOwnershipControlsOutput, error) {
	b, err := s.allowed(c, in.Bucket, in.ExpectedBucketOwner, "s3:PutBucketOwnershipControls")
	if err != nil {
		return nil, err
	}
	b.ownership = ""
	return &s3.DeleteBucketOwnershipControlsOutput{}, nil
}
