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
// Reference, "AWS KMS events").
func (s *Service) deleted(k *key) {
	arn := k.arn.String()
	s.world.Happened(world.Occurrence{Service: "kms", Name: "DeleteKey", Account: k.arn.Account, Region: k.arn.Region, ARN: arn})
	s.tell(k, "KMS CMK Deletion", map[string]string{"key-id": string(k.arn.ID)})
}

// rotated tells of a key whose material was exchanged, before by the one that it
// has now: a RotateKey in CloudTrail (KMS Developer Guide, log entry of
// RotateKey), and KMS's own event (KMS Developer Guide, "Monitor KMS keys with
// Amazon EventBridge"). That of related multi-Region keys only the primary is
// told of is assumed.
func (s *Service) rotated(k *key, before string) {
	now := k.ring.current()
	s.world.Happened(world.Occurrence{
		Service: "kms", Name: "RotateKey", Account: k.arn.Account, Region: k.arn.Region, ARN: k.arn.String(),
		Details: map[string]string{
			"rotationType": string(now.how), "keyOrigin": string(k.kind.origin), "previousKeyMaterialId": before, "currentKeyMaterialId": now.id,
			"keyId": string(k.arn.ID),
		},
	})
	s.tell(k, "KMS CMK Rotation", map[string]string{
		"key-id": string(k.arn.ID), "key-origin": string(k.kind.origin), "rotation-type": string(now.how),
		"previous-key-material-id": before, "current-key-material-id": now.id,
	})
}

// eventSource is that of KMS's own events.
const eventSource = "aws.kms"

// expired tells of imported material whose time has come: a DeleteExpiredKeyMaterial in
// CloudTrail (KMS Developer Guide, log entry of DeleteExpiredKeyMaterial; that it names
// the material of symmetric encryption keys only is assumed), and KMS's own event (same
// guide, "Monitor KMS keys with Amazon EventBridge").
func (s *Service) expired(k *key, id string) {
	details := map[string]string{"keyId": string(k.arn.ID)}
	if k.kind.symmetric() {
		details["keyMaterialId"] = id
	}
	s.world.Happened(world.Occurrence{
		Service: "kms", Name: "DeleteExpiredKeyMaterial", Account: k.arn.Account, Region: k.arn.Region, ARN: k.arn.String(), Details: details,
	})
	s.tell(k, "KMS Imported Key Material Expiration", map[string]string{"key-id": string(k.arn.ID)})
}

// tell sends KMS's own event, which is assumed to take a second.
func (s *Service) tell(k *key, kind string, detail map[string]string) {
	if s.events == nil {
		return
	}
	bus := "arn:aws:events:" + string(k.arn.Region) + ":" + string(k.arn.Account) + ":event-bus/default"
	s.world.Deliver(world.Delivery{From: "kms", To: bus, About: eventSource, Typical: time.Second, Do: func() {
		s.events.Emit(k.arn.Account, k.arn.Region, eventSource, kind, []string{k.arn.String()}, detail)
	}})
}
