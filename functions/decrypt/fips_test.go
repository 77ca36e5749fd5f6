package decrypt_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"debug/buildinfo"
	"debug/elf"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rekey/functions/decrypt"
	"rekey/lab/lambda"
)

// The bootstrap of dist/fips, with the Go Cryptographic Module that is certified
// (FIPS 140-3), answers what the other one answers: values of every kind, in
// plain and sealed.
func TestBootstrapInFIPSMode(t *testing.T) {
	bootstrap := fipsBootstrap(t)
	s := newScene(t)
	server := httptest.NewServer(s.lab)
	defer server.Close()
	var log bytes.Buffer
	f := lambda.NewInstance(s.lab.World, s.lab.STS, server.URL, lambda.Function{
		Name: "decrypt", Account: own, Region: region, Bootstrap: bootstrap, Log: &log, Timeout: 20 * time.Second,
		Role: "arn:aws:iam::" + string(own) + ":role/decrypt",
		Env:  map[string]string{decrypt.EnvReferences: "sm://* kms://* envelope://*", decrypt.EnvKeys: s.key},
	})
	defer f.Stop()
	s.secret("db", "of-secrets-manager")
	items := []decrypt.Item{
		{ID: "1", Reference: "sm://db"},
		{ID: "2", Reference: s.encrypted(s.root, s.key, "of-kms", nil)},
		{ID: "3", Reference: s.sealed(s.key, "of-a-message", nil)},
	}
	want := []string{"of-secrets-manager", "of-kms", "of-a-message"}
	private := ok[*ecdh.PrivateKey](t)(ecdh.X25519().GenerateKey(rand.Reader))
	plain := s.invoke(f, decrypt.Request{Items: items})
	sealed := s.invoke(f, decrypt.Request{Items: items, PublicKey: private.PublicKey().Bytes()})
	for i, item := range items {
		if a := plain.Items[i]; a.Value == nil || *a.Value != want[i] {
			t.Errorf("item %s: %+v", item.ID, a.Error)
		}
		if got, err := decrypt.Unseal(private.Bytes(), item, sealed.Items[i].Sealed); err != nil || string(got) != want[i] {
			t.Errorf("item %s, sealed: %q, %v", item.ID, got, err)
		}
	}
	if t.Failed() {
		t.Logf("the log: %s", log.Bytes())
	}
}

// In FIPS mode, and only then, a program checks the module's code against the
// sum that the linker left in it before anything runs.
func TestBootstrapChecksItsModule(t *testing.T) {
	bootstrap := fipsBootstrap(t)
	info := ok[*buildinfo.BuildInfo](t)(buildinfo.ReadFile(bootstrap))
	said := map[string]string{}
	for _, setting := range info.Settings {
		said[setting.Key] = setting.Value
	}
	if said["GOFIPS140"] != fipsModule(t) || !strings.Contains(said["DefaultGODEBUG"], "fips140=on") {
		t.Errorf("the bootstrap is built with GOFIPS140=%s, DefaultGODEBUG=%s", said["GOFIPS140"], said["DefaultGODEBUG"])
	}
	spoil(t, bootstrap)
	for mode, want := range map[string]bool{"": true, "fips140=off": false} {
		cmd := exec.Command(bootstrap)
		cmd.Env = []string{"GODEBUG=" + mode}
		out, err := cmd.CombinedOutput()
		if refused := strings.Contains(string(out), "fips140: verification mismatch"); refused != want || err == nil {
			t.Errorf("with GODEBUG=%s a bootstrap whose module was altered said %s, %v", mode, out, err)
		}
	}
}

// spoil alters the module's sum: 32 bytes after a mark of 16, in a section of
// their own.
func spoil(t *testing.T, program string) {
	t.Helper()
	binary := ok[*elf.File](t)(elf.Open(program))
	section := binary.Section(".go.fipsinfo")
	if section == nil {
		t.Fatal("the bootstrap has no section .go.fipsinfo")
	}
	at := int64(section.Offset) + 16
	binary.Close()
	file := ok[*os.File](t)(os.OpenFile(program, os.O_RDWR, 0))
	defer file.Close()
	sum := make([]byte, 1)
	if _, err := file.ReadAt(sum, at); err != nil {
		t.Fatal(err)
	}
	sum[0] ^= 1
	if _, err := file.WriteAt(sum, at); err != nil {
		t.Fatal(err)
	}
}

// fipsModule is the module's version that the Makefile builds with.
func fipsModule(t *testing.T) string {
	t.Helper()
	for line := range strings.Lines(string(ok[[]byte](t)(os.ReadFile("../../Makefile")))) {
		if version, found := strings.CutPrefix(line, "FIPS_MODULE := "); found {
			return strings.TrimSpace(version)
		}
	}
	t.Fatal("the Makefile has no FIPS_MODULE")
	return ""
}

// fipsBootstrap builds a bootstrap for this machine as the Makefile does for
// dist/fips. Go brings the module's source along: nothing is fetched.
func fipsBootstrap(t *testing.T) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "bootstrap")
	cmd := exec.Command("go", "build", "-trimpath", "-tags", "lambda.norpc", "-ldflags", "-s -w -buildid=", "-o", out, "./lambda")
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0", "GOFIPS140="+fipsModule(t), "GOPROXY=off")
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	return out
}
