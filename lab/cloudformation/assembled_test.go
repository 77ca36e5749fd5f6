package cloudformation_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"rekey/lab/cloudformation"
	"rekey/shared/keyid"
)

// machine gives the assembly that was synthesised for this machine.
func machine(t *testing.T) string {
	t.Helper()
	arch := map[string]string{"amd64": "x86_64", "arm64": "arm64"}[runtime.GOARCH]
	dir := filepath.Join("..", "..", "dist", "cdk", arch)
	if _, err := os.Stat(filepath.Join(dir, "manifest.json")); err != nil {
		t.Fatalf("there is no assembly for this machine: run make synth: %v", err)
	}
	return dir
}

// The suite's own stacks, in two accounts of one lab.
func TestSynthesised(t *testing.T) {
	b := newBench(t)
	a, err := cloudformation.ReadAssembly(machine(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, account := range []keyid.Account{"111122223333", "444455556666"} {
		d := b.deployer(account, region)
		if err := d.Bootstrap(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, template := range a.Stacks() {
			s, err := d.Deploy(t.Context(), template, nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Log(s.ID, s.Outputs)
		}
	}
}
