package conformance

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// when is a Condition of one operator and one key.
func when(operator, key string, values ...string) string {
	return fmt.Sprintf(`"Condition":{%q:{%q:["%s"]}}`, operator, key, strings.Join(values, `","`))
}

const conditionKeys = "KMS Developer Guide, AWS KMS condition keys, "

var kmsConditions = []claim{
	{
		says:   "kms:EncryptionContext:KEY holds a caller to one encryption context",
		source: conditionKeys + "kms:EncryptionContext:context-key",
		check: func(x *bench) {
			k := x.Own.key("")
			s := x.Own.session(document(may("kms:Encrypt kms:Decrypt", k.arn, when("StringEquals", "kms:EncryptionContext:App", "shop"))))
			blob := s.seal(k, "hello", "App", "shop", "More", "1")
			succeed(x, s.KMS.Decrypt, k.decrypt(blob, "App", "shop", "More", "1"))
			refused(x, s.KMS.Encrypt, k.encrypt("hello", "App", "bank"), "AccessDeniedException")
			refused(x, s.KMS.Encrypt, k.encrypt("hello", "App", "SHOP"), "AccessDeniedException")
			refused(x, s.KMS.Encrypt, k.encrypt("hello"), "AccessDeniedException")
		},
	},
	{
		says:   "kms:EncryptionContextKeys with ForAllValues holds a caller to a set of keys",
		source: conditionKeys + "kms:EncryptionContextKeys",
		check: func(x *bench) {
			k := x.Own.key("")
			s := x.Own.session(document(may("kms:Encrypt", k.arn, when("ForAllValues:StringEquals", "kms:EncryptionContextKeys", "App", "Stage"))))
			succeed(x, s.KMS.Encrypt, k.encrypt("hello", "App", "shop"))
			succeed(x, s.KMS.Encrypt, k.encrypt("hello")) // of no keys, all are in the set
			refused(x, s.KMS.Encrypt, k.encrypt("hello", "App", "shop", "Other", "1"), "AccessDeniedException")
		},
	},
	{
		says:   "kms:RequestAlias is the alias that a request named, and absent where it named the key",
		source: conditionKeys + "kms:RequestAlias",
		check: func(x *bench) {
			k := x.Own.key("")
			alias, other := x.Own.alias(k), x.Own.alias(k)
			s := x.Own.session(document(may("kms:Encrypt", k.arn, when("StringEquals", "kms:RequestAlias", alias))))
			by := func(name string) *kms.EncryptInput {
				return &kms.EncryptInput{KeyId: &name, Plaintext: []byte("hello")}
			}
			succeed(x, s.KMS.Encrypt, by(alias))
			succeed(x, s.KMS.Encrypt, by(strings.TrimSuffix(k.arn, "key/"+k.id)+alias))
			refused(x, s.KMS.Encrypt, by(other), "AccessDeniedException")
			refused(x, s.KMS.Encrypt, by(k.arn), "AccessDeniedException")
			refused(x, s.KMS.Encrypt, by(k.id), "AccessDeniedException")
		},
	},
	{
		says:   "kms:ResourceAliases are all the aliases of the key, however a request named it",
		source: conditionKeys + "kms:ResourceAliases",
		check: func(x *bench) {
			k, bare := x.Own.key(""), x.Own.key("")
			x.Own.alias(k)
			second := x.Own.alias(k)
			s := x.Own.session(document(may("kms:Encrypt", "*", when("ForAnyValue:StringEquals", "kms:ResourceAliases", second))))
			succeed(x, s.KMS.Encrypt, k.encrypt("hello"))
			refused(x, s.KMS.Encrypt, bare.encrypt("hello"), "AccessDeniedException")
		},
	},
	{
		says:   "an alias that moves takes its permissions along",
		source: "KMS Developer Guide, Using aliases to control access to KMS keys",
		check: func(x *bench) {
			from, to := x.Own.key(""), x.Own.key("")
			alias := x.Own.alias(from)
			s := x.Own.session(document(may("kms:Encrypt", "*", when("ForAnyValue:StringEquals", "kms:ResourceAliases", alias))))
			succeed(x, s.KMS.Encrypt, from.encrypt("hello"))
			succeed(x, x.Own.KMS.UpdateAlias, &kms.UpdateAliasInput{AliasName: &alias, TargetKeyId: &to.id})
			succeed(x, s.KMS.Encrypt, to.encrypt("hello"))
			refused(x, s.KMS.Encrypt, from.encrypt("hello"), "AccessDeniedException")
		},
	},
	{
		says:   "kms:ViaService lets a caller use a key through one service, and not directly",
		source: conditionKeys + "kms:ViaService",
		check: func(x *bench) {
			role := x.Own.role(document(may("secretsmanager:*", "*")))
			via := "secretsmanager." + x.region + ".amazonaws.com"
			k := x.Own.key(document(x.Own.delegate(), allow("Via", role, "kms:GenerateDataKey kms:Decrypt", when("StringEquals", "kms:ViaService", via))))
			s := x.Own.assume(role)
			secret := s.secret(func(in *secretsmanager.CreateSecretInput) { in.KmsKeyId = &k.arn })
			equal(x, "the value", text(succeed(x, s.Secrets.GetSecretValue, &secretsmanager.GetSecretValueInput{SecretId: secret.ARN}).SecretString), "value")
			refused(x, s.KMS.GenerateDataKey, &kms.GenerateDataKeyInput{KeyId: &k.arn, KeySpec: types.DataKeySpecAes256}, "AccessDeniedException")
		},
	},
	{
		says:   "aws:ResourceTag/KEY is a tag of the key",
		source: "KMS Developer Guide, Using tags to control access to KMS keys",
		check: func(x *bench) {
			k := x.Own.key("")
			s := x.Own.session(document(may("kms:Encrypt", "*", when("StringEquals", "aws:ResourceTag/stage", "test"))))
			refused(x, s.KMS.Encrypt, k.encrypt("hello"), "AccessDeniedException")
			succeed(x, x.Own.KMS.TagResource, &kms.TagResourceInput{KeyId: &k.id, Tags: []types.Tag{{TagKey: new("stage"), TagValue: new("test")}}})
			succeed(x, s.KMS.Encrypt, k.encrypt("hello"))
		},
	},
	{
		says:   "aws:TagKeys and aws:RequestTag/KEY are the tags of a request",
		source: "KMS Developer Guide, AWS global condition keys; Service Authorization Reference, AWS Key Management Service",
		check: func(x *bench) {
			k := x.Own.key("")
			s := x.Own.session(document(may("kms:TagResource", "*", when("StringEquals", "aws:RequestTag/stage", "test"))))
			tag := func(value string) *kms.TagResourceInput {
				return &kms.TagResourceInput{KeyId: &k.id, Tags: []types.Tag{{TagKey: new("stage"), TagValue: &value}}}
			}
			succeed(x, s.KMS.TagResource, tag("test"))
			refused(x, s.KMS.TagResource, tag("prod"), "AccessDeniedException")
			s = x.Own.session(document(may("kms:UntagResource", "*", when("ForAnyValue:StringEquals", "aws:TagKeys", "stage"))))
			succeed(x, s.KMS.UntagResource, &kms.UntagResourceInput{KeyId: &k.id, TagKeys: []string{"stage"}})
			refused(x, s.KMS.UntagResource, &kms.UntagResourceInput{KeyId: &k.id, TagKeys: []string{"other"}}, "AccessDeniedException")
		},
	},
	{
		says:   "kms:KeySpec, kms:KeyUsage, kms:KeyOrigin and kms:MultiRegion describe the key",
		source: conditionKeys + "kms:KeySpec, kms:KeyUsage, kms:KeyOrigin, kms:MultiRegion",
		check: func(x *bench) {
			k := x.Own.key("")
			for key, value := range map[string]string{"kms:KeySpec": "SYMMETRIC_DEFAULT", "kms:KeyUsage": "ENCRYPT_DECRYPT", "kms:KeyOrigin": "AWS_KMS"} {
				s := x.Own.session(document(may("kms:DescribeKey", "*", when("StringEquals", key, value))))
				succeed(x, s.KMS.DescribeKey, describe(k.arn))
			}
			s := x.Own.session(document(may("kms:DescribeKey", "*", when("Bool", "kms:MultiRegion", "true"))))
			refused(x, s.KMS.DescribeKey, describe(k.arn), "AccessDeniedException")
		},
	},
	{
		says:   "kms:ScheduleKeyDeletionPendingWindowInDays bounds the waiting period that a caller may ask for",
		source: conditionKeys + "kms:ScheduleKeyDeletionPendingWindowInDays",
		check: func(x *bench) {
			k := x.Own.key("")
			s := x.Own.session(document(may("kms:ScheduleKeyDeletion", "*", when("NumericGreaterThanEquals", "kms:ScheduleKeyDeletionPendingWindowInDays", "20"))))
			refused(x, s.KMS.ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: &k.id, PendingWindowInDays: new(int32(7))}, "AccessDeniedException")
			succeed(x, s.KMS.ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: &k.id, PendingWindowInDays: new(int32(20))})
		},
	},
}
