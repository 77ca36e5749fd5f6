package eventbridge

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

// Roles gives the credentials that EventBridge assumes a target's role for, on
// behalf of a rule.
type Roles interface {
	AssumeFor(source world.Source, service, roleARN, name string) (world.AccessKey, error)
}

// Queues sends a message to a queue, as the caller of c.
type Queues interface {
	Deliver(c *world.Call, queueARN string, in *sqs.SendMessageInput) error
}

// Topics publishes to a topic, as the caller of c.
type Topics interface {
	Deliver(c *world.Call, topicARN string, in *sns.PublishInput) error
}

// Functions invokes a function asynchronously, as the caller of c.
type Functions interface {
	Queue(c *world.Call, functionARN string, payload []byte) error
}

// Others are the services that EventBridge calls. A target of a service that is
// nil is not implemented.
type Others struct {
	Roles     Roles
	Queues    Queues
	Topics    Topics
	Functions Functions
}

// Service is EventBridge in every Region of every account.
type Service struct {
	world   *world.World
	others  Others
	regions map[home]map[string]*bus // by name
}

// home is one Region of one account.
type home struct {
	account keyid.Account
	region  keyid.Region
}

// New adds EventBridge to a world.
func New(w *world.World, others Others) *Service {
	s := &Service{world: w, others: others, regions: map[home]map[string]*bus{}}
	w.Invariant(s.Name(), s.broken)
	return s
}

// Name is the service's name in the models.
func (s *Service) Name() string { return "events" }

// Operations is all that the lab's EventBridge can do.
func (s *Service) Operations() []world.Operation {
	return []world.Operation{
		world.Op("CreateEventBus", s.createEventBus),
		world.Op("DeleteEventBus", s.deleteEventBus),
		world.Op("DeleteRule", s.deleteRule),
		world.Op("DescribeEventBus", s.describeEventBus),
		world.Op("DescribeRule", s.describeRule),
		world.Op("DisableRule", s.disableRule),
		world.Op("EnableRule", s.enableRule),
		world.Op("ListEventBuses", s.listEventBuses),
		world.Op("ListRuleNamesByTarget", s.listRuleNamesByTarget),
		world.Op("ListRules", s.listRules),
		world.Op("ListTagsForResource", s.listTagsForResource),
		world.Op("ListTargetsByRule", s.listTargetsByRule),
		world.Op("PutEvents", s.putEvents),
		world.Op("PutPermission", s.putPermission),
		world.Op("PutRule", s.putRule),
		world.Op("PutTargets", s.putTargets),
		world.Op("RemovePermission", s.removePermission),
		world.Op("RemoveTargets", s.removeTargets),
		world.Op("TagResource", s.tagResource),
		world.Op("TestEventPattern", s.testEventPattern),
		world.Op("UntagResource", s.untagResource),
		world.Op("UpdateEventBus", s.updateEventBus),
	}
}

// access is a question about a bus or a rule; context may be nil.
func (s *Service) authorize(c *world.Call, resource string, owner keyid.Account, context map[string][]string, policy *world.Named) error {
	return s.authorizeAs(c, "events:"+c.Operation, resource, owner, context, policy)
}

func (s *Service) authorizeAs(c *world.Call, action, resource string, owner keyid.Account, context map[string][]string, policy *world.Named) error {
	if context == nil {
		context = map[string][]string{}
	}
	a := world.Access{Action: action, Resource: resource, ResourceAccount: owner, Context: context, Policy: policy}
	d, err := c.Decide(a)
	if err != nil || d.Effect == keypolicy.Allowed {
		return err
	}
	return denied(c.Denial(a, d))
}

func denied(message string) error {
	return &wire.Error{Code: "AccessDeniedException", Message: message, Status: 400}
}

func invalid(message string) error {
	return &wire.Error{Code: "ValidationException", Message: message, Status: 400}
}

func notFound(message string) error { return &types.ResourceNotFoundException{Message: &message} }

// exceeded words every quota alike (recorded: test_add_exceed_fife_targets_per_rule).
func exceeded() error {
	return &types.LimitExceededException{Message: new("The requested resource exceeds the maximum number allowed.")}
}

// page cuts one page out of a listing; the code is the API reference's.
func page[T any](c *world.Call, all []T, name func(T) string, token *string, limit *int32) ([]T, *string, error) {
	some, next, ok := world.Page(c, all, name, token, limit, 100)
	if !ok {
		return nil, nil, &wire.Error{Code: "InvalidToken", Message: "The nextToken is invalid.", Status: 400}
	}
	return some, next, nil
}

// stamp writes a time as events have it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
