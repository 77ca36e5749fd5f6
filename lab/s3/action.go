package s3

import "strings"

// kind is what actions are done to.
type kind int

const (
	ofBucket kind = 1 << iota
	ofObjects
)

// actions are those that a bucket policy can name (Service Authorization
// Reference, "Amazon S3"), by what they are done to.
var actions = map[kind][]string{
	ofBucket: strings.Fields(`CreateBucket DeleteBucket DeleteBucketPolicy DeleteBucketWebsite GetAccelerateConfiguration
		GetAnalyticsConfiguration GetBucketAbac GetBucketAcl GetBucketCORS GetBucketLocation GetBucketLogging GetBucketMetadataTableConfiguration
		GetBucketNotification GetBucketObjectLockConfiguration GetBucketOwnershipControls GetBucketPolicy GetBucketPolicyStatus
		GetBucketPublicAccessBlock GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite
		GetEncryptionConfiguration GetIntelligentTieringConfiguration GetInventoryConfiguration GetLifecycleConfiguration
		GetMetricsConfiguration GetReplicationConfiguration ListBucket ListBucketMultipartUploads ListBucketVersions ListTagsForResource
		PauseReplication PutAccelerateConfiguration PutAnalyticsConfiguration PutBucketAbac PutBucketAcl PutBucketCORS PutBucketLogging
		PutBucketNotification PutBucketObjectLockConfiguration PutBucketOwnershipControls PutBucketPolicy
		PutBucketPublicAccessBlock PutBucketRequestPayment PutBucketTagging PutBucketVersioning PutBucketWebsite
		PutEncryptionConfiguration PutIntelligentTieringConfiguration PutInventoryConfiguration PutLifecycleConfiguration
		PutMetricsConfiguration PutReplicationConfiguration CreateBucketMetadataTableConfiguration DeleteBucketMetadataTableConfiguration
		TagResource UntagResource UpdateBucketMetadataInventoryTableConfiguration UpdateBucketMetadataJournalTableConfiguration`),
	ofObjects: strings.Fields(`AbortMultipartUpload BypassGovernanceRetention DeleteObject DeleteObjectTagging DeleteObjectVersion
		DeleteObjectVersionTagging DeleteObjectAnnotation GetObject GetObjectAcl GetObjectAnnotation GetObjectAttributes GetObjectLegalHold
		GetObjectRetention GetObjectTagging GetObjectTorrent GetObjectVersion GetObjectVersionAcl GetObjectVersionAttributes
		GetObjectVersionForReplication GetObjectVersionTagging GetObjectVersionTorrent InitiateReplication ListMultipartUploadParts
		ObjectOwnerOverrideToBucketOwner PutObject PutObjectAcl PutObjectAnnotation PutObjectLegalHold PutObjectRetention PutObjectTagging
		PutObjectVersionAcl PutObjectVersionTagging ReplicateDelete ReplicateObject ReplicateTags RestoreObject UpdateObjectEncryption`),
}

// actionKinds says what the actions that a pattern names are done to; 0 where it
// names none.
func actionKinds(pattern string) kind {
	found := kind(0)
	for k, names := range actions {
		for _, name := range names {
			if matches(strings.ToLower(pattern), "s3:"+strings.ToLower(name)) {
				found |= k
				break
			}
		}
	}
	return found
}

// The actions that bring some condition keys; a statement that asks for one of
// them together with any other action is refused (Service Authorization
// Reference, "Amazon S3"; reported of statements that mix them).
var (
	listing = strings.Fields("ListBucket ListBucketVersions")
	writing = strings.Fields("PutObject ReplicateObject")
	withACL = strings.Fields("CreateBucket PutBucketAcl PutObject PutObjectAcl PutObjectVersionAcl")
)

// keysOf gives the actions that bring a condition key, nil for any.
func keysOf(key string) []string {
	switch {
	case key == "s3:prefix", key == "s3:delimiter", key == "s3:max-keys":
		return listing
	case key == "s3:x-amz-acl", strings.HasPrefix(key, "s3:x-amz-grant-"):
		return withACL
	case key == "s3:x-amz-copy-source", key == "s3:x-amz-metadata-directive", strings.HasPrefix(key, "s3:x-amz-server-side-encryption"):
		return writing
	}
	return nil
}
