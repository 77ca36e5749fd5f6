package s3

import (
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/lab/world"
)

// No bucket of the lab has these configurations, and none can be given one: the
// operations that would are not implemented. Messages are recorded.

func (s *Service) getBucketCORS(c *world.Call, in *s3.GetBucketCorsInput) (*s3.GetBucketCorsOutput, error) {
	return nil, s.lacking(c, in.Bucket, in.ExpectedBucketOwner, "s3:GetBucketCORS", "NoSuchCORSConfiguration", "The CORS configuration does not exist")
}

func (s *Service) getBucketLifecycle(c *world.Call, in *s3.GetBucketLifecycleConfigurationInput) (*s3.GetBucketLifecycleConfigurationOutput, error) {
	return nil, s.lacking(c, in.Bucket, in.ExpectedBucketOwner, "s3:GetLifecycleConfiguration", "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist")
}

func (s *Service) getBucketReplication(c *world.Call, in *s3.GetBucketReplicationInput) (*s3.GetBucketReplicationOutput, error) {
	return nil, s.lacking(c, in.Bucket, in.ExpectedBucketOwner, "s3:GetReplicationConfiguration", "ReplicationConfigurationNotFoundError", "The replication configuration was not found")
}

func (s *Service) getBucketWebsite(c *world.Call, in *s3.GetBucketWebsiteInput) (*s3.GetBucketWebsiteOutput, error) {
	return nil, s.lacking(c, in.Bucket, in.ExpectedBucketOwner, "s3:GetBucketWebsite", "NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration")
}

func (s *Service) getObjectLock(c *world.Call, in *s3.GetObjectLockConfigurationInput) (*s3.GetObjectLockConfigurationOutput, error) {
	return nil, s.lacking(c, in.Bucket, in.ExpectedBucketOwner, "s3:GetBucketObjectLockConfiguration", "ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket")
}

func (s *Service) lacking(c *world.Call, name, expectedOwner *string, action, code, message string) error {
	b, err := s.allowed(c, name, expectedOwner, action)
	if err != nil {
		return err
	}
	return notConfigured(b, code, message)
}

func (s *Service) getBucketLogging(c *world.Call, in *s3.GetBucketLoggingInput) (*s3.GetBucketLoggingOutput, error) {
	_, err := s.allowed(c, in.Bucket, in.ExpectedBucketOwner, "s3:GetBucketLogging")
	return &s3.GetBucketLoggingOutput{}, err
}

func (s *Service) getBucketRequestPayment(c *world.Call, in *s3.GetBucketRequestPaymentInput) (*s3.GetBucketRequestPaymentOutput, error) {
	_, err := s.allowed(c, in.Bucket, in.ExpectedBucketOwner, "s3:GetBucketRequestPayment")
	return &s3.GetBucketRequestPaymentOutput{Payer: types.PayerBucketOwner}, err
}

func (s *Service) getBucketAccelerate(c *world.Call, in *s3.GetBucketAccelerateConfigurationInput) (*s3.GetBucketAccelerateConfigurationOutput, error) {
	_, err := s.allowed(c, in.Bucket, in.ExpectedBucketOwner, "s3:GetAccelerateConfiguration")
	return &s3.GetBucketAccelerateConfigurationOutput{}, err
}

// Deleting what is not there succeeds (recorded).

func (s *Service) deleteBucketCORS(c *world.Call, in *s3.DeleteBucketCorsInput) (*s3.DeleteBucketCorsOutput, error) {
	_, err := s.allowed(c, in.Bucket, in.ExpectedBucketOwner, "s3:PutBucketCORS")
	return &s3.DeleteBucketCorsOutput{}, err
}

func (s *Service) deleteBucketLifecycle(c *world.Call, in *s3.DeleteBucketLifecycleInput) (*s3.DeleteBucketLifecycleOutput, error) {
	_, err := s.allowed(c, in.Bucket, in.ExpectedBucketOwner, "s3:PutLifecycleConfiguration")
	return &s3.DeleteBucketLifecycleOutput{}, err
}

func (s *Service) deleteBucketReplication(c *world.Call, in *s3.DeleteBucketReplicationInput) (*s3.DeleteBucketReplicationOutput, error) {
	_, err := s.allowed(c, in.Bucket, in.ExpectedBucketOwner, "s3:PutReplicationConfiguration")
	return &s3.DeleteBucketReplicationOutput{}, err
}

func (s *Service) deleteBucketWebsite(c *world.Call, in *s3.DeleteBucketWebsiteInput) (*s3.DeleteBucketWebsiteOutput, error) {
	_, err := s.allowed(c, in.Bucket, in.ExpectedBucketOwner, "s3:DeleteBucketWebsite")
	return &s3.DeleteBucketWebsiteOutput{}, err
}
