package cloudwatchlogs

import (
	"fmt"
	"slices"
	"strings"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"rekey/lab/world"
)

// found is an event of a search, and its stream.
type found struct {
	event
	stream string
}

// newestFirst is from when on a search can begin with the newest events (API
// reference, FilterLogEvents, startFromHead).
var newestFirst = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// filterLogEvents searches the streams of a log group, in the order of time.
func (s *Service) filterLogEvents(c *world.Call, in *sdk.FilterLogEventsInput) (*sdk.FilterLogEventsOutput, error) {
	t, p, err := s.search(c, in)
	if err != nil {
		return nil, err
	}
	if err := s.existing(c, t); err != nil {
		return nil, err
	}
	all, err := t.candidates(in)
	if err != nil {
		return nil, err
	}
	forward := in.StartFromHead == nil || *in.StartFromHead
	if in.NextToken != nil {
		m, direction, ok := parseMark(*in.NextToken, c.Time)
		if !ok {
			return nil, badToken()
		}
		forward = direction
		all = slices.DeleteFunc(all, func(f found) bool {
			if forward {
				return f.before(m.at, m.n+1)
			}
			return !f.before(m.at, m.n)
		})
	}
	if !forward {
		slices.Reverse(all)
	}
	return s.matching(c, t, all, p, in.Limit, forward)
}

// search reads a request.
func (s *Service) search(c *world.Call, in *sdk.FilterLogEventsInput) (target, pattern, error) {
	if in.Unmask {
		return target{}, nil, world.Unimplemented("FilterLogEvents with unmask")
	}
	if in.LogStreamNames != nil && in.LogStreamNamePrefix != nil { // API reference; assumption: the wording
		return target{}, nil, invalid("LogStream names and LogStream name prefix are mutually exclusive parameters.")
	}
	if in.StartFromHead != nil && !*in.StartFromHead && (in.StartTime == nil || *in.StartTime < millis(newestFirst)) {
		return target{}, nil, invalid("startFromHead can be false only with a startTime on or after January 1, 2024 00:00:00 UTC.") // assumption: the wording
	}
	t, err := s.given(c, in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return t, nil, err
	}
	text := ""
	if in.FilterPattern != nil {
		text = *in.FilterPattern
	}
	p, err := parsePattern(text)
	return t, p, err
}

// candidates are the events of the streams and times that are asked for, in the
// order of time. Unlike with GetLogEvents, the end is included (API reference).
func (g *group) candidates(in *sdk.FilterLogEventsInput) ([]found, error) {
	for _, name := range in.LogStreamNames {
		if g.streams[name] == nil {
			return nil, noSuchStream()
		}
	}
	end := in.EndTime
	if end != nil {
		end = new(*end + 1)
	}
	var all []found
	for _, st := range world.Sorted(g.streams) {
		switch {
		case in.LogStreamNames != nil && !slices.Contains(in.LogStreamNames, st.name):
			continue
		case in.LogStreamNamePrefix != nil && !strings.HasPrefix(st.name, *in.LogStreamNamePrefix):
			continue
		}
		for _, e := range within(st.events, in.StartTime, end) {
			all = append(all, found{e, st.name})
		}
	}
	slices.SortFunc(all, func(a, b found) int { return byTime(a.event, b.event) })
	return all, nil
}

// matching makes a page of the events that match. There is a token where a
// further one does.
func (s *Service) matching(c *world.Call, t target, all []found, p pattern, limit *int32, forward bool) (*sdk.FilterLogEventsOutput, error) {
	most, size := countLimit, 0
	if limit != nil {
		most = int(*limit)
	}
	most = c.PageSize(most)
	// No streams are told of any more (API reference, searchedLogStreams).
	out := &sdk.FilterLogEventsOutput{Events: []types.FilteredLogEvent{}, SearchedLogStreams: []types.SearchedLogStream{}}
	r := s.reader(t.group)
	var last found
	for _, f := range all {
		text, err := r.text(f.event)
		if err != nil {
			return nil, err
		}
		if ok, err := p.matches(text); err != nil || !ok {
			if err != nil {
				return nil, err
			}
			continue
		}
		size += f.size + eventOverhead
		if n := len(out.Events); n == most || n > 0 && size > pageLimit {
			out.NextToken = new(mark{last.at, last.n}.token(forward, c.Time))
			break
		}
		last = f
		out.Events = append(out.Events, types.FilteredLogEvent{
			LogStreamName: new(f.stream), Timestamp: new(f.at), IngestionTime: new(f.ingested), Message: &text, EventId: new(fmt.Sprintf("3%055d", f.n)),
		})
	}
	return out, nil
}
