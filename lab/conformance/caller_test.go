package conformance

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// caller is a principal with clients that call as it.
type caller struct {
	x       *bench
	account string
	arn     string // as GetCallerIdentity gives it
	// principal is what a policy names it by: a role for its sessions.
	principal string
	config    aws.Config

	KMS       *kms.Client
	Secrets   *secretsmanager.Client
	IAM       *iam.Client
	STS       *sts.Client
	S3        *s3.Client
	SSM       *ssm.Client
	SQS       *sqs.Client
	SNS       *sns.Client
	Events    *eventbridge.Client
	Scheduler *scheduler.Client
	Lambda    *lambda.Client
	Trail     *cloudtrail.Client
	Logs      *cloudwatchlogs.Client
}

func newCaller(x *bench, c aws.Config) *caller {
	return &caller{
		x: x, config: c,
		KMS: kms.NewFromConfig(c), Secrets: secretsmanager.NewFromConfig(c), IAM: iam.NewFromConfig(c), STS: sts.NewFromConfig(c),
		S3:  s3.NewFromConfig(c, func(o *s3.Options) { o.UsePathStyle = true }),
		SSM: ssm.NewFromConfig(c), SQS: sqs.NewFromConfig(c), SNS: sns.NewFromConfig(c), Events: eventbridge.NewFromConfig(c),
		Scheduler: scheduler.NewFromConfig(c), Lambda: lambda.NewFromConfig(c), Trail: cloudtrail.NewFromConfig(c), Logs: cloudwatchlogs.NewFromConfig(c),
	}
}

// identified asks who the caller is.
func (c *caller) identified() *caller {
	c.x.Helper()
	who := succeed(c.x, c.STS.GetCallerIdentity, &sts.GetCallerIdentityInput{})
	c.account, c.arn, c.principal = text(who.Account), text(who.Arn), text(who.Arn)
	if _, session, ok := strings.Cut(c.arn, ":assumed-role/"); ok {
		name, _, _ := strings.Cut(session, "/")
		c.principal = text(succeed(c.x, c.IAM.GetRole, &iam.GetRoleInput{RoleName: &name}).Role.Arn)
	}
	return c
}

// in gives the same caller in another Region.
func (c *caller) in(region string) *caller {
	config := c.config.Copy()
	config.Region = region
	there := newCaller(c.x, config)
	there.account, there.arn, there.principal = c.account, c.arn, c.principal
	return there
}

// root names the account in a policy.
func (c *caller) root() string { return "arn:aws:iam::" + c.account + ":root" }

// role makes a role of the caller's account that its administrators may
// assume, with just this one identity policy ("" for none).
func (c *caller) role(policy string) (arn string) {
	c.x.Helper()
	name := c.x.name("role")
	trust := allow("Trust", c.root(), "sts:AssumeRole").document()
	made := succeed(c.x, c.IAM.CreateRole, &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trust})
	cleanup(c.x, c.IAM.DeleteRole, &iam.DeleteRoleInput{RoleName: &name})
	if policy != "" {
		in := &iam.PutRolePolicyInput{RoleName: &name, PolicyName: new("conformance"), PolicyDocument: &policy}
		succeed(c.x, c.IAM.PutRolePolicy, in)
		cleanup(c.x, c.IAM.DeleteRolePolicy, &iam.DeleteRolePolicyInput{RoleName: &name, PolicyName: in.PolicyName})
	}
	return text(made.Role.Arn)
}

// session calls as a new role of the account that has just this one policy.
func (c *caller) session(policy string) *caller {
	c.x.Helper()
	return c.assume(c.role(policy))
}

// assume calls as a session of a role.
func (c *caller) assume(role string) *caller {
	c.x.Helper()
	out := succeed(c.x, c.STS.AssumeRole, &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: new("conformance")})
	k := out.Credentials
	config := c.config.Copy()
	config.Credentials = credentials.NewStaticCredentialsProvider(*k.AccessKeyId, *k.SecretAccessKey, *k.SessionToken)
	s := newCaller(c.x, config)
	s.account, s.arn, s.principal = strings.Split(role, ":")[4], text(out.AssumedRoleUser.Arn), role
	return s
}

// key is a KMS key that a claim made.
type key struct{ id, arn string }

// key makes one, with the default policy if policy is "".
func (c *caller) key(policy string) key {
	c.x.Helper()
	in := &kms.CreateKeyInput{Description: new(c.x.name("key"))}
	if policy != "" {
		in.Policy = &policy
	}
	m := succeed(c.x, c.KMS.CreateKey, in).KeyMetadata
	cleanup(c.x, c.KMS.ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: m.KeyId, PendingWindowInDays: new(int32(7))})
	return key{text(m.KeyId), text(m.Arn)}
}

// alias gives a key a new name.
func (c *caller) alias(k key) string {
	c.x.Helper()
	name := "alias/" + c.x.name("alias")
	succeed(c.x, c.KMS.CreateAlias, &kms.CreateAliasInput{AliasName: &name, TargetKeyId: &k.id})
	cleanup(c.x, c.KMS.DeleteAlias, &kms.DeleteAliasInput{AliasName: &name})
	return name
}

// seal encrypts under a key, with an encryption context of key and value pairs.
func (c *caller) seal(k key, plaintext string, pairs ...string) []byte {
	c.x.Helper()
	return succeed(c.x, c.KMS.Encrypt, k.encrypt(plaintext, pairs...)).CiphertextBlob
}

func (k key) encrypt(plaintext string, pairs ...string) *kms.EncryptInput {
	return &kms.EncryptInput{KeyId: &k.arn, Plaintext: []byte(plaintext), EncryptionContext: contextOf(pairs...)}
}

func (k key) decrypt(blob []byte, pairs ...string) *kms.DecryptInput {
	return &kms.DecryptInput{KeyId: &k.arn, CiphertextBlob: blob, EncryptionContext: contextOf(pairs...)}
}

func contextOf(pairs ...string) map[string]string {
	var m map[string]string
	for i := 0; i < len(pairs); i += 2 {
		if m == nil {
			m = map[string]string{}
		}
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

// secret makes a secret with a value; configure changes the request.
func (c *caller) secret(configure ...func(*secretsmanager.CreateSecretInput)) *secretsmanager.CreateSecretOutput {
	c.x.Helper()
	in := &secretsmanager.CreateSecretInput{Name: new(c.x.name("secret")), SecretString: new("value")}
	for _, f := range configure {
		f(in)
	}
	out := succeed(c.x, c.Secrets.CreateSecret, in)
	cleanup(c.x, c.Secrets.DeleteSecret, &secretsmanager.DeleteSecretInput{SecretId: out.ARN, ForceDeleteWithoutRecovery: new(true)})
	return out
}

// statement is one statement of a policy.
type statement string

func (s statement) document() string { return document(s) }

// document is a policy of statements.
func document(all ...statement) string {
	texts := make([]string, len(all))
	for i, s := range all {
		texts[i] = string(s)
	}
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(texts, ",") + `]}`
}

// allow is a statement of a resource's policy. more holds further elements,
// such as a Condition. Actions are separated by blanks.
func allow(sid, principal, actions string, more ...string) statement {
	return grant("Allow", sid, principal, actions, "*", more...)
}

func deny(sid, principal, actions string, more ...string) statement {
	return grant("Deny", sid, principal, actions, "*", more...)
}

// may is a statement of an identity policy.
func may(actions, resource string, more ...string) statement {
	return grant("Allow", "", "", actions, resource, more...)
}

func mayNot(actions, resource string, more ...string) statement {
	return grant("Deny", "", "", actions, resource, more...)
}

func grant(effect, sid, principal, actions, resource string, more ...string) statement {
	s := fmt.Sprintf(`{"Effect":%q,`, effect)
	if sid != "" {
		s += fmt.Sprintf(`"Sid":%q,`, sid)
	}
	if principal != "" {
		s += fmt.Sprintf(`"Principal":{"AWS":%q},`, principal)
	}
	if !strings.HasPrefix(actions, "sts:") || principal == "" {
		s += fmt.Sprintf(`"Resource":%q,`, resource) // a trust policy names none
	}
	s += `"Action":["` + strings.Join(strings.Fields(actions), `","`) + `"]`
	for _, m := range more {
		s += "," + m
	}
	return statement(s + "}")
}

// delegate is the statement of the default key policy: the account's own IAM
// policies decide.
func (c *caller) delegate() statement { return allow("Delegate", c.root(), "kms:*") }
