package cloudtrail

import (
	"encoding/json"
	"strings"
	"time"

	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

// record is an event in CloudTrail's own form (CloudTrail User Guide, "CloudTrail
// record contents"), in the order in which AWS writes it.
type record struct {
	EventVersion       string            `json:"eventVersion"`
	UserIdentity       userIdentity      `json:"userIdentity"`
	EventTime          string            `json:"eventTime"`
	EventSource        string            `json:"eventSource"`
	EventName          string            `json:"eventName"`
	AWSRegion          string            `json:"awsRegion"`
	SourceIPAddress    string            `json:"sourceIPAddress,omitempty"`
	UserAgent          string            `json:"userAgent,omitempty"`
	ErrorCode          string            `json:"errorCode,omitempty"`
	ErrorMessage       string            `json:"errorMessage,omitempty"`
	RequestParameters  json.RawMessage   `json:"requestParameters"`
	ResponseElements   json.RawMessage   `json:"responseElements"`
	Additional         map[string]string `json:"additionalEventData,omitempty"`
	RequestID          string            `json:"requestID,omitempty"`
	EventID            string            `json:"eventID"`
	ReadOnly           bool              `json:"readOnly"`
	Resources          []recordResource  `json:"resources,omitempty"`
	EventType          string            `json:"eventType"`
	ManagementEvent    bool              `json:"managementEvent"`
	RecipientAccountID string            `json:"recipientAccountId"`
	SharedEventID      string            `json:"sharedEventID,omitempty"`
	ServiceDetails     map[string]string `json:"serviceEventDetails,omitempty"`
	EventCategory      string            `json:"eventCategory"`
}

type recordResource struct {
	AccountID string `json:"accountId,omitempty"`
	Type      string `json:"type"`
	ARN       string `json:"ARN"`
}

// userIdentity is who made the call (CloudTrail User Guide, "CloudTrail
// userIdentity element").
type userIdentity struct {
	Type           string          `json:"type,omitempty"`
	PrincipalID    string          `json:"principalId,omitempty"`
	ARN            string          `json:"arn,omitempty"`
	AccountID      string          `json:"accountId,omitempty"`
	AccessKeyID    string          `json:"accessKeyId,omitempty"`
	UserName       string          `json:"userName,omitempty"`
	SessionContext *sessionContext `json:"sessionContext,omitempty"`
	InvokedBy      string          `json:"invokedBy,omitempty"`
}

type sessionContext struct {
	SessionIssuer  *userIdentity     `json:"sessionIssuer,omitempty"`
	SourceIdentity string            `json:"sourceIdentity,omitempty"`
	Attributes     map[string]string `json:"attributes"`
}

// withResources are the services whose records list their resources; the event
// history knows those of all.
var withResources = map[string]bool{"kms": true, "sts": true, "s3": true, "secretsmanager": true}

func (e *event) record() record {
	r := record{
		EventVersion: "1.11", UserIdentity: e.identity(), EventTime: e.time.UTC().Format(time.RFC3339),
		EventSource: e.service + ".amazonaws.com", EventName: e.name, AWSRegion: string(e.region),
		SourceIPAddress: e.client.Address, UserAgent: e.client.UserAgent, ErrorCode: e.code, ErrorMessage: e.message,
		RequestParameters: e.request, ResponseElements: e.answer, Additional: e.more, RequestID: e.requestID, EventID: e.id, ReadOnly: e.readOnly,
		EventType: "AwsApiCall", ManagementEvent: true, RecipientAccountID: string(e.recipient), SharedEventID: e.shared,
		EventCategory: "Management", ServiceDetails: e.details,
	}
	if e.byService {
		r.EventType = "AwsServiceEvent"
	}
	if by := invokedBy(e); by != "" {
		r.SourceIPAddress, r.UserAgent = by, by
	}
	if withResources[e.service] {
		for _, x := range e.resources {
			r.Resources = append(r.Resources, recordResource{string(x.account), x.kind, x.arn})
		}
	}
	return r
}

// invokedBy is the service that called, without its Region.
func invokedBy(e *event) string {
	switch {
	case e.byService:
		return "AWS Internal"
	case e.via != "":
		name, _, _ := strings.Cut(e.via, ".")
		return name + ".amazonaws.com"
	case e.caller.Principal.Kind() == keypolicy.Service:
		return e.caller.ARN()
	}
	return ""
}

func (e *event) identity() userIdentity {
	p := e.caller.Principal
	id := userIdentity{
		PrincipalID: e.caller.UserID, ARN: e.caller.ARN(), AccountID: string(e.caller.Account()), AccessKeyID: e.client.AccessKeyID,
		InvokedBy: invokedBy(e),
	}
	switch {
	case e.byService:
		return userIdentity{AccountID: string(e.recipient), InvokedBy: id.InvokedBy}
	case p.Kind() == keypolicy.Service:
		return userIdentity{Type: "AWSService", InvokedBy: id.InvokedBy}
	case e.owner:
		// Of a caller of another account only this much is told.
		return userIdentity{Type: "AWSAccount", PrincipalID: id.PrincipalID, AccountID: id.AccountID, InvokedBy: id.InvokedBy}
	case p.Kind() == keypolicy.Root:
		id.Type = "Root"
	case p.Kind() == keypolicy.User:
		id.Type, id.UserName = "IAMUser", e.username()
	case p.Kind() == keypolicy.Session:
		id.Type = "AssumedRole"
	default:
		id.Type = "Unknown"
	}
	if e.caller.Temporary() {
		id.SessionContext = session(e.caller)
	}
	return id
}

// session tells of temporary credentials; of a role it tells who issued them.
func session(c world.Caller) *sessionContext {
	s := &sessionContext{Attributes: map[string]string{"creationDate": c.Issued.UTC().Format(time.RFC3339), "mfaAuthenticated": "false"}}
	if c.Session != nil {
		s.SourceIdentity = c.Session.SourceIdentity
	}
	if role := c.Principal.RoleARN(); role != "" {
		unique, _, _ := strings.Cut(c.UserID, ":")
		s.SessionIssuer = &userIdentity{
			Type: "Role", PrincipalID: unique, ARN: role, AccountID: string(c.Account()), UserName: role[strings.LastIndexByte(role, '/')+1:],
		}
	}
	return s
}
