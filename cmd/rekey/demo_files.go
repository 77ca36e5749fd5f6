//go:build !nolab

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// files is the second chapter: the command itself, as a user types it.
func (s *story) files(ctx context.Context) {
	for _, size := range []int64{3, 300 << 20} {
		plain := filepath.Join(s.dir, fmt.Sprintf("data-%d", size))
		must(randomFile(plain, size))
		sealed, opened := plain+".rekey", plain+".opened"
		started := time.Now()
		s.rekey(ctx, s.shop.user, "encrypt", "--key", "alias/shop", "--context", "app=shop", "-o", sealed, plain)
		s.line("rekey encrypt sealed %s into %s, %s.", bytesText(size), bytesText(sizeOf(sealed)), took(started))
		started = time.Now()
		s.rekey(ctx, s.shop.user, "decrypt", "--key", "alias/shop", "--context", "app=shop", "-o", opened, sealed)
		expect(got(digest(plain)) == got(digest(opened)), "what came out is not what went in")
		s.line("rekey decrypt gave them back, %s: the same SHA-256.", took(started))
	}
	sealed := filepath.Join(s.dir, "data-3.rekey")
	b := got(os.ReadFile(sealed))
	b[len(b)-1] ^= 1
	must(os.WriteFile(sealed, b, 0o600))
	target := filepath.Join(s.dir, "never")
	code, _, _ := s.try(ctx, s.shop.user, nil, "decrypt", "--key", "alias/shop", "-o", target, sealed)
	_, err := os.Stat(target)
	expect(code == exitFailed && errors.Is(err, os.ErrNotExist), "an altered message ended with exit code %d, output %v", code, err)
	s.line("One bit of the small one was flipped: rekey decrypt ended with exit code 1 and wrote nothing.")
}

// program is the third chapter.
func (s *story) program(ctx context.Context) {
	secrets := secretsmanager.NewFromConfig(s.shop.root)
	got(secrets.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: new("prod/db"), KmsKeyId: &s.shop.key, SecretString: new(`{"user":"shop","password":"correct horse"}`)}))
	got(secrets.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: new("prod/api"), KmsKeyId: &s.shop.key, SecretString: new("api-token-7")}))
	s.line("Secrets Manager holds prod/db and prod/api, under alias/shop.")
	token := s.rekeyIn(ctx, s.shop.user, "kms-token", "encrypt", "--kms", "--base64", "--key", "alias/shop", "--context", "app=shop")
	license := s.rekeyIn(ctx, s.shop.user, "envelope-license", "encrypt", "--base64", "--key", "alias/shop", "--context", "app=shop")
	env := []string{
		"DB_PASSWORD=sm://prod/db#password", "API_TOKEN=sm://prod/api",
		"TOKEN=kms://" + strings.TrimSpace(token), "LICENSE=envelope://" + strings.TrimSpace(license), "PLAIN=s3://bucket/key",
	}
	s.allowSecrets(ctx)
	started := time.Now()
	const script = `test "$DB_PASSWORD" = "correct horse" && test "$API_TOKEN" = api-token-7 && test "$TOKEN" = kms-token && test "$LICENSE" = envelope-license && test "$PLAIN" = s3://bucket/key && exit 42`
	code, _, stderr := s.try(ctx, s.shop.user, env, "exec", "--key", s.shop.key, "--context", "app=shop", "--", "sh", "-c", script)
	expect(code == 42, "the program ended with exit code %d: %s", code, stderr)
	s.line("rekey exec started sh with four variables decrypted and PLAIN left alone, %s; sh's exit code 42 came back.", took(started))
	code, _, stderr = s.try(ctx, s.shop.user, append(env, "MISSING=sm://prod/none"), "exec", "--key", s.shop.key, "--context", "app=shop", "--", "sh", "-c", "exit 42")
	expect(code == exitFailed && strings.Contains(stderr, "MISSING"), "with a secret missing: exit code %d: %s", code, stderr)
	s.line("With a fifth that does not exist nothing was started; the error names MISSING.")
}

// took says how long something took, in words.
func took(since time.Time) string {
	return fmt.Sprintf("in %d ms", time.Since(since).Milliseconds())
}

func bytesText(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
}

func sizeOf(path string) int64 { return got(os.Stat(path)).Size() }

func randomFile(path string, size int64) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.CopyN(f, rand.NewChaCha8([32]byte{byte(size)}), size)
	return errors.Join(err, f.Close())
}

func digest(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	_, err = io.Copy(h, f)
	return fmt.Sprintf("%x", h.Sum(nil)), errors.Join(err, f.Close())
}

// rekey runs this command with somebody's credentials; it must succeed.
func (s *story) rekey(ctx context.Context, who aws.Config, args ...string) string {
	return s.rekeyIn(ctx, who, "", args...)
}

func (s *story) rekeyIn(ctx context.Context, who aws.Config, stdin string, args ...string) string {
	code, stdout, stderr := s.tryIn(ctx, who, nil, stdin, args...)
	expect(code == exitDone, "rekey %s ended with exit code %d: %s", args[0], code, stderr)
	return stdout
}

func (s *story) try(ctx context.Context, who aws.Config, env []string, args ...string) (code int, stdout, stderr string) {
	return s.tryIn(ctx, who, env, "", args...)
}

// tryIn runs this command in an environment that holds nothing but PATH,
// credentials and env.
func (s *story) tryIn(ctx context.Context, who aws.Config, env []string, stdin string, args ...string) (code int, stdout, stderr string) {
	c := got(who.Credentials.Retrieve(ctx))
	cmd := exec.CommandContext(ctx, s.self, args...)
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir, "AWS_ENDPOINT_URL=" + s.endpoint, "AWS_REGION=" + demoRegion,
		"AWS_ACCESS_KEY_ID=" + c.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + c.SecretAccessKey, "AWS_SESSION_TOKEN=" + c.SessionToken,
	}, env...)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		must(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}
