package conformance

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"rekey/lab"
	"rekey/shared/keyid"
)

// labTarget gives every claim a lab of its own.
type labTarget struct{}

func (labTarget) gives() need { return otherAccount | clock | inside }

func (labTarget) open(t *testing.T) *bench {
	l := lab.ForTest(t, lab.Options{})
	l.Lambda.Uploads = true
	x := &bench{T: t, region: "us-east-1", away: "eu-west-1", lab: l}
	n := 0
	x.name = func(kind string) string {
		n++
		return fmt.Sprintf("conformance-%s-%d", kind, n)
	}
	x.Own, x.Other = labAdmin(x, "111111111111"), labAdmin(x, "222222222222")
	return x
}

// labAdmin is a user who may do everything, as an account's people are: its
// root user could not assume a role.
func labAdmin(x *bench, account keyid.Account) *caller {
	root := newCaller(x, x.lab.Config(keyid.Region(x.region), lab.Root(account)))
	name, policy := "admin", document(may("*", "*"))
	succeed(x, root.IAM.CreateUser, &iam.CreateUserInput{UserName: &name})
	succeed(x, root.IAM.PutUserPolicy, &iam.PutUserPolicyInput{UserName: &name, PolicyName: &name, PolicyDocument: &policy})
	k := succeed(x, root.IAM.CreateAccessKey, &iam.CreateAccessKeyInput{UserName: &name}).AccessKey
	return newCaller(x, withKey(root.config, *k.AccessKeyId, *k.SecretAccessKey)).identified()
}

func withKey(c aws.Config, id, secret string) aws.Config {
	c = c.Copy()
	c.Credentials = credentials.NewStaticCredentialsProvider(id, secret, "")
	return c
}
