package decrypt_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"rekey/functions/decrypt"
	"rekey/lab"
	"rekey/lab/samlocal"
	"rekey/shared/keyid"
)

// The templates in two accounts of one lab: the function of the one decrypts what
// is under the key of the other when both of them allow it, and not before.
func TestTwoAccounts(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	server := httptest.NewServer(l.Loopback())
	t.Cleanup(server.Close)
	l.Lambda.Endpoint = server.URL
	here, there := deployIn(t, l, own), deployIn(t, l, other)
	l.World.Advance(time.Minute) // functions are made by then

	// Somebody there encrypts, whom their key policy gets to know for the moment.
	theirs := kms.NewFromConfig(there.root)
	policy := *ok[*kms.GetKeyPolicyOutput](t)(theirs.GetKeyPolicy(t.Context(), &kms.GetKeyPolicyInput{KeyId: &there.key})).Policy
	put := func(statements ...string) {
		t.Helper()
		document := strings.Replace(policy, `"Statement":[`, `"Statement":[`+strings.Join(append(statements, ""), ","), 1)
		ok[*kms.PutKeyPolicyOutput](t)(theirs.PutKeyPolicy(t.Context(), &kms.PutKeyPolicyInput{KeyId: &there.key, Policy: &document}))
	}
	put(fmt.Sprintf(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%s:root"},"Action":"kms:Encrypt","Resource":"*"}`, other))
	out := ok[*kms.EncryptOutput](t)(theirs.Encrypt(t.Context(), &kms.EncryptInput{KeyId: &there.key, Plaintext: []byte("shared")}))
	item := decrypt.Item{Reference: "kms://" + base64.StdEncoding.EncodeToString(out.CiphertextBlob)}
	put()

	if got := here.ask(t, item); got != "!notAllowed" {
		t.Errorf("a key that the function was not configured for: %s", got)
	}
	here.configure(t, there.key)
	l.World.Advance(time.Minute)
	bothSides(t, item, here, there, put)
}

// bothSides has each of the two accounts allow it alone, and then both.
func bothSides(t *testing.T, item decrypt.Item, here, there home, put func(...string)) {
	t.Helper()
	theyAllow := fmt.Sprintf(`{"Effect":"Allow","Principal":{"AWS":%q},"Action":"kms:Decrypt","Resource":"*"}`, here.role)
	weAllow := fmt.Sprintf(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:Decrypt","Resource":%q}}`, there.key)
	client := iam.NewFromConfig(here.root)
	name := here.role[strings.LastIndex(here.role, "/")+1:]
	for _, c := range []struct {
		we, they bool
		want     string
	}{{false, false, "!denied"}, {true, false, "!denied"}, {false, true, "!denied"}, {true, true, "shared"}, {true, false, "!denied"}} {
		put()
		if c.they {
			put(theyAllow)
		}
		if c.we {
			ok[*iam.PutRolePolicyOutput](t)(client.PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{RoleName: &name, PolicyName: aws.String("Far"), PolicyDocument: &weAllow}))
		} else if out := ok[*iam.ListRolePoliciesOutput](t)(client.ListRolePolicies(t.Context(), &iam.ListRolePoliciesInput{RoleName: &name})); len(out.PolicyNames) > 1 {
			ok[*iam.DeleteRolePolicyOutput](t)(client.DeleteRolePolicy(t.Context(), &iam.DeleteRolePolicyInput{RoleName: &name, PolicyName: aws.String("Far")}))
		}
		if got := here.ask(t, item); got != c.want {
			t.Errorf("we allow it %t, they %t: %s, not %s", c.we, c.they, got, c.want)
		}
	}
}

// home is an account with the stacks in it.
type home struct {
	root      aws.Config
	key, role string
}

func deployIn(t *testing.T, l *lab.Lab, account keyid.Account) home {
	t.Helper()
	arch := map[string]string{"amd64": "x86_64", "arm64": "arm64"}[runtime.GOARCH]
	stacks, err := samlocal.Deploy(t.Context(), l, filepath.Join("..", "..", "dist", "cdk", arch), account, region)
	if err != nil {
		t.Fatalf("run make synth: %v", err)
	}
	h := home{root: l.Config(region, lab.Root(account)), key: stacks[stack].Outputs["KeyArn"], role: stacks[stack].Outputs["FunctionRole"]}
	h.root.BaseEndpoint = aws.String(lab.SecureEndpoint)
	return h
}

// configure lets the function take items under another key too.
func (h home) configure(t *testing.T, key string) {
	t.Helper()
	client := lambda.NewFromConfig(h.root)
	c := ok[*lambda.GetFunctionConfigurationOutput](t)(client.GetFunctionConfiguration(t.Context(), &lambda.GetFunctionConfigurationInput{FunctionName: aws.String("rekey-decrypt")}))
	c.Environment.Variables[decrypt.EnvKeys] += " " + key
	ok[*lambda.UpdateFunctionConfigurationOutput](t)(client.UpdateFunctionConfiguration(t.Context(), &lambda.UpdateFunctionConfigurationInput{
		FunctionName: c.FunctionName, Environment: &lambdatypes.Environment{Variables: c.Environment.Variables},
	}))
}

// ask gives what the function answers to one item.
func (h home) ask(t *testing.T, item decrypt.Item) string {
	t.Helper()
	event := ok[[]byte](t)(json.Marshal(decrypt.Request{Items: []decrypt.Item{item}}))
	out := ok[*lambda.InvokeOutput](t)(lambda.NewFromConfig(h.root).Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("rekey-decrypt"), Payload: event}))
	var answer decrypt.Response
	if err := json.Unmarshal(out.Payload, &answer); err != nil || len(answer.Items) != 1 {
		t.Fatalf("%s: %v", out.Payload, err)
	}
	if e := answer.Items[0].Error; e != nil {
		return "!" + string(e.Class)
	}
	return *answer.Items[0].Value
}
