package cloudformation_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"rekey/lab"
	"rekey/lab/cloudformation"
	"rekey/shared/keyid"
)

const (
	account keyid.Account = "111122223333"
	region  keyid.Region  = "eu-west-1"
)

// bench is a lab with a deployer of one account.
type bench struct {
	*testing.T
	lab    *lab.Lab
	d      *cloudformation.Deployer
	config aws.Config
}

func newBench(t *testing.T) *bench {
	l := lab.ForTest(t, lab.Options{})
	l.Lambda.Uploads = true
	b := &bench{T: t, lab: l}
	b.config = b.secure(account, region)
	b.d = b.deployer(account, region)
	return b
}

// deployer waits by moving the lab's clock.
func (b *bench) deployer(a keyid.Account, r keyid.Region) *cloudformation.Deployer {
	return cloudformation.New(cloudformation.Target{
		Config: b.secure(a, r), Account: a, Region: r,
		Wait: func(_ context.Context, d time.Duration) error { b.lab.World.Advance(d); return nil },
	})
}

// template parses a template's JSON.
func (b *bench) template(name, text string) *cloudformation.Template {
	b.Helper()
	t, err := cloudformation.ParseTemplate(name, text)
	if err != nil {
		b.Fatal(err)
	}
	return t
}

// deploy deploys a template that must succeed.
func (b *bench) deploy(name, text string, parameters ...map[string]string) *cloudformation.Stack {
	b.Helper()
	var p map[string]string
	if len(parameters) > 0 {
		p = parameters[0]
	}
	s, err := b.d.Deploy(b.Context(), b.template(name, text), p)
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// resources wraps resources' JSON as a template.
func resources(text string) string { return `{"Resources": ` + text + `}` }

// attribute gives what Fn::GetAtt gives.
func (b *bench) attribute(s *cloudformation.Stack, id, name string) string {
	b.Helper()
	v, err := s.Attribute(id, name)
	if err != nil {
		b.Fatal(err)
	}
	return v
}

// equal compares what is expected with what is.
func equal[T comparable](b *bench, what string, got, want T) {
	b.Helper()
	if got != want {
		b.Errorf("%s is %v, not %v", what, got, want)
	}
}

// write writes files under a directory; a name that ends with .json gets its
// value as JSON.
func write(t *testing.T, dir string, files map[string]any) {
	t.Helper()
	for name, v := range files {
		path := filepath.Join(dir, name)
		text, isText := v.(string)
		if !isText {
			j, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			text = string(j)
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// secure is a configuration of an account's root user, over TLS: what a template
// makes may refuse anything else.
func (b *bench) secure(a keyid.Account, r keyid.Region) aws.Config {
	c := b.lab.Config(r, lab.Root(a))
	c.BaseEndpoint = new(lab.SecureEndpoint)
	return c
}

// trust is the trust policy of a function's role; allow allows little.
const (
	trust = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}`
	allow = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}]}`
)

// assume gives the credentials of a session of a role, which a user asks for: the
// root user cannot.
func assume(b *bench, role string) aws.CredentialsProvider {
	b.Helper()
	people := iam.NewFromConfig(b.config)
	name := "someone"
	_, err := people.CreateUser(b.Context(), &iam.CreateUserInput{UserName: &name})
	if err == nil {
		_, err = people.PutUserPolicy(b.Context(), &iam.PutUserPolicyInput{UserName: &name, PolicyName: &name, PolicyDocument: aws.String(strings.ReplaceAll(allow, "sqs:SendMessage", "sts:AssumeRole"))})
	}
	if err != nil {
		b.Fatal(err)
	}
	key, err := people.CreateAccessKey(b.Context(), &iam.CreateAccessKeyInput{UserName: &name})
	if err != nil {
		b.Fatal(err)
	}
	config := b.config.Copy()
	config.Credentials = credentials.NewStaticCredentialsProvider(*key.AccessKey.AccessKeyId, *key.AccessKey.SecretAccessKey, "")
	out, err := sts.NewFromConfig(config).AssumeRole(b.Context(), &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: &name})
	if err != nil {
		b.Fatal(err)
	}
	return credentials.NewStaticCredentialsProvider(*out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, *out.Credentials.SessionToken)
}

func deployerWith(c aws.Config) *cloudformation.Deployer {
	return cloudformation.New(cloudformation.Target{Config: c, Account: account, Region: region})
}

type ctx = context.Context

func (b *bench) assembly(dir string) *cloudformation.Assembly {
	b.Helper()
	a, err := cloudformation.ReadAssembly(dir)
	if err != nil {
		b.Fatal(err)
	}
	return a
}
