package cloudformation_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"rekey/lab/cloudformation"
	"rekey/shared/keyid"
)

// synthesised gives an assembly of the suite's own stacks.
func synthesised(b *bench, name string) *cloudformation.Assembly {
	b.Helper()
	dir := filepath.Join("..", "..", "dist", "cdk", name)
	if _, err := os.Stat(filepath.Join(dir, "manifest.json")); err != nil {
		b.Fatalf("there is no assembly: run make synth: %v", err)
	}
	return b.assembly(dir)
}

// The suite's own stacks for this machine, in two accounts of one lab.
func TestSynthesised(t *testing.T) {
	b := newBench(t)
	a := synthesised(b, map[string]string{"amd64": "x86_64", "arm64": "arm64"}[runtime.GOARCH])
	for _, account := range []keyid.Account{"111122223333", "444455556666"} {
		functions := deployAll(b, a, account)
		if functions == 0 {
			t.Error("the stacks have no function")
		}
	}
}

// So too those of a configuration that has everything; the roles that it names
// must be there before, as KMS looks for the principals of a key policy.
func TestSynthesisedComplete(t *testing.T) {
	b := newBench(t)
	b.deploy("People", resources(`{
		"A": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "KeyAdministrator", "AssumeRolePolicyDocument": `+trust+`}},
		"U": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "KeyUser", "AssumeRolePolicyDocument": `+trust+`}}}`))
	deployAll(b, synthesised(b, "complete"), account)
}

// deployAll deploys an assembly, and sees that its functions' code runs: an empty
// event is none that a function takes, so it says so.
func deployAll(b *bench, a *cloudformation.Assembly, account keyid.Account) (functions int) {
	b.Helper()
	d := b.deployer(account, region)
	if err := d.Bootstrap(b.Context()); err != nil {
		b.Fatal(err)
	}
	c := lambda.NewFromConfig(b.secure(account, region))
	for _, t := range a.Stacks() {
		s, err := d.Deploy(b.Context(), t, nil)
		if err != nil {
			b.Fatal(err)
		}
		for name, v := range s.Outputs {
			if strings.HasPrefix(v, "arn:") && !strings.Contains(v, ":"+string(account)+":") {
				b.Errorf("%s is %s, of another account than %s", name, v, account)
			}
		}
		for _, id := range s.Resources("AWS::Lambda::Function") {
			functions++
			out := got(b, c.Invoke, &lambda.InvokeInput{FunctionName: new(s.Physical(id)), Payload: []byte(`{}`)})
			if out.FunctionError == nil || !strings.Contains(string(out.Payload), "errorMessage") {
				b.Errorf("%s takes an empty event: %s", id, out.Payload)
			}
		}
	}
	return functions
}
