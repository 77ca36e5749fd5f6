package rotate

import (
	"encoding/json"
	"slices"

	"rekey/shared/keyid"
)

// Events are KMS's own, TrailEvents those that AWS CloudTrail tells of calls and of
// what KMS does by itself, by their detail-types.
var (
	Events      = []string{"KMS CMK Rotation", "KMS CMK Deletion", "KMS Imported Key Material Expiration"}
	TrailEvents = []string{"AWS API Call via CloudTrail", "AWS Service Event via CloudTrail"}
)

// Calls are those that change what is wanted of a key, or what there is, as
// CloudTrail names them; the last four KMS does by itself (KMS Developer Guide,
// "Logging AWS KMS API calls with AWS CloudTrail", log entries).
var Calls = []string{
	"CancelKeyDeletion", "CreateAlias", "CreateKey", "DeleteAlias", "DeleteImportedKeyMaterial", "DisableKeyRotation", "EnableKey",
	"EnableKeyRotation", "ImportKeyMaterial", "ReplicateKey", "TagResource", "UntagResource", "UpdateAlias", "UpdatePrimaryRegion",
	"DeleteExpiredKeyMaterial", "DeleteKey", "RotateKey", "SynchronizeMultiRegionKey",
}

// ofEventBridge reads an event of Amazon EventBridge. It is tolerant: AWS adds
// members (EventBridge User Guide, "AWS service event metadata").
func ofEventBridge(event []byte, home Home, self string) (wake, error) {
	var e busEvent
	if err := json.Unmarshal(event, &e); err != nil {
		return wake{}, badRequest("the event of Amazon EventBridge cannot be read: %v", err)
	}
	switch {
	case e.Source == "aws.events" && e.DetailType == "Scheduled Event":
		return wake{by: "schedule", request: Request{Action: ToSweep}}, nil
	case e.Source == "aws.kms" && slices.Contains(Events, e.DetailType):
		return e.ofKMS(home)
	case e.Source == "aws.kms" && slices.Contains(TrailEvents, e.DetailType):
		return e.ofCloudTrail(home, self)
	}
	return wake{}, badRequest("an event %q of %q is none that the function takes", e.DetailType, e.Source)
}

// busEvent is what EventBridge says of every event.
type busEvent struct {
	Source     string          `json:"source"`
	DetailType string          `json:"detail-type"`
	Account    keyid.Account   `json:"account"`
	Region     keyid.Region    `json:"region"`
	Resources  []string        `json:"resources"`
	Detail     json.RawMessage `json:"detail"`
}

// ofKMS reads KMS's own events. Newer ones tell of the key material too, which is
// observed anyway (KMS Developer Guide, "Monitor KMS keys with Amazon EventBridge").
func (e busEvent) ofKMS(home Home) (wake, error) {
	var detail struct {
		KeyID string `json:"key-id"`
	}
	if err := json.Unmarshal(e.Detail, &detail); err != nil {
		return wake{}, badRequest("%s: its detail cannot be read: %v", e.DetailType, err)
	}
	return e.about(home, e.DetailType, append(e.Resources, detail.KeyID))
}

// trailRecord is what is needed of CloudTrail's record.
type trailRecord struct {
	EventSource  string `json:"eventSource"`
	EventName    string `json:"eventName"`
	ErrorCode    string `json:"errorCode"`
	UserIdentity struct {
		SessionContext struct {
			SessionIssuer struct {
				ARN string `json:"arn"`
			} `json:"sessionIssuer"`
		} `json:"sessionContext"`
	} `json:"userIdentity"`
	RequestParameters struct {
		KeyID       string `json:"keyId"`
		TargetKeyID string `json:"targetKeyId"`
	} `json:"requestParameters"`
	ResponseElements struct {
		KeyID       string `json:"keyId"`
		KeyMetadata struct {
			ARN string `json:"arn"`
		} `json:"keyMetadata"`
	} `json:"responseElements"`
	Resources []struct {
		ARN string `json:"ARN"` // of keys and aliases; older records have no type
	} `json:"resources"`
	ServiceEventDetails struct {
		KeyID string `json:"keyId"`
	} `json:"serviceEventDetails"`
}

// ofCloudTrail reads an event of a call, or of what KMS did by itself.
func (e busEvent) ofCloudTrail(home Home, self string) (wake, error) {
	var r trailRecord
	if err := json.Unmarshal(e.Detail, &r); err != nil {
		return wake{}, badRequest("the record of CloudTrail cannot be read: %v", err)
	}
	switch {
	case r.EventSource != "kms.amazonaws.com" || !slices.Contains(Calls, r.EventName):
		return wake{}, badRequest("the call %q of %q is none that the function takes", r.EventName, r.EventSource)
	case r.ErrorCode != "":
		return wake{by: r.EventName, ignored: "the call failed: " + r.ErrorCode}, nil
	case self != "" && r.UserIdentity.SessionContext.SessionIssuer.ARN == self:
		return wake{by: r.EventName, ignored: "the function's own call"}, nil
	}
	var names []string
	for _, x := range r.Resources {
		names = append(names, x.ARN)
	}
	return e.about(home, r.EventName, append(names, r.ResponseElements.KeyMetadata.ARN, r.ResponseElements.KeyID,
		r.RequestParameters.TargetKeyID, r.RequestParameters.KeyID, r.ServiceEventDetails.KeyID))
}

// about takes the first name that is a key's. A bare id is one of the account and
// Region that the event is of.
func (e busEvent) about(home Home, by string, names []string) (wake, error) {
	for _, name := range names {
		ref, err := keyid.Parse(name)
		if err != nil {
			continue
		}
		id, ok := ref.ID()
		if !ok {
			continue
		}
		if _, _, named := ref.Home(); !named && (e.Account != home.Account || e.Region != home.Region) {
			return wake{}, ForeignKey{string(id) + " of " + string(e.Account) + " in " + string(e.Region), home}
		}
		if err := home.check(ref); err != nil {
			return wake{}, err
		}
		return wake{by: by, keys: []keyid.Ref{ref}}, nil
	}
	return wake{}, badRequest("the event %s names no key", by)
}
