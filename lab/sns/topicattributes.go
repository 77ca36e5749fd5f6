package sns

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

// The greatest size of a message in bytes, and its limits (API reference,
// CreateTopic, MaximumMessageSize).
const (
	standardSize = 256 << 10
	leastSize    = 1 << 10
	mostSize     = 1 << 20
)

// effectiveDelivery is the policy for HTTP endpoints of a topic that has none of
// its own (recorded).
const effectiveDelivery = `{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":20,"maxDelayTarget":20,"numRetries":3,"numMaxDelayRetries":0,"numNoDelayRetries":0,"numMinDelayRetries":0,"backoffFunction":"linear"},"disableSubscriptionOverrides":false,"defaultRequestPolicy":{"headerContentType":"text/plain; charset=UTF-8"}}}`

// defaultPolicy is that of a topic created without one (recorded). Its condition
// key is one that AWS sets for a few services alone: nobody gets in by it here
// (reported, in aws-ia/terraform-aws-control_tower_account_factory#151: callers
// of the topic's account without a permission of their own are refused).
func defaultPolicy(t *topic) string {
	return `{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{"Sid":"__default_statement_ID","Effect":"Allow","Principal":{"AWS":"*"},"Action":["SNS:GetTopicAttributes","SNS:SetTopicAttributes","SNS:AddPermission","SNS:RemovePermission","SNS:DeleteTopic","SNS:Subscribe","SNS:ListSubscriptionsByTopic","SNS:Publish"],"Resource":"` +
		t.arn + `","Condition":{"StringEquals":{"AWS:SourceOwner":"` + string(t.owner.account) + `"}}}]}`
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

// inAttributes words an error about an attribute as those of CreateTopic and
// Subscribe do (recorded).
func inAttributes(err error) error {
	var e *types.InvalidParameterException
	if !errors.As(err, &e) {
		return err
	}
	return invalid("Attributes Reason: " + strings.TrimPrefix(*e.Message, "Invalid parameter: "))
}

// setAttribute sets one attribute of a topic (API reference, SetTopicAttributes).
func (s *Service) setAttribute(t *topic, name, value string) error {
	oneOf := func(values ...string) error {
		if !slices.Contains(values, value) {
			return invalid(name)
		}
		t.values[name] = value
		return nil
	}
	switch name {
	case "DisplayName":
		if len([]rune(value)) > 100 {
			return invalid("DisplayName")
		}
		t.values[name] = value
	case "Policy":
		return s.setPolicy(t, value)
	case "KmsMasterKeyId":
		delete(t.values, name)
		if value != "" {
			t.values[name] = value
		}
	case "SignatureVersion":
		return oneOf("1", "2")
	case "TracingConfig":
		return oneOf("PassThrough", "Active")
	case "ContentBasedDeduplication", "FifoThroughputScope":
		if !t.fifo() {
			return invalid(name)
		}
		if name == "FifoThroughputScope" {
			return oneOf("Topic", "MessageGroup")
		}
		return oneOf("true", "false")
	case "MaximumMessageSize":
		n, err := strconv.Atoi(value)
		if err != nil || n < leastSize || n > mostSize {
			return invalid(name)
		}
		t.values[name] = value
	default:
		return unmodelled(name, value)
	}
	return nil
}

// unmodelled tells what AWS has and the lab lacks from what neither has
// (recorded).
func unmodelled(name, value string) error {
	switch {
	case name == "DeliveryPolicy" && value == "":
		return nil
	case name == "DeliveryPolicy" || name == "ArchivePolicy" || strings.HasSuffix(name, "FeedbackRoleArn") || strings.HasSuffix(name, "FeedbackSampleRate"):
		return world.Unimplemented("the topic attribute " + name)
	}
	return invalid("AttributeName")
}

// setPolicy gives the topic a policy in place of the one before (reported
// wordings, in aws/serverless-application-model#1591 and
// hashicorp/terraform-provider-aws#26041).
func (s *Service) setPolicy(t *topic, text string) error {
	policy, err := world.ParsePolicy(keypolicy.ResourcePolicy, text)
	if err != nil {
		return invalid("Policy Error: null")
	}
	if s.world.Bind(policy) != "" {
		return invalid("Policy Error: PrincipalNotFound")
	}
	t.policy, t.values["Policy"] = policy, text
	return nil
}

func (s *Service) setTopicAttributes(c *world.Call, in *sns.SetTopicAttributesInput) (*sns.SetTopicAttributesOutput, error) {
	t, err := s.existing(c, *in.TopicArn, nil)
	if err != nil {
		return nil, err
	}
	value := ""
	if in.AttributeValue != nil {
		value = *in.AttributeValue
	}
	return &sns.SetTopicAttributesOutput{}, s.setAttribute(t.topic, *in.AttributeName, value)
}

func (s *Service) getTopicAttributes(c *world.Call, in *sns.GetTopicAttributesInput) (*sns.GetTopicAttributesOutput, error) {
	t, err := s.existing(c, *in.TopicArn, nil)
	if err != nil {
		return nil, err
	}
	all := maps.Clone(t.values)
	pending := 0
	for _, sub := range t.subscriptions {
		if sub.token != "" {
			pending++
		}
	}
	all["TopicArn"], all["Owner"], all["EffectiveDeliveryPolicy"] = t.arn, string(t.owner.account), effectiveDelivery
	all["SubscriptionsConfirmed"] = strconv.Itoa(len(t.subscriptions) - pending)
	all["SubscriptionsPending"], all["SubscriptionsDeleted"] = strconv.Itoa(pending), strconv.Itoa(t.deleted)
	return &sns.GetTopicAttributesOutput{Attributes: all}, nil
}

// sizeLimit is the greatest size of a message to the topic.
func (t *topic) sizeLimit() int {
	if n, err := strconv.Atoi(t.values["MaximumMessageSize"]); err == nil {
		return n
	}
	return standardSize
}
