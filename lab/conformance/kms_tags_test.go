package conformance

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

func tags(pairs ...string) []types.Tag {
	var all []types.Tag
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, types.Tag{TagKey: &pairs[i], TagValue: &pairs[i+1]})
	}
	return all
}

// tagged gives the tags of a key in one line.
func (x *bench) tagged(k key) string {
	x.Helper()
	var all []string
	for _, t := range succeed(x, x.Own.KMS.ListResourceTags, &kms.ListResourceTagsInput{KeyId: &k.id}).Tags {
		all = append(all, text(t.TagKey)+"="+text(t.TagValue))
	}
	return strings.Join(all, " ")
}

var kmsTags = []claim{
	{
		says:   "a tag is added, given a new value, and removed; one that is not there is removed too",
		source: "recorded: kms test_update_and_add_tags_on_tagged_key, test_untag_key_partially; KMS API Reference, UntagResource",
		check: func(x *bench) {
			k := x.Own.key("")
			succeed(x, x.Own.KMS.TagResource, &kms.TagResourceInput{KeyId: &k.id, Tags: tags("tag1", "value1", "tag2", "value2")})
			succeed(x, x.Own.KMS.TagResource, &kms.TagResourceInput{KeyId: &k.id, Tags: tags("tag2", "new", "tag3", "value3")})
			equal(x, "the tags", x.tagged(k), "tag1=value1 tag2=new tag3=value3")
			succeed(x, x.Own.KMS.UntagResource, &kms.UntagResourceInput{KeyId: &k.id, TagKeys: []string{"tag1", "tag3", "none"}})
			equal(x, "the tags", x.tagged(k), "tag2=new")
		},
	},
	{
		says:   "a tag key is given once in a request",
		source: "recorded: kms test_tag_key_with_duplicate_tag_keys_raises_error",
		check: func(x *bench) {
			k := x.Own.key("")
			refused(x, x.Own.KMS.TagResource, &kms.TagResourceInput{KeyId: &k.id, Tags: tags("tag1", "value1", "tag1", "another-value1")}, "TagException").saying("Duplicate tag keys")
		},
	},
	{
		says:   "a key is not made with more than 50 tags",
		source: "recorded: kms test_create_key_with_too_many_tags_raises_error",
		check: func(x *bench) {
			var pairs []string
			for i := range 51 {
				pairs = append(pairs, fmt.Sprintf("key%d", i), "value")
			}
			refused(x, x.Own.KMS.CreateKey, &kms.CreateKeyInput{Tags: tags(pairs...)}, "TagException").saying("Too many tags")
		},
	},
	{
		says:   "tag keys that begin with aws:, in any case, are reserved",
		source: "recorded: kms test_create_key_with_invalid_tag_key, test_tag_existing_key_with_invalid_tag_key",
		check: func(x *bench) {
			k := x.Own.key("")
			for _, name := range []string{"aws:key1", "AWS:key1"} {
				refused(x, x.Own.KMS.CreateKey, &kms.CreateKeyInput{Tags: tags(name, "value1")}, "TagException").saying("Tags beginning with aws: are reserved")
				refused(x, x.Own.KMS.TagResource, &kms.TagResourceInput{KeyId: &k.id, Tags: tags(name, "value1")}, "TagException").saying("Tags beginning with aws: are reserved")
			}
		},
	},
	{
		says:   "a tag key has at most 128 characters and a value 256, and the answer quotes what has more",
		source: "recorded: kms test_create_key_with_invalid_tag_key, test_key_with_long_tag_value_raises_error",
		check: func(x *bench) {
			long, value := strings.Repeat("a", 129), strings.Repeat("v", 257)
			refused(x, x.Own.KMS.CreateKey, &kms.CreateKeyInput{Tags: tags(long, "value1")}, "ValidationException").saying(
				"1 validation error detected: Value '" + long + "' at 'tags.1.member.tagKey' failed to satisfy constraint: Member must have length less than or equal to 128")
			refused(x, x.Own.KMS.CreateKey, &kms.CreateKeyInput{Tags: tags("tag1", value)}, "ValidationException").saying(
				"1 validation error detected: Value '" + value + "' at 'tags.1.member.tagValue' failed to satisfy constraint: Member must have length less than or equal to 256")
		},
	},
}
