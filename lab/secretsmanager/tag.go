package secretsmanager

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"rekey/lab/world"
)

// tagLimit is how many tags a secret may have (AWS General Reference, "Tagging
// your AWS resources").
const tagLimit = 50

// checkTags checks the tags of one request. The rules are those of tagging in
// AWS; the wording is ours.
func checkTags(tags []types.Tag) error {
	seen := map[string]bool{}
	for _, t := range tags {
		switch {
		case t.Key == nil || t.Value == nil:
			return invalidParameter("A tag must have a Key and a Value.")
		case strings.HasPrefix(strings.ToLower(*t.Key), "aws:"):
			return invalidParameter("Tag keys that begin with aws: are reserved.")
		case seen[*t.Key]:
			return invalidParameter("The tag key " + *t.Key + " is given twice.")
		}
		seen[*t.Key] = true
	}
	return tooMany(tags)
}

func tooMany(tags []types.Tag) error {
	if len(tags) > tagLimit {
		return invalidParameter("A secret can't have more than 50 tags.")
	}
	return nil
}

// tagResource gives a tag that is there already its new value, and appends the
// others (API reference).
func (s *Service) tagResource(c *world.Call, in *secretsmanager.TagResourceInput) (*secretsmanager.TagResourceOutput, error) {
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	ctx := requestTags(in.Tags)
	t, err := s.writable(c, *in.SecretId, ctx)
	if err != nil {
		return nil, err
	}
	all := slices.Clone(t.tags)
	for _, tag := range in.Tags {
		i := slices.IndexFunc(all, func(old types.Tag) bool { return *old.Key == *tag.Key })
		if i < 0 {
			all = append(all, tag)
		} else {
			all[i] = tag
		}
	}
	if err := tooMany(all); err != nil {
		return nil, err
	}
	return &secretsmanager.TagResourceOutput{}, s.retag(c, t, all, ctx)
}

func (s *Service) untagResource(c *world.Call, in *secretsmanager.UntagResourceInput) (*secretsmanager.UntagResourceOutput, error) {
	ctx := map[string][]string{"aws:TagKeys": in.TagKeys}
	t, err := s.writable(c, *in.SecretId, ctx)
	if err != nil {
		return nil, err
	}
	all := slices.DeleteFunc(slices.Clone(t.tags), func(tag types.Tag) bool { return slices.Contains(in.TagKeys, *tag.Key) })
	return &secretsmanager.UntagResourceOutput{}, s.retag(c, t, all, ctx)
}

// retag changes the tags, unless that would take the caller's permissions for
// the secret away: then the answer is Access Denied (API reference, TagResource
// and UntagResource). That this means the permission for the same call is
// assumed.
func (s *Service) retag(c *world.Call, t target, tags []types.Tag, ctx map[string][]string) error {
	after := *t.secret
	after.tags = tags
	if err := s.authorize(c, target{&after, t.given, t.owner, t.arn}, ctx); err != nil {
		return err
	}
	if len(tags) != len(t.tags) || c.Operation == "TagResource" {
		t.tags = tags
		s.touch(c, t.secret)
	}
	return nil
}
