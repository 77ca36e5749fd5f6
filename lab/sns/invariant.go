package sns

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"rekey/lab/world"
)

// broken says what is in the state that AWS rules out, whatever is called.
func (s *Service) broken() []string {
	var bad world.Findings
	listed := 0
	for arn, t := range s.topics {
		bad.If(t.arn != arn || arn != "arn:aws:sns:"+string(t.owner.region)+":"+string(t.owner.account)+":"+t.name, "%s is kept as %s", t.arn, arn)
		bad.If(!world.RegionExists(t.owner.region), "%s is in %s, which does not exist", arn, t.owner.region)
		bad.If(t.policy == nil, "%s has no policy", arn)
		bad.If(t.fifo() != (t.values["FifoTopic"] == "true"), "%s has %q for FifoTopic", arn, t.values["FifoTopic"])
		bad.If(!t.fifo() && (len(t.seen) > 0 || t.sequence > 0), "%s looks for duplicates, and is no FIFO topic", arn)
		bad.If(t.due.Waits(), "%s is to be deleted, and is there", arn)
		bad.If(len(t.tags) > 50 || doubled(t.tags), "%s has %d tags, or one twice", arn, len(t.tags))
		for key, seen := range t.seen {
			bad.If(seen.at.After(s.world.Clock.Now()) || seen.id == "" || seen.sequence == "", "%s has seen %s in the future, or as no message", arn, key)
		}
		listed += s.checkTopic(&bad, t)
	}
	there := 0
	for arn, sub := range s.subscriptions {
		s.checkSubscription(&bad, arn, sub)
		if s.topics[sub.topic.arn] == sub.topic {
			there++
		}
	}
	bad.If(there != listed, "topics have %d subscriptions, and list %d", there, listed)
	return bad
}

func doubled(tags []types.Tag) bool {
	seen := map[string]bool{}
	for _, t := range tags {
		if seen[*t.Key] {
			return true
		}
		seen[*t.Key] = true
	}
	return false
}

// checkTopic: an endpoint subscribes once. It counts the subscriptions.
func (s *Service) checkTopic(bad *world.Findings, t *topic) int {
	type to struct{ protocol, endpoint string }
	seen := map[to]bool{}
	for _, sub := range t.subscriptions {
		bad.If(sub.topic != t || s.subscriptions[sub.arn] != sub, "%s lists %s, which is not its subscription", t.arn, sub.arn)
		bad.If(seen[to{sub.protocol, sub.endpoint}], "%s is subscribed to %s twice", sub.endpoint, t.arn)
		seen[to{sub.protocol, sub.endpoint}] = true
		_, err := t.checkEndpoint(sub.protocol, sub.endpoint)
		bad.If(err != nil, "%s is subscribed to %s, which cannot send to it", sub.endpoint, t.arn)
	}
	return len(t.subscriptions)
}

// checkSubscription: it is of a topic that exists, or was deleted just now; and
// one that is not confirmed will end.
func (s *Service) checkSubscription(bad *world.Findings, arn string, sub *subscription) {
	t := sub.topic
	bad.If(sub.arn != arn, "%s is kept as %s", sub.arn, arn)
	if s.topics[t.arn] == t {
		bad.If(!slices.Contains(t.subscriptions, sub), "%s is not listed by its topic", arn)
	} else {
		bad.If(!t.due.Waits(), "%s is of a topic that does not exist", arn)
	}
	bad.If(sub.owner == "" || sub.principal == "", "%s is nobody's", arn)
	if sub.token != "" {
		bad.If(!sub.due.Waits(), "%s waits to be confirmed for ever", arn)
		bad.If(!tokenForm.MatchString(sub.token), "%s has a token that confirms nothing", arn)
		bad.If(sub.sure, "%s is confirmed, and waits for it", arn)
	}
	bad.If((sub.filter != nil) != (sub.values["FilterPolicy"] != ""), "%s has another filter than it tells", arn)
}
