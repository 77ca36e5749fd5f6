package ssm

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"rekey/lab/world"
)

// tagLimit is how many tags a parameter may have (API reference,
// AddTagsToResource).
const tagLimit = 50

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
	if len(tags) > tagLimit {
		return &types.TooManyTagsError{}
	}
	return nil
}

// tagged finds the parameter of a request about tags, by its name, and
// authorizes the call. Other resources the lab does not have.
func (s *Service) tagged(c *world.Call, kind types.ResourceTypeForTagging, id string, more map[string][]string) (target, error) {
	if kind != types.ResourceTypeForTaggingParameter {
		return target{}, world.Unimplemented("tags of a " + string(kind))
	}
	name := strings.TrimSpace(id)
	if err := checkRead(name); err != nil {
		return target{}, err
	}
	t := s.find(c, reference{home: homeOf(c), name: name})
	if err := s.authorize(c, t, more); err != nil {
		return target{}, err
	}
	if t.parameter == nil {
		return target{}, &types.InvalidResourceId{} // by the API reference; it has no message
	}
	return t, nil
}

// addTagsToResource gives a tag that is there already its new value.
func (s *Service) addTagsToResource(c *world.Call, in *ssm.AddTagsToResourceInput) (*ssm.AddTagsToResourceOutput, error) {
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	t, err := s.tagged(c, in.ResourceType, *in.ResourceId, requestTags(in.Tags))
	if err != nil {
		return nil, err
	}
	all := maps.Clone(t.tags)
	for _, tag := range in.Tags {
		all[*tag.Key] = *tag.Value
	}
	if len(all) > tagLimit {
		return nil, &types.TooManyTagsError{}
	}
	t.tags = all
	return &ssm.AddTagsToResourceOutput{}, nil
}

func (s *Service) removeTagsFromResource(c *world.Call, in *ssm.RemoveTagsFromResourceInput) (*ssm.RemoveTagsFromResourceOutput, error) {
	t, err := s.tagged(c, in.ResourceType, *in.ResourceId, map[string][]string{"aws:TagKeys": in.TagKeys})
	if err != nil {
		return nil, err
	}
	for _, key := range in.TagKeys {
		delete(t.tags, key)
	}
	return &ssm.RemoveTagsFromResourceOutput{}, nil
}

func (s *Service) listTagsForResource(c *world.Call, in *ssm.ListTagsForResourceInput) (*ssm.ListTagsForResourceOutput, error) {
	t, err := s.tagged(c, in.ResourceType, *in.ResourceId, nil)
	if err != nil {
		return nil, err
	}
	out := &ssm.ListTagsForResourceOutput{TagList: []types.Tag{}}
	for _, key := range slices.Sorted(maps.Keys(t.tags)) {
		out.TagList = append(out.TagList, types.Tag{Key: new(key), Value: new(t.tags[key])})
	}
	return out, nil
}
