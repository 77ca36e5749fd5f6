package sqs

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"rekey/lab/world"
)

// tagLimit is how many tags a queue may have (Developer Guide, "Amazon SQS
// cost allocation tags", and AWS General Reference, "Tagging your AWS
// resources").
const tagLimit = 50

// requestTags are the condition keys of the tags in a request.
func requestTags(tags map[string]string) map[string][]string {
	ctx := map[string][]string{}
	for key, value := range tags {
		ctx["aws:RequestTag/"+key] = []string{value}
	}
	if len(tags) > 0 {
		ctx["aws:TagKeys"] = slices.Sorted(maps.Keys(tags))
	}
	return ctx
}

// checkTags checks new tags beside those that are there. The rules are those of
// tagging in AWS; the wording is ours.
func checkTags(old, tags map[string]string) error {
	count := len(old)
	for key, value := range tags {
		switch {
		case key == "" || len([]rune(key)) > 128:
			return invalidParameter("Tag keys must be between 1 and 128 characters in length.")
		case len([]rune(value)) > 256:
			return invalidParameter("Tag values must be at most 256 characters in length.")
		case strings.HasPrefix(strings.ToLower(key), "aws:"):
			return invalidParameter("Tag keys must not begin with aws:.")
		}
		if _, has := old[key]; !has {
			count++
		}
	}
	if count > tagLimit {
		return invalidParameter("Too many tags added for queue.")
	}
	return nil
}

func (s *Service) tagQueue(c *world.Call, in *sqs.TagQueueInput) (*sqs.TagQueueOutput, error) {
	t, err := s.existingIf(c, *in.QueueUrl, "TagQueue", requestTags(in.Tags))
	if err != nil {
		return nil, err
	}
	if err := checkTags(t.tags, in.Tags); err != nil {
		return nil, err
	}
	maps.Copy(t.tags, in.Tags)
	return &sqs.TagQueueOutput{}, nil
}

func (s *Service) untagQueue(c *world.Call, in *sqs.UntagQueueInput) (*sqs.UntagQueueOutput, error) {
	t, err := s.existingIf(c, *in.QueueUrl, "UntagQueue", map[string][]string{"aws:TagKeys": in.TagKeys})
	if err != nil {
		return nil, err
	}
	for _, key := range in.TagKeys {
		delete(t.tags, key)
	}
	return &sqs.UntagQueueOutput{}, nil
}

// listQueueTags leaves the tags out where there are none (recorded).
func (s *Service) listQueueTags(c *world.Call, in *sqs.ListQueueTagsInput) (*sqs.ListQueueTagsOutput, error) {
	t, err := s.existing(c, *in.QueueUrl, "ListQueueTags")
	if err != nil {
		return nil, err
	}
	out := &sqs.ListQueueTagsOutput{}
	if len(t.tags) > 0 {
		out.Tags = maps.Clone(t.tags)
	}
	return out, nil
}
