package sns

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"rekey/lab/world"
)

// tagLimit is how many tags a topic may have (Developer Guide, "Amazon SNS topic
// tagging").
const tagLimit = 50

// requestTags are the condition keys of the tags in a request.
func requestTags(tags []types.Tag) map[string][]string {
	ctx := map[string][]string{}
	for _, t := range tags {
		ctx["aws:RequestTag/"+*t.Key] = []string{*t.Value}
		ctx["aws:TagKeys"] = append(ctx["aws:TagKeys"], *t.Key)
	}
	return ctx
}

// withTags adds tags, and gives those that are there their new values (recorded:
// sns test_tags).
func withTags(old, tags []types.Tag) ([]types.Tag, error) {
	all, seen := slices.Clone(old), map[string]bool{}
	for _, t := range tags {
		if seen[*t.Key] {
			return nil, invalid("Duplicated keys are not allowed.")
		}
		seen[*t.Key] = true
		if i := slices.IndexFunc(all, func(o types.Tag) bool { return *o.Key == *t.Key }); i >= 0 {
			all[i] = t
		} else {
			all = append(all, t)
		}
	}
	if len(all) > tagLimit {
		return nil, &types.TagLimitExceededException{Message: new("Could not complete request: tag quota of per resource exceeded")}
	}
	return all, nil
}

// tagged finds the topic of a tag operation.
func (s *Service) tagged(c *world.Call, arn string, more map[string][]string) (target, error) {
	t, err := s.find(c, "ResourceArn", arn)
	if err != nil {
		return t, err
	}
	if err := authorize(c, t, c.Operation, more); err != nil {
		return t, err
	}
	if t.topic == nil {
		return t, &types.ResourceNotFoundException{Message: new("Resource does not exist")}
	}
	return t, nil
}

func (s *Service) tagResource(c *world.Call, in *sns.TagResourceInput) (*sns.TagResourceOutput, error) {
	t, err := s.tagged(c, *in.ResourceArn, requestTags(in.Tags))
	if err != nil {
		return nil, err
	}
	all, err := withTags(t.tags, in.Tags)
	if err != nil {
		return nil, err
	}
	t.tags = all
	return &sns.TagResourceOutput{}, nil
}

func (s *Service) untagResource(c *world.Call, in *sns.UntagResourceInput) (*sns.UntagResourceOutput, error) {
	t, err := s.tagged(c, *in.ResourceArn, map[string][]string{"aws:TagKeys": in.TagKeys})
	if err != nil {
		return nil, err
	}
	t.tags = slices.DeleteFunc(slices.Clone(t.tags), func(o types.Tag) bool { return slices.Contains(in.TagKeys, *o.Key) })
	return &sns.UntagResourceOutput{}, nil
}

func (s *Service) listTagsForResource(c *world.Call, in *sns.ListTagsForResourceInput) (*sns.ListTagsForResourceOutput, error) {
	t, err := s.tagged(c, *in.ResourceArn, nil)
	if err != nil {
		return nil, err
	}
	return &sns.ListTagsForResourceOutput{Tags: append([]types.Tag{}, t.tags...)}, nil
}
