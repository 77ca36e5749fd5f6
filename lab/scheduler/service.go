package scheduler

import (
	"encoding/json"
	"time"

	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

// Roles gives the credentials that Scheduler assumes an execution role for, on
// behalf of a schedule group.
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

// Buses puts an event on an event bus, as the caller of c.
type Buses interface {
	Put(c *world.Call, busARN string, e ebtypes.PutEventsRequestEntry) error
}

// Others are the services that Scheduler calls. A target of a service that is
// nil is not implemented.
type Others struct {
	Roles     Roles
	Queues    Queues
	Topics    Topics
	Functions Functions
	Buses     Buses
}

// Service is EventBridge Scheduler in every Region of every account.
type Service struct {
	world   *world.World
	others  Others
	regions map[home]*region
}

// home is one Region of one account.
type home struct {
	account keyid.Account
	region  keyid.Region
}

// region has the groups by name, and what was answered to client tokens.
type region struct {
	groups map[string]*group
	tokens map[string]answered
}

// New adds Scheduler to a world.
func New(w *world.World, others Others) *Service {
	s := &Service{world: w, others: others, regions: map[home]*region{}}
	w.Invariant(s.Name(), s.broken)
	return s
}

// Name is the service's name in the models.
func (s *Service) Name() string { return "scheduler" }

// Operations is all that the lab's Scheduler can do.
func (s *Service) Operations() []world.Operation {
	return []world.Operation{
		world.Op("CreateSchedule", s.createSchedule),
		world.Op("CreateScheduleGroup", s.createScheduleGroup),
		world.Op("DeleteSchedule", s.deleteSchedule),
		world.Op("DeleteScheduleGroup", s.deleteScheduleGroup),
		world.Op("GetSchedule", s.getSchedule),
		world.Op("GetScheduleGroup", s.getScheduleGroup),
		world.Op("ListScheduleGroups", s.listScheduleGroups),
		world.Op("ListSchedules", s.listSchedules),
		world.Op("ListTagsForResource", s.listTagsForResource),
		world.Op("TagResource", s.tagResource),
		world.Op("UntagResource", s.untagResource),
		world.Op("UpdateSchedule", s.updateSchedule),
	}
}

// here gives what is in the caller's Region. The default group is always there.
func (s *Service) here(h home) *region {
	if s.regions[h] == nil {
		now := s.world.Clock.Now()
		s.regions[h] = &region{groups: map[string]*group{}, tokens: map[string]answered{}}
		s.regions[h].groups[defaultGroup] = &group{home: h, name: defaultGroup, state: types.ScheduleGroupStateActive, created: now, modified: now, schedules: map[string]*item{}}
	}
	return s.regions[h]
}

func homeOf(c *world.Call) home { return home{c.Account(), c.Region} }

// answered is what a request with a client token came to.
type answered struct{ request, answer any }

// once answers a request that was made before with the same client token as it
// was answered then, and refuses another one with that token (API reference,
// ConflictException and ClientToken).
func once[I, O any](s *Service, c *world.Call, token *string, in *I, do func() (*O, error)) (*O, error) {
	if token == nil {
		return do()
	}
	tokens, key := s.here(homeOf(c)).tokens, c.Operation+" "+*token
	request, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	if before, found := tokens[key]; found {
		if before.request != string(request) {
			return nil, conflict("The client token was used with other parameters.")
		}
		return before.answer.(*O), nil
	}
	out, err := do()
	if err == nil {
		tokens[key] = answered{string(request), out}
	}
	return out, err
}

func (s *Service) authorize(c *world.Call, resource string, context map[string][]string) error {
	return s.authorizeAs(c, "scheduler:"+c.Operation, resource, context)
}

func (s *Service) authorizeAs(c *world.Call, action, resource string, context map[string][]string) error {
	if context == nil {
		context = map[string][]string{}
	}
	a := world.Access{Action: action, Resource: resource, ResourceAccount: c.Account(), Context: context}
	d, err := c.Decide(a)
	if err != nil || d.Effect == keypolicy.Allowed {
		return err
	}
	return &wire.Error{Code: "AccessDeniedException", Message: c.Denial(a, d), Status: 403}
}

func invalid(message string) error  { return &types.ValidationException{Message: &message} }
func conflict(message string) error { return &types.ConflictException{Message: &message} }
func notFound(message string) error { return &types.ResourceNotFoundException{Message: &message} }

func page[T any](c *world.Call, all []T, name func(T) string, token *string, limit *int32) ([]T, *string, error) {
	some, next, ok := world.Page(c, all, name, token, limit, 100)
	if !ok {
		return nil, nil, invalid("Invalid NextToken.")
	}
	return some, next, nil
}

// stamp writes a time as Scheduler does in what it sends.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
