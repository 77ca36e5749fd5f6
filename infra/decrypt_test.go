package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	"rekey/infra/config"
	"rekey/lab/leastprivilege"
)

// The role may do what the allowed references need, and where there are none of a
// kind, nothing for it.
func TestGrantsFollowTheReferences(t *testing.T) {
	const common = `"keys":["arn:aws:kms:eu-west-1:444455556666:key/00000000-0000-4000-8000-00000000000a"],"storageKeys":["arn:aws:kms:eu-west-1:444455556666:key/00000000-0000-4000-8000-00000000000b"]`
	all := []string{"Ciphertexts", "FunctionDecrypts", "Objects", "Parameters", "SecretBatches", "Secrets", "Storage"}
	cases := map[string][]string{
		``:                           nil,
		`"sm://prod/*","ssm://flag"`: {"Parameters", "SecretBatches", "Secrets", "Storage"},
		`"kms://*"`:                  {"Ciphertexts", "FunctionDecrypts"},
		`"envelope+s3://box/*","sm://a","ssm://a"`: all,
	}
	stages := slices.Sorted(maps.Keys(cases))
	dir := synthesised(t, config.Config{}, func(app awscdk.App) {
		for i, references := range stages {
			c, err := config.Parse([]byte(`{"decrypt":{"references":[`+references+`],`+common+`}}`), thisMachine())
			if err != nil {
				t.Fatal(err)
			}
			addStacks(awscdk.NewStage(app, new(fmt.Sprintf("Stage%d", i)), nil), c, distOf(c), nil)
		}
	})
	for i, references := range stages {
		var got []string
		for _, s := range statementsOf(t, "RekeyDecrypt", fmt.Sprintf("%s/assembly-Stage%d/Stage%[2]dRekeyDecrypt*.template.json", dir, i)) {
			if slices.Contains(all, s) {
				got = append(got, s)
			}
		}
		if slices.Sort(got); !slices.Equal(got, cases[references]) {
			t.Errorf("[%s] gives %q, not %q", references, got, cases[references])
		}
	}
}

// A role of a service may have the name of any other part of the stack.
func TestRolesHaveNamesOfTheirOwn(t *testing.T) {
	synthesised(t, config.Config{}, func(app awscdk.App) {
		for i, name := range []string{"Function", "Key", "Layer", "Role", "Failures", "KeyAlias"} {
			c, err := config.Parse([]byte(`{"decrypt":{"roles":[{"name":"`+name+`","service":"ec2.amazonaws.com"}]}}`), thisMachine())
			if err != nil {
				t.Fatal(err)
			}
			addStacks(awscdk.NewStage(app, new(fmt.Sprintf("Stage%d", i)), nil), c, distOf(c), nil)
		}
	})
}

// statementsOf gives the names of the statements of the one template of a stack that a
// pattern of files matches.
func statementsOf(t *testing.T, stack, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) != 1 {
		t.Fatalf("%s: %q, %v", pattern, files, err)
	}
	statements, err := leastprivilege.StatementsOf(stack, template(t, files[0]))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range statements {
		names = append(names, s.Name)
	}
	return names
}

// template reads a template.
func template(t *testing.T, file string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var document map[string]any
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	return document
}
