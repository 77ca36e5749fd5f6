package s3

import (
	"net/http"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/lab/world"
)

// putBucketEncryption sets what new objects are encrypted with. The key is kept
// as it was named, and not looked at: a key that there is not, or that may not
// be used, is told to whoever writes an object (S3 User Guide, "Setting default
// server-side encryption behavior for Amazon S3 buckets": the key id provided in
// PutBucketEncryption is not validated).
func (s *Service) putBucketEncryption(c *world.Call, in *s3.PutBucketEncryptionInput) (*s3.PutBucketEncryptionOutput, error) {
	b, err := s.allowed(c, in.Bucket, in.ExpectedBucketOwner, "s3:PutEncryptionConfiguration")
	if err != nil {
		return nil, err
	}
	if in.ServerSideEncryptionConfiguration == nil || len(in.ServerSideEncryptionConfiguration.Rules) != 1 {
		return nil, malformedXML()
	}
	rule := in.ServerSideEncryptionConfiguration.Rules[0]
	if err := checkRule(rule); err != nil {
		return nil, err
	}
	if rule.BucketKeyEnabled == nil {
		rule.BucketKeyEnabled = new(false)
	}
	b.encryption = &rule
	return &s3.PutBucketEncryptionOutput{}, nil
}

func checkRule(rule types.ServerSideEncryptionRule) error {
	if blocked := rule.BlockedEncryptionTypes; blocked != nil {
		for _, kind := range blocked.EncryptionType {
			if !slices.Contains(kind.Values(), kind) {
				return malformedXML()
			}
		}
	}
	standard := rule.ApplyServerSideEncryptionByDefault
	if standard == nil {
		if rule.BlockedEncryptionTypes != nil {
			return world.Unimplemented("blocking a type of encryption without naming the default")
		}
		return malformedXML()
	}
	switch standard.SSEAlgorithm {
	case types.ServerSideEncryptionAes256:
		if standard.KMSMasterKeyID != nil { // recorded
			return fail(http.StatusBadRequest, "InvalidArgument", "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
				"ArgumentName", "ApplyServerSideEncryptionByDefault")
		}
	case types.ServerSideEncryptionAwsKms:
	case types.ServerSideEncryptionAwsKmsDsse:
		return world.Unimplemented("DSSE-KMS")
	default:
		return malformedXML()
	}
	return nil
}

func (s *Service) getBucketEncryption(c *world.Call, in *s3.GetBucketEncryptionInput) (*s3.GetBucketEncryptionOutput, error) {
	b, err := s.allowed(c, in.Bucket, in.ExpectedBucketOwner, "s3:GetEncryptionConfiguration")
	if err != nil {
		return nil, err
	}
	return &s3.GetBucketEncryptionOutput{ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{
		Rules: []types.ServerSideEncryptionRule{*b.defaultEncryption()},
	}}, nil
}

// deleteBucketEncryption goes back to SSE-S3: there is no bucket without a
// default (S3 API Reference).
func (s *Service) deleteBucketEncryption(c *world.Call, in *s3.DeleteBucketEncryptionInput) (*s3.DeleteBucketEncryptionOutput, error) {
	b, err := s.allowed(c, in.Bucket, in.ExpectedBucketOwner, "s3:PutEncryptionConfiguration")
	if err != nil {
		return nil, err
	}
	b.encryption = nil
	return &s3.DeleteBucketEncryptionOutput{}, nil
}
