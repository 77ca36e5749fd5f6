package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/functions/rotate"
	"rekey/lab"
	"rekey/shared/wiring"
)

// oldWorld is an AWS whose keys are 200 days old: alias/demo and alias/other, and the
// HMAC key alias/mac. It has a bucket for the journal.
func oldWorld(t *testing.T) (w *labWorld, mac string) {
	t.Helper()
	w = startLabWith(t, lab.Options{Start: time.Now().AddDate(0, 0, -200)})
	out, err := w.client.CreateKey(t.Context(), &kms.CreateKeyInput{KeySpec: types.KeySpecHmac256, KeyUsage: types.KeyUsageTypeGenerateVerifyMac})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.client.CreateAlias(t.Context(), &kms.CreateAliasInput{AliasName: new("alias/mac"), TargetKeyId: out.KeyMetadata.KeyId}); err != nil {
		t.Fatal(err)
	}
	_, err = s3.NewFromConfig(w.lab.Config("eu-west-1", lab.Root(testAccount)), wiring.PathStyle).CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket: new("journal"), CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: "eu-west-1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return w, *out.KeyMetadata.Arn
}

// target is the key that an alias points at.
func (w *labWorld) target(t *testing.T, alias string) string {
	t.Helper()
	out, err := w.client.DescribeKey(context.Background(), &kms.DescribeKeyInput{KeyId: &alias})
	if err != nil {
		t.Fatal(err)
	}
	return *out.KeyMetadata.Arn
}

// says runs rekey rotate and looks at how it ends and what it says, on either stream.
func (w *labWorld) says(t *testing.T, code int, want string, args ...string) []byte {
	t.Helper()
	out, errs, got := w.rekey(t, nil, append([]string{"rotate"}, args...)...)
	if got != code || !strings.Contains(string(out)+errs, want) {
		t.Errorf("rekey rotate %q: exit code %d, not %d, or it does not say %q:\n%s%s", args, got, code, want, out, errs)
	}
	return out
}

// A successor is planned, made, taken back and gone forward to again, and nothing is
// done that was not asked for.
func TestRotateSuccessor(t *testing.T) {
	w, mac := oldWorld(t)
	ninety := []string{"--every", "90d", "--journal", "journal", "alias/mac"}
	with := func(first ...string) []string { return append(first, ninety...) }
	w.says(t, 0, "move alias/mac", with("plan")...)
	w.says(t, 2, "give --apply", with("apply")...)
	w.says(t, 1, "nothing to take back", "rollback", "--journal", "journal", "--apply", "alias/mac")
	w.says(t, 0, "nothing was done with it", "status", "--journal", "journal", "alias/mac")
	if w.calls("CreateKey") != 3 || w.target(t, "alias/mac") != mac {
		t.Fatal("something was done that was only to be shown")
	}
	w.says(t, 0, "done", with("apply", "--apply")...)
	next := w.target(t, "alias/mac")
	if next == mac {
		t.Fatal("the alias did not move")
	}
	w.says(t, 0, "it has a successor", "plan", "--journal", "journal", mac) // of the old key
	w.says(t, 0, next, "status", "--journal", "journal", "alias/mac")
	w.says(t, 2, "give --apply", "rollback", "--journal", "journal", "alias/mac")
	w.says(t, 0, "done", "rollback", "--journal", "journal", "--apply", "alias/mac")
	if at := w.target(t, "alias/mac"); at != mac {
		t.Fatalf("after the rollback the alias is at %s", at)
	}
	w.says(t, 0, "rolled back", with("apply", "--apply")...)
	w.says(t, 0, "done", with("apply", "--apply", "--again")...)
	if at := w.target(t, "alias/mac"); at != next || w.calls("CreateKey") != 4 {
		t.Errorf("the alias is at %s, not at the successor %s that there was, after %d calls of CreateKey", at, next, w.calls("CreateKey"))
	}
}

// All keys of the Region, in a table and as lines of JSON.
func TestRotatePlanAll(t *testing.T) {
	w, mac := oldWorld(t)
	table := string(w.says(t, 0, "automatic rotation is off", "plan", "--every", "90d", "--journal", "journal"))
	if lines := strings.Count(table, "\n"); lines != 4 || !strings.HasPrefix(table, "KEY ") {
		t.Errorf("a table of three keys has %d lines:\n%s", lines, table)
	}
	outcomes := map[string]rotate.Outcome{}
	for line := range strings.Lines(string(w.says(t, 0, mac, "plan", "--every", "90d", "--journal", "journal", "--output", "json"))) {
		var p rotate.Plan
		if err := json.Unmarshal([]byte(line), &p); err != nil {
			t.Fatal(err)
		}
		outcomes[p.Key.String()] = p.Outcome
	}
	if len(outcomes) != 3 || outcomes[w.key] != rotate.Due || outcomes[mac] != rotate.Due {
		t.Errorf("the outcomes are %v", outcomes)
	}
	w.says(t, 0, "rotation is off", "plan", "--rotate", "off")
	w.says(t, 3, "JournalBucket", "plan", "--every", "90d") // the others are known
	if n := w.calls("EnableKeyRotation") + w.calls("RotateKeyOnDemand") + w.calls("CreateKey"); n != 3 {
		t.Errorf("a plan made %d calls that change keys", n-3)
	}
}

// In place: one call, and then there is nothing more to do.
func TestRotateInPlace(t *testing.T) {
	w, _ := oldWorld(t)
	w.says(t, 0, "did       rotated on demand in eu-west-1", "apply", "--every", "90d", "--journal", "journal", "--apply", "alias/demo", "alias/other")
	if w.calls("EnableKeyRotation") != 2 || w.calls("RotateKeyOnDemand") != 2 {
		t.Errorf("%d and %d calls", w.calls("EnableKeyRotation"), w.calls("RotateKeyOnDemand"))
	}
	w.says(t, 0, "in place", "status", "--journal", "journal", "alias/demo")
	w.lab.World.Advance(time.Minute) // the rotations end
	// Nothing is due any more, but what may have leaked is rotated all the same.
	w.says(t, 0, "current", "apply", "--every", "90d", "--journal", "journal", "--apply", "alias/demo")
	w.says(t, 0, "rotated on demand", "apply", "--every", "90d", "--journal", "journal", "--apply", "--now", "alias/demo")
	w.says(t, 0, "move alias/mac", "plan", "--every", "10y", "--now", "--journal", "journal", "alias/mac")
}

// What is wrong on the command line changes nothing and says what to write.
func TestRotateUsage(t *testing.T) {
	w, _ := oldWorld(t)
	for _, args := range [][]string{
		{"frobnicate"}, {"apply"}, {"rollback"}, {"status", "alias/mac"}, {"apply", "alias/mac"}, {"plan", "--every", "soon", "alias/mac"},
		{"plan", "--rotate", "maybe", "alias/mac"}, {"plan", "not a key"}, {"plan", "--accept", "lost-acess"}, {"plan", "--quota-share", "200"}, {"plan", "--materials", "/tmp"},
		{"plan", "arn:aws:kms:eu-west-1:111122223333:alias/mac", "arn:aws:kms:us-east-1:111122223333:alias/mac"},
	} {
		w.says(t, 2, "rekey: ", args...)
	}
	w.says(t, 2, "--every: \"soon\"", "plan", "--every", "soon", "alias/mac")
	w.says(t, 2, "--material-key: it names no key, and --materials is set", "plan", "--materials", "s3://box/next", "alias/mac")
	c := w.process(t, "rotate", "plan", "alias/mac")
	c.Env = append(c.Env, rotate.EnvEvery+"=later")
	if said, err := c.CombinedOutput(); err == nil || !strings.Contains(string(said), rotate.EnvEvery+": \"later\"") {
		t.Errorf("%v:\n%s", err, said)
	}
	w.says(t, 1, "no such key", "plan", "--every", "90d", "alias/none")
}
