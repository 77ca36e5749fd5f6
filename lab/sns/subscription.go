package sns

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

// subscription is one subscription of a topic.
type subscription struct {
	arn       string
	topic     *topic
	protocol  string
	endpoint  string
	owner     keyid.Account // who subscribed
	principal string        // ARN
	token     string        // by which it is confirmed; "" once it is
	sure      bool          // it was confirmed by a request that was authenticated
	values    map[string]string
	filter    *filter
	due       *world.Due // the end of one that nobody confirms
}

// pendingFor is how long a subscription waits to be confirmed (Developer Guide,
// "Confirm the subscription": 48 hours).
const pendingFor = 48 * time.Hour

const (
	toQueue    = "sqs"
	toFunction = "lambda"
	pending    = "pending confirmation"
)

var (
	queueForm    = regexp.MustCompile(`^arn:aws:sqs:([a-z0-9-]+):([0-9]{12}):[A-Za-z0-9_-]+(\.fifo)?$`)
	functionForm = regexp.MustCompile(`^arn:aws:lambda:([a-z0-9-]+):([0-9]{12}):function:[A-Za-z0-9_-]+(:[A-Za-z0-9_$-]+)?$`)
)

// checkEndpoint holds an endpoint to its protocol, and gives the account that
// owns it, "" for nobody's. Whether it exists is not looked at (recorded: sns
// test_subscribe_unknown_sqs_queue).
func (t *topic) checkEndpoint(protocol, endpoint string) (keyid.Account, error) {
	switch protocol {
	case toQueue:
		m := queueForm.FindStringSubmatch(endpoint)
		switch {
		case m == nil:
			return "", invalid("SQS endpoint ARN")
		case m[3] != "" && !t.fifo():
			return "", invalid("Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics")
		}
		return keyid.Account(m[2]), nil
	case toFunction:
		m := functionForm.FindStringSubmatch(endpoint)
		switch {
		case m == nil: // assumption: the wording
			return "", invalid("Lambda endpoint ARN")
		case t.fifo(): // Developer Guide, "FIFO topics": through a queue alone
			return "", invalid("Invalid parameter: Endpoint Reason: Please use FIFO SQS queue")
		}
		return keyid.Account(m[2]), nil
	case "email", "email-json":
		if !strings.Contains(endpoint, "@") {
			return "", invalid("Email address")
		}
		return "", nil
	case "http", "https", "sms", "application", "firehose":
		return "", world.Unimplemented("subscriptions by " + protocol)
	}
	return "", invalid("Amazon SNS does not support this protocol string: " + protocol)
}

// subscribe confirms at once what the endpoint's own account subscribes, or
// anybody of the topic's account to an endpoint there. Otherwise the endpoint is
// sent a token (Developer Guide, "Sending Amazon SNS messages to an Amazon SQS
// queue in a different account"). An e-mail address waits for ever: nobody reads
// its mail here.
func (s *Service) subscribe(c *world.Call, in *sns.SubscribeInput) (*sns.SubscribeOutput, error) {
	endpoint := ""
	if in.Endpoint != nil {
		endpoint = *in.Endpoint
	}
	t, err := s.existing(c, *in.TopicArn, map[string][]string{"sns:Protocol": {*in.Protocol}, "sns:Endpoint": {endpoint}})
	if err != nil {
		return nil, err
	}
	owner, err := t.checkEndpoint(*in.Protocol, endpoint)
	if err != nil {
		return nil, err
	}
	sub := &subscription{
		topic: t.topic, protocol: *in.Protocol, endpoint: endpoint, owner: c.Account(), principal: principalOf(c),
		values: map[string]string{"RawMessageDelivery": "false"}, sure: true,
	}
	if err := sub.setAll(in.Attributes); err != nil {
		return nil, inAttributes(err)
	}
	if old := t.find(sub); old != nil {
		return old.answer(in), old.same(sub, in.Attributes)
	}
	if owner != c.Account() && sub.protocol == toFunction {
		return nil, world.Unimplemented("subscriptions that the account of a function must confirm")
	}
	sub.arn = t.arn + ":" + s.world.UUID("subscription")
	t.subscriptions = append(t.subscriptions, sub)
	s.subscriptions[sub.arn] = sub
	if owner != c.Account() {
		s.ask(sub)
	}
	return sub.answer(in), nil
}

// principalOf names who subscribed: of a session its role (assumption).
func principalOf(c *world.Call) string {
	if c.Caller.Principal.Kind() == keypolicy.Session {
		return c.Caller.Principal.RoleARN()
	}
	return c.Caller.ARN()
}

func (sub *subscription) answer(in *sns.SubscribeInput) *sns.SubscribeOutput {
	if sub.token != "" && !in.ReturnSubscriptionArn {
		return &sns.SubscribeOutput{SubscriptionArn: new(pending)}
	}
	return &sns.SubscribeOutput{SubscriptionArn: &sub.arn}
}

// find gives the topic's subscription of the same endpoint, nil for none.
func (t *topic) find(sub *subscription) *subscription {
	for _, old := range t.subscriptions {
		if old.protocol == sub.protocol && old.endpoint == sub.endpoint {
			return old
		}
	}
	return nil
}

// same says whether a subscription has the attributes that a request names
// (recorded: sns test_subscribe_idempotency).
func (sub *subscription) same(wanted *subscription, named map[string]string) error {
	for name := range named {
		if sub.values[name] != wanted.values[name] {
			return invalid("Attributes Reason: Subscription already exists with different attributes")
		}
	}
	return nil
}

// ask makes a subscription pending, and sends the endpoint a token.
func (s *Service) ask(sub *subscription) {
	sub.token = fmt.Sprintf("%x", s.world.Bytes(tokenSize))
	sub.sure = false
	sub.due = s.world.Clock.At(s.world.Clock.Now().Add(pendingFor), func() {
		if sub.token != "" {
			s.drop(sub)
		}
	})
	if sub.protocol == toQueue {
		s.send(sub, &message{id: s.world.UUID("notification"), at: s.world.Clock.Now(), token: sub.token})
	}
}

// tokenSize is the length of a token in bytes (recorded).
const tokenSize = 144

var tokenForm = regexp.MustCompile(`^[0-9a-f]{288}$`)

// confirmSubscription needs the topic's leave no more than the token (assumption).
func (s *Service) confirmSubscription(c *world.Call, in *sns.ConfirmSubscriptionInput) (*sns.ConfirmSubscriptionOutput, error) {
	t, err := s.find(c, "TopicArn", *in.TopicArn)
	if err != nil {
		return nil, err
	}
	if err := decide(c, world.Access{Action: "sns:ConfirmSubscription", Resource: t.arn, ResourceAccount: t.owner.account, Policy: leave(c.Account())}); err != nil {
		return nil, err
	}
	if !tokenForm.MatchString(*in.Token) { // recorded
		return nil, &types.InvalidParameterException{Message: new("Invalid token")}
	}
	if t.topic != nil {
		for _, sub := range t.subscriptions {
			if sub.token == *in.Token {
				sub.token = ""
				sub.sure = in.AuthenticateOnUnsubscribe != nil && *in.AuthenticateOnUnsubscribe == "true"
				return &sns.ConfirmSubscriptionOutput{SubscriptionArn: &sub.arn}, nil
			}
		}
	}
	return nil, invalid("Token")
}

// leave is a resource's policy that lets an account decide for itself.
func leave(account keyid.Account) *world.Named {
	return &world.Named{Name: "leave of " + string(account), Policy: world.MustPolicy(keypolicy.ResourcePolicy,
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"`+string(account)+`"},"Action":"sns:*","Resource":"*"}}`)}
}

// own finds a subscription, and authorizes what its own account, and the
// topic's, may do to it (API reference, Unsubscribe). found is false where it is
// gone.
func (s *Service) own(c *world.Call, arn string) (sub *subscription, found bool, err error) {
	if err := checkARN("SubscriptionArn", arn); err != nil {
		return nil, false, err
	}
	parts := strings.Split(arn, ":")
	if len(parts) != 7 || parts[2] != "sns" || parts[3] != string(c.Region) { // recorded
		return nil, false, invalid("SubscriptionId")
	}
	a := world.Access{Action: "sns:" + c.Operation, Resource: arn, ResourceAccount: keyid.Account(parts[4])}
	if sub = s.subscriptions[arn]; sub != nil && sub.owner == c.Account() {
		a.Policy = leave(sub.owner)
	}
	return sub, sub != nil, decide(c, a)
}

// unsubscribe does nothing to a subscription that is gone (recorded).
func (s *Service) unsubscribe(c *world.Call, in *sns.UnsubscribeInput) (*sns.UnsubscribeOutput, error) {
	sub, found, err := s.own(c, *in.SubscriptionArn)
	if err != nil {
		return nil, err
	}
	if found {
		s.drop(sub)
	}
	return &sns.UnsubscribeOutput{}, nil
}

func (s *Service) drop(sub *subscription) {
	if s.subscriptions[sub.arn] != sub {
		return
	}
	delete(s.subscriptions, sub.arn)
	sub.topic.subscriptions = slices.DeleteFunc(sub.topic.subscriptions, func(o *subscription) bool { return o == sub })
	sub.topic.deleted++
}

// describe tells no ARN of a pending subscription (API reference,
// ListSubscriptions).
func (sub *subscription) describe() types.Subscription {
	arn := sub.arn
	if sub.token != "" {
		arn = "PendingConfirmation"
	}
	return types.Subscription{SubscriptionArn: &arn, Owner: new(string(sub.owner)), Protocol: &sub.protocol, Endpoint: &sub.endpoint, TopicArn: &sub.topic.arn}
}

func (s *Service) listSubscriptions(c *world.Call, in *sns.ListSubscriptionsInput) (*sns.ListSubscriptionsOutput, error) {
	if err := authorizeAll(c, "ListSubscriptions"); err != nil {
		return nil, err
	}
	var all []*subscription
	for _, sub := range world.Sorted(s.subscriptions) {
		if sub.owner == c.Account() && sub.topic.owner.region == c.Region {
			all = append(all, sub)
		}
	}
	some, next, err := describeAll(c, all, in.NextToken)
	return &sns.ListSubscriptionsOutput{Subscriptions: some, NextToken: next}, err
}

func (s *Service) listSubscriptionsByTopic(c *world.Call, in *sns.ListSubscriptionsByTopicInput) (*sns.ListSubscriptionsByTopicOutput, error) {
	t, err := s.existing(c, *in.TopicArn, nil)
	if err != nil {
		return nil, err
	}
	some, next, err := describeAll(c, t.subscriptions, in.NextToken)
	return &sns.ListSubscriptionsByTopicOutput{Subscriptions: some, NextToken: next}, err
}

func describeAll(c *world.Call, all []*subscription, token *string) ([]types.Subscription, *string, error) {
	some, next, err := page(c, all, func(sub *subscription) string { return sub.arn }, token)
	out := []types.Subscription{}
	for _, sub := range some {
		out = append(out, sub.describe())
	}
	return out, next, err
}
