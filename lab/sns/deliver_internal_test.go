package sns

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"rekey/lab/world"
)

func TestRetriesLast23Days(t *testing.T) {
	var whole time.Duration
	n := 0
	for ; ; n++ {
		wait, again := delay(n)
		if !again {
			break
		}
		whole += wait
	}
	if days := whole / (24 * time.Hour); n != 100_015 || days != 23 {
		t.Errorf("there are %d retries in %d days", n, days)
	}
}

// sending is a queue service that fails for all queues but one.
type sending struct {
	well string
	sent int
}

func (s *sending) Deliver(_ *world.Call, arn string, _ *sqs.SendMessageInput) error {
	if arn != s.well {
		return world.InternalFailure()
	}
	s.sent++
	return nil
}

func TestAfterTheLastRetryAMessageIsDead(t *testing.T) {
	const queue, grave = "arn:aws:sqs:eu-west-1:111122223333:q", "arn:aws:sqs:eu-west-1:111122223333:grave"
	w, queues := world.New(world.Options{}), &sending{well: grave}
	s := New(w, nil, queues, nil)
	sub := &subscription{
		topic: &topic{values: map[string]string{}}, protocol: toQueue, endpoint: queue,
		values: map[string]string{"RedrivePolicy": `{"deadLetterTargetArn":"` + grave + `"}`},
	}
	w.Locked(func() { s.attempt(sub, &message{}, 100_014) })
	if queues.sent != 0 {
		t.Error("it is dead before the last retry")
	}
	w.Advance(20 * time.Second)
	if queues.sent != 1 {
		t.Errorf("there are %d dead letters", queues.sent)
	}
}
