package kms

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
)

// tagLimit is how many tags a key may have (KMS Developer Guide, "Tags in AWS
// KMS").
const tagLimit = 50

// tagSet checks the tags of one request (recorded wording).
func tagSet(tags []types.Tag) (map[string]string, error) {
	set := map[string]string{}
	refuse := func(message string) (map[string]string, error) {
		return nil, &types.TagException{Message: &message}
	}
	for _, t := range tags {
		if strings.HasPrefix(strings.ToLower(*t.TagKey), "aws:") {
			return refuse("Tags beginning with aws: are reserved")
		}
		if _, twice := set[*t.TagKey]; twice {
			return refuse("Duplicate tag keys")
		}
		set[*t.TagKey] = *t.TagValue
	}
	if len(set) > tagLimit {
		return refuse("Too many tags")
	}
	return set, nil
}

func requestTags(tags map[string]string) map[string][]string {
	ctx := map[string][]string{}
	for k, v := range tags {
		ctx["aws:RequestTag/"+k] = []string{v}
	}
	if len(tags) > 0 {
		ctx["aws:TagKeys"] = slices.Sorted(maps.Keys(tags))
	}
	return ctx
}

func (s *Service) tagResource(c *world.Call, in *kms.TagResourceInput) (*kms.TagResourceOutput, error) {
	tags, err := tagSet(in.Tags)
	if err != nil {
		return nil, err
	}
	t, err := s.ownTagged(c, *in.KeyId, requestTags(tags))
	if err != nil {
		return nil, err
	}
	all := maps.Clone(t.key.tags)
	maps.Copy(all, tags)
	if len(all) > tagLimit {
		return nil, &types.TagException{Message: new("Too many tags")}
	}
	t.key.tags = all
	return &kms.TagResourceOutput{}, nil
}

func (s *Service) untagResource(c *world.Call, in *kms.UntagResourceInput) (*kms.UntagResourceOutput, error) {
	t, err := s.ownTagged(c, *in.KeyId, map[string][]string{"aws:TagKeys": in.TagKeys})
	if err != nil {
		return nil, err
	}
	for _, k := range in.TagKeys {
		delete(t.key.tags, k)
	}
	return &kms.UntagResourceOutput{}, nil
}

// ownTagged is ownCustomer for the operations on tags, whose condition keys
// name the tags, and which a key pending deletion refuses.
func (s *Service) ownTagged(c *world.Call, name string, tags map[string][]string) (target, error) {
	t, err := s.find(c, name, noAlias)
	if err != nil {
		return target{}, err
	}
	if err := s.authorize(c, t, tags); err != nil {
		return target{}, err
	}
	return t, t.key.notPending()
}

func (s *Service) listResourceTags(c *world.Call, in *kms.ListResourceTagsInput) (*kms.ListResourceTagsOutput, error) {
	if err := atMost(50, in.Limit); err != nil {
		return nil, err
	}
	t, err := s.own(c, *in.KeyId)
	if err != nil {
		return nil, err
	}
	some, next, err := page(c, tagList(t.key.tags), func(t types.Tag) string { return *t.TagKey }, in.Marker, in.Limit, 50)
	return &kms.ListResourceTagsOutput{Tags: some, NextMarker: next, Truncated: next != nil}, err
}

func tagList(tags map[string]string) []types.Tag {
	all := []types.Tag{}
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		all = append(all, types.Tag{TagKey: new(k), TagValue: new(tags[k])})
	}
	return all
}

func number(n int32) string { return strconv.Itoa(int(n)) }

func boolean(b bool) string { return strconv.FormatBool(b) }
