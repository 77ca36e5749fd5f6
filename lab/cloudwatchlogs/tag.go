package cloudwatchlogs

import (
	"maps"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"rekey/lab/world"
)

// tagLimit is how many tags a log group may have (API reference, TagResource).
const tagLimit = 50

// withTags adds tags, and gives those that are there their new values. No key
// begins with aws: (API reference, TagLogGroup; assumption: the wording).
func withTags(old map[string]string, t target, tags map[string]string) (map[string]string, error) {
	all := map[string]string{}
	maps.Copy(all, old)
	for k, v := range tags {
		if strings.HasPrefix(strings.ToLower(k), "aws:") {
			return nil, invalid("System tags cannot be added/updated by requester")
		}
		all[k] = v
	}
	if len(all) > tagLimit {
		return nil, &types.TooManyTagsException{Message: new("The resource has too many tags."), ResourceName: new(t.groupARN())} // assumption: the wording
	}
	return all, nil
}

// tagged finds the log group of a tag operation. Its ARN has no ":*" behind it
// (User Guide, "Overview of managing access permissions to your CloudWatch Logs
// resources").
func (s *Service) tagged(c *world.Call, arn string, more map[string][]string) (target, error) {
	t, ok := s.byARN(c, arn)
	if !ok {
		if strings.Contains(arn, ":log-group:") {
			return t, invalid("The specified resource ARN is invalid.") // assumption: the wording
		}
		return t, world.Unimplemented("tags of " + arn)
	}
	if err := authorize(c, t, c.Operation, t.groupARN(), more); err != nil {
		return t, err
	}
	if t.group == nil {
		return t, noSuchGroup()
	}
	return t, nil
}

func (s *Service) tagResource(c *world.Call, in *sdk.TagResourceInput) (*sdk.TagResourceOutput, error) {
	t, err := s.tagged(c, *in.ResourceArn, requestTags(in.Tags))
	if err != nil {
		return nil, err
	}
	all, err := withTags(t.tags, t, in.Tags)
	if err != nil {
		return nil, err
	}
	t.tags = all
	return &sdk.TagResourceOutput{}, nil
}

func (s *Service) untagResource(c *world.Call, in *sdk.UntagResourceInput) (*sdk.UntagResourceOutput, error) {
	t, err := s.tagged(c, *in.ResourceArn, map[string][]string{"aws:TagKeys": in.TagKeys})
	if err != nil {
		return nil, err
	}
	for _, k := range in.TagKeys {
		delete(t.tags, k)
	}
	return &sdk.UntagResourceOutput{}, nil
}

func (s *Service) listTagsForResource(c *world.Call, in *sdk.ListTagsForResourceInput) (*sdk.ListTagsForResourceOutput, error) {
	t, err := s.tagged(c, *in.ResourceArn, nil)
	if err != nil {
		return nil, err
	}
	return &sdk.ListTagsForResourceOutput{Tags: maps.Clone(t.tags)}, nil
}
