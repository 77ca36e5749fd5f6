package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/constructs-go/constructs/v10"
)

// administration is all that it takes to administer a key, and none of its use
// (KMS Developer Guide, "Default key policy", key administrators, without
// imported key material and with the names written out).
var administration = []string{
	"kms:DescribeKey", "kms:GetKeyPolicy", "kms:PutKeyPolicy", "kms:ListKeyPolicies", "kms:UpdateKeyDescription",
	"kms:EnableKey", "kms:DisableKey", "kms:EnableKeyRotation", "kms:DisableKeyRotation", "kms:GetKeyRotationStatus",
	"kms:ListKeyRotations", "kms:RotateKeyOnDemand", "kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias",
	"kms:ListGrants", "kms:RevokeGrant", "kms:ListResourceTags", "kms:TagResource", "kms:UntagResource",
	"kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion",
}

// use is what encrypting and decrypting takes, directly and by data keys.
var use = []string{"kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"}

// accountAdministers lets the account's IAM policies give administration of a
// key, CloudFormation's own among them, and nobody its use: no policy outside the
// key policy makes a reader of what the key protects.
func accountAdministers() statement {
	return statement{sid: "AccountAdministers", principals: []awsiam.IPrincipal{awsiam.NewAccountRootPrincipal()}, actions: administration, resources: []string{"*"}}
}

// newKey makes a customer managed key, rotated every year, with these statements
// as its whole key policy.
func newKey(scope constructs.Construct, id, description string, keep awscdk.RemovalPolicy, statements []statement) awskms.Key {
	document := awsiam.NewPolicyDocument(nil)
	for _, s := range statements {
		document.AddStatements(s.allow(scope))
	}
	return awskms.NewKey(scope, &id, &awskms.KeyProps{
		Description: &description, EnableKeyRotation: new(true), Policy: document, RemovalPolicy: keep,
	})
}
