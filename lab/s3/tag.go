package s3

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/lab/world"
)

// objectTagLimit is how many tags an object may have (S3 User Guide,
// "Categorizing your storage using tags").
const objectTagLimit = 10

// parseTags reads x-amz-tagging, which is a query string (recorded: what has no
// value gets an empty one, and what is empty counts for nothing).
func parseTags(header *string) ([]types.Tag, error) {
	if header == nil {
		return nil, nil
	}
	bad := invalidArgument("The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.", "x-amz-tagging", *header)
	var tags []types.Tag
	for pair := range strings.SplitSeq(*header, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if pair == "" {
			continue
		}
		name, err := url.QueryUnescape(name)
		if err != nil {
			return nil, bad
		}
		if value, err = url.QueryUnescape(value); err != nil || !tagForm.MatchString(name) || !tagForm.MatchString(value) ||
			slices.ContainsFunc(tags, func(t types.Tag) bool { return *t.Key == name }) {
			return nil, bad
		}
		tags = append(tags, types.Tag{Key: &name, Value: &value})
	}
	return tags, checkObjectTags(tags)
}

// checkObjectTags refuses tags that an object cannot have (recorded wordings,
// but for their number, which is reported).
func checkObjectTags(tags []types.Tag) error {
	if len(tags) > objectTagLimit {
		return fail(http.StatusBadRequest, "BadRequest", "Object tags cannot be greater than 10")
	}
	for _, t := range tags {
		if t.Key != nil && strings.HasPrefix(*t.Key, "aws:") {
			return invalidTag("Your TagKey cannot be prefixed with aws:", "TagKey", *t.Key)
		}
	}
	return checkTags(tags)
}

// tagConditions are the condition keys of tags in a request.
func tagConditions(tags []types.Tag) conditions {
	k := conditions{}
	for _, t := range tags {
		k["s3:RequestObjectTag/"+*t.Key] = []string{*t.Value}
		k["s3:RequestObjectTagKeys"] = append(k["s3:RequestObjectTagKeys"], *t.Key)
	}
	return k
}

// tagged finds the version whose tags a request is about, and authorizes it. A
// delete marker has none, and is told to be one even where it is the current
// version (recorded).
func (s *Service) tagged(c *world.Call, name, key, id, expectedOwner *string, action string, more conditions) (*bucket, *version, error) {
	b, err := s.bucket(c, name, expectedOwner)
	if err != nil {
		return nil, nil, err
	}
	v, err := s.version(c, b, versioned(action, id, "Tagging"), *key, id, more)
	if err != nil {
		return nil, nil, err
	}
	if v == nil {
		told := *key
		if action == "s3:GetObject" {
			told = b.name + "/" + *key // recorded
		}
		return nil, nil, s.missing(c, b, told)
	}
	if v.marker {
		return nil, nil, b.markerRefused(v, map[string]string{"s3:GetObject": "GET", "s3:PutObject": "PUT", "s3:DeleteObject": "DELETE"}[action])
	}
	return b, v, nil
}

// versioned names the action on a version where a request names one, such as
// s3:GetObjectVersionTagging for s3:GetObject and Tagging.
func versioned(action string, id *string, what string) string {
	if id != nil {
		return action + "Version" + what
	}
	return action + what
}

func (s *Service) getObjectTagging(c *world.Call, in *s3.GetObjectTaggingInput) (*s3.GetObjectTaggingOutput, error) {
	b, v, err := s.tagged(c, in.Bucket, in.Key, in.VersionId, in.ExpectedBucketOwner, "s3:GetObject", nil)
	if err != nil {
		return nil, err
	}
	out := &s3.GetObjectTaggingOutput{TagSet: v.extra().tags, VersionId: b.idOf(v)}
	if out.TagSet == nil {
		out.TagSet = []types.Tag{}
	}
	return out, nil
}

func (s *Service) putObjectTagging(c *world.Call, in *s3.PutObjectTaggingInput) (*s3.PutObjectTaggingOutput, error) {
	if in.Tagging == nil {
		return nil, malformedXML()
	}
	tags := in.Tagging.TagSet
	if err := checkObjectTags(tags); err != nil {
		return nil, err
	}
	b, v, err := s.tagged(c, in.Bucket, in.Key, in.VersionId, in.ExpectedBucketOwner, "s3:PutObject", tagConditions(tags))
	if err != nil {
		return nil, err
	}
	v.change().tags = tags
	s.changed(c, b, "ObjectTagging:Put", *in.Key, v)
	return &s3.PutObjectTaggingOutput{VersionId: b.idOf(v)}, nil
}

func (s *Service) deleteObjectTagging(c *world.Call, in *s3.DeleteObjectTaggingInput) (*s3.DeleteObjectTaggingOutput, error) {
	b, v, err := s.tagged(c, in.Bucket, in.Key, in.VersionId, in.ExpectedBucketOwner, "s3:DeleteObject", nil)
	if err != nil {
		return nil, err
	}
	if v.more != nil {
		v.more.tags = nil
	}
	s.changed(c, b, "ObjectTagging:Delete", *in.Key, v)
	return &s3.DeleteObjectTaggingOutput{VersionId: b.idOf(v)}, nil
}
