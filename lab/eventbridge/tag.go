package eventbridge

import (
	"cmp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"rekey/lab/world"
)

// checkTags checks the tags of one request. The rules are those of tagging in
// AWS; the wording is ours.
func checkTags(tags []types.Tag) error {
	seen := map[string]bool{}
	for _, t := range tags {
		switch {
		case strings.HasPrefix(strings.ToLower(*t.Key), "aws:"):
			return invalid("Tag keys that begin with aws: are reserved.")
		case seen[*t.Key]:
			return invalid("The tag key " + *t.Key + " is given twice.")
		}
		seen[*t.Key] = true
	}
	return tooMany(tags)
}

func tooMany(tags []types.Tag) error {
	if len(tags) > tagQuota {
		return exceeded()
	}
	return nil
}

func sorted(tags []types.Tag) []types.Tag {
	return slices.SortedFunc(slices.Values(tags), func(a, b types.Tag) int { return cmp.Compare(*a.Key, *b.Key) })
}

func resourceTags(tags []types.Tag) map[string][]string {
	ctx := map[string][]string{}
	for _, t := range tags {
		ctx["aws:ResourceTag/"+*t.Key] = []string{*t.Value}
	}
	return ctx
}

func requestTags(tags []types.Tag) map[string][]string {
	ctx := map[string][]string{}
	for _, t := range sorted(tags) {
		ctx["aws:RequestTag/"+*t.Key] = []string{*t.Value}
		ctx["aws:TagKeys"] = append(ctx["aws:TagKeys"], *t.Key)
	}
	return ctx
}

// tagged finds what an ARN names, a bus or a rule, and asks whether the caller
// may do the operation on it.
func (s *Service) tagged(c *world.Call, arn string, more map[string][]string) (*[]types.Tag, error) {
	p := strings.SplitN(arn, ":", 6)
	if len(p) != 6 || p[0] != "arn" || p[2] != "events" { // the wording is ours
		return nil, invalid("Parameter ResourceARN is not valid. Reason: Provided Arn is not in correct format.")
	}
	if p[3] != string(c.Region) || p[4] != string(c.Account()) {
		return nil, world.Unimplemented("tags of what is in another account or Region")
	}
	h := home{c.Account(), c.Region}
	kind, name, _ := strings.Cut(p[5], "/")
	on, rest, custom := strings.Cut(name, "/")
	if !custom {
		on, rest = defaultBus, name
	}
	var tags *[]types.Tag
	var missing error
	switch b := s.here(h)[name]; kind {
	case "event-bus":
		if missing = noBus(name); b != nil {
			tags = &b.tags
		}
	case "rule":
		missing = noRule(rest, on)
		if b := s.here(h)[on]; b != nil && b.rules[rest] != nil {
			tags = &b.rules[rest].tags
		}
	default:
		return nil, world.Unimplemented("tags of " + kind)
	}
	ctx := map[string][]string{}
	if tags != nil {
		ctx = resourceTags(*tags)
	}
	for k, v := range more {
		ctx[k] = v
	}
	if err := s.authorize(c, arn, h.account, ctx, nil); err != nil {
		return nil, err
	}
	if tags == nil {
		return nil, missing
	}
	return tags, nil
}

func (s *Service) tagResource(c *world.Call, in *eventbridge.TagResourceInput) (*eventbridge.TagResourceOutput, error) {
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	tags, err := s.tagged(c, *in.ResourceARN, requestTags(in.Tags))
	if err != nil {
		return nil, err
	}
	all := slices.DeleteFunc(slices.Clone(*tags), func(old types.Tag) bool {
		return slices.ContainsFunc(in.Tags, func(t types.Tag) bool { return *t.Key == *old.Key })
	})
	all = sorted(append(all, in.Tags...))
	if err := tooMany(all); err != nil {
		return nil, err
	}
	*tags = all
	return &eventbridge.TagResourceOutput{}, nil
}

func (s *Service) untagResource(c *world.Call, in *eventbridge.UntagResourceInput) (*eventbridge.UntagResourceOutput, error) {
	tags, err := s.tagged(c, *in.ResourceARN, map[string][]string{"aws:TagKeys": in.TagKeys})
	if err != nil {
		return nil, err
	}
	*tags = slices.DeleteFunc(slices.Clone(*tags), func(t types.Tag) bool { return slices.Contains(in.TagKeys, *t.Key) })
	return &eventbridge.UntagResourceOutput{}, nil
}

func (s *Service) listTagsForResource(c *world.Call, in *eventbridge.ListTagsForResourceInput) (*eventbridge.ListTagsForResourceOutput, error) {
	tags, err := s.tagged(c, *in.ResourceARN, nil)
	if err != nil {
		return nil, err
	}
	return &eventbridge.ListTagsForResourceOutput{Tags: append([]types.Tag{}, *tags...)}, nil
}
