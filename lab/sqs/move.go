package sqs

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"rekey/lab/world"
)

// move is a task that moves the messages of a dead-letter queue.
type move struct {
	id      string
	source  *queue
	target  string // ARN; "" for the queues that the messages came from
	rate    *int32 // messages a second
	caller  world.Actor
	status  string
	moved   int64
	all     int64
	reason  string
	started time.Time
	due     *world.Due // the next second's work
}

const (
	running   = "RUNNING"
	completed = "COMPLETED"
	cancelled = "CANCELLED"
	failed    = "FAILED"
)

// topRate is the greatest rate, and the one of a task that names none: AWS
// chooses one then.
const topRate = 500

// keptMoves is how many tasks of a queue are listed (API reference,
// ListMessageMoveTasks).
const keptMoves = 10

// handleOf is the form of task handles (recorded).
func (m *move) handle() string {
	b, _ := json.Marshal(struct {
		ID     string `json:"taskId"`
		Source string `json:"sourceArn"`
	}{m.id, m.source.arn()})
	return base64.StdEncoding.EncodeToString(b)
}

// startMessageMoveTask needs the permission to start one, to receive and delete
// messages of the dead-letter queue, and to send to the queue that it names
// (Developer Guide, "Configuring queue permissions to use dead-letter queue
// redrive").
func (s *Service) startMessageMoveTask(c *world.Call, in *sqs.StartMessageMoveTaskInput) (*sqs.StartMessageMoveTaskOutput, error) {
	source, ok := s.byARN(c, *in.SourceArn)
	if !ok {
		return nil, invalidParameter("Value for parameter SourceArn is invalid.")
	}
	if err := s.authorize(c, source, "StartMessageMoveTask", nil); err != nil {
		return nil, err
	}
	switch {
	case source.queue == nil:
		return nil, notThere("The resource that you specified for the SourceArn parameter doesn't exist.")
	case len(s.sources(source.queue)) == 0:
		return nil, invalidParameter("Source queue must be configured as a Dead Letter Queue.")
	case in.MaxNumberOfMessagesPerSecond != nil && (*in.MaxNumberOfMessagesPerSecond < 1 || *in.MaxNumberOfMessagesPerSecond > topRate):
		return nil, invalidValue("MaxNumberOfMessagesPerSecond", strconv.Itoa(int(*in.MaxNumberOfMessagesPerSecond)), "Must be between 1 and 500.")
	}
	for _, action := range []string{"ReceiveMessage", "DeleteMessage", "GetQueueAttributes"} {
		if err := s.authorize(c, source, action, nil); err != nil {
			return nil, err
		}
	}
	m := &move{id: s.world.UUID("move"), source: source.queue, rate: in.MaxNumberOfMessagesPerSecond, status: running, started: c.Time, caller: world.Actor{Caller: c.Caller, Region: c.Region}}
	if in.DestinationArn != nil {
		target, ok := s.byARN(c, *in.DestinationArn)
		if !ok || target.queue == nil {
			return nil, notThere("The resource that you specified for the DestinationArn parameter doesn't exist.")
		}
		if err := s.authorize(c, target, "SendMessage", nil); err != nil {
			return nil, err
		}
		m.target = *in.DestinationArn
	}
	r := s.here(source.owner)
	for _, other := range r.moves {
		if other.source == m.source && other.status == running {
			return nil, invalidParameter("There is already a task running. Only one active task is allowed for a source queue arn at a given time.")
		}
	}
	source.expire(c.Time)
	m.all = int64(len(source.messages))
	r.moves = append(r.moves, m)
	m.due = s.world.Clock.After(time.Second, func() { s.proceed(m) })
	return &sqs.StartMessageMoveTaskOutput{TaskHandle: new(m.handle())}, nil
}

// proceed moves as many messages as a second allows.
func (s *Service) proceed(m *move) {
	rate := topRate
	if m.rate != nil {
		rate = int(*m.rate)
	}
	for range rate {
		if m.status != running {
			return
		}
		if err := s.world.Act(m.caller, "sqs", "SendMessage", func(c *world.Call) error { return s.moveOne(c, m) }); err != nil {
			m.status, m.reason = failed, reasonOf(err)
			return
		}
	}
	m.due = s.world.Clock.At(s.world.Clock.Now().Add(time.Second), func() { s.proceed(m) })
}

// reasonOf names what stopped a task (recorded, for a queue that is gone).
func reasonOf(err error) string {
	e := world.Answer(err)
	if e.Code == "QueueDoesNotExist" {
		return "AWS.SimpleQueueService.NonExistentQueue"
	}
	return cmp.Or(e.QueryCode, e.Code)
}

// moveOne moves the oldest message that nobody has received. It is a new message
// then, with an id and a time of its own (Developer Guide, "Learn how to
// configure a dead-letter queue redrive").
func (s *Service) moveOne(c *world.Call, m *move) error {
	if s.here(m.source.owner).queues[m.source.name] != m.source {
		return noSuchQueue("The specified queue does not exist.")
	}
	m.source.expire(c.Time)
	i := 0
	for i < len(m.source.messages) && m.source.messages[i].visible.After(c.Time) {
		i++
	}
	if i == len(m.source.messages) {
		m.status = completed
		return nil
	}
	old := m.source.messages[i]
	arn := m.target
	if arn == "" {
		arn = old.source
	}
	t, ok := s.byARN(c, arn)
	if !ok { // of a message that was no dead letter
		return &types.UnsupportedOperation{Message: new("CouldNotDetermineMessageSource")}
	}
	if err := s.admit(c, t, "SendMessage", nil); err != nil {
		return err
	}
	body, err := s.open(c, m.source, old.body)
	if err != nil {
		return err
	}
	fresh := *old
	if fresh.body, err = s.seal(c, t.queue, body); err != nil {
		return err
	}
	fresh.id, fresh.sent, fresh.visible = s.world.UUID("message"), c.Time, c.Time
	fresh.received, fresh.here, fresh.handle, fresh.source, fresh.moved = 0, 0, 0, "", true
	fresh.first, fresh.taken = time.Time{}, time.Time{}
	if t.fifo() {
		fresh.sequence = t.nextSequence()
	}
	m.source.remove(old)
	t.messages = append(t.messages, &fresh)
	t.wake()
	m.moved++
	return nil
}

func (s *Service) listMessageMoveTasks(c *world.Call, in *sqs.ListMessageMoveTasksInput) (*sqs.ListMessageMoveTasksOutput, error) {
	source, ok := s.byARN(c, *in.SourceArn)
	if !ok {
		return nil, invalidParameter("Value for parameter SourceArn is invalid.")
	}
	if err := s.authorize(c, source, "ListMessageMoveTasks", nil); err != nil {
		return nil, err
	}
	most := 1
	if in.MaxResults != nil {
		if most = int(*in.MaxResults); most < 1 || most > keptMoves {
			return nil, invalidValue("MaxResults", strconv.Itoa(most), "Must be between 1 and 10.")
		}
	}
	if source.queue == nil {
		return nil, notThere("The resource that you specified for the SourceArn parameter doesn't exist.")
	}
	out := &sqs.ListMessageMoveTasksOutput{}
	moves := s.here(source.owner).moves
	for i := len(moves) - 1; i >= 0 && len(out.Results) < most; i-- {
		if moves[i].source == source.queue {
			out.Results = append(out.Results, moves[i].describe())
		}
	}
	return out, nil
}

// describe tells the handle only of a task that runs (API reference,
// ListMessageMoveTasks).
func (m *move) describe() types.ListMessageMoveTasksResultEntry {
	e := types.ListMessageMoveTasksResultEntry{
		Status: new(m.status), SourceArn: new(m.source.arn()), MaxNumberOfMessagesPerSecond: m.rate,
		ApproximateNumberOfMessagesMoved: m.moved, ApproximateNumberOfMessagesToMove: new(m.all), StartedTimestamp: m.started.UnixMilli(),
	}
	if m.target != "" {
		e.DestinationArn = new(m.target)
	}
	if m.status == running {
		e.TaskHandle = new(m.handle())
	}
	if m.reason != "" {
		e.FailureReason = new(m.reason)
	}
	return e
}

func (s *Service) cancelMessageMoveTask(c *world.Call, in *sqs.CancelMessageMoveTaskInput) (*sqs.CancelMessageMoveTaskOutput, error) {
	var h struct {
		ID     string `json:"taskId"`
		Source string `json:"sourceArn"`
	}
	b, err := base64.StdEncoding.DecodeString(*in.TaskHandle)
	if err != nil || json.Unmarshal(b, &h) != nil {
		return nil, invalidParameter("Value for parameter TaskHandle is invalid.")
	}
	noSource := notThere("The resource that you specified for the SourceArn parameter doesn't exist.")
	source, ok := s.byARN(c, h.Source)
	if !ok || source.owner.account != c.Account() && source.queue == nil {
		return nil, noSource
	}
	if err := s.authorize(c, source, "CancelMessageMoveTask", nil); err != nil {
		return nil, err
	}
	if source.queue == nil {
		return nil, noSource
	}
	for _, m := range s.here(source.owner).moves {
		if m.id == h.ID && m.source == source.queue && m.status == running {
			m.status = cancelled
			return &sqs.CancelMessageMoveTaskOutput{ApproximateNumberOfMessagesMoved: m.moved}, nil
		}
	}
	return nil, notThere("Task does not exist.")
}
