package conformance

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// targetOf gives the key that an alias names, as it is listed; "" for none.
func (x *bench) targetOf(alias string) string {
	x.Helper()
	in := &kms.ListAliasesInput{}
	for {
		out := succeed(x, x.Own.KMS.ListAliases, in)
		for _, a := range out.Aliases {
			if text(a.AliasName) == alias {
				return text(a.TargetKeyId)
			}
		}
		if !out.Truncated {
			return ""
		}
		in.Marker = out.NextMarker
	}
}

const aliasAccess = "KMS Developer Guide, Controlling access to aliases, "

var kmsAlias = []claim{
	{
		says:   "an alias is listed until it is deleted, and its key stays",
		source: "asserted: kms test_create_list_delete_alias",
		check: func(x *bench) {
			k := x.Own.key("")
			alias := "alias/" + x.name("alias")
			equal(x, "the target before", x.targetOf(alias), "")
			succeed(x, x.Own.KMS.CreateAlias, &kms.CreateAliasInput{AliasName: &alias, TargetKeyId: &k.id})
			equal(x, "the target", x.targetOf(alias), k.id)
			succeed(x, x.Own.KMS.DeleteAlias, &kms.DeleteAliasInput{AliasName: &alias})
			equal(x, "the target after", x.targetOf(alias), "")
			succeed(x, x.Own.KMS.DescribeKey, describe(k.id))
		},
	},
	{
		says:   "an updated alias names the new key",
		source: "asserted: kms test_update_alias",
		check: func(x *bench) {
			from, to := x.Own.key(""), x.Own.key("")
			alias := x.Own.alias(from)
			succeed(x, x.Own.KMS.UpdateAlias, &kms.UpdateAliasInput{AliasName: &alias, TargetKeyId: &to.id})
			equal(x, "the target", x.targetOf(alias), to.id)
		},
	},
	{
		says:   "what was encrypted through an alias needs the old key after the alias has moved",
		source: "KMS Developer Guide, Rotating keys manually: the alias is only used to find the key for encryption",
		check: func(x *bench) {
			from, to := x.Own.key(""), x.Own.key("")
			alias := x.Own.alias(from)
			blob := succeed(x, x.Own.KMS.Encrypt, &kms.EncryptInput{KeyId: &alias, Plaintext: []byte("hello")}).CiphertextBlob
			succeed(x, x.Own.KMS.UpdateAlias, &kms.UpdateAliasInput{AliasName: &alias, TargetKeyId: &to.id})
			refused(x, x.Own.KMS.Decrypt, &kms.DecryptInput{KeyId: &alias, CiphertextBlob: blob}, "IncorrectKeyException")
			equal(x, "KeyId", text(succeed(x, x.Own.KMS.Decrypt, &kms.DecryptInput{CiphertextBlob: blob}).KeyId), from.arn)
		},
	},
	{
		says:   "an alias begins with alias/",
		source: "recorded: kms test_create_alias",
		check: func(x *bench) {
			k := x.Own.key("")
			refused(x, x.Own.KMS.CreateAlias, &kms.CreateAliasInput{AliasName: new("name"), TargetKeyId: &k.id}, "ValidationException").saying(
				`Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html`)
		},
	},
	{
		says:   "an alias that begins with alias/aws/ is reserved",
		source: "KMS API Reference, CreateAlias, AliasName; assumption: the code",
		check: func(x *bench) {
			k := x.Own.key("")
			refused(x, x.Own.KMS.CreateAlias, &kms.CreateAliasInput{AliasName: new("alias/aws/mine"), TargetKeyId: &k.id}, "NotAuthorizedException")
		},
	},
	{
		says:   "an alias exists once in a Region of an account",
		source: "KMS API Reference, CreateAlias, AlreadyExistsException; reported: the message, in terraform-provider-aws",
		check: func(x *bench) {
			k := x.Own.key("")
			alias := x.Own.alias(k)
			refused(x, x.Own.KMS.CreateAlias, &kms.CreateAliasInput{AliasName: &alias, TargetKeyId: &k.id}, "AlreadyExistsException").saying(
				"An alias with the name " + strings.TrimSuffix(k.arn, "key/"+k.id) + alias + " already exists")
		},
	},
	{
		says:   "an alias that does not exist can be neither updated nor deleted",
		source: "KMS API Reference, UpdateAlias and DeleteAlias, NotFoundException",
		check: func(x *bench) {
			k := x.Own.key("")
			alias := "alias/" + x.name("none")
			refused(x, x.Own.KMS.UpdateAlias, &kms.UpdateAliasInput{AliasName: &alias, TargetKeyId: &k.id}, "NotFoundException")
			refused(x, x.Own.KMS.DeleteAlias, &kms.DeleteAliasInput{AliasName: &alias}, "NotFoundException")
		},
	},
	{
		says:   "an alias can leave a key pending deletion, and cannot go to one",
		source: "KMS Developer Guide, Key states of AWS KMS keys, table, UpdateAlias",
		check: func(x *bench) {
			good, dying := x.Own.key(""), x.Own.key("")
			alias := x.Own.alias(dying)
			x.schedule(dying, 7)
			succeed(x, x.Own.KMS.UpdateAlias, &kms.UpdateAliasInput{AliasName: &alias, TargetKeyId: &good.id})
			refused(x, x.Own.KMS.UpdateAlias, &kms.UpdateAliasInput{AliasName: &alias, TargetKeyId: &dying.id}, "KMSInvalidStateException").saying(
				dying.arn + " is pending deletion.")
			equal(x, "the target", x.targetOf(alias), good.id)
		},
	},
	{
		says:   "CreateAlias needs permission on the alias and on the key",
		source: aliasAccess + "kms:CreateAlias",
		check: func(x *bench) {
			k := x.Own.key("")
			in := &kms.CreateAliasInput{AliasName: new("alias/" + x.name("alias")), TargetKeyId: &k.id}
			aliasARN := strings.TrimSuffix(k.arn, "key/"+k.id) + *in.AliasName
			refused(x, x.Own.session(document(may("kms:CreateAlias", aliasARN))).KMS.CreateAlias, in, "AccessDeniedException")
			refused(x, x.Own.session(document(may("kms:CreateAlias", k.arn))).KMS.CreateAlias, in, "AccessDeniedException")
			succeed(x, x.Own.session(document(may("kms:CreateAlias", k.arn), may("kms:CreateAlias", aliasARN))).KMS.CreateAlias, in)
			cleanup(x, x.Own.KMS.DeleteAlias, &kms.DeleteAliasInput{AliasName: in.AliasName})
		},
	},
	{
		says:   "UpdateAlias needs permission on the alias, on the key it leaves and on the key it goes to",
		source: aliasAccess + "kms:UpdateAlias",
		check: func(x *bench) {
			from, to := x.Own.key(""), x.Own.key("")
			alias := x.Own.alias(from)
			aliasARN := strings.TrimSuffix(from.arn, "key/"+from.id) + alias
			in := &kms.UpdateAliasInput{AliasName: &alias, TargetKeyId: &to.id}
			all := []string{aliasARN, from.arn, to.arn}
			for missing := range all {
				var some []statement
				for i, resource := range all {
					if i != missing {
						some = append(some, may("kms:UpdateAlias", resource))
					}
				}
				refused(x, x.Own.session(document(some...)).KMS.UpdateAlias, in, "AccessDeniedException")
			}
			succeed(x, x.Own.session(document(may("kms:UpdateAlias", aliasARN), may("kms:UpdateAlias", from.arn), may("kms:UpdateAlias", to.arn))).KMS.UpdateAlias, in)
		},
	},
	{
		says:   "DeleteAlias needs permission on the alias and on its key",
		source: aliasAccess + "kms:DeleteAlias",
		check: func(x *bench) {
			k := x.Own.key("")
			alias := x.Own.alias(k)
			aliasARN := strings.TrimSuffix(k.arn, "key/"+k.id) + alias
			in := &kms.DeleteAliasInput{AliasName: &alias}
			refused(x, x.Own.session(document(may("kms:DeleteAlias", aliasARN))).KMS.DeleteAlias, in, "AccessDeniedException")
			refused(x, x.Own.session(document(may("kms:DeleteAlias", k.arn))).KMS.DeleteAlias, in, "AccessDeniedException")
			equal(x, "the target", x.targetOf(alias), k.id)
		},
	},
	{
		says:   "ListAliases of a key lists its aliases and no others",
		source: "asserted: kms test_list_aliases_of_key",
		check: func(x *bench) {
			k, other := x.Own.key(""), x.Own.key("")
			alias := x.Own.alias(k)
			out := succeed(x, x.Own.KMS.ListAliases, &kms.ListAliasesInput{KeyId: &k.id})
			equal(x, "the number of aliases", len(out.Aliases), 1)
			equal(x, "AliasArn", text(out.Aliases[0].AliasArn), strings.TrimSuffix(k.arn, "key/"+k.id)+alias)
			equal(x, "the number of the other's", len(succeed(x, x.Own.KMS.ListAliases, &kms.ListAliasesInput{KeyId: &other.id}).Aliases), 0)
		},
	},
}
