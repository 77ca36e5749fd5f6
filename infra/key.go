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
// key, CloudFormation's own among them, and nobody its use. Whoever administers a
// key may change its policy, and so let himself use it: that takes a call of
// kms:PutKeyPolicy, which CloudTrail records.
func accountAdministers() statement {
	return statement{sid: "AccountAdministers", principals: []awsiam.IPrincipal{awsiam.NewAccountRootPrincipal()}, actions: administration, resources: []string{"*"}}
}

// newKey makes a customer managed key, rotated every year, with these statements
// as its whole key policy. It stays when its stack goes, and when another key takes
// its place; deletable says why nothing is lost if it goes with its stack, where it
// may.
func newKey(scope constructs.Construct, id, description, deletable string, statements []statement) awskms.Key {
	document := awsiam.NewPolicyDocument(nil)
	for _, s := range statements {
		document.AddStatements(s.allow(scope))
	}
	key := awskms.NewKey(scope, &id, &awskms.KeyProps{
		Description: &description, EnableKeyRotation: new(true), Policy: document, RemovalPolicy: awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE,
	})
	if deletable != "" {
		key.ApplyRemovalPolicy(awscdk.RemovalPolicy_DESTROY)
		resource := key.Node().DefaultChild().(awskms.CfnKey)
		resource.CfnOptions().SetUpdateReplacePolicy(awscdk.CfnDeletionPolicy_RETAIN)
		resource.AddMetadata(new("rekey:deletable"), deletable)
	}
	return key
}
