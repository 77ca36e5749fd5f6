package s3

import (
	"net/http"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// BlockPublicAccess sets what an account blocks for all of its buckets, nil for
// nothing, within the world's lock. The operations for it are of another
// service, S3 Control.
func (s *Service) BlockPublicAccess(account keyid.Account, block *types.PublicAccessBlockConfiguration) {
	s.accounts[account] = block
}

// blocks is the most restrictive combination of what the bucket and its
// owner's account block (S3 User Guide, "Blocking public access to your Amazon
// S3 storage"). All its members are set.
func (s *Service) blocks(b *bucket) types.PublicAccessBlockConfiguration {
	whole := types.PublicAccessBlockConfiguration{
		BlockPublicAcls: new(false), IgnorePublicAcls: new(false), BlockPublicPolicy: new(false), RestrictPublicBuckets: new(false),
	}
	for _, block := range []*types.PublicAccessBlockConfiguration{b.block, s.accounts[b.owner]} {
		if block == nil {
			continue
		}
		for _, setting := range []struct{ to, from *bool }{
			{whole.BlockPublicAcls, block.BlockPublicAcls}, {whole.IgnorePublicAcls, block.IgnorePublicAcls},
			{whole.BlockPublicPolicy, block.BlockPublicPolicy}, {whole.RestrictPublicBuckets, block.RestrictPublicBuckets},
		} {
			*setting.to = *setting.to || setting.from != nil && *setting.from
		}
	}
	return whole
}

// putPublicAccessBlock sets all four: one that is left out is off.
func (s *Service) putPublicAccessBlock(c *world.Call, in *s3.PutPublicAccessBlockInput) (*s3.PutPublicAccessBlockOutput, error) {
	b, err := s.allowed(c, in.Bucket, in.ExpectedBucketOwner, "s3:PutBucketPublicAccessBlock")
	if err != nil {
		return nil, err
	}
	given := in.PublicAccessBlockConfiguration
	if given == nil {
		return nil, malformedXML()
	}
	on := func(setting *bool) *bool { return new(setting != nil && *setting) }
	b.block = &types.PublicAccessBlockConfiguration{
		BlockPublicAcls: on(given.BlockPublicAcls), IgnorePublicAcls: on(given.IgnorePublicAcls),
		BlockPublicPolicy: on(given.BlockPublicPolicy), RestrictPublicBuckets: on(given.RestrictPublicBuckets),
	}
	return &s3.PutPublicAccessBlockOutput{}, nil
}

// getPublicAccessBlock gives the bucket's own, without its account's.
func (s *Service) getPublicAccessBlock(c *world.Call, in *s3.GetPublicAccessBlockInput) (*s3.GetPublicAccessBlockOutput, error) {
	b, err := s.allowed(c, in.Bucket, in.ExpectedBucketOwner, "s3:GetBucketPublicAccessBlock")
	if err != nil {
		return nil, err
	}
	if b.block == nil {
		return nil, notConfigured(b, "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found")
	}
	return &s3.GetPublicAccessBlockOutput{PublicAccessBlockConfiguration: b.block}, nil
}

func (s *Service) deletePublicAccessBlock(c *world.Call, in *s3.DeletePublicAccessBlockInput) (*s3.DeletePublicAccessBlockOutput, error) {
	b, err := s.allowed(c, in.Bucket, in.ExpectedBucketOwner, "s3:PutBucketPublicAccessBlock")
	if err != nil {
		return nil, err
	}
	b.block = nil
	return &s3.DeletePublicAccessBlockOutput{}, nil
}

// allowed finds the bucket of a request, and authorizes an action on it.
func (s *Service) allowed(c *world.Call, name, expectedOwner *string, action string) (*bucket, error) {
	b, err := s.bucket(c, name, expectedOwner)
	if err != nil {
		return nil, err
	}
	return b, s.onBucket(c, b, action, nil)
}

// notConfigured says that a bucket lacks some configuration.
func notConfigured(b *bucket, code, message string) error {
	return fail(http.StatusNotFound, code, message, "BucketName", b.name)
}
