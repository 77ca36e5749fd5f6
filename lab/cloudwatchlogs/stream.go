package cloudwatchlogs

import (
	"cmp"
	"slices"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"rekey/lab/world"
)

// stream is one log stream.
type stream struct {
	name    string
	created int64
	events  []event // by time, and those of the same time as they came in
	// The times of the first and last event that there ever was, and when one came
	// in last; 0 where there was none. That they outlive the events is assumed.
	first, last, ingested int64
	token                 string // of the last PutLogEvents
}

func (s *Service) createLogStream(c *world.Call, in *sdk.CreateLogStreamInput) (*sdk.CreateLogStreamOutput, error) {
	t := s.find(homeOf(c), *in.LogGroupName)
	st, err := s.stream(c, t, *in.LogStreamName)
	if err != nil {
		return nil, err
	}
	if st != nil { // recorded wording
		return nil, &types.ResourceAlreadyExistsException{Message: new("The specified log stream already exists")}
	}
	t.streams[*in.LogStreamName] = &stream{name: *in.LogStreamName, created: millis(c.Time)}
	return &sdk.CreateLogStreamOutput{}, nil
}

// stream finds a log stream, nil where there is none in the log group, and
// authorizes the call on it.
func (s *Service) stream(c *world.Call, t target, name string) (*stream, error) {
	if err := authorize(c, t, c.Operation, streamARN(t, name), nil); err != nil {
		return nil, err
	}
	if t.group == nil {
		return nil, noSuchGroup()
	}
	return t.streams[name], nil
}

func (s *Service) existingStream(c *world.Call, t target, name string) (*stream, error) {
	st, err := s.stream(c, t, name)
	if err == nil && st == nil {
		err = noSuchStream()
	}
	return st, err
}

func (s *Service) deleteLogStream(c *world.Call, in *sdk.DeleteLogStreamInput) (*sdk.DeleteLogStreamOutput, error) {
	t := s.find(homeOf(c), *in.LogGroupName)
	if _, err := s.existingStream(c, t, *in.LogStreamName); err != nil {
		return nil, err
	}
	delete(t.streams, *in.LogStreamName)
	s.watch(t.group)
	return &sdk.DeleteLogStreamOutput{}, nil
}

func (s *Service) describeLogStreams(c *world.Call, in *sdk.DescribeLogStreamsInput) (*sdk.DescribeLogStreamsOutput, error) {
	t, err := s.given(c, in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	byTime := in.OrderBy == types.OrderByLastEventTime
	if byTime && in.LogStreamNamePrefix != nil { // API reference; assumption: the wording
		return nil, invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
	}
	if err := s.existing(c, t); err != nil {
		return nil, err
	}
	var all []*stream
	for _, st := range world.Sorted(t.streams) {
		if in.LogStreamNamePrefix == nil || strings.HasPrefix(st.name, *in.LogStreamNamePrefix) {
			all = append(all, st)
		}
	}
	if byTime {
		slices.SortStableFunc(all, func(a, b *stream) int { return cmp.Compare(a.last, b.last) })
	}
	if in.Descending != nil && *in.Descending {
		slices.Reverse(all)
	}
	some, next, err := page(c, all, func(st *stream) string { return st.name }, in.NextToken, in.Limit)
	out := &sdk.DescribeLogStreamsOutput{NextToken: next, LogStreams: []types.LogStream{}}
	for _, st := range some {
		out.LogStreams = append(out.LogStreams, t.describeStream(st))
	}
	return out, err
}

// describeStream has the members that were recorded; the others are there once an
// event was. StoredBytes is always zero (API reference, LogStream).
func (g *group) describeStream(st *stream) types.LogStream {
	//lint:ignore SA1019 the service still tells it, as zero
	told := types.LogStream{Arn: new(g.arn() + ":log-stream:" + st.name), CreationTime: &st.created, LogStreamName: &st.name, StoredBytes: new(int64(0))}
	if st.token != "" {
		told.UploadSequenceToken = &st.token
	}
	if st.ingested != 0 {
		told.FirstEventTimestamp, told.LastEventTimestamp, told.LastIngestionTime = &st.first, &st.last, &st.ingested
	}
	return told
}
