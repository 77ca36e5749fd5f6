package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// documentedCase is a line of testdata/policy/cases.jsonl: a case, the answer
// that AWS documents, and the page that does.
type documentedCase struct {
	ID     string `json:"id"`
	Expect string `json:"expect"`
	Page   string `json:"page"`
}

func TestDocumentedPolicyCases(t *testing.T) {
	file, err := os.ReadFile(filepath.Join("testdata", "policy", "cases.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []documentedCase
	var asked bytes.Buffer
	for line := range bytes.Lines(file) {
		var c documentedCase
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(line, &fields); err != nil {
			t.Fatal(err)
		}
		if c.Page == "" {
			t.Errorf("%s: no page", c.ID)
		}
		delete(fields, "expect")
		delete(fields, "page")
		b, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		asked.Write(append(b, '\n'))
		cases = append(cases, c)
	}
	code, stdout, stderr := simulate(t, asked.String())
	if code != exitDone || stderr != "" {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	answers := strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
	if len(answers) != len(cases) {
		t.Fatalf("%d answers to %d cases", len(answers), len(cases))
	}
	seen := map[string]bool{}
	for i, c := range cases {
		if want := c.ID + "\t" + c.Expect; answers[i] != want {
			t.Errorf("%q, want %q (%s)", answers[i], want, c.Page)
		}
		if seen[c.ID] {
			t.Errorf("%s: twice", c.ID)
		}
		seen[c.ID] = true
	}
	t.Logf("%d cases", len(cases))
}

// What cannot be decided has no line of output, and does not stop the rest.
func TestPolicyBatchFailures(t *testing.T) {
	const (
		good = `{"id":1,"principal":"arn:aws:iam::111122223333:root","action":"s3:GetObject","resource":"arn:aws:s3:::b/k","resourceAccount":"111122223333"}`
		also = `{"id":"2","principal":"lambda.amazonaws.com","principalAccount":null,"action":"kms:Decrypt","resource":"arn:aws:kms:eu-west-1:111122223333:key/1","context":null,"resourcePolicy":null}`
	)
	change := func(from, to string) string { return strings.Replace(good, from, to, 1) }
	for _, c := range []struct{ line, says string }{
		{"{", "line 2: not a case"},
		{good + "{}", "after its closing brace"},
		{change(`"id":1,`, ``), "its id"},
		{change(`"id":1,`, `"id":"a\tb",`), "its id"},
		{change(`"id":1,`, `"id":"x","sid":1,`), `line 2: x: not a case: json: unknown field "sid"`},
		{change(`"action":"s3:GetObject",`, ``), "are needed"},
		{change(`s3:GetObject`, `GetObject`), `"GetObject" is not an action`},
		{change(`arn:aws:iam::111122223333:root`, `alice`), `"alice"`},
		{change(`"action"`, `"principalAccount":"444455556666","action"`), "not of account 444455556666"},
		{change(`"resourceAccount":"111122223333"`, `"resourceAccount":null`), "the resource's account"},
		{change(`"action"`, `"context":{"a:b":{}},"action"`), "a string, a number or a Boolean"},
		{change(`"action"`, `"context":{"a:b":[null]},"action"`), "a string, a number or a Boolean"},
		{change(`"action"`, `"identityPolicies":[{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}],"action"`), "cannot have its own identity policy"},
		{change(`"action"`, `"scps":[[{"Statement":1}]],"action"`), "scps[0][0]: malformed policy"},
		{change(`"action"`, `"scps":[[3]],"action"`), "a policy is an object"},
		{change(`"action"`, `"resourcePolicy":"{","action"`), "resourcePolicy[0]: malformed policy"},
		{change(`"action"`, `"resourcePolicy":{"Statement":{"Effect":"Allow","Principal":{"CanonicalUser":"79a5"},"Action":"*","Resource":"*"}},"action"`), "CanonicalUser 79a5"},
	} {
		code, stdout, stderr := simulate(t, good+"\n"+c.line+"\n\n"+also)
		if code != exitPartly || stdout != "1\tAllowed\n2\tImplicitlyDenied\n" || !strings.Contains(stderr, c.says) {
			t.Errorf("%s:\n%d, %q, %q; want %q", c.line, code, stdout, stderr, c.says)
		}
	}
	const public = `{"id":"3","principal":"anonymous","principalAccount":null,"action":"s3:GetObject","resource":"arn:aws:s3:::b/k","resourceAccount":"111122223333",` +
		`"resourcePolicy":{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}}}`
	if code, stdout, stderr := simulate(t, public); code != exitDone || stdout != "3\tAllowed\n" {
		t.Errorf("anonymous: %d, %q, %q", code, stdout, stderr)
	}
	if code, stdout, _ := simulate(t, "{\n[]\n"); code != exitFailed || stdout != "" {
		t.Errorf("all fail: %d, %q", code, stdout)
	}
	if code, stdout, stderr := simulate(t, ""); code != exitDone || stdout+stderr != "" {
		t.Errorf("no case: %d, %q, %q", code, stdout, stderr)
	}
}

// FuzzPolicyCase holds a line of a batch to an answer or an error.
func FuzzPolicyCase(f *testing.F) {
	file, err := os.ReadFile(filepath.Join("testdata", "policy", "cases.jsonl"))
	if err != nil {
		f.Fatal(err)
	}
	for i, line := range bytes.Split(file, []byte("\n")) {
		if i%20 == 0 {
			if at := bytes.Index(line, []byte(`,"expect"`)); at >= 0 {
				f.Add(append(bytes.Clone(line[:at]), '}'))
			}
		}
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		p, err := parsePolicyCase(line)
		if err != nil {
			return
		}
		if d, err := p.decide(); (err == nil) == (effectNames[d.Effect] == "") {
			t.Errorf("%+v, %v", d, err)
		}
	})
}

// simulate runs rekey policy simulate on a batch.
func simulate(t *testing.T, lines string) (code int, stdout, stderr string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cases.jsonl")
	if err := os.WriteFile(path, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	code = run(t.Context(), []string{"policy", "simulate", "--batch", path}, &app{stdout: &out, stderr: &errs})
	return code, out.String(), errs.String()
}
