package cloudtrail_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"rekey/lab"
	"rekey/shared/keyid"
)

// bus keeps what is emitted.
type bus struct {
	deaf   bool
	events []emitted
}

type emitted struct {
	account            keyid.Account
	region             keyid.Region
	source, detailType string
	detail             map[string]any
}

func (b *bus) Emit(account keyid.Account, region keyid.Region, source, detailType string, _ []string, detail any) {
	text, _ := json.Marshal(detail)
	e := emitted{account, region, source, detailType, nil}
	_ = json.Unmarshal(text, &e.detail)
	b.events = append(b.events, e)
}

func (b *bus) Hears(keyid.Account, keyid.Region) bool { return !b.deaf }

const account = "111122223333"

func TestEventsAreSent(t *testing.T) {
	l, b := lab.ForTest(t, lab.Options{}), &bus{}
	l.CloudTrail.Tell(b)
	l.KMS.Tell(b)
	c := kms.NewFromConfig(l.Config("eu-west-1", lab.Root(account)))
	made, err := c.CreateKey(t.Context(), &kms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	if len(b.events) != 0 {
		t.Error("an event came at once")
	}
	if _, err := c.ScheduleKeyDeletion(t.Context(), &kms.ScheduleKeyDeletionInput{KeyId: made.KeyMetadata.KeyId, PendingWindowInDays: new(int32(7))}); err != nil {
		t.Fatal(err)
	}
	l.World.Advance(8 * 24 * time.Hour)
	var names []string
	for _, e := range b.events {
		if e.account != account || e.region != "eu-west-1" || e.source != "aws.kms" {
			t.Errorf("sent %+v", e)
		}
		name, _ := e.detail["eventName"].(string)
		names = append(names, e.detailType+": "+name)
	}
	want := []string{
		"AWS API Call via CloudTrail: CreateKey", "AWS API Call via CloudTrail: ScheduleKeyDeletion",
		"KMS CMK Deletion: ", "AWS Service Event via CloudTrail: DeleteKey",
	}
	if len(names) != len(want) {
		t.Fatalf("sent %q, want %q", names, want)
	}
	for i := range want {
		if names[i] != want[i] {
			t.Errorf("event %d is %q, want %q", i, names[i], want[i])
		}
	}
	if id := b.events[2].detail["key-id"]; id != *made.KeyMetadata.KeyId {
		t.Errorf("the deleted key is %v", id)
	}
	if p := b.events[1].detail["requestParameters"].(map[string]any); p["pendingWindowInDays"] != 7.0 || p["keyId"] != *made.KeyMetadata.KeyId {
		t.Errorf("the parameters are %v", p)
	}
}

func TestNobodyListens(t *testing.T) {
	l, b := lab.ForTest(t, lab.Options{}), &bus{deaf: true}
	l.CloudTrail.Tell(b)
	if _, err := kms.NewFromConfig(l.Config("eu-west-1", lab.Root(account))).CreateKey(t.Context(), &kms.CreateKeyInput{}); err != nil {
		t.Fatal(err)
	}
	l.World.Advance(time.Hour)
	if len(b.events) != 0 {
		t.Errorf("sent %+v", b.events)
	}
}
