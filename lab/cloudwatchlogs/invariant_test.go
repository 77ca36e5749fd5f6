package cloudwatchlogs

import (
	"fmt"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// key is a KMS key that CloudWatch Logs may use.
func (b *bench) key() string {
	b.Helper()
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + mine + `:root"},"Action":"kms:*","Resource":"*"},` +
		`{"Effect":"Allow","Principal":{"Service":"logs.us-east-1.amazonaws.com"},"Action":["kms:Encrypt*","kms:Decrypt*","kms:ReEncrypt*","kms:GenerateDataKey*","kms:Describe*"],"Resource":"*"}]}`
	return *must[kms.CreateKeyOutput](b, &kms.CreateKeyInput{Policy: &policy}).KeyMetadata.Arn
}

// kept is a log group with a key, a retention, and two events in a stream.
type kept struct {
	*Service
	*group
	s *stream
}

func newKept(t *testing.T) (*bench, kept) {
	t.Helper()
	b := newBench(t)
	b.broken = true
	key, name, at := b.key(), "g", millis(b.world.Now())
	must[sdk.CreateLogGroupOutput](b, &sdk.CreateLogGroupInput{LogGroupName: &name})
	must[sdk.CreateLogStreamOutput](b, &sdk.CreateLogStreamInput{LogGroupName: &name, LogStreamName: &name})
	put := func(at int64) {
		must[sdk.PutLogEventsOutput](b, &sdk.PutLogEventsInput{LogGroupName: &name, LogStreamName: &name, LogEvents: []types.InputLogEvent{{Message: new("a"), Timestamp: &at}}})
	}
	put(at - 1)
	must[sdk.AssociateKmsKeyOutput](b, &sdk.AssociateKmsKeyInput{LogGroupName: &name, KmsKeyId: &key})
	put(at)
	must[sdk.PutRetentionPolicyOutput](b, &sdk.PutRetentionPolicyInput{LogGroupName: &name, RetentionInDays: new(int32(3))})
	g := b.logs.groups[home{mine, "us-east-1"}][name]
	if bad := b.world.Violations(); len(bad) != 0 {
		t.Fatalf("before: %q", bad)
	}
	return b, kept{b.logs, g, g.streams[name]}
}

func TestViolations(t *testing.T) {
	for want, spoil := range map[string]func(k kept){
		"in mars-north-1, which does not exist": func(k kept) { k.groups[home{mine, "mars-north-1"}] = nil },
		"is kept as g in":                       func(k kept) { k.group.name = "other" },
		"has 51 tags": func(k kept) {
			for n := range 51 {
				k.tags[fmt.Sprint(n)] = ""
			}
		},
		"keeps events for 4 days": func(k kept) { k.retention = 4 },
		"which never was a key there": func(k kept) {
			k.group.key = "arn:aws:kms:us-east-1:111122223333:key/00000099-0000-4000-8000-000000000099"
		},
		"has the stream other as g":                 func(k kept) { k.s.name = "other" },
		"does not wait to remove its oldest event":  func(k kept) { k.Service.world.Clock.Cancel(k.due) },
		"waits to remove events, and has none":      func(k kept) { k.retention = 0 },
		"is out of order":                           func(k kept) { k.s.events[0], k.s.events[1] = k.s.events[1], k.s.events[0] },
		"has events that nobody put there":          func(k kept) { k.s.token = "" },
		"has event 3 of 2":                          func(k kept) { k.s.events[1].n = 3 },
		"has an event of a time that cannot be put": func(k kept) { k.s.events[1].ingested += 1 },
		"before its first or after its last":        func(k kept) { k.s.last-- },
		"told to be 2":                              func(k kept) { k.s.events[0].size = 2 },
		"under a key that never was in us-east-1":   func(k kept) { k.s.events[1].under.sealed = []byte("x") },
	} {
		t.Run(want, func(t *testing.T) {
			b, k := newKept(t)
			b.world.Locked(func() { spoil(k) })
			if bad := strings.Join(b.world.Violations(), "\n"); !strings.Contains(bad, want) {
				t.Errorf("the violations are %q", bad)
			}
		})
	}
}

// What a log group waits for is gone with it, and with its streams.
func TestNothingWaits(t *testing.T) {
	b, k := newKept(t)
	must[sdk.DeleteLogStreamOutput](b, &sdk.DeleteLogStreamInput{LogGroupName: new("g"), LogStreamName: new("g")})
	if k.due.Waits() {
		t.Error("a log group without events waits to remove some")
	}
	b, k = newKept(t)
	must[sdk.DeleteLogGroupOutput](b, &sdk.DeleteLogGroupInput{LogGroupName: new("g")})
	if k.due.Waits() {
		t.Error("a log group that is gone waits to remove events")
	}
	b.world.Advance(100 * 24 * time.Hour)
}
