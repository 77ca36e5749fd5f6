package cloudtrail

import "strings"

// dataEvent says whether an operation is recorded by trails only that ask for
// data events, and never in the event history (User Guide, "Logging data
// events"; S3 User Guide, "Amazon S3 CloudTrail events"; SQS, SNS and Lambda
// Developer Guides, on CloudTrail; CloudWatch Logs User Guide, "Logging CloudWatch
// Logs API operations in AWS CloudTrail"). PutEvents, PutLogEvents and TestState
// are recorded nowhere.
func dataEvent(service, operation string) bool {
	if service == "s3" {
		return objectLevel(operation)
	}
	return data[service][operation]
}

var data = map[string]map[string]bool{
	"sqs": {
		"SendMessage": true, "SendMessageBatch": true, "ReceiveMessage": true, "DeleteMessage": true, "DeleteMessageBatch": true,
		"ChangeMessageVisibility": true, "ChangeMessageVisibilityBatch": true,
	},
	"sns":    {"Publish": true, "PublishBatch": true},
	"lambda": {"Invoke": true, "InvokeAsync": true, "InvokeWithResponseStream": true},
	"events": {"PutEvents": true},
	"logs":   {"PutLogEvents": true},
}

// objectLevel says whether an operation of S3 is about objects.
func objectLevel(operation string) bool {
	switch operation {
	case "HeadBucket", "SelectObjectContent", "WriteGetObjectResponse", "CreateSession":
		return true
	case "GetObjectLockConfiguration", "PutObjectLockConfiguration":
		return false // of the bucket
	}
	for _, part := range []string{"Object", "MultipartUpload", "Part"} {
		if strings.Contains(operation, part) && !strings.HasPrefix(operation, "GetBucket") && !strings.HasPrefix(operation, "PutBucket") {
			return true
		}
	}
	return false
}

// reading are the operations that change nothing although their names do not
// say so (the log entries in the KMS Developer Guide, "Examples of AWS KMS log
// entries"; IAM User Guide, "Logging IAM and AWS STS API calls").
var reading = map[string]bool{
	"kms Encrypt": true, "kms Decrypt": true, "kms ReEncrypt": true, "kms GenerateDataKey": true, "kms GenerateDataKeyWithoutPlaintext": true,
	"kms GenerateDataKeyPair": true, "kms GenerateDataKeyPairWithoutPlaintext": true, "kms GenerateRandom": true, "kms Sign": true,
	"kms Verify": true, "kms Encapsulate": true, "kms Decapsulate": true, "kms GenerateMac": true, "kms VerifyMac": true, "kms DeriveSharedSecret": true,
	"sts AssumeRole": true, "sts AssumeRoleWithSAML": true, "sts AssumeRoleWithWebIdentity": true,
	"secretsmanager ValidateResourcePolicy": true, "secretsmanager BatchGetSecretValue": true, "events TestEventPattern": true,
}

// readOnly says whether an operation changes nothing.
func readOnly(service, operation string) bool {
	if reading[service+" "+operation] {
		return true
	}
	for _, prefix := range []string{"Get", "List", "Describe", "Head", "Lookup", "Simulate"} {
		if strings.HasPrefix(operation, prefix) {
			return true
		}
	}
	return false
}

// keyed are the operations that answer nothing, and whose entries have the key's ARN
// as responseElements.keyId (KMS Developer Guide, the log entry of each: "recorded
// on or after December 2022"). Those of PutKeyPolicy, UpdateKeyDescription,
// DisableKeyRotation, TagResource, RevokeGrant and RetireGrant have no answer there.
var keyed = map[string]bool{
	"kms CreateAlias": true, "kms UpdateAlias": true, "kms DeleteAlias": true, "kms EnableKey": true, "kms DisableKey": true,
	"kms EnableKeyRotation": true, "kms UntagResource": true, "kms UpdatePrimaryRegion": true,
}

// eventNames are those that differ from the operation's (Lambda Developer Guide,
// "Logging AWS Lambda API calls using AWS CloudTrail": the name may have the
// date and version of the API behind it).
var eventNames = map[string]string{
	"lambda CreateFunction": "CreateFunction20150331", "lambda DeleteFunction": "DeleteFunction20150331",
	"lambda UpdateFunctionCode": "UpdateFunctionCode20150331v2", "lambda UpdateFunctionConfiguration": "UpdateFunctionConfiguration20150331v2",
	"lambda AddPermission": "AddPermission20150331v2", "lambda RemovePermission": "RemovePermission20150331v2",
	"lambda CreateEventSourceMapping": "CreateEventSourceMapping20150331", "lambda DeleteEventSourceMapping": "DeleteEventSourceMapping20150331",
	"lambda UpdateEventSourceMapping": "UpdateEventSourceMapping20150331", "lambda GetFunction": "GetFunction20150331v2",
	"lambda GetFunctionConfiguration": "GetFunctionConfiguration20150331v2", "lambda ListFunctions": "ListFunctions20150331",
	"lambda PublishVersion": "PublishVersion20150331", "lambda CreateAlias": "CreateAlias20150331", "lambda UpdateAlias": "UpdateAlias20150331",
	"lambda DeleteAlias": "DeleteAlias20150331",
}

func eventName(service, operation string) string {
	if name := eventNames[service+" "+operation]; name != "" {
		return name
	}
	return operation
}

// omitted are members that CloudTrail leaves out besides the sensitive ones
// (KMS Developer Guide, "Logging AWS KMS API calls": the log entries of
// CreateGrant, RetireGrant and CreateCustomKeyStore), and what would be credentials.
var omitted = map[string][]string{
	"kms":    {"GrantToken", "GrantTokens", "TrustAnchorCertificate"},
	"sts":    {"SecretAccessKey", "SessionToken", "TokenCode", "SAMLAssertion", "WebIdentityToken"},
	"iam":    {"SecretAccessKey", "Password", "OldPassword", "NewPassword", "ServicePassword"},
	"lambda": {"Environment", "ZipFile"},
}
