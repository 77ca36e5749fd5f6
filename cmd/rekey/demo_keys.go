//go:build !nolab

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"rekey/lab"
	"rekey/shared/keyid"
)

const demoRegion = "eu-west-1"

// cast is one account and who acts in it.
type cast struct {
	account keyid.Account
	root    aws.Config
	admin   aws.Config // a session of the role KeyAdministrator
	user    aws.Config // a session of the role Application
	key     string     // ARN of the account's key
}

// document is a policy as it is written.
type document struct {
	Version   string
	Statement []statement
}

type statement struct {
	Sid       string `json:",omitempty"`
	Effect    string
	Principal any `json:",omitempty"`
	Action    []string
	Resource  any `json:",omitempty"`
}

func (d document) String() string {
	d.Version = "2012-10-17"
	return string(got(json.Marshal(d)))
}

func allow(principal any, resource any, actions ...string) document {
	return document{Statement: []statement{{Effect: "Allow", Principal: principal, Action: actions, Resource: resource}}}
}

func (s *story) config(who aws.CredentialsProvider) aws.Config {
	return aws.Config{Region: demoRegion, Credentials: who, BaseEndpoint: &s.endpoint, RetryMaxAttempts: 1}
}

// keys is the first chapter.
func (s *story) keys(ctx context.Context) {
	s.shop = cast{account: "111122223333", root: s.config(lab.Root("111122223333"))}
	s.bank = cast{account: "444455556666", root: s.config(lab.Root("444455556666"))}
	s.line("Accounts %s (the shop) and %s (the bank) stand side by side in %s.", s.shop.account, s.bank.account, demoRegion)

	admin := s.role(ctx, &s.shop, "KeyAdministrator", "")
	user := s.role(ctx, &s.shop, "Application", "")
	policy := document{Statement: []statement{
		{Sid: "Account", Effect: "Allow", Principal: principal("arn:aws:iam::" + string(s.shop.account) + ":root"), Action: []string{"kms:*"}, Resource: "*"},
		{Sid: "Administrators", Effect: "Allow", Principal: principal(admin), Resource: "*", Action: []string{
			"kms:Create*", "kms:Describe*", "kms:Enable*", "kms:List*", "kms:Put*", "kms:Update*", "kms:Disable*", "kms:Get*",
			"kms:Delete*", "kms:TagResource", "kms:UntagResource", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"}},
		{Sid: "Users", Effect: "Allow", Principal: principal(user), Resource: "*", Action: []string{
			"kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"}},
	}}
	root := kms.NewFromConfig(s.shop.root)
	key := got(root.CreateKey(ctx, &kms.CreateKeyInput{Policy: new(policy.String()), Description: new("the shop's data")}))
	s.shop.key = *key.KeyMetadata.Arn
	got(root.CreateAlias(ctx, &kms.CreateAliasInput{AliasName: new("alias/shop"), TargetKeyId: key.KeyMetadata.KeyId}))
	s.line("The shop has the customer managed key alias/shop: KeyAdministrator administers it, Application uses it.")

	s.shop.admin, s.shop.user = s.assume(ctx, s.shop, admin), s.assume(ctx, s.shop, user)
	secret := []byte("for the shop's eyes only")
	sealed := got(kms.NewFromConfig(s.shop.user).Encrypt(ctx, &kms.EncryptInput{KeyId: new("alias/shop"), Plaintext: secret, EncryptionContext: map[string]string{"app": "shop"}}))
	s.line("Application encrypted %d bytes under the context app=shop: a ciphertext of %d bytes.", len(secret), len(sealed.CiphertextBlob))

	decrypt := &kms.DecryptInput{KeyId: &s.shop.key, CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: map[string]string{"app": "shop"}}
	_, err := kms.NewFromConfig(s.shop.admin).Decrypt(ctx, decrypt)
	s.refused(err, "AccessDeniedException", "KeyAdministrator tried to decrypt it")
	_, err = kms.NewFromConfig(s.shop.user).DisableKey(ctx, &kms.DisableKeyInput{KeyId: &s.shop.key})
	s.refused(err, "AccessDeniedException", "Application tried to disable the key")
	other := *decrypt
	other.EncryptionContext = map[string]string{"app": "bank"}
	_, err = kms.NewFromConfig(s.shop.user).Decrypt(ctx, &other)
	s.refused(err, "InvalidCiphertextException", "Application tried to decrypt under the context app=bank")
	_, err = kms.NewFromConfig(s.bank.root).Decrypt(ctx, decrypt)
	s.refused(err, "AccessDeniedException", "The bank's own root user tried to decrypt it")
	opened := got(kms.NewFromConfig(s.shop.user).Decrypt(ctx, decrypt))
	expect(string(opened.Plaintext) == string(secret), "the plaintext came back changed")
	s.line("Application decrypted it under app=shop, and it is the same %d bytes.", len(secret))
}

func principal(arn string) any { return map[string]string{"AWS": arn} }

// role makes a role that its account's users, and Lambda, may assume.
func (s *story) role(ctx context.Context, c *cast, name, policy string) string {
	client := iam.NewFromConfig(c.root)
	trust := document{Statement: []statement{
		{Effect: "Allow", Principal: principal("arn:aws:iam::" + string(c.account) + ":root"), Action: []string{"sts:AssumeRole"}},
		{Effect: "Allow", Principal: map[string]string{"Service": "lambda.amazonaws.com"}, Action: []string{"sts:AssumeRole"}},
	}}
	out := got(client.CreateRole(ctx, &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: new(trust.String())}))
	if policy != "" {
		got(client.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: &name, PolicyName: new("permissions"), PolicyDocument: &policy}))
	}
	return *out.Role.Arn
}

// assume gives a session of a role, assumed by a user of the account.
func (s *story) assume(ctx context.Context, c cast, role string) aws.Config {
	client := iam.NewFromConfig(c.root)
	name := fmt.Sprintf("engineer-%d", s.lab.World.Trail.Count("iam", "CreateUser"))
	got(client.CreateUser(ctx, &iam.CreateUserInput{UserName: &name}))
	got(client.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: &name, PolicyName: new("assume"), PolicyDocument: new(allow(nil, role, "sts:AssumeRole").String())}))
	key := got(client.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: &name})).AccessKey
	user := s.config(credentials.NewStaticCredentialsProvider(*key.AccessKeyId, *key.SecretAccessKey, ""))
	session := got(sts.NewFromConfig(user).AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: &name})).Credentials
	return s.config(credentials.NewStaticCredentialsProvider(*session.AccessKeyId, *session.SecretAccessKey, *session.SessionToken))
}

// refused tells that a call failed with the code it had to fail with.
func (s *story) refused(err error, code, what string) {
	var api smithy.APIError
	expect(errors.As(err, &api) && api.ErrorCode() == code, "%s: wanted %s, and got: %v", what, code, err)
	s.line("%s: %s.", what, code)
}
