package s3

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// Queues is what S3 needs of SQS: to send, as itself.
type Queues interface {
	Deliver(c *world.Call, queueARN string, in *sqs.SendMessageInput) error
}

// Topics is what S3 needs of SNS: to publish, as itself.
type Topics interface {
	Deliver(c *world.Call, topicARN string, in *sns.PublishInput) error
}

// Functions is what S3 needs of Lambda.
type Functions interface {
	// Invokable says why the caller may not invoke the function, or that there is
	// none.
	Invokable(c *world.Call, functionARN string) error
	// Queue invokes it asynchronously.
	Queue(c *world.Call, functionARN string, payload []byte) error
}

// Events is what S3 needs of EventBridge: events of its own on the default bus
// of an account.
type Events interface {
	Emit(account keyid.Account, region keyid.Region, source, detailType string, resources []string, detail any)
}

// served refuses destinations of services that this lab does not have.
func (s *Service) served(n *types.NotificationConfiguration) error {
	switch {
	case n.QueueConfigurations != nil && s.Queues == nil:
		return world.Unimplemented("notifications to queues")
	case n.TopicConfigurations != nil && s.Topics == nil:
		return world.Unimplemented("notifications to topics")
	case n.LambdaFunctionConfigurations != nil && s.Functions == nil:
		return world.Unimplemented("notifications to functions")
	case n.EventBridgeConfiguration != nil && s.Events == nil:
		return world.Unimplemented("events to EventBridge")
	}
	return nil
}

// try sends a test event to every queue and topic, and asks whether S3 may
// invoke the functions; all that fail are told together (recorded). Functions
// are asked first, since that leaves nothing behind. A queue or topic that
// comes before one that fails has got its test event.
func (s *Service) try(c *world.Call, b *bucket, all []rule) error {
	test, err := json.Marshal(testEvent{"Amazon S3", "s3:TestEvent", timestamp(c.Time), b.name, c.RequestID, hostID(c.RequestID)})
	if err != nil {
		return err
	}
	var names, reasons []string
	for _, where := range []string{"CloudFunction", "Queue", "Topic"} {
		for _, r := range all {
			if r.where != where || where != "CloudFunction" && len(names) > 0 {
				continue
			}
			err := s.act(b, r, func(c *world.Call) error {
				if where == "CloudFunction" {
					return s.Functions.Invokable(c, r.to)
				}
				return s.hand(c, r, test)
			})
			if err == nil {
				continue
			}
			reason, err := r.failed(err)
			if err != nil {
				return err
			}
			name := r.to
			if where == "CloudFunction" {
				name += ", null"
			}
			names, reasons = append(names, name), append(reasons, reason)
		}
	}
	if names != nil {
		return unreachable(names, reasons)
	}
	return nil
}

// unreachable tells of destinations that cannot be used (recorded form).
func unreachable(names, reasons []string) error {
	var pairs []string
	for i := range names {
		pairs = append(pairs, fmt.Sprintf("ArgumentName%d", i+1), names[i], fmt.Sprintf("ArgumentValue%d", i+1), reasons[i])
	}
	return fail(http.StatusBadRequest, "InvalidArgument", "Unable to validate the following destination configurations", pairs...)
}

// failed words why a destination cannot be used, or gives the error back where
// it is the lab's. The wordings for a queue that there is not and for functions
// are recorded, those for permissions reported; that failures of KMS are worded
// as the latter is assumed.
func (r rule) failed(err error) (string, error) {
	e := world.Answer(err)
	kind := strings.ToLower(r.where)
	switch {
	case e.Status >= 500:
		return "", err
	case r.where == "CloudFunction":
		return "Not authorized to invoke function [" + r.to + "]", nil
	case strings.Contains(e.Code, "DoesNotExist"), strings.Contains(e.Code, "NonExistent"), strings.HasPrefix(e.Code, "NotFound"):
		return "The destination " + kind + " does not exist", nil
	}
	return "Permissions on the destination " + kind + " do not allow S3 to publish notifications from this bucket", nil
}

// testEvent is what a queue or topic gets when notifications to it are
// configured (S3 User Guide, "Event message structure").
type testEvent struct{ Service, Event, Time, Bucket, RequestId, HostId string }

// act makes a call as S3 on behalf of the bucket.
func (s *Service) act(b *bucket, r rule, do func(*world.Call) error) error {
	operation := map[string]string{"Queue": "SendMessage", "Topic": "Publish", "CloudFunction": "Invoke"}[r.where]
	actor := world.Actor{Caller: world.ServiceCaller("s3.amazonaws.com"), Region: b.region, Source: world.Source{ARN: b.arn(), Account: b.owner}}
	return s.world.Act(actor, services[r.where], operation, do)
}

// hand gives a message to the destination.
func (s *Service) hand(c *world.Call, r rule, message []byte) error {
	body := string(message)
	switch r.where {
	case "Queue":
		return s.Queues.Deliver(c, r.to, &sqs.SendMessageInput{MessageBody: &body})
	case "Topic":
		return s.Topics.Deliver(c, r.to, &sns.PublishInput{Message: &body, Subject: new("Amazon S3 Notification")})
	}
	return s.Functions.Queue(c, r.to, message)
}

// underway is how long a notification takes to arrive: seconds, as a rule (S3
// User Guide, "Amazon S3 Event Notifications").
const underway = time.Second

// send notifies a destination in a while. One that cannot be used by then loses
// the notification; the trail has the refusal.
func (s *Service) send(b *bucket, r rule, message []byte) {
	s.world.Deliver(world.Delivery{From: "s3", To: r.to, Typical: underway, Do: func() {
		_ = s.act(b, r, func(c *world.Call) error { return s.hand(c, r, message) })
	}})
}
