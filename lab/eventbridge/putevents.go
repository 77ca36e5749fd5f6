package eventbridge

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"rekey/lab/eventbridge/pattern"
	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

const (
	entriesLimit    = 1 << 20 // bytes of all entries (API reference, PutEvents: 1 MB)
	detailTypeLimit = 128     // characters
	depthLimit      = 1000    // levels of JSON
)

// size counts an entry as the EventBridge User Guide does ("Calculating
// PutEvents event entry size").
func size(e types.PutEventsRequestEntry) int {
	n := len(aws.ToString(e.Source)) + len(aws.ToString(e.DetailType)) + len(aws.ToString(e.Detail))
	if e.Time != nil {
		n += 14
	}
	for _, r := range e.Resources {
		n += len(r)
	}
	return n
}

// putEvents takes each entry or refuses it by itself; a caller without
// permission is refused altogether. An entry for a bus that does not exist is
// taken, and gone (recorded: test_put_events_nonexistent_event_bus).
func (s *Service) putEvents(c *world.Call, in *eventbridge.PutEventsInput) (*eventbridge.PutEventsOutput, error) {
	if in.EndpointId != nil {
		return nil, world.Unimplemented("global endpoints")
	}
	total := 0
	for _, e := range in.Entries {
		total += size(e)
	}
	if total >= entriesLimit {
		return nil, invalid("Total size of the entries in the request is over the limit.")
	}
	for _, e := range in.Entries {
		if err := s.authorizePut(c, addressOf(c, e.EventBusName), e, "false"); err != nil {
			return nil, err
		}
	}
	out := &eventbridge.PutEventsOutput{}
	for _, e := range in.Entries {
		code, message := refuse(e)
		if code != "" {
			out.FailedEntryCount++
			out.Entries = append(out.Entries, types.PutEventsResultEntry{ErrorCode: &code, ErrorMessage: &message})
			continue
		}
		id, err := s.put(c, e)
		if err != nil {
			return nil, err
		}
		out.Entries = append(out.Entries, types.PutEventsResultEntry{EventId: &id})
	}
	return out, nil
}

// authorizePut asks whether the caller may put an entry on a bus: the caller's
// own identity policies, and in another account the bus's policy too. byBus says
// whether a rule does it.
func (s *Service) authorizePut(c *world.Call, a address, e types.PutEventsRequestEntry, byBus string) error {
	if a.region != c.Region && byBus == "false" {
		return world.Unimplemented("PutEvents to an event bus in another Region")
	}
	b := s.here(a.home)[a.name]
	ctx := s.busContext(a)
	ctx["events:eventBusInvocation"] = []string{byBus}
	if e.Source != nil {
		ctx["events:source"] = []string{*e.Source}
	}
	if e.DetailType != nil {
		ctx["events:detail-type"] = []string{*e.DetailType}
	}
	d, err := c.Decide(world.Access{Action: "events:PutEvents", Resource: a.arn(), ResourceAccount: a.account, Context: ctx, Policy: b.named()})
	if err != nil || d.Effect == keypolicy.Allowed {
		return err
	}
	return denied(c.Denial(world.Access{Action: "events:PutEvents", Resource: a.arn(), ResourceAccount: a.account, Context: ctx, Policy: b.named()}, d))
}

// refuse gives the code and the message for an entry that is not taken. The
// code of a source of AWS's is as it is reported; the API reference adds
// Exception to it. The words for a long DetailType are ours.
func refuse(e types.PutEventsRequestEntry) (code, message string) {
	missing := func(name string) (string, string) {
		return "InvalidArgument", "Parameter " + name + " is not valid. Reason: " + name + " is a required argument."
	}
	switch {
	case aws.ToString(e.Source) == "":
		return missing("Source")
	case aws.ToString(e.DetailType) == "":
		return missing("DetailType")
	case aws.ToString(e.Detail) == "":
		return missing("Detail")
	case strings.HasPrefix(*e.Source, "aws."):
		return "NotAuthorizedForSource", "Not authorized for the source."
	case len([]rune(*e.DetailType)) > detailTypeLimit:
		return "InvalidArgument", "Parameter DetailType is not valid. Reason: DetailType is longer than 128 characters."
	case !object(*e.Detail):
		return "MalformedDetail", "Detail is malformed."
	}
	return "", ""
}

// object says whether a text is a JSON object, of not too many levels.
func object(text string) bool {
	return json.Valid([]byte(text)) && strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "{") && depth(text) <= depthLimit
}

// depth counts the levels of valid JSON.
func depth(text string) int {
	most, now, quoted := 0, 0, false
	for i := 0; i < len(text); i++ {
		switch b := text[i]; {
		case quoted && b == '\\':
			i++
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '{' || b == '[':
			now++
			most = max(most, now)
		case b == '}' || b == ']':
			now--
		}
	}
	return most
}

// put puts an entry on its bus. The account is the sender's.
func (s *Service) put(c *world.Call, in types.PutEventsRequestEntry) (id string, err error) {
	a := addressOf(c, in.EventBusName)
	at := c.Time
	if in.Time != nil {
		at = *in.Time
	}
	e, err := s.newEvent(header{
		DetailType: *in.DetailType, Source: *in.Source, Account: c.Account(), Time: stamp(at), Region: c.Region,
		Resources: in.Resources, Detail: json.RawMessage(*in.Detail),
	})
	if err != nil {
		return "", err
	}
	e.trace = in.TraceHeader
	if b := s.here(a.home)[a.name]; b != nil {
		s.accept(b, e)
	}
	return e.ID, nil
}

// Put puts one event on a bus, as the caller of c, for a service that does so:
// the bus is named by its ARN, whatever the entry says.
func (s *Service) Put(c *world.Call, busARN string, e types.PutEventsRequestEntry) error {
	e.EventBusName = &busARN
	if err := s.authorizePut(c, addressOf(c, e.EventBusName), e, "false"); err != nil {
		return err
	}
	if code, message := refuse(e); code != "" {
		return &wire.Error{Code: code, Message: message, Status: 400}
	}
	_, err := s.put(c, e)
	return err
}

// testEventPattern demands of an event what is recorded: a JSON object with the
// members that every event has. The API reference demands resources too, the
// recorded cases do without.
func (s *Service) testEventPattern(c *world.Call, in *eventbridge.TestEventPatternInput) (*eventbridge.TestEventPatternOutput, error) {
	if err := s.authorize(c, "*", c.Account(), nil, nil); err != nil {
		return nil, err
	}
	var members map[string]json.RawMessage
	e, err := pattern.ParseEvent(*in.Event)
	if err != nil || json.Unmarshal([]byte(*in.Event), &members) != nil ||
		slices.ContainsFunc([]string{"id", "account", "source", "time", "region", "detail-type"}, func(m string) bool { return members[m] == nil }) {
		return nil, invalid("Parameter Event is not valid.")
	}
	p, err := pattern.Parse(*in.EventPattern)
	if err != nil {
		return nil, &types.InvalidEventPatternException{Message: new(err.Error())}
	}
	return &eventbridge.TestEventPatternOutput{Result: p.Matches(e)}, nil
}

// patternContext are the condition keys that the plain values of a pattern
// supply (EventBridge User Guide, "Using IAM policy conditions").
func patternContext(text string) map[string][]string {
	ctx := map[string][]string{}
	for key, path := range map[string][]string{
		"events:source": {"source"}, "events:detail-type": {"detail-type"}, "events:detail.service": {"detail", "service"},
		"events:detail.eventTypeCode":            {"detail", "eventTypeCode"},
		"events:detail.userIdentity.principalId": {"detail", "userIdentity", "principalId"},
	} {
		at := json.RawMessage(text)
		for _, name := range path {
			var members map[string]json.RawMessage
			if json.Unmarshal(at, &members) != nil {
				at = nil
				break
			}
			at = members[name]
		}
		var values []any
		if json.Unmarshal(at, &values) != nil {
			continue
		}
		for _, v := range values {
			if s, ok := v.(string); ok {
				ctx[key] = append(ctx[key], s)
			}
		}
	}
	return ctx
}
