package conformance

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

const logEntries = "KMS Developer Guide, Examples of AWS KMS log entries, "

// answeredKey holds the newest event of a name to an answer that is the ARN of a key
// alone.
func (x *bench) answeredKey(c *caller, name, arn string) recorded {
	x.Helper()
	r := x.latest(c, name)
	equal(x, "the number of elements of the answer of "+name, len(r.ResponseElements), 1)
	if got, _ := r.ResponseElements["keyId"].(string); got != arn {
		x.Errorf("responseElements.keyId of %s is %q, want %q", name, got, arn)
	}
	return r
}

// resourcesOf writes what an event is about as one.
func resourcesOf(r recorded) string {
	var all []string
	for _, of := range r.Resources {
		all = append(all, of.ARN)
	}
	return strings.Join(all, " ")
}

var kmsTrail = []claim{
	{
		says:   "changes that answer nothing are recorded with the key's ARN as their answer",
		source: logEntries + "EnableKey, DisableKey, EnableKeyRotation and UntagResource",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.key("")
			succeed(x, x.Own.KMS.DisableKey, &kms.DisableKeyInput{KeyId: &k.id})
			r := x.answeredKey(x.Own, "DisableKey", k.arn)
			equal(x, "requestParameters.keyId", r.RequestParameters["keyId"].(string), k.id)
			equal(x, "the resources", resourcesOf(r), k.arn)
			succeed(x, x.Own.KMS.EnableKey, &kms.EnableKeyInput{KeyId: &k.id})
			x.answeredKey(x.Own, "EnableKey", k.arn)
			x.Own.rotates(k, 180)
			r = x.answeredKey(x.Own, "EnableKeyRotation", k.arn)
			equal(x, "requestParameters.rotationPeriodInDays", r.RequestParameters["rotationPeriodInDays"].(float64), 180)
			succeed(x, x.Own.KMS.UntagResource, &kms.UntagResourceInput{KeyId: &k.id, TagKeys: []string{"Dept"}})
			r = x.answeredKey(x.Own, "UntagResource", k.arn)
			equal(x, "requestParameters.tagKeys", r.RequestParameters["tagKeys"].([]any)[0].(string), "Dept")
		},
	},
	{
		says:   "some changes are recorded without any answer",
		source: logEntries + "PutKeyPolicy, UpdateKeyDescription, DisableKeyRotation, TagResource and RevokeGrant",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.key("")
			x.Own.rotates(k, 0)
			g := x.Own.grantOn(k, x.Own.principal, "Encrypt")
			succeed(x, x.Own.KMS.PutKeyPolicy, &kms.PutKeyPolicyInput{KeyId: &k.id, Policy: new(document(x.Own.delegate()))})
			succeed(x, x.Own.KMS.UpdateKeyDescription, &kms.UpdateKeyDescriptionInput{KeyId: &k.id, Description: new("new")})
			succeed(x, x.Own.KMS.DisableKeyRotation, &kms.DisableKeyRotationInput{KeyId: &k.id})
			succeed(x, x.Own.KMS.TagResource, &kms.TagResourceInput{KeyId: &k.id, Tags: []types.Tag{{TagKey: new("Dept"), TagValue: new("IT")}}})
			succeed(x, x.Own.KMS.RevokeGrant, &kms.RevokeGrantInput{KeyId: &k.id, GrantId: g.GrantId})
			for _, name := range []string{"PutKeyPolicy", "UpdateKeyDescription", "DisableKeyRotation", "TagResource", "RevokeGrant"} {
				r := x.latest(x.Own, name)
				equal(x, "the number of elements of the answer of "+name, len(r.ResponseElements), 0)
				equal(x, "requestParameters.keyId of "+name, r.RequestParameters["keyId"].(string), k.id)
				equal(x, "the resources of "+name, resourcesOf(r), k.arn)
			}
		},
	},
	{
		says:   "what is done with an alias is recorded with the alias and its key, and moving it without the key that it leaves",
		source: logEntries + "CreateAlias, UpdateAlias and DeleteAlias",
		needs:  clock,
		check: func(x *bench) {
			from, to := x.Own.key(""), x.Own.key("")
			alias := x.Own.alias(from)
			arn := strings.TrimSuffix(from.arn, "key/"+from.id) + alias
			holds := func(name string, k key) {
				r := x.answeredKey(x.Own, name, k.arn)
				equal(x, "requestParameters.aliasName of "+name, r.RequestParameters["aliasName"].(string), alias)
				equal(x, "the number of resources of "+name, len(r.Resources), 2)
				for _, one := range []string{arn, k.arn} {
					if !strings.Contains(resourcesOf(r), one) {
						x.Errorf("the resources of %s are %s, without %s", name, resourcesOf(r), one)
					}
				}
			}
			holds("CreateAlias", from)
			succeed(x, x.Own.KMS.UpdateAlias, &kms.UpdateAliasInput{AliasName: &alias, TargetKeyId: &to.id})
			holds("UpdateAlias", to)
			equal(x, "requestParameters.targetKeyId", x.latest(x.Own, "UpdateAlias").RequestParameters["targetKeyId"].(string), to.id)
			succeed(x, x.Own.KMS.DeleteAlias, &kms.DeleteAliasInput{AliasName: &alias})
			holds("DeleteAlias", to)
		},
	},
	{
		says:   "a new primary Region is recorded in both Regions, each with the key that is there",
		source: logEntries + "UpdatePrimaryRegion",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.primary()
			there, r := x.replicaOf(k)
			succeed(x, x.Own.KMS.UpdatePrimaryRegion, &kms.UpdatePrimaryRegionInput{KeyId: &k.id, PrimaryRegion: &x.away})
			x.answeredKey(x.Own, "UpdatePrimaryRegion", k.arn)
			equal(x, "requestParameters.primaryRegion", x.answeredKey(there, "UpdatePrimaryRegion", r.arn).RequestParameters["primaryRegion"].(string), x.away)
		},
	},
	{
		says:   "a grant that was retired by its token is told of apart from parameters and answer",
		source: logEntries + "RetireGrant",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.key("")
			g := x.Own.grantOn(k, x.Own.principal, "Encrypt RetireGrant")
			succeed(x, x.Own.KMS.RetireGrant, &kms.RetireGrantInput{GrantToken: g.GrantToken})
			r := x.latest(x.Own, "RetireGrant")
			equal(x, "the number of parameters", len(r.RequestParameters), 0)
			equal(x, "the number of elements of the answer", len(r.ResponseElements), 0)
			equal(x, "additionalEventData.grantId", r.AdditionalEventData["grantId"], text(g.GrantId))
			equal(x, "the resources", resourcesOf(r), k.arn)
		},
	},
	{
		says:   "signatures and MACs are read-only events, without the message",
		source: kmsLogPage + "; " + logEntries + "GenerateMac and Verify",
		needs:  clock,
		check: func(x *bench) {
			mac, signing := x.Own.hmacKey(), x.Own.signingKey()
			succeed(x, x.Own.KMS.GenerateMac, mac.mac("not to be seen"))
			succeed(x, x.Own.KMS.Verify, signing.verify("not to be seen", succeed(x, x.Own.KMS.Sign, signing.sign("not to be seen")).Signature))
			for name, k := range map[string]key{"GenerateMac": mac, "Sign": signing, "Verify": signing} {
				r := x.latest(x.Own, name)
				equal(x, "readOnly", r.ReadOnly, true)
				equal(x, "requestParameters.keyId", r.RequestParameters["keyId"].(string), k.arn)
				equal(x, "whether there is a message", r.RequestParameters["message"] != nil, false)
				equal(x, "the number of elements of the answer", len(r.ResponseElements), 0)
			}
		},
	},
}
