package s3

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/lab/world"
)

// tagLimit is how many tags a bucket may have (S3 User Guide, "Using cost
// allocation S3 bucket tags").
const tagLimit = 50

// tagForm are the characters of keys and values (S3 API Reference,
// PutBucketTagging; AWS Billing User Guide, "Tag restrictions").
var tagForm = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

// checkTags refuses tags that a bucket cannot have (recorded wordings).
func checkTags(tags []types.Tag) error {
	for _, t := range tags {
		if t.Key == nil || t.Value == nil {
			return malformedXML()
		}
	}
	seen := map[string]bool{}
	for _, t := range tags {
		switch {
		case seen[*t.Key]:
			return invalidTag("Cannot provide multiple Tags with the same key", "TagKey", *t.Key)
		case *t.Key == "" || len([]rune(*t.Key)) > 128 || !tagForm.MatchString(*t.Key):
			return invalidTag("The TagKey you have provided is invalid", "TagKey", *t.Key)
		case strings.HasPrefix(*t.Key, "aws:"):
			return invalidTag("System tags cannot be added/updated by requester", "TagKey", *t.Key)
		case len([]rune(*t.Value)) > 256 || !tagForm.MatchString(*t.Value):
			return invalidTag("The TagValue you have provided is invalid", "TagKey", *t.Key, "TagValue", *t.Value)
		}
		seen[*t.Key] = true
	}
	if len(tags) > tagLimit { // assumption: as objects word it
		return fail(http.StatusBadRequest, "BadRequest", "Bucket tags cannot be greater than 50")
	}
	return nil
}

// checkNewTags is checkTags at CreateBucket, which answers two mistakes in
// another way (recorded).
func checkNewTags(tags []types.Tag) error {
	seen := map[string]bool{}
	for _, t := range tags {
		switch key := text(t.Key); {
		case t.Key != nil && seen[key]:
			return fail(http.StatusInternalServerError, "InternalError", "We encountered an internal error. Please try again.")
		case strings.HasPrefix(key, "aws:"):
			return invalidTag(`User-defined tag keys can't start with "aws:". This prefix is reserved for system tags. Remove "aws:" from your tag keys and try again.`)
		default:
			seen[key] = true
		}
	}
	return checkTags(tags)
}

func invalidTag(message string, pairs ...string) error {
	return fail(http.StatusBadRequest, "InvalidTag", message, pairs...)
}

// putBucketTagging replaces all tags; an empty set removes them (recorded).
func (s *Service) putBucketTagging(c *world.Call, in *s3.PutBucketTaggingInput) (*s3.PutBucketTaggingOutput, error) {
	b, err := s.allowed(c, in.Bucket, in.ExpectedBucketOwner, "s3:PutBucketTagging")
	if err != nil {
		return nil, err
	}
	if in.Tagging == nil {
		return nil, malformedXML()
	}
	if err := checkTags(in.Tagging.TagSet); err != nil {
		return nil, err
	}
	b.tags = in.Tagging.TagSet
	return &s3.PutBucketTaggingOutput{}, nil
}

func (s *Service) getBucketTagging(c *world.Call, in *s3.GetBucketTaggingInput) (*s3.GetBucketTaggingOutput, error) {
	b, err := s.allowed(c, in.Bucket, in.ExpectedBucketOwner, "s3:GetBucketTagging")
	if err != nil {
		return nil, err
	}
	if len(b.tags) == 0 {
		return nil, notConfigured(b, "NoSuchTagSet", "The TagSet does not exist")
	}
	return &s3.GetBucketTaggingOutput{TagSet: b.tags}, nil
}

func (s *Service) deleteBucketTagging(c *world.Call, in *s3.DeleteBucketTaggingInput) (*s3.DeleteBucketTaggingOutput, error) {
	b, err := s.allowed(c, in.Bucket, in.ExpectedBucketOwner, "s3:PutBucketTagging")
	if err != nil {
		return nil, err
	}
	b.tags = nil
	return &s3.DeleteBucketTaggingOutput{}, nil
}
