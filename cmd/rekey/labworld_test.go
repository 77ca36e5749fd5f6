package main

import (
	"bytes"
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"rekey/lab"
)

// labWorld is an AWS with two keys, alias/demo and alias/other.
type labWorld struct {
	lab        *lab.Lab
	url        string
	client     *kms.Client
	key, other string
}

const testAccount = "111122223333"

func startLab(t testing.TB) *labWorld { return startLabWith(t, lab.Options{WallClock: true}) }

func startLabWith(t testing.TB, o lab.Options) *labWorld {
	l := lab.ForTest(t, o)
	server := httptest.NewServer(l)
	t.Cleanup(server.Close)
	w := &labWorld{lab: l, url: server.URL, client: kms.NewFromConfig(l.Config("eu-west-1", lab.Root(testAccount)))}
	w.key = w.newKey(t, "alias/demo")
	w.other = w.newKey(t, "alias/other")
	return w
}

func (w *labWorld) newKey(t testing.TB, alias string) string {
	out, err := w.client.CreateKey(context.Background(), &kms.CreateKeyInput{})
	if err == nil {
		_, err = w.client.CreateAlias(context.Background(), &kms.CreateAliasInput{AliasName: &alias, TargetKeyId: out.KeyMetadata.KeyId})
	}
	if err != nil {
		t.Fatal(err)
	}
	return *out.KeyMetadata.Arn
}

func (w *labWorld) env() []string {
	return []string{
		"AWS_ENDPOINT_URL=" + w.url, "AWS_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=" + testAccount,
		"AWS_SECRET_ACCESS_KEY=test", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null",
	}
}

// calls counts the lab's calls of an operation.
func (w *labWorld) calls(operation string) (n int) {
	for _, e := range w.lab.World.Trail.Entries() {
		if e.Operation == operation {
			n++
		}
	}
	return n
}

// process prepares the command as a process of its own.
func (w *labWorld) process(t testing.TB, args ...string) *exec.Cmd {
	c := exec.CommandContext(t.Context(), self(), args...)
	c.Env = append(w.env(), asCommand+"=1", "TMPDIR="+t.TempDir(), "PATH="+os.Getenv("PATH"))
	return c
}

// rekey runs the command to its end.
func (w *labWorld) rekey(t testing.TB, stdin []byte, args ...string) (stdout []byte, stderr string, code int) {
	t.Helper()
	c := w.process(t, args...)
	var out, errs bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = bytes.NewReader(stdin), &out, &errs
	err := c.Run()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		return out.Bytes(), errs.String(), exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), errs.String(), 0
}

// seal encrypts with the command.
func (w *labWorld) seal(t testing.TB, plain []byte, flags ...string) []byte {
	t.Helper()
	out, stderr, code := w.rekey(t, plain, append([]string{"encrypt", "--key", w.key}, flags...)...)
	if code != 0 {
		t.Fatal(stderr)
	}
	return out
}
