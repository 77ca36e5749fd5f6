package cloudformation_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

const keyPolicy = `{"Version": "2012-10-17", "Statement": [{"Sid": "All", "Effect": "Allow", "Action": "kms:*", "Resource": "*",
	"Principal": {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}}]}`

func TestKMS(t *testing.T) {
	b := newBench(t)
	s := b.deploy("Keys", resources(`{
		"Alias": {"Type": "AWS::KMS::Alias", "Properties": {"AliasName": "alias/mine", "TargetKeyId": {"Fn::GetAtt": ["Key", "Arn"]}}},
		"Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": `+keyPolicy+`, "Enabled": "false", "Description": "mine",
			"Tags": [{"Key": "team", "Value": "blue"}]}}}`))
	equal(b, "the alias", s.Physical("Alias"), "alias/mine")
	equal(b, "KeyId", b.attribute(s, "Key", "KeyId"), s.Physical("Key"))
	out, err := kms.NewFromConfig(b.config).DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: new("alias/mine")})
	if err != nil {
		t.Fatal(err)
	}
	equal(b, "the ARN", b.attribute(s, "Key", "Arn"), *out.KeyMetadata.Arn)
	equal(b, "the state", out.KeyMetadata.KeyState, types.KeyStateDisabled)
	equal(b, "the description", *out.KeyMetadata.Description, "mine")
}
