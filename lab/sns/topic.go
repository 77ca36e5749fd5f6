package sns

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"rekey/lab/world"
)

// topic is one topic.
type topic struct {
	arn           string
	owner         home
	name          string
	values        map[string]string // of the attributes that are set, and of those that have a default
	policy        *world.Policy
	tags          []types.Tag
	subscriptions []*subscription // confirmed and pending ones, in the order of their making
	deleted       int             // subscriptions
	sequence      int64           // of the newest message of a FIFO topic
	seen          map[string]sighting
	dataKeys      map[string]dataKey // by principal and name of the KMS key
	due           *world.Due         // the end of the subscriptions of a topic that is deleted
}

const fifoSuffix = ".fifo"

func (t *topic) fifo() bool { return strings.HasSuffix(t.name, fifoSuffix) }

var nameForm = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// checkName holds a name to the rules of its kind of topic (API reference,
// CreateTopic; recorded wording).
func checkName(name string, fifo bool) error {
	bare, dotted := strings.CutSuffix(name, fifoSuffix)
	if dotted != fifo || len(name) > 256 || !nameForm.MatchString(bare) {
		return invalid("Topic Name")
	}
	return nil
}

func (s *Service) createTopic(c *world.Call, in *sns.CreateTopicInput) (*sns.CreateTopicOutput, error) {
	if in.DataProtectionPolicy != nil {
		return nil, world.Unimplemented("data protection policies")
	}
	h := homeOf(c)
	arn := "arn:aws:sns:" + string(h.region) + ":" + string(h.account) + ":" + *in.Name
	if err := authorize(c, target{nil, h, arn}, "CreateTopic", requestTags(in.Tags)); err != nil {
		return nil, err
	}
	if len(in.Tags) > 0 { // API reference, CreateTopic, Tags
		if err := authorize(c, target{nil, h, arn}, "TagResource", requestTags(in.Tags)); err != nil {
			return nil, err
		}
	}
	old := s.topics[arn]
	out := &sns.CreateTopicOutput{TopicArn: &arn}
	if old != nil {
		return out, s.same(old, in)
	}
	if err := checkName(*in.Name, in.Attributes["FifoTopic"] == "true"); err != nil {
		return nil, err
	}
	t := &topic{arn: arn, owner: h, name: *in.Name, values: map[string]string{"DisplayName": ""}, seen: map[string]sighting{}, dataKeys: map[string]dataKey{}}
	if t.fifo() {
		t.values["FifoTopic"], t.values["ContentBasedDeduplication"] = "true", "false"
	}
	if err := s.setPolicy(t, defaultPolicy(t)); err != nil {
		return nil, err
	}
	for _, name := range sortedKeys(in.Attributes) {
		if name == "FifoTopic" {
			continue
		}
		if err := s.setAttribute(t, name, in.Attributes[name]); err != nil {
			return nil, inAttributes(err)
		}
	}
	var err error
	if t.tags, err = withTags(nil, in.Tags); err != nil {
		return nil, err
	}
	s.topics[arn] = t
	return out, nil
}

// same says whether an existing topic is the one that a request would make: it
// has the attributes and the tags that the request names (recorded: sns
// test_create_topic_different_attrs, test_create_duplicate_topic_with_more_tags).
func (s *Service) same(t *topic, in *sns.CreateTopicInput) error {
	for name, value := range in.Attributes {
		if name == "FifoTopic" && value == "false" && !t.fifo() {
			continue
		}
		if t.values[name] != value {
			return invalid("Attributes Reason: Topic already exists with different attributes")
		}
	}
	for _, tag := range in.Tags {
		if !slices.ContainsFunc(t.tags, func(old types.Tag) bool { return *old.Key == *tag.Key && *old.Value == *tag.Value }) {
			return invalid("Tags Reason: Topic already exists with different tags")
		}
	}
	return nil
}

// deleteTopic deletes also what is not there (recorded). The subscriptions can
// still be seen for a while (recorded); how long is assumed.
func (s *Service) deleteTopic(c *world.Call, in *sns.DeleteTopicInput) (*sns.DeleteTopicOutput, error) {
	t, err := s.find(c, "TopicArn", *in.TopicArn)
	if err != nil {
		return nil, err
	}
	if err := authorize(c, t, "DeleteTopic", nil); err != nil {
		return nil, err
	}
	if t.topic != nil {
		delete(s.topics, t.arn)
		gone := t.topic
		gone.due = s.world.Clock.After(time.Minute, func() {
			for _, sub := range gone.subscriptions {
				delete(s.subscriptions, sub.arn)
			}
		})
	}
	return &sns.DeleteTopicOutput{}, nil
}

func (s *Service) listTopics(c *world.Call, in *sns.ListTopicsInput) (*sns.ListTopicsOutput, error) {
	if err := authorizeAll(c, "ListTopics"); err != nil {
		return nil, err
	}
	var all []*topic
	for _, t := range world.Sorted(s.topics) {
		if t.owner == homeOf(c) {
			all = append(all, t)
		}
	}
	some, next, err := page(c, all, func(t *topic) string { return t.name }, in.NextToken)
	out := &sns.ListTopicsOutput{NextToken: next, Topics: []types.Topic{}}
	for _, t := range some {
		out.Topics = append(out.Topics, types.Topic{TopicArn: &t.arn})
	}
	return out, err
}
