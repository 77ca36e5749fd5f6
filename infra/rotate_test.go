package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	"rekey/events"
	"rekey/infra/config"
	"rekey/lab/eventbridge/pattern"
)

// The role may do what the configuration asks for: without apply it changes no key and
// uses none.
func TestRotateGrantsFollowTheConfiguration(t *testing.T) {
	reading := []string{"ListKeys", "ReadKeys", "ReadReplicas", "ReadIdentities", "ListJournal", "KeepJournal", "CloseJobs", "UseKey", "Tell"}
	materials := []string{"ListMaterials"}
	applying := []string{
		"RotateKeys", "TryKeys", "TryKeyPairs", "TrySigners", "MakeSuccessors", "TagSuccessors", "ReplicateSuccessors", "SynchronizeSuccessors", "CarryGrants", "CarryGrantsInKeyStores", "CarryGrantsOnRequest",
		"MoveAliases", "MarkOld",
	}
	const place = `"materials":{"objects":"s3://box/next","keys":["arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-4000-8000-00000000000a"]}`
	cases := []struct {
		config string
		want   []string
	}{
		{``, reading},
		{place, slices.Concat(reading, materials)},
		{`"apply":true`, slices.Concat(reading, applying)},
		{`"apply":true,` + place, slices.Concat(reading, materials, applying, []string{"ReadMaterials", "OpenMaterials", "ImportMaterials", "ImportIntoReplicas"})},
	}
	dir := synthesised(t, config.Config{}, func(app awscdk.App) {
		for i, c := range cases {
			parsed, err := config.Parse([]byte(`{"rotate":{`+c.config+`}}`), thisMachine())
			if err != nil {
				t.Fatal(err)
			}
			addStacks(awscdk.NewStage(app, new(fmt.Sprintf("Stage%d", i)), nil), parsed, distOf(parsed), nil)
		}
	})
	for i, c := range cases {
		var got []string
		for _, s := range rolePolicy(t, fmt.Sprintf("%s/assembly-Stage%d/Stage%[2]dRekeyRotate*.template.json", dir, i)) {
			if !slices.Contains([]string{"WriteLogs", "ReportFailures", "EncryptFailures"}, s.Sid) {
				got = append(got, s.Sid)
			}
		}
		slices.Sort(got)
		if want := slices.Sorted(slices.Values(c.want)); !slices.Equal(got, want) {
			t.Errorf("{%s} gives %q, not %q", c.config, got, want)
		}
	}
}

// destructive are the actions that take something from a key, or the key from
// somebody. None is allowed to the function, whatever the configuration.
var destructive = []string{
	"kms:DisableKey", "kms:ScheduleKeyDeletion", "kms:DeleteImportedKeyMaterial", "kms:DeleteAlias", "kms:DisableKeyRotation", "kms:PutKeyPolicy",
	"kms:RevokeGrant", "kms:RetireGrant", "kms:UpdatePrimaryRegion", "kms:UpdateKeyDescription", "kms:DisconnectCustomKeyStore", "kms:DeleteCustomKeyStore",
	"s3:DeleteObjectVersion", "s3:PutBucketPolicy", "s3:PutLifecycleConfiguration",
}

func TestNothingDisablesOrDeletesKeys(t *testing.T) {
	policy := rolePolicy(t, "dist/cdk/complete/RekeyRotate.template.json")
	if len(policy) < 20 {
		t.Fatalf("the role has %d statements", len(policy))
	}
	for _, s := range policy {
		for _, action := range s.actions() {
			if slices.Contains(destructive, action) || strings.Contains(action, "*") {
				t.Errorf("statement %s allows %s", s.Sid, action)
			}
			if resource := string(s.Resource); action == "s3:DeleteObject" && !strings.Contains(resource, `/open/*"`) {
				t.Errorf("statement %s deletes %s, and may delete marks of what is unfinished alone", s.Sid, resource)
			}
		}
	}
}

// What the function takes wakes it by one rule, and what it would refuse, or leave
// alone, by none.
func TestRulesMatchTheSamples(t *testing.T) {
	samples, err := events.Of("rotate")
	if err != nil {
		t.Fatal(err)
	}
	var patterns []*pattern.Pattern
	for _, r := range template(t, "dist/cdk/complete/RekeyRotate.template.json")["Resources"].(map[string]any) {
		if given := r.(map[string]any)["Properties"].(map[string]any)["EventPattern"]; given != nil {
			text, err := json.Marshal(given)
			if err != nil {
				t.Fatal(err)
			}
			p, err := pattern.Parse(string(text))
			if err != nil {
				t.Fatal(err)
			}
			patterns = append(patterns, p)
		}
	}
	for name, sample := range samples {
		if strings.HasPrefix(name, "request-") || name == "scheduled.json" || strings.HasPrefix(name, "refused-") && !strings.Contains(string(sample), `"source"`) {
			continue // these do not come by a pattern
		}
		event, err := pattern.ParseEvent(string(sample))
		if err != nil {
			t.Fatal(err)
		}
		got, want := 0, 1
		if strings.HasPrefix(name, "refused-") || name == "call-failed.json" {
			want = 0
		}
		for _, p := range patterns {
			if p.Matches(event) {
				got++
			}
		}
		if got != want {
			t.Errorf("%s is matched by %d rules, not by %d", name, got, want)
		}
	}
}

// What takes back successors is there when the stack is gone.
func TestTheJournalStays(t *testing.T) {
	kept := map[string]bool{}
	for id, r := range template(t, "dist/cdk/complete/RekeyRotate.template.json")["Resources"].(map[string]any) {
		r := r.(map[string]any)
		if kind := r["Type"].(string); kind == "AWS::S3::Bucket" || kind == "AWS::KMS::Key" {
			kept[kind] = true
			// A stack that could not be created leaves nothing behind.
			if r["DeletionPolicy"] != "RetainExceptOnCreate" || r["UpdateReplacePolicy"] != "Retain" {
				t.Errorf("%s: %v, %v", id, r["DeletionPolicy"], r["UpdateReplacePolicy"])
			}
		}
	}
	if len(kept) != 2 {
		t.Errorf("the template has of bucket and key: %v", kept)
	}
}

// written is a statement as the template has it.
type written struct {
	Sid              string
	Action, Resource json.RawMessage
}

func (w written) actions() []string {
	var many []string
	var one string
	if json.Unmarshal(w.Action, &many) != nil && json.Unmarshal(w.Action, &one) == nil {
		many = []string{one}
	}
	return many
}

// rolePolicy gives the statements of the one role's policy in the template that a
// pattern of files matches.
func rolePolicy(t *testing.T, pattern string) []written {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) != 1 {
		t.Fatalf("%s: %q, %v", pattern, files, err)
	}
	for _, r := range template(t, files[0])["Resources"].(map[string]any) {
		r := r.(map[string]any)
		if r["Type"] != "AWS::IAM::Policy" {
			continue
		}
		text, err := json.Marshal(r["Properties"])
		if err != nil {
			t.Fatal(err)
		}
		var p struct{ PolicyDocument struct{ Statement []written } }
		if err := json.Unmarshal(text, &p); err != nil {
			t.Fatal(err)
		}
		return p.PolicyDocument.Statement
	}
	t.Fatalf("%s has no policy of a role", files[0])
	return nil
}
