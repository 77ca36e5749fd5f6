package kms

import (
	"cmp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

// Managed gives the ARN of the caller's AWS managed key for a service
// (alias/aws/SERVICE), making it on first use. Its policy lets every principal
// of the account use it through that service and no other way, and it is rotated
// every year (KMS Developer Guide, "AWS managed keys").
func (s *Service) Managed(c *world.Call, service string) keyid.ARN {
	h, name := homeOf(c), keyid.Alias("alias/aws/"+service)
	r := s.here(h)
	if a := r.aliases[name]; a != nil {
		return r.keys[a.target].arn
	}
	k := s.newKey(h, types.KeyManagerTypeAws, standard, c.Time)
	k.description = "Default key that protects my data in " + service + " when no other key is defined"
	k.policy = world.MustPolicy(keypolicy.KeyPolicy, managedPolicy(h, service))
	s.rotateEvery(k, yearly, c.Time)
	r = s.make(h)
	r.keys[k.arn.ID] = k
	r.point(&alias{name: name, created: c.Time, updated: c.Time}, k.arn.ID)
	return k.arn
}

// integrated are the services that have an AWS managed key, by the names of
// their aliases, with the names that they call KMS by where those differ.
var integrated = map[string]string{
	"acm": "", "backup": "", "codeartifact": "", "codecommit": "", "connect": "", "dax": "", "dms": "", "dynamodb": "", "ebs": "ec2",
	"elasticfilesystem": "", "es": "", "fsx": "", "glue": "", "kafka": "", "kinesis": "", "kinesisvideo": "", "lambda": "",
	"lightsail": "", "memorydb": "", "mq": "", "rds": "", "redshift": "", "s3": "", "secretsmanager": "", "sns": "", "sqs": "",
	"ssm": "", "workspaces": "", "xray": "",
}

// predefined makes the AWS managed key when its alias is first used (API
// reference, DescribeKey: "If you specify a predefined AWS alias (an AWS alias
// with no key ID), AWS KMS associates the alias with an AWS managed key"); nil
// for the alias of no service.
func (s *Service) predefined(c *world.Call, name keyid.Alias) *alias {
	service, managed := strings.CutPrefix(string(name), "alias/aws/")
	if _, known := integrated[service]; !managed || !known {
		return nil
	}
	s.Managed(c, service)
	return s.mine(c).aliases[name]
}

func managedPolicy(h home, service string) string {
	return `{
  "Version" : "2012-10-17",
  "Id" : "auto-` + service + `-1",
  "Statement" : [ {
    "Sid" : "Allow access through the service for all principals in the account that are authorized to use it",
    "Effect" : "Allow",
    "Principal" : { "AWS" : "*" },
    "Action" : [ "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey" ],
    "Resource" : "*",
    "Condition" : { "StringEquals" : {
      "kms:CallerAccount" : "` + string(h.account) + `",
      "kms:ViaService" : "` + cmp.Or(integrated[service], service) + `.` + string(h.region) + `.amazonaws.com"
    } }
  }, {
    "Sid" : "Allow direct access to key metadata to the account",
    "Effect" : "Allow",
    "Principal" : { "AWS" : "arn:aws:iam::` + string(h.account) + `:root" },
    "Action" : [ "kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant" ],
    "Resource" : "*"
  } ]
}`
}

// GenerateDataKey is the operation, for the services that protect data under
// KMS keys. The call is one made by world.Call.On.
func (s *Service) GenerateDataKey(c *world.Call, in *kms.GenerateDataKeyInput) (*kms.GenerateDataKeyOutput, error) {
	c.Carries(in, nil)
	return s.generateDataKey(c, in)
}

// Decrypt is the operation, for the services that protect data under KMS keys.
func (s *Service) Decrypt(c *world.Call, in *kms.DecryptInput) (*kms.DecryptOutput, error) {
	c.Carries(in, nil)
	return s.decrypt(c, in)
}

// Encrypt is the operation, for the services that protect data under KMS keys.
func (s *Service) Encrypt(c *world.Call, in *kms.EncryptInput) (*kms.EncryptOutput, error) {
	c.Carries(in, nil)
	return s.encrypt(c, in)
}

// CreateGrant is the operation, for the services that use a key after the call
// that they make it in. The call is one made by world.Call.On.
func (s *Service) CreateGrant(c *world.Call, in *kms.CreateGrantInput) (*kms.CreateGrantOutput, error) {
	c.Carries(in, nil)
	return s.createGrant(c, in)
}

// DescribeKey is the operation, for the services that look at a key before they
// use it.
func (s *Service) DescribeKey(c *world.Call, in *kms.DescribeKeyInput) (*kms.DescribeKeyOutput, error) {
	c.Carries(in, nil)
	return s.describeKey(c, in)
}

// ReEncrypt is the operation, for the services that protect data under KMS keys.
func (s *Service) ReEncrypt(c *world.Call, in *kms.ReEncryptInput) (*kms.ReEncryptOutput, error) {
	c.Carries(in, nil)
	return s.reEncrypt(c, in)
}
