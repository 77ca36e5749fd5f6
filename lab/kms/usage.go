package kms

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
)

// tracked is when AWS began to track the use of keys (API reference,
// GetKeyLastUsage, TrackingStartDate; KMS Developer Guide, "Determining past
// usage of a KMS key").
var tracked = time.Date(2026, 4, 23, 0, 0, 0, 0, time.UTC)

// usageLag is how long it may take until a use is told of: up to one hour.
const usageLag = time.Hour

// usage is the last successful cryptographic operation with a key.
type usage struct {
	last, told *types.KeyLastUsageData
	due        bool // it will be told of
}

// used notes a successful cryptographic operation. For a key of another account
// the event is the one in the trail of the key's owner.
func (s *Service) used(c *world.Call, k *key, op types.KeyLastUsageTrackingOperation) {
	if c.Time.Before(tracked) {
		return
	}
	id, _ := c.EventID(k.arn.Account != c.Account())
	k.usage.last = &types.KeyLastUsageData{Operation: op, Timestamp: new(c.Time), CloudTrailEventId: &id, KmsRequestId: &c.RequestID}
	if k.usage.due {
		return
	}
	k.usage.due = true
	s.world.Clock.After(usageLag, func() { k.usage.told, k.usage.due = k.usage.last, false })
}

// getKeyLastUsage tells of a key's use. "If the key has not been used since
// tracking began, this response element is an empty object" (API reference,
// GetKeyLastUsage). That KeyId is given as the key's id is assumed.
func (s *Service) getKeyLastUsage(c *world.Call, in *kms.GetKeyLastUsageInput) (*kms.GetKeyLastUsageOutput, error) {
	t, err := s.own(c, *in.KeyId)
	if err != nil {
		return nil, err
	}
	out := &kms.GetKeyLastUsageOutput{
		KeyId: new(string(t.arn.ID)), KeyLastUsage: t.key.usage.told, KeyCreationDate: &t.key.created, TrackingStartDate: &tracked,
	}
	if out.KeyLastUsage == nil {
		out.KeyLastUsage = &types.KeyLastUsageData{}
	}
	if t.key.created.After(tracked) {
		out.TrackingStartDate = &t.key.created
	}
	return out, nil
}
