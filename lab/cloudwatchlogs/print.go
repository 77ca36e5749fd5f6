package cloudwatchlogs

import (
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// Print writes lines into a log stream as a caller, each as an event of that
// time, the way Lambda writes what a function prints: it makes the log group if
// there is none (logs:CreateLogGroup), the stream if there is none
// (logs:CreateLogStream), and puts the events there (logs:PutLogEvents), each as a
// call of its own with its own entry in the trail. Empty lines are no events. A
// line longer than an event can be becomes several.
//
// It takes the world's lock, so it is for who does not hold it: what runs by
// World.Outside or Call.Unlocked. The error is that of the first call that was
// refused, or says that the events were too old or too new; nothing is written
// after it.
func (s *Service) Print(as world.Caller, region keyid.Region, group, stream string, at time.Time, lines []string) (err error) {
	batches := batchesOf(at, lines)
	s.world.Locked(func() { err = s.print(world.Actor{Caller: as, Region: region}, group, stream, batches) })
	return err
}

func (s *Service) print(a world.Actor, group, stream string, batches [][]types.InputLogEvent) error {
	h := home{a.Caller.Account(), a.Region}
	if s.find(h, group).group == nil {
		if err := act(s, a, "CreateLogGroup", s.createLogGroup, &sdk.CreateLogGroupInput{LogGroupName: &group}, nil); err != nil {
			return err
		}
	}
	if s.find(h, group).streams[stream] == nil {
		if err := act(s, a, "CreateLogStream", s.createLogStream, &sdk.CreateLogStreamInput{LogGroupName: &group, LogStreamName: &stream}, nil); err != nil {
			return err
		}
	}
	for _, b := range batches {
		var out sdk.PutLogEventsOutput
		if err := act(s, a, "PutLogEvents", s.putLogEvents, &sdk.PutLogEventsInput{LogGroupName: &group, LogStreamName: &stream, LogEvents: b}, &out); err != nil {
			return err
		}
		if out.RejectedLogEventsInfo != nil {
			return errors.New("cloudwatchlogs: what was printed to " + group + " is too old or too new for it: tell its time by the world's clock")
		}
	}
	return nil
}

// act makes one call as the actor, within the world's lock. to, if any, takes the
// answer.
func act[I, O any](s *Service, a world.Actor, operation string, handle func(*world.Call, *I) (*O, error), in *I, to *O) error {
	return s.world.Act(a, s.Name(), operation, func(c *world.Call) error {
		c.Carries(in, nil)
		out, err := handle(c, in)
		if err != nil {
			return err
		}
		c.Carries(in, out)
		if to != nil {
			*to = *out
		}
		return nil
	})
}

// batchesOf makes events of lines, in batches that PutLogEvents takes.
func batchesOf(at time.Time, lines []string) [][]types.InputLogEvent {
	var all [][]types.InputLogEvent
	size := 0
	for _, line := range lines {
		for _, message := range pieces(strings.ToValidUTF8(line, "\uFFFD"), batchLimit-eventOverhead) {
			n := len(message) + eventOverhead
			if len(all) == 0 || size+n > batchLimit || len(all[len(all)-1]) == countLimit {
				all, size = append(all, nil), 0
			}
			last := &all[len(all)-1]
			*last = append(*last, types.InputLogEvent{Message: &message, Timestamp: new(millis(at))})
			size += n
		}
	}
	return all
}

// pieces cuts a text into pieces of at most so many bytes, between characters;
// none for an empty one.
func pieces(text string, size int) []string {
	var all []string
	for len(text) > size {
		cut := size
		for !utf8.RuneStart(text[cut]) {
			cut--
		}
		all, text = append(all, text[:cut]), text[cut:]
	}
	if text != "" {
		all = append(all, text)
	}
	return all
}
