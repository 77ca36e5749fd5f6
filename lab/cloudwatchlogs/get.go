package cloudwatchlogs

import (
	"slices"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"rekey/lab/world"
)

// pageLimit is how many bytes of events a page has, and countLimit how many
// events (API reference, GetLogEvents).
const pageLimit = 1 << 20

// getLogEvents gives one page of a stream, always in the order of time. Which way
// a token reads is told by the token.
func (s *Service) getLogEvents(c *world.Call, in *sdk.GetLogEventsInput) (*sdk.GetLogEventsOutput, error) {
	if in.Unmask {
		return nil, world.Unimplemented("GetLogEvents with unmask")
	}
	t, err := s.given(c, in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	st, err := s.existingStream(c, t, *in.LogStreamName)
	if err != nil {
		return nil, err
	}
	forward := in.StartFromHead != nil && *in.StartFromHead
	all := within(st.events, in.StartTime, in.EndTime)
	var at mark
	if in.NextToken != nil {
		var ok bool
		if at, forward, ok = parseMark(*in.NextToken, c.Time); !ok {
			return nil, badToken()
		}
		all = at.beyond(all, forward)
	}
	some := cut(c, all, in.Limit, forward)
	out := &sdk.GetLogEventsOutput{Events: []types.OutputLogEvent{}}
	out.NextForwardToken, out.NextBackwardToken = tokens(c, in.NextToken, at, forward, some)
	r := s.reader(t.group)
	for _, e := range some {
		text, err := r.text(e)
		if err != nil {
			return nil, err
		}
		out.Events = append(out.Events, types.OutputLogEvent{Timestamp: new(e.at), IngestionTime: new(e.ingested), Message: &text})
	}
	return out, nil
}

// tokens are those of a page. At the end of the stream the token that was passed
// comes back (API reference).
func tokens(c *world.Call, passed *string, at mark, forward bool, some []event) (next, back *string) {
	if len(some) == 0 {
		next, back = new(at.token(true, c.Time)), new(at.token(false, c.Time))
		if passed != nil && forward {
			next = passed
		} else if passed != nil {
			back = passed
		}
		return next, back
	}
	first, last := some[0], some[len(some)-1]
	return new(mark{last.at, last.n}.token(true, c.Time)), new(mark{first.at, first.n}.token(false, c.Time))
}

// within are the events from a start and before an end, each nil for none.
func within(all []event, start, end *int64) []event {
	if start != nil {
		i, _ := slices.BinarySearchFunc(all, event{at: *start}, byTime)
		all = all[i:]
	}
	if end != nil {
		i, _ := slices.BinarySearchFunc(all, event{at: *end}, byTime)
		all = all[:i]
	}
	return all
}

// cut takes a page's worth of events from one end of a list.
func cut(c *world.Call, all []event, limit *int32, fromHead bool) []event {
	most := countLimit
	if limit != nil {
		most = int(*limit)
	}
	most = c.PageSize(most)
	n, size := 0, 0
	for n < len(all) && n < most {
		e := all[n]
		if !fromHead {
			e = all[len(all)-1-n]
		}
		if size += e.size + eventOverhead; n > 0 && size > pageLimit {
			break
		}
		n++
	}
	if fromHead {
		return all[:n]
	}
	return all[len(all)-n:]
}
