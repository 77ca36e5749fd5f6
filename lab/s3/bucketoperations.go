package s3

import "rekey/lab/world"

// bucketOperations are those on buckets and their configuration.
func (s *Service) bucketOperations() []world.Operation {
	return []world.Operation{
		world.Op("CreateBucket", s.createBucket),
		world.Op("DeleteBucket", s.deleteBucket),
		world.Op("DeleteBucketCors", s.deleteBucketCORS),
		world.Op("DeleteBucketEncryption", s.deleteBucketEncryption),
		world.Op("DeleteBucketLifecycle", s.deleteBucketLifecycle),
		world.Op("DeleteBucketOwnershipControls", s.deleteBucketOwnershipControls),
		world.Op("DeleteBucketPolicy", s.deleteBucketPolicy),
		world.Op("DeleteBucketReplication", s.deleteBucketReplication),
		world.Op("DeleteBucketTagging", s.deleteBucketTagging),
		world.Op("DeleteBucketWebsite", s.deleteBucketWebsite),
		world.Op("DeletePublicAccessBlock", s.deletePublicAccessBlock),
		world.Op("GetBucketAccelerateConfiguration", s.getBucketAccelerate),
		world.Op("GetBucketAcl", s.getBucketACL),
		world.Op("GetBucketCors", s.getBucketCORS),
		world.Op("GetBucketEncryption", s.getBucketEncryption),
		world.Op("GetBucketLifecycleConfiguration", s.getBucketLifecycle),
		world.Op("GetBucketLocation", s.getBucketLocation),
		world.Op("GetBucketLogging", s.getBucketLogging),
		world.Op("GetBucketNotificationConfiguration", s.getBucketNotification),
		world.Op("GetBucketOwnershipControls", s.getBucketOwnershipControls),
		world.Op("GetBucketPolicy", s.getBucketPolicy),
		world.Op("GetBucketPolicyStatus", s.getBucketPolicyStatus),
		world.Op("GetBucketReplication", s.getBucketReplication),
		world.Op("GetBucketRequestPayment", s.getBucketRequestPayment),
		world.Op("GetBucketTagging", s.getBucketTagging),
		world.Op("GetBucketVersioning", s.getBucketVersioning),
		world.Op("GetBucketWebsite", s.getBucketWebsite),
		world.Op("GetObjectLockConfiguration", s.getObjectLock),
		world.Op("GetPublicAccessBlock", s.getPublicAccessBlock),
		world.Op("HeadBucket", s.headBucket),
		world.Op("ListBuckets", s.listBuckets),
		world.Op("PutBucketAcl", s.putBucketACL),
		world.Op("PutBucketEncryption", s.putBucketEncryption),
		world.Op("PutBucketNotificationConfiguration", s.putBucketNotification),
		world.Op("PutBucketOwnershipControls", s.putBucketOwnershipControls),
		world.Op("PutBucketPolicy", s.putBucketPolicy),
		world.Op("PutBucketTagging", s.putBucketTagging),
		world.Op("PutBucketVersioning", s.putBucketVersioning),
		world.Op("PutPublicAccessBlock", s.putPublicAccessBlock),
	}
}
