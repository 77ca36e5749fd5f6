package conformance

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"rekey/shared/keypolicy"
)

const (
	grantsPage    = "KMS Developer Guide, Grants in AWS KMS"
	creatingPage  = "KMS Developer Guide, Creating grants"
	managingPage  = "KMS Developer Guide, Managing grants"
	retiringPage  = "KMS Developer Guide, Retiring and revoking grants"
	createGrantAt = "KMS API Reference, CreateGrant"
)

// granting asks for a grant on a key, of operations separated by blanks.
func (k key) granting(grantee, operations string) *kms.CreateGrantInput {
	in := &kms.CreateGrantInput{KeyId: &k.arn, GranteePrincipal: &grantee}
	for op := range strings.FieldsSeq(operations) {
		in.Operations = append(in.Operations, types.GrantOperation(op))
	}
	return in
}

// sessionNamed calls as a session of a role that has a name of its own.
func (c *caller) sessionNamed(role, name string) *caller {
	c.x.Helper()
	out := succeed(c.x, c.STS.AssumeRole, &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: &name})
	config := c.config.Copy()
	config.Credentials = credentials.NewStaticCredentialsProvider(*out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, *out.Credentials.SessionToken)
	s := newCaller(c.x, config)
	s.account, s.arn, s.principal = c.account, text(out.AssumedRoleUser.Arn), role
	return s
}

// grantOn makes a grant.
func (c *caller) grantOn(k key, grantee, operations string, configure ...func(*kms.CreateGrantInput)) *kms.CreateGrantOutput {
	c.x.Helper()
	in := k.granting(grantee, operations)
	for _, f := range configure {
		f(in)
	}
	return succeed(c.x, c.KMS.CreateGrant, in)
}

// grantsOn lists the ids of all grants on a key, in pages of one.
func (c *caller) grantsOn(k key) []string {
	c.x.Helper()
	var ids []string
	in := &kms.ListGrantsInput{KeyId: &k.arn, Limit: new(int32(1))}
	for {
		out := succeed(c.x, c.KMS.ListGrants, in)
		for _, g := range out.Grants {
			ids = append(ids, text(g.GrantId))
		}
		if in.Marker = out.NextMarker; in.Marker == nil {
			return ids
		}
	}
}

// hasGrants waits until a key has so many grants.
func (x *bench) hasGrants(k key, want int) {
	x.Helper()
	var got int
	x.until(func() bool { got = len(x.Own.grantsOn(k)); return got == want })
	equal(x, "the number of grants", got, want)
}

func constrained(by types.GrantConstraints) func(*kms.CreateGrantInput) {
	return func(in *kms.CreateGrantInput) { in.Constraints = &by }
}

func retirableBy(arn string) func(*kms.CreateGrantInput) {
	return func(in *kms.CreateGrantInput) { in.RetiringPrincipal = &arn }
}

var kmsGrants = []claim{
	{
		says:   "a grant allows its operations to a role that no policy allows anything",
		source: grantsPage,
		check: func(x *bench) {
			k := x.Own.key("")
			s := x.Own.session("")
			g := x.Own.grantOn(k, s.principal, "Encrypt DescribeKey")
			blob := s.seal(k, "hello")
			x.decided("kms:Encrypt", keypolicy.Allowed, text(g.GrantId))
			succeed(x, s.KMS.DescribeKey, describe(k.arn))
			refused(x, s.KMS.Decrypt, k.decrypt(blob), "AccessDeniedException")
		},
	},
	{
		says:   "a grant counts although the key policy delegates to nobody's IAM policies",
		source: grantsPage + "; assumption: the lockout check takes a policy that names the caller",
		check: func(x *bench) {
			k := x.Own.key(document(allow("Me", x.Own.principal, "kms:*")))
			s := x.Own.session(document(may("kms:*", "*")))
			refused(x, s.KMS.Encrypt, k.encrypt("hello"), "AccessDeniedException")
			x.Own.grantOn(k, s.principal, "Encrypt")
			s.seal(k, "hello")
		},
	},
	{
		says:   "an explicit Deny of the key policy beats a grant",
		source: grantsPage + ": a grant can allow access to a KMS key, but not deny access; IAM User Guide, Policy evaluation logic",
		check: func(x *bench) {
			s := x.Own.session("")
			k := x.Own.key(document(x.Own.delegate(), deny("Not", s.principal, "kms:Encrypt")))
			x.Own.grantOn(k, s.principal, "Encrypt DescribeKey")
			succeed(x, s.KMS.DescribeKey, describe(k.arn))
			refused(x, s.KMS.Encrypt, k.encrypt("hello"), "AccessDeniedException")
			x.decided("kms:Encrypt", keypolicy.ExplicitlyDenied, "Not")
		},
	},
	{
		says:   "a grant to one session of a role is not for its other sessions",
		source: createGrantAt + ", GranteePrincipal: assumed role users",
		check: func(x *bench) {
			k := x.Own.key("")
			role := x.Own.role("")
			s := x.Own.assume(role)
			x.Own.grantOn(k, s.arn, "Encrypt")
			s.seal(k, "hello")
			other := x.Own.sessionNamed(role, "another")
			refused(x, other.KMS.Encrypt, k.encrypt("hello"), "AccessDeniedException")
		},
	},
	{
		says:   "a grantee that does not exist is an invalid ARN",
		source: createGrantAt + ", Errors; reported: of a new role, in hashicorp/terraform-provider-aws#3038",
		check: func(x *bench) {
			k := x.Own.key("")
			for _, who := range []string{"arn:aws:iam::" + x.Own.account + ":role/none-there", "arn:aws:iam::" + x.Own.account + ":group/none", "nobody"} {
				refused(x, x.Own.KMS.CreateGrant, k.granting(who, "Encrypt"), "InvalidArnException")
			}
		},
	},
	{
		says:   "a grant's key is not named by an alias",
		source: "reported: the message, in boto/boto#3202; assumption: of the other operations on grants too",
		check: func(x *bench) {
			k := x.Own.key("")
			alias := x.Own.alias(k)
			in := k.granting(x.Own.principal, "Encrypt")
			in.KeyId = &alias
			refused(x, x.Own.KMS.CreateGrant, in, "InvalidArnException").saying("Key Aliases are not supported for this operation.")
			refused(x, x.Own.KMS.ListGrants, &kms.ListGrantsInput{KeyId: &alias}, "InvalidArnException")
		},
	},
	{
		says:   "a grant on a symmetric key cannot allow what asymmetric and HMAC keys do",
		source: createGrantAt + ", Operations; assumption: the code on the wire is ValidationException, where the page says ValidationError",
		check: func(x *bench) {
			k := x.Own.key("")
			for _, op := range []string{"Sign", "Verify", "GetPublicKey", "GenerateMac", "VerifyMac", "DeriveSharedSecret"} {
				refused(x, x.Own.KMS.CreateGrant, k.granting(x.Own.principal, "Encrypt "+op), "ValidationException")
			}
			x.hasGrants(k, 0)
		},
	},
	{
		says:   "EncryptionContextEquals allows only that context, whose pairs are case-sensitive",
		source: creatingPage + ", Using grant constraints",
		check: func(x *bench) {
			k := x.Own.key("")
			s := x.Own.session("")
			x.Own.grantOn(k, s.principal, "Encrypt Decrypt DescribeKey", constrained(types.GrantConstraints{EncryptionContextEquals: map[string]string{"Department": "IT"}}))
			blob := s.seal(k, "hello", "Department", "IT")
			succeed(x, s.KMS.Decrypt, k.decrypt(blob, "Department", "IT"))
			succeed(x, s.KMS.DescribeKey, describe(k.arn)) // has no context: the constraint is ignored
			for _, pairs := range [][]string{nil, {"Department", "IT", "Purpose", "Test"}, {"Department", "it"}, {"department", "IT"}} {
				refused(x, s.KMS.Encrypt, k.encrypt("hello", pairs...), "AccessDeniedException")
			}
		},
	},
	{
		says:   "EncryptionContextSubset allows a context that has its pairs and more",
		source: creatingPage + ", Using grant constraints",
		check: func(x *bench) {
			k := x.Own.key("")
			s := x.Own.session("")
			x.Own.grantOn(k, s.principal, "Encrypt", constrained(types.GrantConstraints{EncryptionContextSubset: map[string]string{"Department": "IT"}}))
			s.seal(k, "hello", "Department", "IT")
			s.seal(k, "hello", "Department", "IT", "Purpose", "Test")
			refused(x, s.KMS.Encrypt, k.encrypt("hello", "Purpose", "Test"), "AccessDeniedException")
			refused(x, s.KMS.Encrypt, k.encrypt("hello"), "AccessDeniedException")
		},
	},
	{
		says:   "an encryption context constraint has at most 8 pairs",
		source: creatingPage + ", Using grant constraints; assumption: the code",
		check: func(x *bench) {
			k := x.Own.key("")
			pairs := map[string]string{}
			for i := range 9 {
				pairs[string(rune('a'+i))] = "1"
			}
			in := k.granting(x.Own.principal, "Encrypt")
			in.Constraints = &types.GrantConstraints{EncryptionContextSubset: pairs}
			refused(x, x.Own.KMS.CreateGrant, in, "ValidationException")
		},
	},
	{
		says:   "a named request that is repeated gives the same grant and a new token, an unnamed one another grant",
		source: createGrantAt + ", Name",
		check: func(x *bench) {
			k := x.Own.key("")
			named := func(in *kms.CreateGrantInput) { in.Name = new("once") }
			a, b := x.Own.grantOn(k, x.Own.principal, "Encrypt Decrypt", named), x.Own.grantOn(k, x.Own.principal, "Decrypt Encrypt", named)
			equal(x, "the grant's id", text(b.GrantId), text(a.GrantId))
			if text(a.GrantToken) == text(b.GrantToken) {
				x.Error("the token is the same")
			}
			x.hasGrants(k, 1)
			x.Own.grantOn(k, x.Own.principal, "Encrypt")
			x.Own.grantOn(k, x.Own.principal, "Encrypt")
			x.hasGrants(k, 3)
		},
	},
	{
		says:   "the same name on another key or with other operations is another grant",
		source: "asserted: kms test_create_grant_with_same_name_two_keys; assumption: of other operations",
		check: func(x *bench) {
			k, other := x.Own.key(""), x.Own.key("")
			named := func(in *kms.CreateGrantInput) { in.Name = new("TestGrantName") }
			x.Own.grantOn(k, x.Own.principal, "Decrypt", named)
			x.Own.grantOn(other, x.Own.principal, "Decrypt", named)
			x.hasGrants(k, 1)
			x.hasGrants(other, 1)
			x.Own.grantOn(k, x.Own.principal, "Encrypt", named)
			x.hasGrants(k, 2)
		},
	},
	{
		says:   "a listing tells all of a grant, and can be held to one grant or one grantee",
		source: creatingPage + ", the example of ListGrants; KMS API Reference, ListGrants",
		check: func(x *bench) {
			k := x.Own.key("")
			role := x.Own.role("")
			g := x.Own.grantOn(k, role, "Decrypt", retirableBy(x.Own.principal), constrained(types.GrantConstraints{EncryptionContextSubset: map[string]string{"a": "1"}}))
			x.Own.grantOn(k, x.Own.principal, "Encrypt")
			for _, in := range []*kms.ListGrantsInput{{KeyId: &k.id, GrantId: g.GrantId}, {KeyId: &k.id, GranteePrincipal: &role}} {
				var all []types.GrantListEntry
				x.until(func() bool { all = succeed(x, x.Own.KMS.ListGrants, in).Grants; return len(all) == 1 })
				if len(all) != 1 {
					x.Fatalf("%d grants are listed, want 1", len(all))
				}
				e := all[0]
				equal(x, "KeyId", text(e.KeyId), k.arn)
				equal(x, "GrantId", text(e.GrantId), text(g.GrantId))
				equal(x, "Name", text(e.Name), "")
				equal(x, "GranteePrincipal", text(e.GranteePrincipal), role)
				equal(x, "RetiringPrincipal", text(e.RetiringPrincipal), x.Own.principal)
				equal(x, "IssuingAccount", text(e.IssuingAccount), x.Own.root())
				equal(x, "Operations", string(e.Operations[0]), "Decrypt")
				equal(x, "the constraint", e.Constraints.EncryptionContextSubset["a"], "1")
			}
		},
	},
	{
		says:   "retirable grants are those of one retiring principal, on keys of every account",
		source: "KMS API Reference, ListRetirableGrants",
		needs:  otherAccount,
		check: func(x *bench) {
			far, near := x.Other.key(""), x.Own.key("")
			role := x.Own.role("")
			a := x.Other.grantOn(far, x.Other.principal, "Decrypt", retirableBy(role))
			b := x.Own.grantOn(near, role, "Decrypt", retirableBy(role))
			x.Own.grantOn(near, role, "Decrypt")
			x.Own.grantOn(near, role, "Decrypt", retirableBy(x.Own.principal))
			var ids []string
			x.until(func() bool {
				ids = nil
				for _, g := range succeed(x, x.Own.KMS.ListRetirableGrants, &kms.ListRetirableGrantsInput{RetiringPrincipal: &role}).Grants {
					ids = append(ids, text(g.GrantId))
				}
				return len(ids) == 2
			})
			if len(ids) != 2 || !strings.Contains(strings.Join(ids, " "), text(a.GrantId)) || !strings.Contains(strings.Join(ids, " "), text(b.GrantId)) {
				x.Errorf("retirable are %q, want those of %q and %q", ids, text(a.GrantId), text(b.GrantId))
			}
			refused(x, x.Own.KMS.ListRetirableGrants, &kms.ListRetirableGrantsInput{RetiringPrincipal: &x.Other.principal}, "AccessDeniedException")
		},
	},
	{
		says:   "a revoked grant allows nothing any more, and cannot be revoked again",
		source: "asserted: kms test_revoke_grant; assumption: the code for a grant that is gone",
		check: func(x *bench) {
			k := x.Own.key("")
			s := x.Own.session("")
			g := x.Own.grantOn(k, s.principal, "Encrypt")
			s.seal(k, "hello")
			revoke := &kms.RevokeGrantInput{KeyId: &k.arn, GrantId: g.GrantId}
			succeed(x, x.Own.KMS.RevokeGrant, revoke)
			refused(x, s.KMS.Encrypt, k.encrypt("hello"), "AccessDeniedException")
			refused(x, x.Own.KMS.RevokeGrant, revoke, "NotFoundException")
			refused(x, x.Own.KMS.RevokeGrant, &kms.RevokeGrantInput{KeyId: &k.arn, GrantId: new("none")}, "InvalidGrantIdException")
			x.hasGrants(k, 0)
		},
	},
	{
		says:   "a grant is retired by its token, or by its id and its key",
		source: "asserted: kms test_retire_grant_with_grant_token, test_retire_grant_with_grant_id_and_key_id",
		check: func(x *bench) {
			k := x.Own.key("")
			a, b := x.Own.grantOn(k, x.Own.principal, "Decrypt"), x.Own.grantOn(k, x.Own.principal, "Decrypt")
			succeed(x, x.Own.KMS.RetireGrant, &kms.RetireGrantInput{GrantToken: a.GrantToken})
			x.hasGrants(k, 1)
			succeed(x, x.Own.KMS.RetireGrant, &kms.RetireGrantInput{KeyId: &k.arn, GrantId: b.GrantId})
			x.hasGrants(k, 0)
		},
	},
	{
		says:   "the retiring principal retires a grant without any other permission",
		source: retiringPage,
		check: func(x *bench) {
			k := x.Own.key("")
			s := x.Own.session("")
			g := x.Own.grantOn(k, x.Own.principal, "Decrypt", retirableBy(s.principal))
			succeed(x, s.KMS.RetireGrant, &kms.RetireGrantInput{KeyId: &k.arn, GrantId: g.GrantId})
			x.decided("kms:RetireGrant", keypolicy.Allowed, "RetiringPrincipal")
			x.hasGrants(k, 0)
		},
	},
	{
		says:   "a retiring principal of another account needs no permission of its own account",
		source: retiringPage + ": principals specified in the grant can retire a grant without the kms:RetireGrant permission",
		needs:  otherAccount,
		check: func(x *bench) {
			k := x.Own.key("")
			s := x.Other.session("")
			g := x.Own.grantOn(k, x.Own.principal, "Decrypt", retirableBy(s.principal))
			succeed(x, s.KMS.RetireGrant, &kms.RetireGrantInput{KeyId: &k.arn, GrantId: g.GrantId})
			x.decided("kms:RetireGrant", keypolicy.Allowed, "RetiringPrincipal")
		},
	},
	{
		says:   "a grantee retires its grant only if the grant allows RetireGrant",
		source: retiringPage,
		check: func(x *bench) {
			k := x.Own.key("")
			s := x.Own.session("")
			g := x.Own.grantOn(k, s.principal, "Decrypt")
			refused(x, s.KMS.RetireGrant, &kms.RetireGrantInput{KeyId: &k.arn, GrantId: g.GrantId}, "AccessDeniedException")
			g = x.Own.grantOn(k, s.principal, "Decrypt RetireGrant")
			succeed(x, s.KMS.RetireGrant, &kms.RetireGrantInput{KeyId: &k.arn, GrantId: g.GrantId})
			x.decided("kms:RetireGrant", keypolicy.Allowed, "GranteePrincipal")
		},
	},
	{
		says:   "kms:RetireGrant has an effect in identity policies of the key's account, and none in a key policy",
		source: retiringPage,
		check: func(x *bench) {
			byKey := x.Own.session("")
			k := x.Own.key(document(x.Own.delegate(), allow("Retire", byKey.principal, "kms:RetireGrant")))
			g := x.Own.grantOn(k, x.Own.principal, "Decrypt")
			retire := &kms.RetireGrantInput{KeyId: &k.arn, GrantId: g.GrantId}
			refused(x, byKey.KMS.RetireGrant, retire, "AccessDeniedException")
			succeed(x, x.Own.session(document(may("kms:RetireGrant", k.arn))).KMS.RetireGrant, retire)
		},
	},
	{
		says:   "an identity policy can deny a retiring principal to retire",
		source: retiringPage,
		check: func(x *bench) {
			k := x.Own.key("")
			s := x.Own.session(document(mayNot("kms:RetireGrant", "*")))
			g := x.Own.grantOn(k, x.Own.principal, "Decrypt", retirableBy(s.principal))
			refused(x, s.KMS.RetireGrant, &kms.RetireGrantInput{KeyId: &k.arn, GrantId: g.GrantId}, "AccessDeniedException")
			x.decided("kms:RetireGrant", keypolicy.ExplicitlyDenied, "#1")
		},
	},
	{
		says:   "a grant token is taken by every operation that a grant can allow, and a false one refused",
		source: managingPage + ", Using a grant token; KMS API Reference, Encrypt, Errors",
		check: func(x *bench) {
			k := x.Own.key("")
			s := x.Own.session("")
			g := x.Own.grantOn(k, s.principal, "Encrypt Decrypt GenerateDataKey DescribeKey")
			tokens := []string{text(g.GrantToken)}
			out := succeed(x, s.KMS.Encrypt, &kms.EncryptInput{KeyId: &k.arn, Plaintext: []byte("hello"), GrantTokens: tokens})
			succeed(x, s.KMS.Decrypt, &kms.DecryptInput{KeyId: &k.arn, CiphertextBlob: out.CiphertextBlob, GrantTokens: tokens})
			succeed(x, s.KMS.GenerateDataKey, &kms.GenerateDataKeyInput{KeyId: &k.arn, KeySpec: types.DataKeySpecAes256, GrantTokens: tokens})
			succeed(x, s.KMS.DescribeKey, &kms.DescribeKeyInput{KeyId: &k.arn, GrantTokens: tokens})
			bad := []string{"bm8gdG9rZW4="}
			refused(x, s.KMS.Encrypt, &kms.EncryptInput{KeyId: &k.arn, Plaintext: []byte("hello"), GrantTokens: bad}, "InvalidGrantTokenException")
			refused(x, x.Own.KMS.RetireGrant, &kms.RetireGrantInput{GrantToken: &bad[0]}, "InvalidGrantTokenException")
		},
	},
	{
		says:   "who may create grants by a grant gives no operation that it has not",
		source: creatingPage + ", Granting CreateGrant permission",
		check: func(x *bench) {
			k := x.Own.key("")
			s := x.Own.session("")
			x.Own.grantOn(k, s.principal, "GenerateDataKey Decrypt CreateGrant")
			s.grantOn(k, x.Own.principal, "Decrypt CreateGrant")
			refused(x, s.KMS.CreateGrant, k.granting(x.Own.principal, "Decrypt Encrypt"), "AccessDeniedException")
		},
	},
	{
		says:   "who may create grants by a constrained grant keeps the constraint or makes it stricter",
		source: creatingPage + ", Granting CreateGrant permission",
		check: func(x *bench) {
			k := x.Own.key("")
			s := x.Own.session("")
			it, more, hr := map[string]string{"Department": "IT"}, map[string]string{"Department": "IT", "a": "b"}, map[string]string{"Department": "HR"}
			x.Own.grantOn(k, s.principal, "Decrypt CreateGrant", constrained(types.GrantConstraints{EncryptionContextSubset: it}))
			for _, good := range []types.GrantConstraints{{EncryptionContextSubset: it}, {EncryptionContextSubset: more}, {EncryptionContextEquals: it}, {EncryptionContextEquals: more}} {
				s.grantOn(k, x.Own.principal, "Decrypt", constrained(good))
			}
			for _, bad := range []*types.GrantConstraints{nil, {EncryptionContextSubset: hr}, {EncryptionContextEquals: hr}} {
				in := k.granting(x.Own.principal, "Decrypt")
				in.Constraints = bad
				refused(x, s.KMS.CreateGrant, in, "AccessDeniedException")
			}
		},
	},
	{
		says:   "kms:GrantOperations, kms:GranteePrincipal and kms:RetiringPrincipal hold a caller to what it may grant",
		source: conditionKeys + "kms:GrantOperations, kms:GranteePrincipal, kms:RetiringPrincipal",
		check: func(x *bench) {
			k := x.Own.key("")
			role := x.Own.role("")
			s := x.Own.session(document(may("kms:CreateGrant", k.arn, when("ForAllValues:StringEquals", "kms:GrantOperations", "Encrypt", "DescribeKey"))))
			s.grantOn(k, role, "Encrypt")
			refused(x, s.KMS.CreateGrant, k.granting(role, "Encrypt Decrypt"), "AccessDeniedException")
			s = x.Own.session(document(may("kms:CreateGrant", k.arn, when("StringEquals", "kms:GranteePrincipal", role))))
			s.grantOn(k, role, "Encrypt")
			refused(x, s.KMS.CreateGrant, k.granting(x.Own.principal, "Encrypt"), "AccessDeniedException")
			s = x.Own.session(document(may("kms:CreateGrant", k.arn, when("StringEquals", "kms:RetiringPrincipal", role))))
			s.grantOn(k, role, "Encrypt", retirableBy(role))
			refused(x, s.KMS.CreateGrant, k.granting(role, "Encrypt"), "AccessDeniedException")
		},
	},
	{
		says:   "kms:GrantConstraintType holds a caller to one kind of constraint",
		source: conditionKeys + "kms:GrantConstraintType",
		check: func(x *bench) {
			k := x.Own.key("")
			s := x.Own.session(document(may("kms:CreateGrant", k.arn, when("StringEquals", "kms:GrantConstraintType", "EncryptionContextEquals"))))
			pairs := map[string]string{"a": "1"}
			s.grantOn(k, x.Own.principal, "Encrypt", constrained(types.GrantConstraints{EncryptionContextEquals: pairs}))
			in := k.granting(x.Own.principal, "Encrypt")
			refused(x, s.KMS.CreateGrant, in, "AccessDeniedException")
			in.Constraints = &types.GrantConstraints{EncryptionContextSubset: pairs}
			refused(x, s.KMS.CreateGrant, in, "AccessDeniedException")
		},
	},
	{
		says:   "kms:GrantIsForAWSResource is false where no AWS service asks",
		source: conditionKeys + "kms:GrantIsForAWSResource",
		check: func(x *bench) {
			k := x.Own.key("")
			s := x.Own.session(document(may("kms:CreateGrant kms:ListGrants", k.arn, when("Bool", "kms:GrantIsForAWSResource", "true"))))
			refused(x, s.KMS.CreateGrant, k.granting(x.Own.principal, "Encrypt"), "AccessDeniedException")
			refused(x, s.KMS.ListGrants, &kms.ListGrantsInput{KeyId: &k.arn}, "AccessDeniedException")
			s = x.Own.session(document(may("kms:ListGrants", k.arn, when("Bool", "kms:GrantIsForAWSResource", "false"))))
			succeed(x, s.KMS.ListGrants, &kms.ListGrantsInput{KeyId: &k.arn})
		},
	},
	{
		says:   "a grantee of another account needs its own account's permission too",
		source: "KMS Developer Guide, Allowing users in other accounts to use a KMS key; " + grantsPage + ": the grantee principal can be in a different account",
		needs:  otherAccount,
		check: func(x *bench) {
			k := x.Own.key("")
			with, without := x.Other.session(document(may("kms:Encrypt", k.arn))), x.Other.session("")
			refused(x, with.KMS.Encrypt, k.encrypt("hello"), "AccessDeniedException")
			for _, s := range []*caller{with, without} {
				x.Own.grantOn(k, s.principal, "Encrypt")
			}
			with.seal(k, "hello")
			refused(x, without.KMS.Encrypt, k.encrypt("hello"), "AccessDeniedException")
		},
	},
	{
		says:   "a grantee that is deleted and made again is somebody else",
		source: "reported: listings have the unique id of a deleted principal, in hashicorp/terraform-provider-aws#3038; assumption: so the new one is not meant",
		check: func(x *bench) {
			k := x.Own.key("")
			role := x.Own.role("")
			x.Own.grantOn(k, role, "Encrypt")
			x.Own.assume(role).seal(k, "hello")
			name := role[strings.LastIndexByte(role, '/')+1:]
			succeed(x, x.Own.IAM.DeleteRole, &iam.DeleteRoleInput{RoleName: &name})
			trust := allow("Trust", x.Own.root(), "sts:AssumeRole").document()
			succeed(x, x.Own.IAM.CreateRole, &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trust})
			refused(x, x.Own.assume(role).KMS.Encrypt, k.encrypt("hello"), "AccessDeniedException")
			shown := succeed(x, x.Own.KMS.ListGrants, &kms.ListGrantsInput{KeyId: &k.arn}).Grants[0].GranteePrincipal
			if !strings.HasPrefix(text(shown), "AROA") {
				x.Errorf("the grantee is shown as %q, want a unique id", text(shown))
			}
		},
	},
	{
		says:   "a disabled key, or one pending deletion, takes no new grants, and its grants can be listed, retired and revoked",
		source: "KMS Developer Guide, Key states of AWS KMS keys, table",
		check: func(x *bench) {
			k := x.Own.key("")
			a, b := x.Own.grantOn(k, x.Own.principal, "Encrypt"), x.Own.grantOn(k, x.Own.principal, "Encrypt")
			succeed(x, x.Own.KMS.DisableKey, &kms.DisableKeyInput{KeyId: &k.id})
			refused(x, x.Own.KMS.CreateGrant, k.granting(x.Own.principal, "Encrypt"), "DisabledException")
			x.hasGrants(k, 2)
			x.schedule(k, 7)
			refused(x, x.Own.KMS.CreateGrant, k.granting(x.Own.principal, "Encrypt"), "KMSInvalidStateException")
			succeed(x, x.Own.KMS.RevokeGrant, &kms.RevokeGrantInput{KeyId: &k.arn, GrantId: a.GrantId})
			succeed(x, x.Own.KMS.RetireGrant, &kms.RetireGrantInput{KeyId: &k.arn, GrantId: b.GrantId})
			x.hasGrants(k, 0)
		},
	},
	{
		says:   "a service principal as grantee needs a SourceArn and somebody who retires the grant",
		source: createGrantAt + ", GranteeServicePrincipal; assumption: the code",
		check: func(x *bench) {
			k := x.Own.key("")
			ask := func(source bool, retiring string) *kms.CreateGrantInput {
				in := k.granting("", "Decrypt")
				in.GranteePrincipal, in.GranteeServicePrincipal = nil, new("s3.amazonaws.com")
				if source {
					in.Constraints = &types.GrantConstraints{SourceArn: new("arn:aws:s3:us-east-1:" + x.Own.account + ":bucket")}
				}
				if retiring != "" {
					in.RetiringPrincipal = &retiring
				}
				return in
			}
			refused(x, x.Own.KMS.CreateGrant, ask(false, x.Own.principal), "ValidationException")
			refused(x, x.Own.KMS.CreateGrant, ask(true, ""), "ValidationException")
			both := ask(true, x.Own.principal)
			both.GranteePrincipal = &x.Own.principal
			refused(x, x.Own.KMS.CreateGrant, both, "ValidationException")
			succeed(x, x.Own.KMS.CreateGrant, ask(true, x.Own.principal))
			out := succeed(x, x.Own.KMS.ListGrants, &kms.ListGrantsInput{KeyId: &k.arn})
			equal(x, "GranteeServicePrincipal", text(out.Grants[0].GranteeServicePrincipal), "s3.amazonaws.com")
		},
	},
	{
		says:   "a page of grants has at most 100",
		source: "KMS API Reference, ListGrants, Limit; assumption: the code",
		check: func(x *bench) {
			k := x.Own.key("")
			refused(x, x.Own.KMS.ListGrants, &kms.ListGrantsInput{KeyId: &k.arn, Limit: new(int32(101))}, "ValidationException")
			refused(x, x.Own.KMS.ListGrants, &kms.ListGrantsInput{KeyId: &k.arn, Marker: new("none")}, "InvalidMarkerException")
		},
	},
	{
		says:   "grants end with their key",
		source: "KMS Developer Guide, Deleting AWS KMS keys: all metadata associated with the key is deleted; assumption: the code of its token",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.key("")
			g := x.Own.grantOn(k, x.Own.principal, "Encrypt", retirableBy(x.Own.principal))
			x.schedule(k, 7)
			x.advance(7 * 24 * time.Hour)
			refused(x, x.Own.KMS.ListGrants, &kms.ListGrantsInput{KeyId: &k.arn}, "NotFoundException")
			refused(x, x.Own.KMS.RetireGrant, &kms.RetireGrantInput{GrantToken: g.GrantToken}, "InvalidGrantTokenException")
			equal(x, "the number of retirable grants", len(succeed(x, x.Own.KMS.ListRetirableGrants, &kms.ListRetirableGrantsInput{RetiringPrincipal: &x.Own.principal}).Grants), 0)
		},
	},
}
