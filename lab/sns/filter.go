package sns

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"rekey/lab/eventbridge/pattern"
	"rekey/lab/world"
)

// What a filter policy is held against (Developer Guide, "Amazon SNS
// subscription filter policy scope").
const (
	byAttributes = "MessageAttributes"
	byBody       = "MessageBody"
)

// The limits of a filter policy (Developer Guide, "Filter policy constraints in
// Amazon SNS").
const (
	keysLimit         = 5
	combinationsLimit = 150
)

// filter is a filter policy that was understood. Its language is one with the
// patterns of EventBridge: the recorded refusals are those of the same library.
type filter struct {
	scope   string
	pattern *pattern.Pattern
}

// parseFilter reads a filter policy for a scope, "" for the usual one. Its
// errors are recorded (sns test_validate_policy, test_policy_complexity,
// test_sub_filter_policy_nested_property), but for what is no JSON, which AWS
// words as its parser does.
func parseFilter(text, scope string) (*filter, error) {
	if scope == "" {
		scope = byAttributes
	}
	var whole map[string]any
	if err := json.Unmarshal([]byte(text), &whole); err != nil {
		return nil, invalid("FilterPolicy: failed to parse JSON. " + err.Error())
	}
	var m measure
	if err := m.object(whole, 1); err != nil {
		return nil, err
	}
	p, err := pattern.Parse(text)
	var bad *pattern.Invalid
	switch {
	case errors.As(err, &bad):
		return nil, invalid("FilterPolicy: " + bad.Reason)
	case err != nil:
		return nil, err
	case m.nested && scope == byAttributes:
		return nil, invalid("Filter policy scope MessageAttributes does not support nested filter policy")
	case keys(whole) > keysLimit:
		return nil, invalid("FilterPolicy: Filter policy can not have more than 5 keys")
	case m.combinations > combinationsLimit:
		return nil, invalid("FilterPolicy: Filter policy is too complex")
	}
	return &filter{scope, p}, nil
}

// keys counts the names on the outermost level, and those of the alternatives of
// an $or as they stand there.
func keys(o map[string]any) int {
	n := 0
	for name, v := range o {
		list, _ := v.([]any)
		if name != "$or" {
			n++
			continue
		}
		most := 0
		for _, alternative := range list {
			if a, ok := alternative.(map[string]any); ok {
				most = max(most, keys(a))
			}
		}
		n += most
	}
	return n
}

// measure is how complex a filter policy is: for each list its values times the
// level it is on, multiplied; those of the alternatives of an $or added.
type measure struct {
	combinations int
	nested       bool
}

func (m *measure) object(o map[string]any, level int) error {
	product := 1
	for name, v := range o {
		var part measure
		switch v := v.(type) {
		case map[string]any:
			m.nested = true
			if err := part.object(v, level+1); err != nil {
				return err
			}
		case []any:
			if name == "$or" {
				if err := part.either(v, level); err != nil {
					return err
				}
				break
			}
			if err := understood(v); err != nil {
				return err
			}
			part.combinations = len(v) * level
		}
		m.nested = m.nested || part.nested
		product *= max(part.combinations, 1)
	}
	m.combinations = product
	return nil
}

func (m *measure) either(alternatives []any, level int) error {
	for _, v := range alternatives {
		o, ok := v.(map[string]any)
		if !ok {
			continue // the pattern is refused for it
		}
		var part measure
		if err := part.object(o, level); err != nil {
			return err
		}
		m.combinations += part.combinations
		m.nested = m.nested || part.nested
	}
	return nil
}

// understood refuses what the patterns of EventBridge have and filter policies
// have not (recorded, for anything-but with suffix), or are not known to have.
func understood(values []any) error {
	for _, v := range values {
		o, ok := v.(map[string]any)
		if !ok {
			continue
		}
		for operator, operand := range o {
			inner, nested := operand.(map[string]any)
			switch {
			case operator == "wildcard" || operator == "exactly" || nested && operator != "anything-but":
				return world.Unimplemented("the operator " + operator + " of filter policies")
			case !nested:
				continue
			}
			for name := range inner {
				if name != "prefix" {
					return invalid("FilterPolicy: Unsupported anything-but pattern: " + name)
				}
			}
		}
	}
	return nil
}

// lets says whether a message passes.
func (f *filter) lets(m *message) bool {
	text := m.text
	if f.scope == byAttributes {
		text = attributesEvent(m.attributes)
	}
	e, err := pattern.ParseEvent(text)
	return err == nil && f.pattern.Matches(e)
}

// attributesEvent gives message attributes the form of an event: strings and
// numbers as themselves, String.Array as the list that it says it is, and
// nothing of binary ones (Developer Guide, "Filter policy constraints").
func attributesEvent(attributes map[string]types.MessageAttributeValue) string {
	event := map[string]any{}
	for name, v := range attributes {
		if v.StringValue == nil {
			continue
		}
		base, _, _ := strings.Cut(*v.DataType, ".")
		switch {
		case *v.DataType == "String.Array":
			var list []any
			d := json.NewDecoder(strings.NewReader(*v.StringValue))
			d.UseNumber()
			if d.Decode(&list) == nil {
				event[name] = list
			}
		case base == "Number":
			event[name] = json.Number(*v.StringValue)
		default:
			event[name] = *v.StringValue
		}
	}
	b, err := json.Marshal(event)
	if err != nil { // a number that JSON cannot write
		return ""
	}
	return string(b)
}
