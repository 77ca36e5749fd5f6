package iam

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"rekey/lab/world"
)

// tags are those of a user, a role, an instance profile or a policy, by their keys in lower case:
// keys differ by more than case (IAM User Guide, "Tags for IAM resources").
type tags map[string]types.Tag

const tagLimit = 50

func (t tags) values() map[string]string {
	out := make(map[string]string, len(t))
	for _, tag := range t {
		out[*tag.Key] = *tag.Value
	}
	return out
}

// list is sorted by key (API reference, ListRoleTags).
func (t tags) list() []types.Tag { return world.Sorted(t) }

// with gives the tags with more, or says what is wrong with those. The wording
// for doubled keys is recorded of STS; the others are assumed.
func (t tags) with(more []types.Tag) (tags, error) {
	out, seen := tags{}, map[string]bool{}
	for k, v := range t {
		out[k] = v
	}
	for _, tag := range more {
		k := strings.ToLower(*tag.Key)
		switch {
		case seen[k]:
			return nil, invalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		case strings.HasPrefix(k, "aws:"):
			return nil, invalidInput("Tag keys beginning with aws: are reserved for system use.")
		}
		seen[k] = true
		out[k] = types.Tag{Key: new(*tag.Key), Value: new(*tag.Value)}
	}
	if len(out) > tagLimit {
		return nil, limitExceeded("The number of tags has reached the maximum limit.")
	}
	return out, nil
}

// requested are the condition keys of tags in a request.
func requested(more []types.Tag) map[string][]string {
	keys := map[string][]string{}
	for _, tag := range more {
		keys["aws:RequestTag/"+*tag.Key] = []string{*tag.Value}
		keys["aws:TagKeys"] = append(keys["aws:TagKeys"], *tag.Key)
	}
	return keys
}

func (e *entity) tag(more []types.Tag) error {
	all, err := e.tags.with(more)
	if err == nil {
		e.tags = all
	}
	return err
}

func (e *entity) untag(keys []string) {
	for _, k := range keys {
		delete(e.tags, strings.ToLower(k))
	}
}

func (e *entity) listTags(c *world.Call, marker *string, limit *int32) ([]types.Tag, *string, error) {
	return page(c, e.tags.list(), func(t types.Tag) string { return *t.Key }, marker, limit)
}

func (s *Service) tagRole(c *world.Call, in *iam.TagRoleInput) (*iam.TagRoleOutput, error) {
	r, err := s.role(c, *in.RoleName, requested(in.Tags))
	if err != nil {
		return nil, err
	}
	return &iam.TagRoleOutput{}, r.tag(in.Tags)
}

func (s *Service) tagUser(c *world.Call, in *iam.TagUserInput) (*iam.TagUserOutput, error) {
	u, err := s.user(c, in.UserName, requested(in.Tags))
	if err != nil {
		return nil, err
	}
	return &iam.TagUserOutput{}, u.tag(in.Tags)
}

func (s *Service) untagRole(c *world.Call, in *iam.UntagRoleInput) (*iam.UntagRoleOutput, error) {
	r, err := s.role(c, *in.RoleName, map[string][]string{"aws:TagKeys": in.TagKeys})
	if err != nil {
		return nil, err
	}
	r.untag(in.TagKeys)
	return &iam.UntagRoleOutput{}, nil
}

func (s *Service) untagUser(c *world.Call, in *iam.UntagUserInput) (*iam.UntagUserOutput, error) {
	u, err := s.user(c, in.UserName, map[string][]string{"aws:TagKeys": in.TagKeys})
	if err != nil {
		return nil, err
	}
	u.untag(in.TagKeys)
	return &iam.UntagUserOutput{}, nil
}

func (s *Service) listRoleTags(c *world.Call, in *iam.ListRoleTagsInput) (*iam.ListRoleTagsOutput, error) {
	r, err := s.role(c, *in.RoleName, nil)
	if err != nil {
		return nil, err
	}
	some, next, err := r.listTags(c, in.Marker, in.MaxItems)
	return &iam.ListRoleTagsOutput{Tags: some, Marker: next, IsTruncated: next != nil}, err
}

func (s *Service) listUserTags(c *world.Call, in *iam.ListUserTagsInput) (*iam.ListUserTagsOutput, error) {
	u, err := s.user(c, in.UserName, nil)
	if err != nil {
		return nil, err
	}
	some, next, err := u.listTags(c, in.Marker, in.MaxItems)
	return &iam.ListUserTagsOutput{Tags: some, Marker: next, IsTruncated: next != nil}, err
}
