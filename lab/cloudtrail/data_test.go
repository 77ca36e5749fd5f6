package cloudtrail

import "testing"

func TestDataEvents(t *testing.T) {
	for call, want := range map[[2]string]bool{
		{"s3", "PutObject"}: true, {"s3", "GetObjectTagging"}: true, {"s3", "CopyObject"}: true, {"s3", "ListObjectsV2"}: true,
		{"s3", "ListObjectVersions"}: true, {"s3", "CompleteMultipartUpload"}: true, {"s3", "UploadPart"}: true, {"s3", "HeadBucket"}: true,
		{"s3", "CreateBucket"}: false, {"s3", "PutBucketEncryption"}: false, {"s3", "PutObjectLockConfiguration"}: false, {"s3", "ListBuckets"}: false,
		{"sqs", "SendMessage"}: true, {"sqs", "CreateQueue"}: false, {"lambda", "Invoke"}: true, {"lambda", "UpdateFunctionCode"}: false,
		{"kms", "Decrypt"}: false, {"secretsmanager", "GetSecretValue"}: false, {"sns", "Publish"}: true,
	} {
		if got := dataEvent(call[0], call[1]); got != want {
			t.Errorf("%s %s is a data event: %v", call[0], call[1], got)
		}
	}
}

func TestReadOnly(t *testing.T) {
	for call, want := range map[[2]string]bool{
		{"kms", "Encrypt"}: true, {"kms", "DescribeKey"}: true, {"kms", "CreateGrant"}: false, {"kms", "PutKeyPolicy"}: false,
		{"sts", "AssumeRole"}: true, {"iam", "SimulatePrincipalPolicy"}: true, {"secretsmanager", "PutSecretValue"}: false,
		{"secretsmanager", "BatchGetSecretValue"}: true, {"cloudtrail", "LookupEvents"}: true,
	} {
		if got := readOnly(call[0], call[1]); got != want {
			t.Errorf("%s %s only reads: %v", call[0], call[1], got)
		}
	}
}

func TestResourceOf(t *testing.T) {
	for arn, want := range map[string]resource{
		"arn:aws:kms:eu-west-1:111122223333:alias/a":               {kind: "AWS::KMS::Key", name: "arn:aws:kms:eu-west-1:111122223333:alias/a", account: "111122223333"},
		"arn:aws:iam::111122223333:role/path/name":                 {kind: "AWS::IAM::Role", name: "name", account: "111122223333"},
		"arn:aws:s3:::bucket":                                      {kind: "AWS::S3::Bucket", name: "bucket"},
		"arn:aws:lambda:eu-west-1:111122223333:function:f":         {kind: "AWS::Lambda::Function", name: "arn:aws:lambda:eu-west-1:111122223333:function:f", account: "111122223333"},
		"arn:aws:secretsmanager:eu-west-1:111122223333:secret:a-b": {kind: "AWS::SecretsManager::Secret", name: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:a-b", account: "111122223333"},
		"*": {}, "arn:aws:other:::x": {},
	} {
		got := resourceOf(arn, "")
		if got.arn = ""; got != want {
			t.Errorf("%s is %+v, want %+v", arn, got, want)
		}
	}
}
