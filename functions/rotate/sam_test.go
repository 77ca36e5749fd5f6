//go:build sam

package rotate_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"rekey/events"
	"rekey/functions/rotate"
	"rekey/lab"
	"rekey/lab/samlocal"
	"rekey/shared/keypolicy"
)

// samOutcome is what a sample has to come to where alias/app is at a key that is due,
// no other key of the samples is there, and the function only plans.
func samOutcome(name string) string {
	switch {
	case strings.HasPrefix(name, "refused-"):
		return "BadRequest"
	case name == "foreign-region.json":
		return "ForeignKey"
	case name == "call-failed.json":
		return "ignored"
	case name == "scheduled.json", name == "request-sweep.json":
		return "sweep"
	case name == "request-plan.json":
		return "!NoKey due"
	case name == "request-rollback.json", strings.HasPrefix(name, "request-apply"):
		return "PlansOnly" // as cdk.json has it
	}
	return "!NoKey"
}

// Every sample event by sam local start-lambda, and the requests by sam local invoke
// too: the function is configured as cdk.json has it, so that it only tells.
func TestSAM(t *testing.T) {
	setup, err := samlocal.FromEnvironment(os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	l := lab.ForTest(t, lab.Options{WallClock: true, Speed: 1000})
	assembly := func(arch string) string { return filepath.Join("..", "..", "dist", "cdk", arch) }
	// The lab's Lambda takes functions of this machine's architecture alone.
	machine := map[string]string{"amd64": "x86_64", "arm64": "arm64"}[runtime.GOARCH]
	if _, err := samlocal.Deploy(t.Context(), l, assembly(machine), siteAccount, siteRegion); err != nil {
		t.Fatal(err)
	}
	root := l.Config(siteRegion, lab.Root(siteAccount))
	client := kms.NewFromConfig(root)
	key, err := client.CreateKey(t.Context(), &kms.CreateKeyInput{Tags: siteTags{rotate.TagRotate: "on"}.tags()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.CreateAlias(t.Context(), &kms.CreateAliasInput{AliasName: aws.String("alias/app"), TargetKeyId: key.KeyMetadata.KeyId}); err != nil {
		t.Fatal(err)
	}
	samples, err := events.Of("rotate")
	if err != nil {
		t.Fatal(err)
	}
	f, err := setup.Both(t.Context(), l, samlocal.Deployed{
		Template: filepath.Join(assembly(setup.Arch), "RekeyRotate.template.json"), Name: functionName, Config: root})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Run("events", func(t *testing.T) { // until all have ended
		for name, event := range samples {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				var runs []samlocal.Run
				var err error
				if strings.HasPrefix(name, "request-") {
					runs, err = f.Runs(t.Context(), event)
				} else {
					runs = []samlocal.Run{{By: "sam local start-lambda"}}
					runs[0].Answer, err = f.Served(t.Context(), event)
				}
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range runs {
					if got, want := samAnswer(t, r.Payload), samOutcome(name); got != want {
						t.Errorf("%s: %q, want %q: %s", r.By, got, want, r.Payload)
					}
				}
			})
		}
	})
	samCalls(t, f.Function)
}

// samAnswer reads an answer: what became of each key, or of the event.
func samAnswer(t *testing.T, payload []byte) string {
	t.Helper()
	var answer struct {
		rotate.Answer
		ErrorType string `json:"errorType"`
	}
	if err := json.Unmarshal(payload, &answer); err != nil {
		t.Fatalf("%s: %v", payload, err)
	}
	switch {
	case answer.ErrorType != "":
		return answer.ErrorType
	case answer.Ignored != "":
		return "ignored"
	case answer.Sweep != nil:
		return "sweep"
	}
	var keys []string
	for _, k := range answer.Keys {
		switch {
		case k.Error != nil:
			keys = append(keys, "!"+k.Error.Type)
		case k.Plan != nil:
			keys = append(keys, string(k.Plan.Outcome))
		default:
			keys = append(keys, "?")
		}
	}
	return strings.Join(keys, " ")
}

// samCalls holds the function to its role: it called as the role's session, and
// nothing that it asked for was denied.
func samCalls(t *testing.T, f *samlocal.Function) {
	t.Helper()
	var called []string
	for _, e := range f.Calls() {
		called = append(called, e.Service)
		for _, d := range e.Decisions {
			if d.Effect != keypolicy.Allowed {
				t.Errorf("%s %s: %s on %s: %s", e.Service, e.Operation, d.Action, d.Resource, d.Reason)
			}
		}
	}
	for _, service := range []string{"kms", "s3", "sns"} {
		if !slices.Contains(called, service) {
			t.Errorf("the role's session did not call %s", service)
		}
	}
}
