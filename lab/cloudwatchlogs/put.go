package cloudwatchlogs

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"rekey/lab/world"
)

// API reference, PutLogEvents.
const (
	batchLimit    = 1 << 20 // bytes
	eventOverhead = 26      // bytes that an event counts besides its message
	eventLimit    = 1 << 20 // bytes of an event
	countLimit    = 10000   // events of a batch
	tooOldAfter   = 14 * day
	tooNewAfter   = 2 * time.Hour
	spanLimit     = 24 * time.Hour
)

// event is one log event.
type event struct {
	at, ingested int64
	n            int64 // its number among all events
	size         int   // of the message
	text         []byte
	under        *dataKey // that the text is encrypted under; nil for none
}

func (e event) before(at, n int64) bool { return e.at < at || e.at == at && e.n < n }

func byTime(a, b event) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.n, b.n)) }

// putLogEvents takes a batch, or what of it is neither too old nor too new. The
// sequence token is ignored (API reference).
func (s *Service) putLogEvents(c *world.Call, in *sdk.PutLogEventsInput) (*sdk.PutLogEventsOutput, error) {
	if in.Entity != nil {
		return nil, world.Unimplemented("PutLogEvents with an entity")
	}
	t := s.find(homeOf(c), *in.LogGroupName)
	st, err := s.existingStream(c, t, *in.LogStreamName)
	if err != nil {
		return nil, err
	}
	if err := checkBatch(in.LogEvents); err != nil {
		return nil, err
	}
	from, to, rejected := t.accepted(in.LogEvents, c.Time)
	if from < to && *in.LogEvents[to-1].Timestamp-*in.LogEvents[from].Timestamp > spanLimit.Milliseconds() {
		// reported, in aws-greengrass/aws-greengrass-log-manager#59
		return nil, invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
	}
	batch := make([]event, 0, to-from)
	for i, e := range in.LogEvents[from:to] {
		batch = append(batch, event{at: *e.Timestamp, ingested: millis(c.Time), n: s.count + int64(i) + 1, size: len(*e.Message), text: []byte(*e.Message)})
	}
	if err := s.seal(t.group, batch); err != nil {
		return nil, err
	}
	s.count += int64(len(batch))
	st.add(batch)
	st.token = fmt.Sprintf("4%055d", s.count) // its form is recorded nowhere, and nobody reads it
	s.watch(t.group)
	return &sdk.PutLogEventsOutput{NextSequenceToken: &st.token, RejectedLogEventsInfo: rejected}, nil
}

// checkBatch holds a batch to its size (reported wordings, in
// nhs-england-tools/terraform-aws-opennext#27 and aws/aws-sdk-js-v3#6164; the
// limit of an event has been raised since) and its order (recorded).
func checkBatch(batch []types.InputLogEvent) error {
	size := 0
	for i, e := range batch {
		if n := len(*e.Message); n > eventLimit {
			return invalid(fmt.Sprintf("Log event too large: %d bytes exceeds limit of %d", n, eventLimit))
		}
		size += len(*e.Message) + eventOverhead
		if i > 0 && *e.Timestamp < *batch[i-1].Timestamp {
			return invalid("Log events in a single PutLogEvents request must be in chronological order.")
		}
	}
	if size > batchLimit {
		return invalid(fmt.Sprintf("Upload too large: %d bytes exceeds limit of %d", size, batchLimit))
	}
	return nil
}

// accepted says which of a batch are taken, and why the others are not: too old,
// past the log group's retention, or too new. The indexes of the first two are
// those of the first event that is not (API reference, RejectedLogEventsInfo);
// that an event can be both is assumed.
func (g *group) accepted(batch []types.InputLogEvent, now time.Time) (from, to int, rejected *types.RejectedLogEventsInfo) {
	var info types.RejectedLogEventsInfo
	is := func(wrong func(at int64) bool) int {
		i := slices.IndexFunc(batch, func(e types.InputLogEvent) bool { return !wrong(*e.Timestamp) })
		if i < 0 {
			i = len(batch)
		}
		return i
	}
	tooOld := is(func(at int64) bool { return at < millis(now.Add(-tooOldAfter)) })
	expired := is(func(at int64) bool { return g.expired(at, millis(now)) })
	to = is(func(at int64) bool { return at <= millis(now.Add(tooNewAfter)) })
	if tooOld > 0 {
		info.TooOldLogEventEndIndex, rejected = new(int32(tooOld)), &info
	}
	if expired > 0 {
		info.ExpiredLogEventEndIndex, rejected = new(int32(expired)), &info
	}
	if to < len(batch) {
		info.TooNewLogEventStartIndex, rejected = new(int32(to)), &info
	}
	return max(tooOld, expired), to, rejected
}

// add takes a batch into the stream.
func (st *stream) add(batch []event) {
	if len(batch) == 0 {
		return
	}
	first, last := batch[0], batch[len(batch)-1]
	if st.ingested == 0 || first.at < st.first {
		st.first = first.at
	}
	st.last, st.ingested = max(st.last, last.at), first.ingested
	st.events = append(st.events, batch...)
	slices.SortFunc(st.events, byTime)
}
