package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"rekey/shared/keyid"
)

// An endpoint that says yes to everything has nothing replaced.
func TestEmptyAnswer(t *testing.T) {
	w := startLab(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		fmt.Fprint(w, "{}")
	}))
	defer server.Close()
	message := w.seal(t, []byte("x"))
	for _, args := range [][]string{{"encrypt", "--kms"}, {"decrypt", "--kms"}, {"encrypt"}, {"decrypt"}} {
		for _, key := range []string{w.key, "alias/demo"} {
			dir := t.TempDir()
			out := write(t, filepath.Join(dir, "out"), []byte("the old output"))
			input := []byte("x")
			if len(args) == 1 && args[0] == "decrypt" {
				input = message
			}
			_, stderr, code := w.rekey(t, input, append(args, "--endpoint-url", server.URL, "--key", key, "-o", out)...)
			if code != exitFailed || !strings.Contains(stderr, "the answer ") || strings.Contains(stderr, "panic") {
				t.Errorf("%v with %s: exit code %d: %s", args, key, code, stderr)
			}
			holds(t, dir, map[string][]byte{"out": []byte("the old output")})
		}
	}
}

// answering is a KMS of which only the answers to Decrypt count.
type answering struct {
	kmsClient
	decrypt func(key string) (*kms.DecryptOutput, error)
}

func (a answering) Decrypt(_ context.Context, in *kms.DecryptInput, _ ...func(*kms.Options)) (*kms.DecryptOutput, error) {
	return a.decrypt(*in.KeyId)
}

// Answers of another key than the one asked for are not taken; an alias may
// stand for any.
func TestForeignAnswer(t *testing.T) {
	const (
		single = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
		other  = "arn:aws:kms:eu-west-1:111122223333:key/00000000-12ab-34cd-56ef-1234567890ab"
		mrk    = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab"
	)
	id := single[strings.LastIndex(single, "/")+1:]
	for _, c := range []struct {
		asked, answered string
		good            bool
	}{
		{single, single, true}, {single, other, false}, {single, id, false}, {single, "", false},
		{id, single, true}, {id, other, false}, {id, id, false},
		{mrk, strings.Replace(mrk, "eu-west-1", "us-east-1", 1), true}, {mrk, single, false},
		{"alias/app", other, true}, {"alias/app", "alias/app", false}, {"alias/app", "", false},
	} {
		ref, err := keyid.Parse(c.asked)
		if err != nil {
			t.Fatal(err)
		}
		client := answering{decrypt: func(string) (*kms.DecryptOutput, error) {
			return &kms.DecryptOutput{KeyId: &c.answered, Plaintext: []byte("plain")}, nil
		}}
		var out bytes.Buffer
		d := &decrypter{client: client, keys: []keyid.Ref{ref}, kms: true}
		if _, err := d.stream(t.Context(), strings.NewReader("ciphertext"), &out); (err == nil) != c.good || (out.Len() > 0) != c.good {
			t.Errorf("%+v: %v, %d bytes", c, err, out.Len())
		}
	}
}

// Every key is tried on a bare ciphertext, whatever the ones before it answer,
// but none after an interruption.
func TestBareTriesAllKeys(t *testing.T) {
	const good = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	var keys []keyid.Ref
	for _, name := range []string{"alias/a", "alias/b", good} {
		ref, err := keyid.Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, ref)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var tried []string
	stop := func() {}
	d := &decrypter{keys: keys, kms: true, client: answering{decrypt: func(key string) (*kms.DecryptOutput, error) {
		tried = append(tried, key)
		stop()
		switch key {
		case "alias/a":
			return nil, &types.InvalidCiphertextException{}
		case "alias/b":
			return nil, &smithy.GenericAPIError{Code: "AccessDeniedException"}
		}
		return &kms.DecryptOutput{KeyId: new(good), Plaintext: []byte("plain")}, nil
	}}}
	var out bytes.Buffer
	if _, err := d.stream(ctx, strings.NewReader("ciphertext"), &out); err != nil || out.String() != "plain" || len(tried) != 3 {
		t.Errorf("%v after %v", err, tried)
	}
	d.keys = keys[:2]
	if _, err := d.stream(ctx, strings.NewReader("ciphertext"), &out); err == nil || !strings.Contains(err.Error(), "alias/a") || !strings.Contains(err.Error(), "alias/b") {
		t.Error(err)
	}
	tried, stop = nil, cancel
	if _, err := d.stream(ctx, strings.NewReader("ciphertext"), &out); err != errInterrupted || len(tried) != 1 {
		t.Errorf("%v after %v", err, tried)
	}
}
