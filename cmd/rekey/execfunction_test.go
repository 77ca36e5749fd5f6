package main

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"rekey/lab"
	"rekey/lab/lambda"
	"rekey/lab/world"
	"rekey/shared/keyid"
)

// decryptFunction installs the decrypt function, its real bootstrap, under a
// role that may read the secrets of a served lab; env is added to its own.
func (s served) decryptFunction(t testing.TB, env map[string]string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bootstrap")
	build := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", path, "rekey/functions/decrypt/lambda")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	role := s.functionRole(t)
	s.lab.Lambda.Endpoint = s.variable("AWS_ENDPOINT_URL")
	s.install(t, lambda.Function{Name: "decrypt", Bootstrap: path, Role: role, Env: env, Timeout: 10e9})
	t.Cleanup(s.lab.Lambda.Close)
}

func (s served) install(t testing.TB, f lambda.Function) {
	t.Helper()
	f.Account, f.Region = keyid.Account("111122223333"), "eu-west-1"
	if _, err := s.lab.Lambda.Install(f); err != nil {
		t.Fatal(err)
	}
}

func (s served) functionRole(t testing.TB) string {
	t.Helper()
	client := iam.NewFromConfig(s.lab.Config("eu-west-1", lab.Root("111122223333")))
	trust := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}}`
	made, err := client.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: new("decrypt"), AssumeRolePolicyDocument: &trust})
	if err == nil {
		policy := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["secretsmanager:GetSecretValue","secretsmanager:BatchGetSecretValue"],"Resource":"*"}}`
		_, err = client.PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{RoleName: new("decrypt"), PolicyName: new("p"), PolicyDocument: &policy})
	}
	if err != nil {
		t.Fatal(err)
	}
	return *made.Role.Arn
}

// variable gives one of the served environment.
func (s served) variable(name string) string {
	for _, pair := range s.env {
		if value, ok := strings.CutPrefix(pair, name+"="); ok {
			return value
		}
	}
	return ""
}

// The values come from the function, and the caller needs no other permission
// than to invoke it.
func TestExecByFunction(t *testing.T) {
	s := serve(t, lab.Options{})
	s.decryptFunction(t, map[string]string{"REKEY_ALLOWED_REFERENCES": "sm://app/*"})
	s.env = s.asUser(t, "invoker", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"lambda:InvokeFunction","Resource":"*"}}`)
	s.lab.World.Trail.Reset()
	for _, name := range []string{"decrypt", "arn:aws:lambda:eu-west-1:111122223333:function:decrypt"} {
		stdout, stderr, code := output(t, s.command(t, "exec", "--function", name, "--", "sh", "-c", `echo "$V0 $V19"`))
		if stdout != "canary-0 canary-19\n" || stderr != "" || code != 0 {
			t.Errorf("%s: %q, %q, exit code %d", name, stdout, stderr, code)
		}
	}
	for _, e := range s.lab.World.Trail.Entries() {
		if strings.Contains(e.Caller.ARN(), "invoker") && e.Operation != "Invoke" {
			t.Errorf("the caller itself called %s", e.Operation)
		}
	}
	s.env = append(s.env, "BAD=sm://other", "REKEY_FUNCTION=decrypt")
	_, stderr, code := output(t, s.command(t, "exec", "--", "true"))
	if code != 1 || !strings.Contains(stderr, "BAD: notAllowed") || !strings.Contains(stderr, "1 of 21") {
		t.Errorf("a secret that the function does not give: %q, exit code %d", stderr, code)
	}
}

// asUser gives the served environment with the credentials of a new user.
func (s served) asUser(t testing.TB, name, policy string) []string {
	t.Helper()
	client := iam.NewFromConfig(s.lab.Config("eu-west-1", lab.Root("111122223333")))
	_, err := client.CreateUser(t.Context(), &iam.CreateUserInput{UserName: &name})
	if err == nil {
		_, err = client.PutUserPolicy(t.Context(), &iam.PutUserPolicyInput{UserName: &name, PolicyName: new("p"), PolicyDocument: &policy})
	}
	var k *iam.CreateAccessKeyOutput
	if err == nil {
		k, err = client.CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{UserName: &name})
	}
	if err != nil {
		t.Fatal(err)
	}
	return append(append([]string{}, s.env...), "AWS_ACCESS_KEY_ID="+*k.AccessKey.AccessKeyId, "AWS_SECRET_ACCESS_KEY="+*k.AccessKey.SecretAccessKey)
}

// Whatever another function answers, nothing is started with it.
func TestExecByAnotherFunction(t *testing.T) {
	s := serve(t, lab.Options{})
	role := s.functionRole(t)
	answers := map[string]string{
		"plain":   `{"items":[{"id":"V","value":"canary"}]}`,
		"foreign": `{"items":[{"id":"V","sealed":"AAAA"}]}`,
		"nobody":  `{"items":[{"id":"W","sealed":"AAAA"}]}`,
		"few":     `{"items":[]}`,
		"other":   `"canary"`,
	}
	want := map[string]string{
		"plain": "did not seal", "foreign": "not sealed to this request", "nobody": `answered to "W"`, "few": "0 of 1 items",
		"other": "not that of a decrypt function", "failing": "it failed: errorString: on purpose", "none": "Function not found: arn:aws:lambda:eu-west-1:111122223333:function:none",
		"arn:aws:lambda:mars:1:x": "begins like an ARN",
	}
	for name, answer := range answers {
		s.install(t, lambda.Function{Name: name, Role: role, Run: func(context.Context, world.AccessKey, []byte) ([]byte, error) { return []byte(answer), nil }})
	}
	s.install(t, lambda.Function{Name: "failing", Role: role, Run: func(context.Context, world.AccessKey, []byte) ([]byte, error) {
		return nil, fmt.Errorf("on purpose")
	}})
	for name, told := range want {
		run := served{lab: s.lab, env: append(s.env[:6:6], "V=sm://app/00")}
		stdout, stderr, code := output(t, run.command(t, "exec", "--function", name, "--", "echo", "started"))
		if stdout != "" || code == 0 || !strings.Contains(stderr, told) || strings.Contains(stderr, "canary") {
			t.Errorf("%s: %q, %q, exit code %d", name, stdout, stderr, code)
		}
	}
}

// The layer's wrapper script starts a runtime with the values in its
// environment.
func TestLayer(t *testing.T) {
	s := serve(t, lab.Options{})
	rekey, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	archive := filepath.Join(dir, "layer.zip")
	if out, err := exec.Command("../../scripts/layer", archive, rekey, "../../functions/decrypt/layer/rekey-exec").CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	unpack(t, archive, dir)
	cmd := exec.Command(filepath.Join(dir, "rekey-exec"), "python3", "-c", "import os; print(os.environ['V0'], os.environ['PLAIN'])")
	cmd.Env = append(s.env, "PLAIN=text")
	if stdout, stderr, code := output(t, cmd); stdout != "canary-0 text\n" || stderr != "" || code != 0 {
		t.Errorf("%q, %q, exit code %d", stdout, stderr, code)
	}
	cmd = exec.Command(filepath.Join(dir, "rekey-exec"), "echo", "started")
	cmd.Env = append(s.env, "BAD=sm://none")
	if stdout, stderr, code := output(t, cmd); stdout != "" || !strings.Contains(stderr, "BAD: notFound") || code != 1 {
		t.Errorf("a secret that is not: %q, %q, exit code %d", stdout, stderr, code)
	}
}

// unpack does what Lambda does with a layer: names and modes as they are.
func unpack(t testing.TB, archive, dir string) {
	t.Helper()
	r, err := zip.OpenReader(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, f := range r.File {
		from, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(from)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, f.Mode()); err != nil {
			t.Fatal(err)
		}
	}
}
