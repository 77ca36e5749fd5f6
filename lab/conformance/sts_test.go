package conformance

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func session(role, name string) *sts.AssumeRoleInput {
	return &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: &name}
}

// trusted makes a role with a trust policy.
func (c *caller) trusted(trust statement) (arn string) {
	c.x.Helper()
	name := c.x.name("role")
	out := succeed(c.x, c.IAM.CreateRole, &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: new(trust.document())})
	cleanup(c.x, c.IAM.DeleteRole, &iam.DeleteRoleInput{RoleName: &name})
	return text(out.Role.Arn)
}

var stsClaims = []claim{
	{
		says:   "a session's ARN has its role's name and its own, without a path, and its user id the role's id",
		source: "recorded: sts test_assume_role; IAM User Guide, IAM identifiers: unique identifiers; STS API Reference, GetCallerIdentity, UserId",
		check: func(x *bench) {
			role := x.Own.role("")
			out := succeed(x, x.Own.STS.AssumeRole, session(role, "one"))
			name := role[strings.LastIndexByte(role, '/')+1:]
			id := text(succeed(x, x.Own.IAM.GetRole, &iam.GetRoleInput{RoleName: &name}).Role.RoleId)
			equal(x, "Arn", text(out.AssumedRoleUser.Arn), "arn:aws:sts::"+x.Own.account+":assumed-role/"+name+"/one")
			equal(x, "AssumedRoleId", text(out.AssumedRoleUser.AssumedRoleId), id+":one")
			equal(x, "the kind of access key", text(out.Credentials.AccessKeyId)[:4], "ASIA")
			s := x.Own.assume(role)
			who := succeed(x, s.STS.GetCallerIdentity, &sts.GetCallerIdentityInput{})
			equal(x, "Arn", text(who.Arn), s.arn)
			equal(x, "UserId", text(who.UserId), id+":conformance")
			equal(x, "Account", text(who.Account), x.Own.account)
		},
	},
	{
		says:   "GetCallerIdentity needs no permission and cannot be denied",
		source: "STS API Reference, GetCallerIdentity",
		check: func(x *bench) {
			succeed(x, x.Own.session(document(mayNot("sts:GetCallerIdentity", "*"))).STS.GetCallerIdentity, &sts.GetCallerIdentityInput{})
		},
	},
	{
		says:   "what is no role's ARN is invalid",
		source: "recorded: sts test_sts_invalid_parameters",
		check: func(x *bench) {
			for _, arn := range []string{"nothing-valid-in-here", "arn::b:::something/test-role", "arn:a::::something/test-role", "arn:a:::something/test-role", "arn:a:a::aaaaaaaaaa:"} {
				refused(x, x.Own.STS.AssumeRole, session(arn, "Session1"), "ValidationError").saying(arn + " is invalid")
			}
		},
	},
	{
		says:   "a session's name has letters, digits and =,.@- only",
		source: "recorded: sts test_sts_invalid_parameters",
		check: func(x *bench) {
			refused(x, x.Own.STS.AssumeRole, session("arn:aws:iam::"+x.Own.account+":role/test-role", "Session1:2"), "ValidationError").saying(
				`1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*`)
		},
	},
	{
		says:   "a role that does not exist is refused like one that does not trust the caller",
		source: "assumption: in both the code and the message",
		check: func(x *bench) {
			none := "arn:aws:iam::" + x.Own.account + ":role/" + x.name("none")
			closed := x.Own.trusted(statement(`{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}`))
			for _, role := range []string{none, closed} {
				refused(x, x.Own.STS.AssumeRole, session(role, "session"), "AccessDenied").saying(
					"User: " + x.Own.arn + " is not authorized to perform: sts:AssumeRole on resource: " + role)
			}
		},
	},
	{
		says:   "a trust policy that names the account leaves it to its identity policies who assumes the role",
		source: "IAM User Guide, AWS JSON policy elements: Principal, AWS account principals",
		check: func(x *bench) {
			role := x.Own.role("")
			refused(x, x.Own.session("").STS.AssumeRole, session(role, "session"), "AccessDenied")
			succeed(x, x.Own.session(document(may("sts:AssumeRole", role))).STS.AssumeRole, session(role, "session"))
		},
	},
	{
		says:   "a trust policy that names the caller is enough in one account",
		source: "IAM User Guide, Policies and permissions in IAM, Resource-based policies: no additional identity-based policy is required in the same account",
		check: func(x *bench) {
			first := x.Own.role("")
			second := x.Own.trusted(allow("", first, "sts:AssumeRole"))
			succeed(x, x.Own.assume(first).STS.AssumeRole, session(second, "session"))
		},
	},
	{
		says:   "across accounts, both the trust policy and the caller's own must allow",
		source: "IAM User Guide, Cross-account policy evaluation logic",
		needs:  otherAccount,
		check: func(x *bench) {
			caller := x.Own.role("")
			role := x.Other.trusted(allow("", caller, "sts:AssumeRole"))
			refused(x, x.Own.assume(caller).STS.AssumeRole, session(role, "session"), "AccessDenied")
			allowed := x.Own.role(document(may("sts:AssumeRole", "*")))
			refused(x, x.Own.assume(allowed).STS.AssumeRole, session(role, "session"), "AccessDenied")
			role = x.Other.trusted(allow("", x.Own.root(), "sts:AssumeRole"))
			out := succeed(x, x.Own.assume(allowed).STS.AssumeRole, session(role, "session"))
			equal(x, "the account", strings.Split(text(out.AssumedRoleUser.Arn), ":")[4], x.Other.account)
		},
	},
	{
		says:   "sts:ExternalId in a trust policy asks for that external id",
		source: "IAM User Guide, Access to AWS accounts owned by third parties: external ID",
		check: func(x *bench) {
			role := x.Own.trusted(allow("", x.Own.root(), "sts:AssumeRole", when("StringEquals", "sts:ExternalId", "12345")))
			in := session(role, "session")
			refused(x, x.Own.STS.AssumeRole, in, "AccessDenied")
			in.ExternalId = new("12345")
			succeed(x, x.Own.STS.AssumeRole, in)
		},
	},
	{
		says:   "a session lasts an hour unless asked for otherwise, and at most the role's maximum",
		source: "STS API Reference, AssumeRole, DurationSeconds; assumption: the message",
		check: func(x *bench) {
			role := x.Own.role("")
			in := session(role, "session")
			lasts := func(d time.Duration) {
				out := succeed(x, x.Own.STS.AssumeRole, in)
				if left := time.Until(*out.Credentials.Expiration); x.lab != nil {
					equal(x, "Expiration", *out.Credentials.Expiration, x.lab.World.Now().Add(d))
				} else if left < d-time.Minute || left > d+time.Minute {
					x.Errorf("the session ends in %v, want %v", left, d)
				}
			}
			lasts(time.Hour)
			in.DurationSeconds = new(int32(900))
			lasts(15 * time.Minute)
			in.DurationSeconds = new(int32(3601))
			// Only an IAM user reaches this message: a session hears of role chaining.
			f := refused(x, x.Own.STS.AssumeRole, in, "ValidationError")
			if strings.Contains(x.Own.arn, ":user/") {
				f.saying("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
			}
			in.DurationSeconds = new(int32(899))
			refused(x, x.Own.STS.AssumeRole, in, "ValidationError").mentioning("Member must have value greater than or equal to 900")
		},
	},
	{
		says:   "a session that assumes a role has an hour at most",
		source: "IAM User Guide, Roles terms and concepts, Role chaining; assumption: the message",
		check: func(x *bench) {
			role := x.Own.role("")
			in := session(role, "session")
			in.DurationSeconds = new(int32(3601))
			refused(x, x.Own.session(document(may("sts:AssumeRole", "*"))).STS.AssumeRole, in, "ValidationError").saying(
				"The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
		},
	},
	{
		says:   "a session ends, and its token is expired then",
		source: "IAM User Guide, Temporary security credentials in IAM; assumption: the codes, ExpiredTokenException of JSON services and ExpiredToken of Query ones",
		needs:  clock,
		check: func(x *bench) {
			s := x.Own.session(document(may("*", "*")))
			x.advance(time.Hour - time.Minute)
			succeed(x, s.KMS.ListKeys, &kms.ListKeysInput{})
			x.advance(time.Minute)
			refused(x, s.KMS.ListKeys, &kms.ListKeysInput{}, "ExpiredTokenException")
			refused(x, s.STS.GetCallerIdentity, &sts.GetCallerIdentityInput{}, "ExpiredToken")
		},
	},
	{
		says:   "a change of a role's policy reaches the sessions that it has",
		source: "IAM User Guide, Disabling permissions for temporary security credentials",
		check: func(x *bench) {
			role := x.Own.role(document(may("kms:ListKeys", "*")))
			s := x.Own.assume(role)
			succeed(x, s.KMS.ListKeys, &kms.ListKeysInput{})
			name := role[strings.LastIndexByte(role, '/')+1:]
			succeed(x, x.Own.IAM.PutRolePolicy, &iam.PutRolePolicyInput{RoleName: &name, PolicyName: new("conformance"), PolicyDocument: new(document(may("kms:ListAliases", "*")))})
			refused(x, s.KMS.ListKeys, &kms.ListKeysInput{}, "AccessDeniedException")
			succeed(x, s.KMS.ListAliases, &kms.ListAliasesInput{})
		},
	},
}
