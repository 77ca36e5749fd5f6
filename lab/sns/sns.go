package sns

import (
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// Keys is what SNS needs of KMS. The calls are made through world.Call.On.
type Keys interface {
	GenerateDataKey(*world.Call, *kms.GenerateDataKeyInput) (*kms.GenerateDataKeyOutput, error)
	Decrypt(*world.Call, *kms.DecryptInput) (*kms.DecryptOutput, error)
}

// Queues is what SNS needs of SQS.
type Queues interface {
	Deliver(c *world.Call, queueARN string, in *sqs.SendMessageInput) error
}

// Functions is what SNS needs of Lambda.
type Functions interface {
	Queue(c *world.Call, functionARN string, event []byte) error
}

// Service is SNS in every Region of every account.
type Service struct {
	world         *world.World
	keys          Keys
	queues        Queues
	functions     Functions
	topics        map[string]*topic        // by ARN
	subscriptions map[string]*subscription // by ARN
}

// home is one Region of one account.
type home struct {
	account keyid.Account
	region  keyid.Region
}

// New adds SNS to a world.
func New(w *world.World, keys Keys, queues Queues, functions Functions) *Service {
	s := &Service{
		world: w, keys: keys, queues: queues, functions: functions,
		topics: map[string]*topic{}, subscriptions: map[string]*subscription{},
	}
	w.Invariant(s.Name(), s.broken)
	return s
}

// Name is the service's signing name.
func (s *Service) Name() string { return "sns" }

// Operations is all that the lab's SNS can do.
func (s *Service) Operations() []world.Operation {
	return []world.Operation{
		world.Op("AddPermission", s.addPermission),
		world.Op("ConfirmSubscription", s.confirmSubscription),
		world.Op("CreateTopic", s.createTopic),
		world.Op("DeleteTopic", s.deleteTopic),
		world.Op("GetSubscriptionAttributes", s.getSubscriptionAttributes),
		world.Op("GetTopicAttributes", s.getTopicAttributes),
		world.Op("ListSubscriptions", s.listSubscriptions),
		world.Op("ListSubscriptionsByTopic", s.listSubscriptionsByTopic),
		world.Op("ListTagsForResource", s.listTagsForResource),
		world.Op("ListTopics", s.listTopics),
		world.Op("Publish", s.publish),
		world.Op("PublishBatch", s.publishBatch),
		world.Op("RemovePermission", s.removePermission),
		world.Op("SetSubscriptionAttributes", s.setSubscriptionAttributes),
		world.Op("SetTopicAttributes", s.setTopicAttributes),
		world.Op("Subscribe", s.subscribe),
		world.Op("TagResource", s.tagResource),
		world.Op("Unsubscribe", s.unsubscribe),
		world.Op("UntagResource", s.untagResource),
	}
}

// Deliver publishes to the topic with that ARN as the caller of c, as Publish
// does; the input's TopicArn is not read. It is for the other services of the
// lab, which call it within the world's lock, with a call of sns Publish made by
// world.World.Act or world.Call.On. It is an error where the caller may not
// publish, the topic does not exist, or KMS refuses.
func (s *Service) Deliver(c *world.Call, topicARN string, in *sns.PublishInput) error {
	to := *in
	to.TopicArn, to.TargetArn, to.PhoneNumber = &topicARN, nil, nil
	_, err := s.publish(c, &to)
	return err
}

func homeOf(c *world.Call) home { return home{c.Account(), c.Region} }

func invalid(message string) error {
	return &types.InvalidParameterException{Message: new("Invalid parameter: " + message)}
}

func notFound(what string) error {
	return &types.NotFoundException{Message: new(what + " does not exist")}
}

var absent = regexp.MustCompile(`Value null at '([a-zA-Z]+)'`)

// Violation words what the model's constraints found in an input: of a member
// that is not there SNS says so in its own words, unless it is a part of another
// one (recorded: sns test_unsubscribe_wrong_arn_format,
// test_empty_or_wrong_message_attributes).
func (s *Service) Violation(_ any, err error) error {
	if m := absent.FindStringSubmatch(err.Error()); m != nil {
		return invalid(strings.ToUpper(m[1][:1]) + m[1][1:] + " Reason: no value for required parameter")
	}
	return err
}

// page is world.Page with SNS's own error; 100 is its size (API reference,
// ListTopics).
func page[T any](c *world.Call, all []T, name func(T) string, token *string) ([]T, *string, error) {
	some, next, ok := world.Page(c, all, name, token, nil, 100)
	if !ok {
		return nil, nil, invalid("NextToken")
	}
	return some, next, nil
}
