package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs the scripts, each with an AWS of its own. It has two keys,
// KEY (alias/demo) and OTHER (alias/other), and URL is where it listens.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(env *testscript.Env) error {
			w := startLab(env.T().(testing.TB))
			bin := filepath.Join(env.WorkDir, ".bin")
			if err := os.Mkdir(bin, 0o700); err != nil {
				return err
			}
			if err := os.Symlink(self(), filepath.Join(bin, "rekey")); err != nil {
				return err
			}
			env.Setenv("PATH", bin+string(filepath.ListSeparator)+env.Getenv("PATH"))
			for _, pair := range append(w.env(), asCommand+"=1") {
				name, value, _ := strings.Cut(pair, "=")
				env.Setenv(name, value)
			}
			env.Setenv("KEY", w.key)
			env.Setenv("OTHER", w.other)
			env.Values[labOfScript{}] = w
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"rekey": rekeyInScript, "disable-key": disableKey, "flip": flip, "cut": cut,
		},
	})
}

type labOfScript struct{}

// rekey ARGS...
func rekeyInScript(ts *testscript.TestScript, fails bool, args []string) {
	err := ts.Exec("rekey", args...)
	if failed := err != nil; failed != fails {
		ts.Fatalf("rekey: %v, failure expected: %v", err, fails)
	}
}

// disable-key ARN
func disableKey(ts *testscript.TestScript, _ bool, args []string) {
	w := ts.Value(labOfScript{}).(*labWorld)
	_, err := w.client.DisableKey(context.Background(), &kms.DisableKeyInput{KeyId: aws.String(args[0])})
	ts.Check(err)
}

// flip FILE: changes a bit of the last byte of a file.
func flip(ts *testscript.TestScript, _ bool, args []string) {
	b := []byte(ts.ReadFile(args[0]))
	b[len(b)-1] ^= 1
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o600))
}

// cut FILE: takes the last byte of a file away.
func cut(ts *testscript.TestScript, _ bool, args []string) {
	b := ts.ReadFile(args[0])
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(b[:len(b)-1]), 0o600))
}
