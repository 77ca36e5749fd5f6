package sns

import (
	"maps"
	"regexp"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

var topicForm = regexp.MustCompile(`^arn:aws:sns:([a-z0-9-]+):([0-9]{12}):([A-Za-z0-9_.-]+)$`)

// target is a topic as a request named it.
type target struct {
	*topic // nil where there is none
	owner  home
	arn    string
}

// checkARN holds an ARN to its form (recorded wording).
func checkARN(parameter, arn string) error {
	if n := len(strings.Split(arn, ":")); n < 6 {
		return invalid(parameter + " Reason: An ARN must have at least 6 elements, not " + strconv.Itoa(n))
	}
	return nil
}

// find looks a topic up. One of another Region is refused (recorded: sns
// test_cross_region_access).
func (s *Service) find(c *world.Call, parameter, arn string) (target, error) {
	if err := checkARN(parameter, arn); err != nil {
		return target{}, err
	}
	m := topicForm.FindStringSubmatch(arn)
	if m == nil || m[1] != string(c.Region) {
		return target{}, invalid(parameter)
	}
	return target{s.topics[arn], home{keyid.Account(m[2]), c.Region}, arn}, nil
}

// existing finds a topic and authorizes the call on it, and only then says that
// there is none (assumption: the order).
func (s *Service) existing(c *world.Call, arn string, more map[string][]string) (target, error) {
	t, err := s.find(c, "TopicArn", arn)
	if err != nil {
		return t, err
	}
	return t, s.admit(c, t, c.Operation, more)
}

func (s *Service) admit(c *world.Call, t target, action string, more map[string][]string) error {
	if err := authorize(c, t, action, more); err != nil {
		return err
	}
	if t.topic == nil {
		return notFound("Topic")
	}
	return nil
}

// authorize asks the policies whether the caller may do the action on the topic.
// PublishBatch has no action of its own (Service Authorization Reference,
// "Amazon SNS").
func authorize(c *world.Call, t target, action string, more map[string][]string) error {
	a := world.Access{Action: "sns:" + action, Resource: t.arn, ResourceAccount: t.owner.account, Context: map[string][]string{}}
	if t.topic != nil {
		for _, tag := range t.tags {
			a.Context["aws:ResourceTag/"+*tag.Key] = []string{*tag.Value}
		}
		if t.policy != nil {
			a.Policy = &world.Named{Name: "topic policy of " + t.arn, Policy: t.policy}
		}
	}
	maps.Copy(a.Context, more)
	return decide(c, a)
}

// decide words a refusal as SNS is reported to, in
// aws-ia/terraform-aws-control_tower_account_factory#151.
func decide(c *world.Call, a world.Access) error {
	d, err := c.Decide(a)
	if err != nil || d.Effect == keypolicy.Allowed {
		return err
	}
	a.Action = "SNS:" + strings.TrimPrefix(a.Action, "sns:")
	return &types.AuthorizationErrorException{Message: new(c.Denial(a, d))}
}

// authorizeAll is for the listings of a whole account.
func authorizeAll(c *world.Call, action string) error {
	return decide(c, world.Access{
		Action: "sns:" + action, Resource: "arn:aws:sns:" + string(c.Region) + ":" + string(c.Account()) + ":*", ResourceAccount: c.Account(),
	})
}
