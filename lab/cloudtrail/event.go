package cloudtrail

import (
	"encoding/json"
	"maps"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"rekey/lab/world"
	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

// event is one event as it is kept; its record is written when it is asked for.
type event struct {
	id, shared       string
	name             string // eventName
	service          string
	time, visible    time.Time
	region           keyid.Region
	recipient        keyid.Account
	caller           world.Caller
	client           world.Client
	via, requestID   string
	request, answer  json.RawMessage
	code, message    string
	readOnly         bool
	resources        []resource
	byService, owner bool              // a service did it by itself; the event of the resource's owner
	details          map[string]string // of what a service did by itself
	more             map[string]string // additionalEventData
}

// resource is one that an event is about.
type resource struct {
	arn, kind, name string
	account         keyid.Account
}

// Record keeps a call: world.Recorder.
func (s *Service) Record(c *world.Call, err error) {
	if dataEvent(c.Service, c.Operation) {
		return
	}
	m := s.model(c.Service)
	if m == nil || !m.Has(c.Operation) {
		return
	}
	e := &event{
		name: eventName(c.Service, c.Operation), service: c.Service, time: c.Time.Truncate(time.Second), visible: c.Time.Add(s.world.Clock.Takes(delay)),
		region: c.Region, recipient: c.Account(), caller: c.Caller, client: c.Client, via: c.Via, requestID: c.RequestID,
		readOnly: readOnly(c.Service, c.Operation), resources: resources(c),
	}
	e.client.Signature = world.Client{}.Signature // not needed
	if c.Service == "iam" {
		e.region = "us-east-1"
	}
	e.id, e.shared = c.EventID(false)
	e.more = c.Told()
	in, out := c.Carried()
	e.request = m.Record(c.Operation, in, omitted[c.Service]...)
	if err != nil {
		answer := world.Answer(err)
		e.code, e.message = answer.Code, answer.Message
	} else if keyed[c.Service+" "+c.Operation] {
		e.answer = keyOf(e.resources)
	} else if !e.readOnly || c.Service == "sts" {
		e.answer = m.Record(c.Operation, out, omitted[c.Service]...)
	}
	s.distribute(c, e)
}

// distribute keeps the event for the caller, and for the account whose resource
// it was. A service that calls as itself has no account of its own here.
func (s *Service) distribute(c *world.Call, e *event) {
	var owner keyid.Account
	for _, r := range e.resources {
		if r.account != "" && r.account != e.recipient {
			owner = r.account
		}
	}
	switch {
	case e.recipient == "":
		e.recipient, e.shared = owner, ""
		if owner != "" {
			s.keep(e)
		}
	case owner == "" || strings.HasPrefix(e.code, "AccessDenied"):
		e.shared = ""
		s.keep(e)
	default:
		theirs := *e
		theirs.id, _ = c.EventID(true)
		theirs.recipient, theirs.owner = owner, true
		s.keep(e)
		s.keep(&theirs)
	}
}

// Happened keeps what a service did by itself: world.Recorder.
func (s *Service) Happened(o world.Occurrence) {
	now := s.world.Clock.Now()
	s.keep(&event{
		id: s.world.UUID("occurrence"), name: o.Name, service: o.Service, time: now.Truncate(time.Second), visible: now.Add(s.world.Clock.Takes(delay)),
		region: o.Region, recipient: o.Account, byService: true, resources: []resource{resourceOf(o.ARN, o.Account)},
		details: maps.Clone(o.Details),
	})
}

// resources are what the call asked the policies about.
func resources(c *world.Call) []resource {
	var all []resource
	for _, d := range c.Decisions() {
		r := resourceOf(d.Resource, "")
		if r.arn == "" || !strings.HasPrefix(d.Action, c.Service+":") {
			continue
		}
		seen := false
		for _, o := range all {
			seen = seen || o.arn == r.arn
		}
		if !seen {
			all = append(all, r)
		}
	}
	if c.Service == "kms" && c.Operation == "UpdateAlias" && len(all) > 2 {
		all = all[:2] // not the key that the alias leaves (KMS Developer Guide, log entry of UpdateAlias)
	}
	if _, out := c.Carried(); len(all) == 0 && out != nil {
		if made, ok := out.(*kms.CreateKeyOutput); ok { // the policies were asked before there was a key
			all = append(all, resourceOf(*made.KeyMetadata.Arn, ""))
		}
	}
	return all
}

// keyOf is an answer that names the first key of some resources.
func keyOf(all []resource) json.RawMessage {
	for _, r := range all {
		if strings.Contains(r.arn, ":key/") {
			return json.RawMessage(`{"keyId":"` + r.arn + `"}`)
		}
	}
	return nil
}

// kinds are the types of resources, by service and the first part of the ARN's
// resource; "" where it has no such part (CloudTrail User Guide, "Resource types
// supported by CloudTrail event history"; an alias is recorded as a key: KMS
// Developer Guide, log entry of CreateAlias).
var kinds = map[string]map[string]string{
	"kms":            {"key": "AWS::KMS::Key", "alias": "AWS::KMS::Key"},
	"secretsmanager": {"secret": "AWS::SecretsManager::Secret"},
	"iam":            {"user": "AWS::IAM::User", "role": "AWS::IAM::Role", "policy": "AWS::IAM::Policy", "group": "AWS::IAM::Group", "instance-profile": "AWS::IAM::InstanceProfile"},
	"s3":             {"": "AWS::S3::Bucket"},
	"sqs":            {"": "AWS::SQS::Queue"},
	"sns":            {"": "AWS::SNS::Topic"},
	"lambda":         {"function": "AWS::Lambda::Function"},
	"events":         {"rule": "AWS::Events::Rule", "event-bus": "AWS::Events::EventBus"},
	"ssm":            {"parameter": "AWS::SSM::Parameter"},
}

// resourceOf reads an ARN; the zero resource for what is none that is shown. IAM's
// and S3's are listed by name, the others by ARN (assumption).
func resourceOf(arn string, account keyid.Account) resource {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 {
		return resource{}
	}
	first, _, found := strings.Cut(strings.ReplaceAll(parts[5], ":", "/"), "/")
	if !found && parts[2] != "lambda" {
		first = ""
	}
	kind := kinds[parts[2]][first]
	if kind == "" {
		return resource{}
	}
	r := resource{arn: arn, kind: kind, name: arn, account: keyid.Account(parts[4])}
	if r.account == "" {
		r.account = account
	}
	if parts[2] == "iam" || parts[2] == "s3" {
		r.name = parts[5][strings.LastIndexByte(parts[5], '/')+1:]
	}
	return r
}

// username is how the event history calls who did it: a user by name, a session
// by the name of the session, the root user "root" (assumption: for a role AWS
// says "user name or role name").
func (e *event) username() string {
	p := e.caller.Principal
	switch p.Kind() {
	case keypolicy.Root:
		return "root"
	case keypolicy.User, keypolicy.Session:
		return p.ARN()[strings.LastIndexByte(p.ARN(), '/')+1:]
	}
	return ""
}
