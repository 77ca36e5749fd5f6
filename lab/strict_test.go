package lab_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"rekey/lab"
	"rekey/shared/keyid"
)

const everything = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`

// user makes a user of the account with one policy.
func user(t *testing.T, l *lab.Lab, name, policy string) aws.CredentialsProvider {
	t.Helper()
	admin := iam.NewFromConfig(l.Config(region, lab.Root(account)))
	ok(t, admin.CreateUser, &iam.CreateUserInput{UserName: &name})
	ok(t, admin.PutUserPolicy, &iam.PutUserPolicyInput{UserName: &name, PolicyName: new("p"), PolicyDocument: &policy})
	k := ok(t, admin.CreateAccessKey, &iam.CreateAccessKeyInput{UserName: &name}).AccessKey
	return credentials.NewStaticCredentialsProvider(*k.AccessKeyId, *k.SecretAccessKey, "")
}

func role(t *testing.T, l *lab.Lab, name string) string {
	t.Helper()
	trust := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"` + account + `"},"Action":"sts:AssumeRole"}}`
	return *ok(t, iam.NewFromConfig(l.Config(region, lab.Root(account))).CreateRole, &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trust}).Role.Arn
}

func TestRegions(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	for _, r := range []keyid.Region{"us-east-1", "eu-central-2", "ap-east-1"} {
		want(t, "the answer in "+string(r), code(t, kms.NewFromConfig(l.Config(r, lab.Root(account))).ListKeys, &kms.ListKeysInput{}), "")
	}
	for _, r := range []keyid.Region{"mars-north-1", "cn-north-1", "us-east-9"} {
		c := l.Config(r, lab.Root(account))
		want(t, "the answer of kms", code(t, kms.NewFromConfig(c).ListKeys, &kms.ListKeysInput{}), "InvalidSignatureException")
		want(t, "the answer of iam", code(t, iam.NewFromConfig(c).ListRoles, &iam.ListRolesInput{}), "SignatureDoesNotMatch")
	}
}

// A statement that applies, under a condition of which the lab does not know
// what AWS would have for it, is refused loudly; one that does not apply, or a
// key that can be in no such request, is no matter.
func TestUnknownConditionKeys(t *testing.T) {
	for name, c := range map[string]struct{ statement, want string }{
		"unknown, in a Deny":           {`{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:Unheard":"x"}}}`, "NotImplemented"},
		"unknown, in an Allow":         {`{"Effect":"Allow","Action":"kms:List*","Resource":"*","Condition":{"StringEquals":{"kms:Unheard":"x"}}}`, "NotImplemented"},
		"of the function that calls":   {`{"Effect":"Deny","Action":"kms:*","Resource":"*","Condition":{"ArnEquals":{"lambda:SourceFunctionArn":"x"}}}`, "NotImplemented"},
		"for another action":           {`{"Effect":"Deny","Action":"kms:Encrypt","Resource":"*","Condition":{"StringEquals":{"aws:Unheard":"x"}}}`, ""},
		"beside one that surely fails": {`{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:Unheard":"x","aws:RequestedRegion":"eu-west-1"}}}`, ""},
		"of another service":           {`{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"s3:prefix":"x"}}}`, ""},
		"known, and absent":            {`{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"x"}}}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},` + c.statement + `]}`
			l := lab.ForTest(t, lab.Options{})
			t.Cleanup(l.World.Trail.Reset) // it has what the lab cannot serve
			who := user(t, l, "u", policy)
			want(t, "the answer", code(t, kms.NewFromConfig(l.Config(region, who)).ListKeys, &kms.ListKeysInput{}), c.want)
			want(t, "unfaithful", len(l.Unfaithful()) > 0, c.want != "")
		})
	}
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"},
		{"Effect":"Deny","Principal":"*","Action":"kms:Encrypt","Resource":"*","Condition":{"Bool":{"kms:Unheard":"true"}}}]}`
	l := lab.ForTest(t, lab.Options{})
	t.Cleanup(l.World.Trail.Reset) // it has what the lab cannot serve
	k := ok(t, client(l).CreateKey, &kms.CreateKeyInput{Policy: &policy}).KeyMetadata
	want(t, "the answer by a key policy", code(t, client(l).Encrypt, &kms.EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x")}), "NotImplemented")
	want(t, "the answer to what it leaves alone", code(t, client(l).DescribeKey, &kms.DescribeKeyInput{KeyId: k.KeyId}), "")
}

// Whatever is answered that AWS would not answer so is listed.
func TestUnfaithfulOutside(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	t.Cleanup(l.World.Trail.Reset) // it has what the lab cannot serve
	server := httptest.NewServer(l)
	defer server.Close()
	post := func(query string, size int) (int, string) {
		res, err := http.Post(server.URL+"/"+query, "application/x-www-form-urlencoded", bytes.NewReader(make([]byte, size)))
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(body)
	}
	status, body := post("", 11<<20)
	if status != 413 || !strings.Contains(body, "<Code>RequestEntityTooLarge</Code>") {
		t.Errorf("a body too large is answered %d %s", status, body)
	}
	if calls := l.Unfaithful(); len(calls) != 1 {
		t.Errorf("unfaithful are %q", calls)
	}
	l.World.Trail.Reset()
	// A client of one service whose requests are signed for another that the lab
	// does not have.
	other := kms.NewFromConfig(l.Config(region, lab.Root(account)), kms.WithSigV4SigningName("dynamodb"))
	want(t, "the answer of an unknown service", code(t, other.ListKeys, &kms.ListKeysInput{}), "NotImplemented")
	if calls := l.Unfaithful(); len(calls) != 1 || !strings.Contains(calls[0], "dynamodb ListKeys by arn:aws:iam::"+account+":root") {
		t.Errorf("unfaithful are %q", calls)
	}
}

func TestRootAssumesNoRole(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	in := &sts.AssumeRoleInput{RoleArn: new(role(t, l, "r")), RoleSessionName: new("session")}
	_, err := sts.NewFromConfig(l.Config(region, lab.Root(account))).AssumeRole(t.Context(), in)
	if err == nil || !strings.Contains(err.Error(), "AccessDenied: Roles may not be assumed by root accounts.") {
		t.Error(err)
	}
}

func TestSessionTokenSize(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	in := &sts.AssumeRoleInput{RoleArn: new(role(t, l, "r")), RoleSessionName: new("session"), MinimumSessionTokenSize: new(int32(4096))}
	out, err := sts.NewFromConfig(l.Config(region, user(t, l, "u", everything))).AssumeRole(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(*out.Credentials.SessionToken); n < 4096 {
		t.Errorf("the token has %d characters", n)
	}
}

func TestSecretSizeInBytes(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	c := secretsmanager.NewFromConfig(l.Config(region, lab.Root(account)))
	want(t, "the answer to 120,000 bytes", code(t, c.CreateSecret, &secretsmanager.CreateSecretInput{Name: new("s"), SecretString: new(strings.Repeat("€", 40000))}), "ValidationException")
	want(t, "the answer to 65,536 bytes", code(t, c.CreateSecret, &secretsmanager.CreateSecretInput{Name: new("s"), SecretString: new(strings.Repeat("x", 65536))}), "")
}

// Reads and writes of the same key, alias, role and secret, over HTTP: answers
// are written while nobody changes what they show. The race detector judges.
func TestReadsBesideWrites(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	server := httptest.NewServer(l)
	defer server.Close()
	config := l.Config(region, lab.Root(account))
	config.BaseEndpoint, config.HTTPClient = &server.URL, server.Client()
	k, i, s := kms.NewFromConfig(config), iam.NewFromConfig(config), secretsmanager.NewFromConfig(config)
	id := ok(t, k.CreateKey, &kms.CreateKeyInput{}).KeyMetadata.KeyId
	ok(t, k.CreateAlias, &kms.CreateAliasInput{AliasName: new("alias/a"), TargetKeyId: id})
	ok(t, s.CreateSecret, &secretsmanager.CreateSecretInput{Name: new("s"), SecretString: new("v")})
	role(t, l, "r")
	policy := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"` + account + `"},"Action":"kms:*","Resource":"*"}}`
	trust := strings.Replace(strings.Replace(policy, `,"Resource":"*"`, "", 1), "kms:*", "sts:AssumeRole", 1)
	secret := new("s")
	var wg sync.WaitGroup
	for _, do := range []func(n int) error{
		func(n int) error {
			_, err := k.UpdateKeyDescription(t.Context(), &kms.UpdateKeyDescriptionInput{KeyId: id, Description: new(strings.Repeat("d", n))})
			return err
		},
		func(int) error { _, err := k.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: id}); return err },
		func(int) error {
			_, err := k.PutKeyPolicy(t.Context(), &kms.PutKeyPolicyInput{KeyId: id, Policy: &policy})
			return err
		},
		func(int) error { _, err := k.GetKeyPolicy(t.Context(), &kms.GetKeyPolicyInput{KeyId: id}); return err },
		func(int) error {
			_, err := k.UpdateAlias(t.Context(), &kms.UpdateAliasInput{AliasName: new("alias/a"), TargetKeyId: id})
			return err
		},
		func(int) error { _, err := k.ListAliases(t.Context(), &kms.ListAliasesInput{}); return err },
		func(int) error {
			_, err := i.UpdateAssumeRolePolicy(t.Context(), &iam.UpdateAssumeRolePolicyInput{RoleName: new("r"), PolicyDocument: &trust})
			return err
		},
		func(int) error { _, err := i.ListRoles(t.Context(), &iam.ListRolesInput{}); return err },
		func(int) error {
			_, err := s.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: secret, SecretString: new("w")})
			return err
		},
		func(int) error {
			_, err := s.DescribeSecret(t.Context(), &secretsmanager.DescribeSecretInput{SecretId: secret})
			return err
		},
		func(int) error {
			_, err := s.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: secret})
			return err
		},
	} {
		wg.Go(func() {
			for n := range 30 {
				if err := do(n); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}
