package leastprivilege

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"rekey/lab"
	"rekey/lab/cloudformation"
	"rekey/lab/world"
	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

// Deployed is a lab with the stacks in it. Its configurations call over TLS.
type Deployed struct {
	Lab     *lab.Lab
	Account keyid.Account
	Region  keyid.Region

	stacks map[string]*cloudformation.Stack
	counts map[string]bool // ARNs of the roles and users that use grants
	people map[keyid.Account]aws.Config
}

// Stack gives a deployed stack; nil before it is.
func (d *Deployed) Stack(name string) *cloudformation.Stack { return d.stacks[name] }

// Config is that of a client over TLS with these credentials.
func (d *Deployed) Config(who aws.CredentialsProvider) aws.Config {
	c := d.Lab.Config(d.Region, who)
	c.BaseEndpoint = aws.String(lab.SecureEndpoint)
	return c
}

// Root calls as an account's root user. It sets up and looks on: what it does uses
// no grant.
func (d *Deployed) Root(account keyid.Account) aws.Config { return d.Config(lab.Root(account)) }

// Plain gives a configuration whose requests do not come over TLS.
func Plain(c aws.Config) aws.Config {
	c = c.Copy()
	c.BaseEndpoint = aws.String(lab.Endpoint)
	return c
}

// Role makes a role that the account's people can assume, with an inline policy,
// none if that is empty, and gives its ARN.
func (d *Deployed) Role(ctx context.Context, account keyid.Account, name, policy string) (string, error) {
	trust := fmt.Sprintf(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%s:root"},"Action":"sts:AssumeRole"}}`, account)
	client := iam.NewFromConfig(d.Root(account))
	out, err := client.CreateRole(ctx, &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trust})
	if err != nil {
		return "", err
	}
	if policy != "" {
		_, err = client.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: &name, PolicyName: aws.String("Own"), PolicyDocument: &policy})
	}
	return *out.Role.Arn, err
}

// As calls as a role that people can assume. From now on its calls use what the
// templates grant it.
func (d *Deployed) As(ctx context.Context, role string) (aws.Config, error) {
	p, err := keypolicy.ParsePrincipal(role)
	if err != nil {
		return aws.Config{}, err
	}
	person, err := d.person(ctx, p.Account())
	if err != nil {
		return aws.Config{}, err
	}
	out, err := sts.NewFromConfig(person).AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("person")})
	if err != nil {
		return aws.Config{}, err
	}
	d.counts[role] = true
	return d.Config(credentials.NewStaticCredentialsProvider(*out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, *out.Credentials.SessionToken)), nil
}

// person is a user of an account who may assume its roles.
func (d *Deployed) person(ctx context.Context, account keyid.Account) (aws.Config, error) {
	if c, ok := d.people[account]; ok {
		return c, nil
	}
	client := iam.NewFromConfig(d.Root(account))
	name := aws.String("person")
	policy := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}}`
	_, err := client.CreateUser(ctx, &iam.CreateUserInput{UserName: name})
	_, bad := client.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: name, PolicyName: name, PolicyDocument: &policy})
	if err = errors.Join(err, bad); err != nil {
		return aws.Config{}, err
	}
	key, err := client.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: name})
	if err != nil {
		return aws.Config{}, err
	}
	d.people[account] = d.Config(credentials.NewStaticCredentialsProvider(*key.AccessKey.AccessKeyId, *key.AccessKey.SecretAccessKey, ""))
	return d.people[account], nil
}

// Assumed calls as a role that an AWS service assumed, as an instance of Amazon
// EC2 does with the role of its profile.
func (d *Deployed) Assumed(service, role, session string) (aws.Config, error) {
	var key world.AccessKey
	var err error
	d.Lab.World.Locked(func() { key, err = d.Lab.STS.AssumeForService(service, role, session) })
	if err != nil {
		return aws.Config{}, err
	}
	return d.Config(credentials.NewStaticCredentialsProvider(key.ID, key.Secret, key.SessionToken)), nil
}

// counted says whether a caller's calls use what the templates grant.
func (d *Deployed) counted(c world.Caller) bool {
	p := c.Principal
	switch p.Kind() {
	case keypolicy.Service:
		return true
	case keypolicy.Session, keypolicy.Role:
		return d.counts[p.RoleARN()]
	case keypolicy.User:
		return d.counts[p.ARN()]
	}
	return false
}

// deployment creates the stacks one after the other.
type deployment struct {
	*Deployed
	deployer *cloudformation.Deployer
	known    map[string]string // by what stands for it in templates
	server   *httptest.Server  // that functions call
}

// deployerRole is the role that cdk bootstrap makes for CloudFormation, which may
// do everything.
const deployerRole = "cdk-hnb659fds-cfn-exec-role"

// begin makes a lab in which the stacks can be deployed.
func begin(ctx context.Context, s Suite) (*deployment, error) {
	d := &Deployed{
		Lab: lab.New(lab.Options{Start: s.Start}), Account: s.Account, Region: s.Region,
		stacks: map[string]*cloudformation.Stack{}, counts: map[string]bool{}, people: map[keyid.Account]aws.Config{},
	}
	all := &deployment{Deployed: d, server: httptest.NewServer(d.Lab.Loopback())}
	d.Lab.Lambda.Uploads, d.Lab.Lambda.Endpoint = true, all.server.URL
	var err error
	if s.Prepare != nil {
		if all.known, err = s.Prepare(ctx, d); err != nil {
			return all, fmt.Errorf("prepare: %w", err)
		}
	}
	config, err := d.asCloudFormation(ctx)
	if err != nil {
		return all, err
	}
	all.deployer = cloudformation.New(cloudformation.Target{Config: config, Account: s.Account, Region: s.Region, Wait: func(_ context.Context, wait time.Duration) error {
		d.Lab.World.Advance(wait)
		return nil
	}})
	if err := all.deployer.Bootstrap(ctx); err != nil {
		return all, err
	}
	clear(d.counts)
	d.counts[string(deployerARN(s.Account))] = true
	d.Lab.World.Trail.Reset()
	return all, nil
}

func deployerARN(account keyid.Account) string {
	return "arn:aws:iam::" + string(account) + ":role/" + deployerRole
}

func (d *Deployed) asCloudFormation(ctx context.Context) (aws.Config, error) {
	client := iam.NewFromConfig(d.Root(d.Account))
	trust := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"cloudformation.amazonaws.com"},"Action":"sts:AssumeRole"}}`
	_, err := client.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String(deployerRole), AssumeRolePolicyDocument: &trust})
	_, bad := client.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: aws.String(deployerRole), PolicyArn: aws.String("arn:aws:iam::aws:policy/AdministratorAccess")})
	if err = errors.Join(err, bad); err != nil {
		return aws.Config{}, err
	}
	return d.Assumed("cloudformation.amazonaws.com", deployerARN(d.Account), "AWSCloudFormation")
}

// deploy creates the stacks, and counts their roles and users from now on.
func (d *deployment) deploy(ctx context.Context, templates []*cloudformation.Template) error {
	for _, t := range templates {
		t = t.Clone()
		t.Document, _ = filled(t.Document, d.known).(map[string]any)
		stack, err := d.deployer.Deploy(ctx, t, nil)
		if err != nil {
			return err
		}
		d.stacks[t.Name] = stack
		for _, kind := range []string{"AWS::IAM::Role", "AWS::IAM::User"} {
			for _, id := range stack.Resources(kind) {
				arn, err := stack.Attribute(id, "Arn")
				if err != nil {
					return err
				}
				d.counts[arn] = true
			}
		}
	}
	return nil
}

// filled puts what is known into all texts of a document.
func filled(v any, known map[string]string) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			v[k] = filled(e, known)
		}
	case []any:
		for i, e := range v {
			v[i] = filled(e, known)
		}
	case string:
		for from, to := range known {
			v = strings.ReplaceAll(v, from, to)
		}
		return v
	}
	return v
}

// end stops what runs, and tells what the lab could not do as AWS does.
func (d *deployment) end() error {
	var all []error
	for _, call := range d.Lab.Unfaithful() {
		all = append(all, fmt.Errorf("the lab could not serve %s", call))
	}
	for _, what := range d.Lab.World.Violations() {
		all = append(all, fmt.Errorf("the lab's state is broken: %s", what))
	}
	d.Lab.Close()
	d.server.Close()
	return errors.Join(all...)
}

// names gives the resources of the stacks by their ARNs and physical ids.
func (d *Deployed) names(templates []*cloudformation.Template) map[string]string {
	all := map[string]string{}
	for _, t := range templates {
		resources, _ := resourcesOf(t.Document)
		for id := range resources {
			if d.stacks[t.Name] == nil {
				continue
			}
			if arn, err := d.stacks[t.Name].Attribute(id, "Arn"); err == nil {
				all[arn] = t.Name + "/" + id
			}
			if ref := d.stacks[t.Name].Physical(id); slices.Contains([]string{"AWS::SNS::Topic", "AWS::Lambda::Function"}, resources[id].kind()) {
				all[ref] = t.Name + "/" + id
			}
		}
	}
	return all
}
