// Package rekey_test holds the rules of the house: who may import whom.
package rekey_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// rule forbids packages under one path to import packages under another.
type rule struct {
	from, to string
	except   []string // importing packages that may, and what is under them
	why      string
}

var rules = []rule{
	{"rekey/shared/", "rekey/functions/", nil, "shared/ is what functions stand on"},
	{"rekey/shared/", "rekey/lab", nil, "what ships does not know the lab"},
	{"rekey/shared/", "rekey/infra", nil, "what ships does not know how it is deployed"},
	{"rekey/shared/", "rekey/cmd/", nil, "a package does not know the command"},
	{"rekey/functions/", "rekey/lab", nil, "what ships does not know the lab"},
	{"rekey/functions/", "rekey/infra", nil, "what ships does not know how it is deployed"},
	{"rekey/functions/", "rekey/cmd/", nil, "a function does not know the command"},
	{"rekey/lab", "rekey/functions/", []string{"rekey/lab/conformance"}, "the lab is AWS: it is built from AWS's documentation, not from what the functions need"},
	{"rekey/lab", "rekey/cmd/", nil, "the lab does not know the command"},
	{"rekey/lab/wire", "rekey/lab/", nil, "the protocols know no service"},
	{"rekey/", "github.com/aws/aws-cdk-go", []string{"rekey/infra"}, "only infra/ knows the CDK"},
}

func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(packages) < 10 {
		t.Fatalf("only %d packages were found", len(packages))
	}
	for _, line := range packages {
		names := strings.Fields(line)
		for _, imported := range names[1:] {
			check(t, names[0], imported)
		}
	}
}

func check(t *testing.T, from, to string) {
	for _, r := range rules {
		within := strings.HasPrefix(to, r.from) // a package may import those under it
		excepted := slices.ContainsFunc(r.except, func(p string) bool { return strings.HasPrefix(from, p) })
		if strings.HasPrefix(from, r.from) && strings.HasPrefix(to, r.to) && !within && !excepted {
			t.Errorf("%s imports %s: %s", from, to, r.why)
		}
	}
	a, aok := function(from)
	b, bok := function(to)
	if aok && bok && a != b {
		t.Errorf("%s imports %s: a function imports shared/, never another function", from, to)
	}
}

// function gives the function that a package belongs to.
func function(path string) (string, bool) {
	rest, ok := strings.CutPrefix(path, "rekey/functions/")
	name, _, _ := strings.Cut(rest, "/")
	return name, ok
}

func TestTheRulesBite(t *testing.T) {
	for _, c := range [][2]string{
		{"rekey/shared/keyid", "rekey/functions/decrypt"},
		{"rekey/functions/decrypt", "rekey/lab/kms"},
		{"rekey/functions/decrypt", "rekey/functions/rotate"},
		{"rekey/lab/wire", "rekey/lab/kms"},
		{"rekey/lab/kms", "rekey/functions/decrypt"},
		{"rekey/cmd/rekey", "github.com/aws/aws-cdk-go/awscdk/v2"},
	} {
		inner := &testing.T{}
		if check(inner, c[0], c[1]); !inner.Failed() {
			t.Errorf("%s may import %s", c[0], c[1])
		}
	}
}
