package eventbridge

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"rekey/lab/eventbridge/pattern"
	"rekey/lab/world"
	"rekey/shared/keyid"
)

// event is an event on a bus.
type event struct {
	header
	text     string
	parsed   pattern.Event
	trace    *string
	received time.Time
	// forwarded says that a rule of another bus sent it: such an event goes to no
	// third bus (EventBridge User Guide, "Sending events between event buses").
	forwarded bool
}

// header is an event as it is written, in the recorded order.
type header struct {
	Version    string          `json:"version"`
	ID         string          `json:"id"`
	DetailType string          `json:"detail-type"`
	Source     string          `json:"source"`
	Account    keyid.Account   `json:"account"`
	Time       string          `json:"time"`
	Region     keyid.Region    `json:"region"`
	Resources  []string        `json:"resources"`
	Detail     json.RawMessage `json:"detail"`
}

// newEvent writes an event down. The detail is a JSON object.
func (s *Service) newEvent(h header) (*event, error) {
	h.Version, h.ID = "0", s.world.UUID("event")
	h.Resources = append([]string{}, h.Resources...)
	e := &event{header: h, received: s.world.Clock.Now()}
	return e, e.write()
}

func (e *event) write() (err error) {
	e.text = compact(e.header)
	e.parsed, err = pattern.ParseEvent(e.text)
	return err
}

// compact writes JSON without blanks, and as it is: <, > and & too.
func compact(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err) // our own types, and JSON that was checked
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Emit puts an AWS service's event on the default bus of an account, within the
// world's lock: from the source aws.s3, about resources (ARNs, may be nil). It
// panics on a detail that is no JSON object: that is a mistake in the service.
func (s *Service) Emit(account keyid.Account, region keyid.Region, source, detailType string, resources []string, detail any) {
	e, err := s.newEvent(header{
		DetailType: detailType, Source: source, Account: account, Time: stamp(s.world.Clock.Now()), Region: region,
		Resources: resources, Detail: json.RawMessage(compact(detail)),
	})
	if err != nil {
		panic("eventbridge: the detail of " + detailType + ": " + err.Error())
	}
	s.accept(s.here(home{account, region})[defaultBus], e)
}

// accept offers an event to the rules of a bus.
func (s *Service) accept(b *bus, e *event) {
	for _, r := range world.Sorted(b.rules) {
		if r.takes(e) {
			s.send(r, e)
		}
	}
}

// takes says whether a rule matches an event. Management events that only read
// reach the rules that ask for all of them (EventBridge User Guide, "Receiving
// read-only management events").
func (r *rule) takes(e *event) bool {
	switch r.state {
	case types.RuleStateDisabled:
		return false
	case types.RuleStateEnabled:
		if e.onlyReads() {
			return false
		}
	}
	return r.pattern != nil && r.pattern.Matches(e.parsed)
}

func (e *event) onlyReads() bool {
	if !strings.HasSuffix(e.DetailType, " via CloudTrail") {
		return false
	}
	var d struct {
		ReadOnly bool `json:"readOnly"`
	}
	return json.Unmarshal(e.Detail, &d) == nil && d.ReadOnly
}
