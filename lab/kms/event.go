package kms

import (
	"time"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// Events is Amazon EventBridge, as far as KMS needs it.
type Events interface {
	// Emit puts an AWS service's event on an account's default bus.
	Emit(account keyid.Account, region keyid.Region, source, detailType string, resources []string, detail any)
}

// Tell names where KMS sends its events. Without it they are lost.
func (s *Service) Tell(e Events) { s.events = e }

// deleted tells of a key that is gone: a DeleteKey in CloudTrail (KMS Developer
// Guide, log entry of DeleteKey), and KMS's own event (EventBridge Events
// Reference, "AWS KMS events"). That the latter takes a second is assumed.
func (s *Service) deleted(k *key) {
	arn := k.arn.String()
	s.world.Happened(world.Occurrence{Service: "kms", Name: "DeleteKey", Account: k.arn.Account, Region: k.arn.Region, ARN: arn})
	if s.events == nil {
		return
	}
	bus := "arn:aws:events:" + string(k.arn.Region) + ":" + string(k.arn.Account) + ":event-bus/default"
	s.world.Deliver(world.Delivery{From: "kms", To: bus, Typical: time.Second, Do: func() {
		s.events.Emit(k.arn.Account, k.arn.Region, "aws.kms", "KMS CMK Deletion", []string{arn}, map[string]string{"key-id": string(k.arn.ID)})
	}})
}
