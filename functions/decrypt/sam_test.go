//go:build sam

package decrypt_test

import (
	"crypto/ecdh"
	"encoding/hex"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"rekey/events"
	"rekey/functions/decrypt"
	"rekey/lab"
	"rekey/lab/cloudformation"
	"rekey/lab/samlocal"
	"rekey/shared/keypolicy"
)

// outcome is what an event has to come to: a value or "!class" for each item, or
// the type of the error that it is refused with.
type outcome struct {
	items   []string
	refused string
}

// outcomes are those of the sample events, where the secret prod/db and the
// parameter /prod/db are as onStage makes them. They hold placeholders for
// ciphertexts, and the default configuration allows no objects in S3.
var outcomes = map[string]outcome{
	"one.json":        {items: []string{"canary-password"}},
	"many.json":       {items: []string{"shop", "canary-password", "!contextMismatch", "!malformed"}},
	"sealed.json":     {items: []string{"canary-password"}},
	"parameters.json": {items: []string{"newer", "shop", "!notFound"}},
	"object.json":     {items: []string{"!notAllowed"}},
	"refused.json":    {refused: "BadRequest"},
}

// onStage deploys the stacks into a lab, and makes what the samples ask for.
func onStage(t *testing.T) *scene {
	t.Helper()
	l := lab.ForTest(t, lab.Options{WallClock: true, Speed: 1000})
	s := &scene{t: t, lab: l, root: l.Config(region, lab.Root(own))}
	// The lab's Lambda takes functions of this machine's architecture alone.
	machine := map[string]string{"amd64": "x86_64", "arm64": "arm64"}[runtime.GOARCH]
	stacks := ok[map[string]*cloudformation.Stack](t)(samlocal.Deploy(t.Context(), l, assembly(machine), own, region))
	s.key = stacks["RekeyDecrypt"].Outputs["KeyArn"]
	s.letEncrypt()
	ok[*secretsmanager.CreateSecretOutput](t)(secretsmanager.NewFromConfig(s.root).CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{
		Name: aws.String("prod/db"), SecretString: aws.String(`{"user":"shop","password":"canary-password"}`)}))
	for _, user := range []string{"shop", "newer"} {
		s.parameter("/prod/db", `{"user":"`+user+`"}`, "alias/aws/ssm")
	}
	return s
}

func assembly(arch string) string { return filepath.Join("../../dist/cdk", arch) }

// letEncrypt has the stack's key take the root user's encryptions: its own policy
// lets nobody encrypt whom the configuration does not name.
func (s *scene) letEncrypt() {
	s.t.Helper()
	client := kms.NewFromConfig(s.root)
	out := ok[*kms.GetKeyPolicyOutput](s.t)(client.GetKeyPolicy(s.t.Context(), &kms.GetKeyPolicyInput{KeyId: &s.key}))
	more := `"Statement":[{"Sid":"Sets","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + string(own) + `:root"},"Action":["kms:Encrypt","kms:GenerateDataKey"],"Resource":"*"},`
	policy := strings.Replace(*out.Policy, `"Statement":[`, more, 1)
	ok[*kms.PutKeyPolicyOutput](s.t)(client.PutKeyPolicy(s.t.Context(), &kms.PutKeyPolicyInput{KeyId: &s.key, Policy: &policy}))
}

// Every sample event, and one with real ciphertexts, each by sam local invoke and
// by sam local start-lambda: what is answered is what is in the lab.
func TestSAM(t *testing.T) {
	setup := ok[samlocal.Setup](t)(samlocal.FromEnvironment(os.Getenv))
	s := onStage(t)
	samples := ok[map[string][]byte](t)(events.Of("decrypt"))
	want := maps.Clone(outcomes)
	samples["ciphertexts"], want["ciphertexts"] = s.ciphertexts()
	if got, told := slices.Sorted(maps.Keys(samples)), slices.Sorted(maps.Keys(want)); !slices.Equal(got, told) {
		t.Fatalf("the samples are %q, and outcomes are told for %q", got, told)
	}
	f := ok[*samlocal.Both](t)(setup.Both(t.Context(), s.lab, samlocal.Deployed{
		Template: filepath.Join(assembly(setup.Arch), "RekeyDecrypt.template.json"), Name: "rekey-decrypt", Config: s.root}))
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Run("events", func(t *testing.T) { // until all have ended
		for name, event := range samples {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				var last samlocal.Run
				for _, last = range ok[[]samlocal.Run](t)(f.Runs(t.Context(), event)) {
					if got, want := outcomeOf(t, event, last.Payload), want[name]; got.refused != want.refused || !slices.Equal(got.items, want.items) {
						t.Errorf("%s: %+v, want %+v: %s", last.By, got, want, last.Payload)
					}
				}
				if (last.FunctionError != "") != (want[name].refused != "") {
					t.Errorf("%s: X-Amz-Function-Error: %q", last.By, last.FunctionError)
				}
			})
		}
	})
	s.checkCalls(f.Function)
}

// ciphertexts is an event with secrets under the stack's key.
func (s *scene) ciphertexts() ([]byte, outcome) {
	s.t.Helper()
	app := map[string]string{"app": "shop"}
	return ok[[]byte](s.t)(json.Marshal(decrypt.Request{Items: []decrypt.Item{
		{ID: "raw", Reference: s.encrypted(s.root, s.key, "canary-raw", app), Context: app},
		{ID: "bare", Reference: s.encrypted(s.root, s.key, "canary-bare", app)},
		{ID: "message", Reference: s.sealed(s.key, "canary-sealed", app), Context: app},
	}})), outcome{items: []string{"canary-raw", "!contextMismatch", "canary-sealed"}}
}

// alice is the private key to the samples' publicKey (RFC 7748, section 6.1).
const alice = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"

// outcomeOf reads an answer, and opens what is sealed in it.
func outcomeOf(t *testing.T, event, payload []byte) outcome {
	t.Helper()
	var answer struct {
		decrypt.Response
		ErrorType string `json:"errorType"`
	}
	if err := json.Unmarshal(payload, &answer); err != nil {
		t.Fatalf("%s: %v", payload, err)
	}
	if answer.ErrorType != "" {
		return outcome{refused: answer.ErrorType}
	}
	request := ok[decrypt.Request](t)(decrypt.ParseRequest(event))
	private := ok[*ecdh.PrivateKey](t)(ecdh.X25519().NewPrivateKey(ok[[]byte](t)(hex.DecodeString(alice))))
	var got outcome
	for i, a := range answer.Items {
		switch {
		case a.Error != nil:
			got.items = append(got.items, "!"+string(a.Error.Class))
		case a.Sealed != nil:
			got.items = append(got.items, string(ok[[]byte](t)(decrypt.Unseal(private.Bytes(), request.Items[i], a.Sealed))))
		case a.Value != nil && request.PublicKey == nil:
			got.items = append(got.items, *a.Value)
		default:
			t.Errorf("item %d: %+v", i, a)
		}
	}
	return got
}

// checkCalls holds the function to its role: it called as the role's session, and
// nothing that it asked for was denied.
func (s *scene) checkCalls(f *samlocal.Function) {
	s.t.Helper()
	called := map[string]bool{}
	for _, e := range f.Calls() {
		called[e.Service] = true
		for _, d := range e.Decisions {
			if d.Effect != keypolicy.Allowed {
				s.t.Errorf("%s %s: %s on %s: %s", e.Service, e.Operation, d.Action, d.Resource, d.Reason)
			}
		}
	}
	for _, service := range []string{"kms", "secretsmanager", "ssm"} {
		if !called[service] {
			s.t.Errorf("the role's session did not call %s", service)
		}
	}
}
