package sns

import (
	"encoding/json"
	"maps"

	"github.com/aws/aws-sdk-go-v2/service/sns"

	"rekey/lab/world"
)

// setAll sets the attributes of a new subscription. The scope of a filter comes
// before the filter, which it decides on.
func (sub *subscription) setAll(given map[string]string) error {
	if scope, ok := given["FilterPolicyScope"]; ok {
		if err := sub.set("FilterPolicyScope", scope); err != nil {
			return err
		}
	}
	for _, name := range sortedKeys(given) {
		if err := sub.set(name, given[name]); err != nil {
			return err
		}
	}
	return nil
}

// set sets one attribute (API reference, SetSubscriptionAttributes; recorded
// wordings).
func (sub *subscription) set(name, value string) error {
	switch name {
	case "RawMessageDelivery":
		if value != "true" && value != "false" {
			return invalid("RawMessageDelivery: Invalid value [" + value + "]. Must be true or false.")
		}
		sub.values[name] = value
	case "FilterPolicyScope":
		if value != byAttributes && value != byBody {
			return invalid("FilterPolicyScope: Invalid value [" + value + "]. Please use either MessageBody or MessageAttributes")
		}
		before := sub.values[name]
		sub.values[name] = value
		if err := sub.setFilter(sub.values["FilterPolicy"]); err != nil {
			sub.values[name] = before
			return err
		}
	case "FilterPolicy":
		return sub.setFilter(value)
	case "RedrivePolicy":
		return sub.setRedrive(value)
	case "DeliveryPolicy", "SubscriptionRoleArn", "ReplayPolicy", "ReplayStatus":
		return world.Unimplemented("the subscription attribute " + name)
	default:
		return invalid("AttributeName")
	}
	return nil
}

func (sub *subscription) setFilter(text string) error {
	if text == "" || text == "{}" {
		sub.filter = nil
		delete(sub.values, "FilterPolicy")
		return nil
	}
	f, err := parseFilter(text, sub.values["FilterPolicyScope"])
	if err != nil {
		return err
	}
	sub.filter, sub.values["FilterPolicy"] = f, text
	return nil
}

func (sub *subscription) setRedrive(text string) error {
	if text == "" {
		delete(sub.values, "RedrivePolicy")
		return nil
	}
	var p struct {
		Target string `json:"deadLetterTargetArn"`
	}
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return invalid("RedrivePolicy: failed to parse JSON. " + err.Error())
	}
	m := queueForm.FindStringSubmatch(p.Target)
	switch {
	case m == nil:
		return invalid("RedrivePolicy: deadLetterTargetArn is an invalid arn")
	case m[3] == "" && queueForm.FindStringSubmatch(sub.endpoint) != nil && queueForm.FindStringSubmatch(sub.endpoint)[3] != "":
		return invalid("RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.")
	}
	sub.values["RedrivePolicy"] = text
	return nil
}

// grave is the ARN of the subscription's dead-letter queue, "" for none.
func (sub *subscription) grave() string {
	var p struct {
		Target string `json:"deadLetterTargetArn"`
	}
	_ = json.Unmarshal([]byte(sub.values["RedrivePolicy"]), &p) // checked when it was set; "" is none
	return p.Target
}

func (sub *subscription) raw() bool { return sub.values["RawMessageDelivery"] == "true" }

func (s *Service) setSubscriptionAttributes(c *world.Call, in *sns.SetSubscriptionAttributesInput) (*sns.SetSubscriptionAttributesOutput, error) {
	sub, found, err := s.own(c, *in.SubscriptionArn)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, notFound("Subscription")
	}
	value := ""
	if in.AttributeValue != nil {
		value = *in.AttributeValue
	}
	return &sns.SetSubscriptionAttributesOutput{}, sub.set(*in.AttributeName, value)
}

// getSubscriptionAttributes tells the scope only where there is a filter
// (recorded: sns test_set_subscription_filter_policy_scope).
func (s *Service) getSubscriptionAttributes(c *world.Call, in *sns.GetSubscriptionAttributesInput) (*sns.GetSubscriptionAttributesOutput, error) {
	sub, found, err := s.own(c, *in.SubscriptionArn)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, notFound("Subscription")
	}
	all := maps.Clone(sub.values)
	delete(all, "FilterPolicyScope")
	if sub.filter != nil {
		all["FilterPolicyScope"] = sub.filter.scope
	}
	all["SubscriptionArn"], all["TopicArn"], all["Protocol"], all["Endpoint"] = sub.arn, sub.topic.arn, sub.protocol, sub.endpoint
	all["Owner"], all["SubscriptionPrincipal"] = string(sub.owner), sub.principal
	all["PendingConfirmation"], all["ConfirmationWasAuthenticated"] = boolean(sub.token != ""), boolean(sub.sure)
	return &sns.GetSubscriptionAttributesOutput{Attributes: all}, nil
}

func boolean(b bool) string {
	if b {
		return "true"
	}
	return "false"
}
