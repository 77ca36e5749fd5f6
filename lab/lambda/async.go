package lambda

import (
	"encoding/json"
	"time"

	eventstypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"rekey/lab/world"
)

// event is one asynchronous invocation under way.
type event struct {
	id        string
	function  name
	payload   []byte
	queued    time.Time
	attempts  int // that came to an error of the function
	throttles int
}

const (
	// handing is how long a queued event takes to reach its function.
	handing = 100 * time.Millisecond
	// Lambda Developer Guide, "Configuring error handling settings for
	// asynchronous invocations": two retries, "with a one-minute wait between the
	// first two attempts, and two minutes between the second and third"; an event
	// stays for six hours; what is throttled comes back with a back-off from one
	// second to five minutes.
	usualRetries = 2
	usualAge     = 6 * time.Hour
	firstBackOff = time.Second
	mostBackOff  = 5 * time.Minute
)

// attempt hands an event to its function, within the world's lock.
func (s *Service) attempt(e event) {
	f := s.functions[e.function.home][e.function.function]
	if f == nil {
		return // deleted in the meantime, with its events
	}
	if age := s.world.Clock.Now().Sub(e.queued); age > f.async.maxAge() {
		s.gaveUp(f, e, "EventAgeExceeded", Result{})
		return
	}
	err := ready(f)
	var run run
	if err == nil {
		run, err = s.begin(f)
	}
	if err != nil {
		s.again(&e, min(firstBackOff<<min(e.throttles, 20), mostBackOff))
		return
	}
	s.outside(run, e.id, e.payload, func(r Result, err error) {
		if err != nil {
			r = failed("AccessDenied", err.Error())
		}
		s.handled(f, e, r)
	})
}

func (s *Service) again(e *event, wait time.Duration) {
	e.throttles++
	s.world.Clock.At(s.world.Clock.Now().Add(wait), func() { s.attempt(*e) })
}

// handled decides what becomes of an event that the function has had.
func (s *Service) handled(f *function, e event, r Result) {
	if e.attempts++; r.FunctionError == "" {
		s.report(f, e, f.async.onSuccess, "Success", r)
		return
	}
	if e.attempts > f.async.retries() {
		s.gaveUp(f, e, "RetriesExhausted", r)
		return
	}
	wait := time.Duration(e.attempts) * time.Minute
	if s.world.Clock.Now().Add(wait).Sub(e.queued) > f.async.maxAge() {
		s.gaveUp(f, e, "EventAgeExceeded", r)
		return
	}
	s.world.Clock.At(s.world.Clock.Now().Add(wait), func() { s.attempt(e) })
}

// gaveUp sends what could not be handled to where the function wants it, or
// drops it.
func (s *Service) gaveUp(f *function, e event, why string, r Result) {
	s.report(f, e, f.async.onFailure, why, r)
	if f.deadLetters == "" {
		return
	}
	var told struct {
		Message string `json:"errorMessage"`
	}
	_ = json.Unmarshal(r.Payload, &told) // a function may answer anything
	attributes := map[string]string{"RequestID": e.id, "ErrorCode": "200", "ErrorMessage": told.Message}
	s.send(f, f.deadLetters, string(e.payload), attributes)
}

// report sends the record of an asynchronous invocation to a destination
// (recorded form).
func (s *Service) report(f *function, e event, destination, condition string, r Result) {
	if destination == "" {
		return
	}
	record := map[string]any{
		"version": "1.0", "timestamp": s.world.Clock.Now().Format("2006-01-02T15:04:05.000Z"),
		"requestContext":  map[string]any{"requestId": e.id, "functionArn": f.arn() + ":" + latest, "condition": condition, "approximateInvokeCount": e.attempts},
		"requestPayload":  json.RawMessage(e.payload),
		"responseContext": map[string]any{"statusCode": 200, "executedVersion": latest},
	}
	if r.FunctionError != "" {
		record["responseContext"].(map[string]any)["functionError"] = r.FunctionError
	}
	if json.Valid(r.Payload) {
		record["responsePayload"] = json.RawMessage(r.Payload)
	}
	text, err := json.Marshal(record)
	if err != nil {
		panic(err) // all of it was made from JSON
	}
	s.send(f, destination, string(text), nil)
}

// Queues is what Lambda needs of SQS: to send to a queue, and, for event source
// mappings, to receive from it and to delete what was handled.
type Queues interface {
	Deliver(c *world.Call, queueARN string, in *sqs.SendMessageInput) error
	Source
}

// Topics is what Lambda needs of SNS.
type Topics interface {
	Deliver(c *world.Call, topicARN string, in *sns.PublishInput) error
}

// Buses is what Lambda needs of EventBridge: to put an event on a bus, as the
// caller.
type Buses interface {
	Put(c *world.Call, busARN string, e eventstypes.PutEventsRequestEntry) error
}

// send gives a text to a queue, topic, function or bus, as the function's role.
// What it may not send is lost, as on AWS, and the trail has it.
func (s *Service) send(f *function, to, text string, attributes map[string]string) {
	s.world.Deliver(world.Delivery{From: "lambda", To: to, Typical: handing, Do: func() {
		key, err := assume(s.sessions, f.arn(), f.role)
		if err != nil {
			return
		}
		a := world.Actor{Caller: key.Caller, Region: f.region}
		_ = s.pass(a, f, to, text, attributes) // the trail has the refusal
	}})
}

func (s *Service) pass(a world.Actor, f *function, to, text string, attributes map[string]string) error {
	switch serviceOf(to) {
	case "sqs":
		return s.world.Act(a, "sqs", "SendMessage", func(c *world.Call) error {
			return s.Queues.Deliver(c, to, &sqs.SendMessageInput{MessageBody: &text, MessageAttributes: queueAttributes(attributes)})
		})
	case "sns":
		return s.world.Act(a, "sns", "Publish", func(c *world.Call) error {
			return s.Topics.Deliver(c, to, &sns.PublishInput{Message: &text, MessageAttributes: topicAttributes(attributes)})
		})
	case "lambda":
		return s.world.Act(a, "lambda", "Invoke", func(c *world.Call) error { return s.Queue(c, to, []byte(text)) })
	}
	return s.world.Act(a, "events", "PutEvents", func(c *world.Call) error {
		kind := "Lambda Function Invocation Result - Failure"
		if to == f.async.onSuccess {
			kind = "Lambda Function Invocation Result - Success"
		}
		return s.Buses.Put(c, to, eventstypes.PutEventsRequestEntry{
			Source: new("lambda"), DetailType: &kind, Resources: []string{to, f.arn() + ":" + latest}, Detail: &text,
		})
	})
}

// asyncConfig is how a function's asynchronous invocations are handled.
type asyncConfig struct {
	set                  bool
	maximumRetries       *int32
	maximumAge           *int32 // seconds
	onSuccess, onFailure string // ARNs
	modified             time.Time
}

func (a *asyncConfig) retries() int {
	if a.maximumRetries != nil {
		return int(*a.maximumRetries)
	}
	return usualRetries
}

func (a *asyncConfig) maxAge() time.Duration {
	if a.maximumAge != nil {
		return time.Duration(*a.maximumAge) * time.Second
	}
	return usualAge
}

func (a *asyncConfig) destinations() *types.DestinationConfig {
	d := &types.DestinationConfig{OnFailure: &types.OnFailure{}, OnSuccess: &types.OnSuccess{}}
	if a.onFailure != "" {
		d.OnFailure.Destination = &a.onFailure
	}
	if a.onSuccess != "" {
		d.OnSuccess.Destination = &a.onSuccess
	}
	return d
}
