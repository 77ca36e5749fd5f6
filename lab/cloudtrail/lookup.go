package cloudtrail

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"rekey/lab/world"
)

// lookupEvents gives the newest first, of the caller's account and Region (API
// reference, LookupEvents).
func (s *Service) lookupEvents(c *world.Call, in *cloudtrail.LookupEventsInput) (*cloudtrail.LookupEventsOutput, error) {
	if len(in.LookupAttributes) > 1 { // "Currently the list can contain only one item"; the wording is assumed
		return nil, &types.InvalidLookupAttributesException{Message: new("You can specify only one lookup attribute.")}
	}
	if in.StartTime != nil && in.EndTime != nil && in.StartTime.After(*in.EndTime) {
		return nil, &types.InvalidTimeRangeException{Message: new("The start time occurs after the end time.")} // assumed wording
	}
	err := c.Authorize("AccessDeniedException", world.Access{Action: "cloudtrail:LookupEvents", Resource: "*", ResourceAccount: c.Account()})
	if err != nil {
		return nil, err
	}
	before, err := resume(in)
	if err != nil {
		return nil, err
	}
	out := &cloudtrail.LookupEventsOutput{Events: []types.Event{}}
	if in.EventCategory != "" { // Insights: there are none
		return out, nil
	}
	size := 50
	if in.MaxResults != nil {
		size = int(*in.MaxResults)
	}
	some, more := s.newest(c, in, before, c.PageSize(size))
	for _, e := range some {
		out.Events = append(out.Events, e.shown())
	}
	if more {
		out.NextToken = new(token(in, some[len(some)-1].id))
	}
	return out, nil
}

// newest gives up to so many events that fit, newest first, of those that are
// older than the one of the id ("" for all), and says whether there are more.
func (s *Service) newest(c *world.Call, in *cloudtrail.LookupEventsInput, before string, size int) (some []*event, more bool) {
	k := s.kept[home{c.Account(), c.Region}]
	if k == nil {
		return nil, false
	}
	begun := before == ""
	for _, e := range slices.Backward(k.events) {
		if !begun {
			begun = e.id == before
			continue
		}
		if !e.fits(c.Time, in) {
			continue
		}
		if len(some) == size {
			return some, true
		}
		some = append(some, e)
	}
	return some, false
}

func (e *event) fits(now time.Time, in *cloudtrail.LookupEventsInput) bool {
	switch {
	case e.visible.After(now), now.Sub(e.time) > remembered:
		return false
	case in.StartTime != nil && e.time.Before(in.StartTime.Truncate(time.Second)), in.EndTime != nil && e.time.After(*in.EndTime):
		return false
	}
	for _, a := range in.LookupAttributes {
		if !e.has(a.AttributeKey, *a.AttributeValue) {
			return false
		}
	}
	return true
}

func (e *event) has(key types.LookupAttributeKey, value string) bool {
	switch key {
	case types.LookupAttributeKeyEventId:
		return e.id == value
	case types.LookupAttributeKeyEventName:
		return e.name == value
	case types.LookupAttributeKeyReadOnly:
		return strconv.FormatBool(e.readOnly) == value
	case types.LookupAttributeKeyUsername:
		return e.username() == value
	case types.LookupAttributeKeyEventSource:
		return e.service+".amazonaws.com" == value
	case types.LookupAttributeKeyAccessKeyId:
		return e.accessKey() == value
	}
	return slices.ContainsFunc(e.resources, func(r resource) bool {
		return key == types.LookupAttributeKeyResourceType && r.kind == value ||
			key == types.LookupAttributeKeyResourceName && (r.name == value || r.arn == value)
	})
}

// accessKey is what the caller's own account is told.
func (e *event) accessKey() string {
	if e.owner || e.byService {
		return ""
	}
	return e.client.AccessKeyID
}

func (e *event) shown() types.Event {
	text, _ := json.Marshal(e.record()) // texts, flags and JSON only
	out := types.Event{
		EventId: &e.id, EventName: &e.name, ReadOnly: new(strconv.FormatBool(e.readOnly)), EventTime: &e.time,
		EventSource: new(e.service + ".amazonaws.com"), CloudTrailEvent: new(string(text)), Resources: []types.Resource{},
	}
	if name := e.username(); name != "" && !e.owner {
		out.Username = &name
	}
	if key := e.accessKey(); key != "" {
		out.AccessKeyId = &key
	}
	for _, r := range e.resources {
		out.Resources = append(out.Resources, types.Resource{ResourceType: new(r.kind), ResourceName: new(r.name)})
	}
	return out
}

// A token names the last event of its page, and the request that it belongs to:
// it "must be passed in with the same parameters that were specified in the
// original call".
func token(in *cloudtrail.LookupEventsInput, last string) string {
	return base64.StdEncoding.EncodeToString([]byte(last + "|" + asked(in)))
}

func asked(in *cloudtrail.LookupEventsInput) string {
	same := *in
	same.NextToken, same.MaxResults = nil, nil
	text, _ := json.Marshal(same) // plain members
	return string(text)
}

// resume reads a token: the id of the event before the page, "" for none.
func resume(in *cloudtrail.LookupEventsInput) (string, error) {
	if in.NextToken == nil {
		return "", nil
	}
	b, err := base64.StdEncoding.DecodeString(*in.NextToken)
	last, of, ok := strings.Cut(string(b), "|")
	if err != nil || !ok || of != asked(in) {
		return "", &types.InvalidNextTokenException{Message: new("The token is invalid, or was used with different parameters.")} // assumed wording
	}
	return last, nil
}
