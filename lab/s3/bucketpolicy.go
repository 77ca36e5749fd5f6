package s3

import (
	"net/http"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

// ownPolicy finds the bucket of a call on its policy. The owner's root user can
// always make it, so that nobody is locked out for good, and nobody of another
// account can (S3 API Reference, PutBucketPolicy).
func (s *Service) ownPolicy(c *world.Call, name, expectedOwner *string, action string) (*bucket, error) {
	b, err := s.bucket(c, name, expectedOwner)
	if err != nil {
		return nil, err
	}
	if c.Account() == b.owner && c.Caller.Principal.Kind() == keypolicy.Root {
		return b, nil
	}
	if err := s.onBucket(c, b, action, nil); err != nil {
		return nil, err
	}
	if c.Account() != b.owner {
		return nil, fail(http.StatusMethodNotAllowed, "MethodNotAllowed", "The specified method is not allowed against this resource.")
	}
	return b, nil
}

func (s *Service) putBucketPolicy(c *world.Call, in *s3.PutBucketPolicyInput) (*s3.PutBucketPolicyOutput, error) {
	b, err := s.ownPolicy(c, in.Bucket, in.ExpectedBucketOwner, "s3:PutBucketPolicy")
	if err != nil {
		return nil, err
	}
	policy, statements, err := s.parsePolicy(b, text(in.Policy))
	if err != nil {
		return nil, err
	}
	public, err := publicPolicy(statements)
	if err != nil {
		return nil, err
	}
	if public && *s.blocks(b).BlockPublicPolicy { // reported wording
		return nil, accessDenied("User: " + c.Caller.ARN() + ` is not authorized to perform: s3:PutBucketPolicy on resource: "` + b.arn() +
			`" because public policies are blocked by the BlockPublicPolicy block public access setting.`)
	}
	b.policy, b.publicPolicy = policy, public
	return &s3.PutBucketPolicyOutput{}, nil
}

func (s *Service) getBucketPolicy(c *world.Call, in *s3.GetBucketPolicyInput) (*s3.GetBucketPolicyOutput, error) {
	b, err := s.ownPolicy(c, in.Bucket, in.ExpectedBucketOwner, "s3:GetBucketPolicy")
	if err != nil {
		return nil, err
	}
	if b.policy == nil {
		return nil, noPolicy(b)
	}
	return &s3.GetBucketPolicyOutput{Policy: &b.policy.Text}, nil
}

func noPolicy(b *bucket) error {
	return notConfigured(b, "NoSuchBucketPolicy", "The bucket policy does not exist")
}

func (s *Service) deleteBucketPolicy(c *world.Call, in *s3.DeleteBucketPolicyInput) (*s3.DeleteBucketPolicyOutput, error) {
	b, err := s.ownPolicy(c, in.Bucket, in.ExpectedBucketOwner, "s3:DeleteBucketPolicy")
	if err != nil {
		return nil, err
	}
	b.policy, b.publicPolicy = nil, false
	return &s3.DeleteBucketPolicyOutput{}, nil
}

func (s *Service) getBucketPolicyStatus(c *world.Call, in *s3.GetBucketPolicyStatusInput) (*s3.GetBucketPolicyStatusOutput, error) {
	b, err := s.allowed(c, in.Bucket, in.ExpectedBucketOwner, "s3:GetBucketPolicyStatus")
	if err != nil {
		return nil, err
	}
	if b.policy == nil {
		return nil, noPolicy(b)
	}
	return &s3.GetBucketPolicyStatusOutput{PolicyStatus: &types.PolicyStatus{IsPublic: &b.publicPolicy}}, nil
}
