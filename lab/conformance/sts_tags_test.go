package conformance

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
)

// sessionTags are tags of keys and values.
func sessionTags(pairs ...string) (all []types.Tag) {
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, types.Tag{Key: &pairs[i], Value: &pairs[i+1]})
	}
	return all
}

// open makes a role that whoever its account allows may assume, with tags and
// a source identity.
func (c *caller) open(policy string) string {
	c.x.Helper()
	role := c.trusted(allow("", c.root(), "sts:AssumeRole sts:TagSession sts:SetSourceIdentity"))
	if policy != "" {
		succeed(c.x, c.IAM.PutRolePolicy, &iam.PutRolePolicyInput{RoleName: nameOf(role), PolicyName: new("conformance"), PolicyDocument: &policy})
		cleanup(c.x, c.IAM.DeleteRolePolicy, &iam.DeleteRolePolicyInput{RoleName: nameOf(role), PolicyName: new("conformance")})
	}
	return role
}

// tagged lets in whose principal has a tag.
func tagged(actions, key, value string) statement {
	return may(actions, "*", when("StringEquals", "aws:PrincipalTag/"+key, value))
}

var stsTags = []claim{
	{
		says:   "the tags of a user are its principal tags",
		source: "IAM User Guide, AWS global condition context keys: aws:PrincipalTag",
		check: func(x *bench) {
			user := x.user()
			c, _ := x.keyed(user)
			succeed(x, x.Own.IAM.PutUserPolicy, &iam.PutUserPolicyInput{UserName: &user, PolicyName: new("p"), PolicyDocument: new(document(tagged("kms:ListKeys", "team", "blue")))})
			cleanup(x, x.Own.IAM.DeleteUserPolicy, &iam.DeleteUserPolicyInput{UserName: &user, PolicyName: new("p")})
			refused(x, c.KMS.ListKeys, &kms.ListKeysInput{}, "AccessDeniedException")
			succeed(x, x.Own.IAM.TagUser, &iam.TagUserInput{UserName: &user, Tags: []iamtypes.Tag{{Key: new("Team"), Value: new("blue")}}})
			succeed(x, c.KMS.ListKeys, &kms.ListKeysInput{})
			succeed(x, x.Own.IAM.UntagUser, &iam.UntagUserInput{UserName: &user, TagKeys: []string{"team"}})
			refused(x, c.KMS.ListKeys, &kms.ListKeysInput{}, "AccessDeniedException")
		},
	},
	{
		says:   "session tags take the place of the role's tags of the same key, whatever their case",
		source: "IAM User Guide, Passing session tags in AWS STS",
		check: func(x *bench) {
			role := x.Own.open(document(tagged("kms:ListKeys", "team", "blue"), tagged("kms:ListAliases", "team", "red"), tagged("kms:GenerateRandom", "stage", "test")))
			succeed(x, x.Own.IAM.TagRole, &iam.TagRoleInput{RoleName: nameOf(role), Tags: []iamtypes.Tag{{Key: new("team"), Value: new("blue")}, {Key: new("stage"), Value: new("test")}}})
			plain := x.Own.assume(role)
			succeed(x, plain.KMS.ListKeys, &kms.ListKeysInput{})
			refused(x, plain.KMS.ListAliases, &kms.ListAliasesInput{}, "AccessDeniedException")
			s := x.Own.restricted(role, func(in *sts.AssumeRoleInput) { in.Tags = sessionTags("TEAM", "red") })
			succeed(x, s.KMS.ListAliases, &kms.ListAliasesInput{})
			refused(x, s.KMS.ListKeys, &kms.ListKeysInput{}, "AccessDeniedException")
			succeed(x, s.KMS.GenerateRandom, &kms.GenerateRandomInput{NumberOfBytes: new(int32(1))})
		},
	},
	{
		says:   "passing session tags needs sts:TagSession, of the role's trust policy too",
		source: "IAM User Guide, Passing session tags in AWS STS, Permissions required to add session tags; assumption: the message",
		check: func(x *bench) {
			in := session(x.Own.role(""), "session")
			in.Tags = sessionTags("a", "b")
			refused(x, x.Own.STS.AssumeRole, in, "AccessDenied").saying(
				"User: " + x.Own.arn + " is not authorized to perform: sts:TagSession on resource: " + *in.RoleArn)
			in.RoleArn = new(x.Own.open(""))
			succeed(x, x.Own.STS.AssumeRole, in)
			s := x.Own.session(document(may("sts:AssumeRole", "*")))
			refused(x, s.STS.AssumeRole, in, "AccessDenied")
		},
	},
	{
		says:   "aws:RequestTag, aws:TagKeys and sts:TransitiveTagKeys say which tags may be passed",
		source: "IAM User Guide, Passing session tags in AWS STS, Permissions required to add session tags",
		check: func(x *bench) {
			trust := document(allow("Assume", x.Own.root(), "sts:AssumeRole"),
				allow("Tag", x.Own.root(), "sts:TagSession", `"Condition":{"StringEquals":{"aws:RequestTag/team":["blue","red"]},"ForAllValues:StringEquals":{"aws:TagKeys":["team","stage"],"sts:TransitiveTagKeys":["team"]}}`))
			role := x.Own.role("")
			succeed(x, x.Own.IAM.UpdateAssumeRolePolicy, &iam.UpdateAssumeRolePolicyInput{RoleName: nameOf(role), PolicyDocument: &trust})
			in := session(role, "session")
			in.Tags = sessionTags("team", "green")
			refused(x, x.Own.STS.AssumeRole, in, "AccessDenied")
			in.Tags = sessionTags("team", "blue", "other", "x")
			refused(x, x.Own.STS.AssumeRole, in, "AccessDenied")
			in.Tags, in.TransitiveTagKeys = sessionTags("team", "blue", "stage", "test"), []string{"stage"}
			refused(x, x.Own.STS.AssumeRole, in, "AccessDenied")
			in.TransitiveTagKeys = []string{"team"}
			succeed(x, x.Own.STS.AssumeRole, in)
		},
	},
	{
		says:   "a transitive tag must be among those passed, and no key is passed twice",
		source: "recorded: sts test_assume_role_tag_validation",
		check: func(x *bench) {
			in := session(x.Own.open(""), "session")
			in.Tags, in.TransitiveTagKeys = sessionTags("SessionTag1", "v"), []string{"InvalidKey"}
			refused(x, x.Own.STS.AssumeRole, in, "InvalidParameterValue").saying("The specified transitive tag key must be included in the requested tags.")
			in.Tags, in.TransitiveTagKeys = sessionTags("SessionTag1", "v", "sessiontag1", "w"), nil
			refused(x, x.Own.STS.AssumeRole, in, "InvalidParameterValue").saying("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		},
	},
	{
		says:   "transitive tags stay in a chain of roles, and others do not",
		source: "IAM User Guide, Passing session tags in AWS STS, Chaining roles with session tags",
		check: func(x *bench) {
			second := x.Own.open(document(tagged("kms:ListKeys", "star", "1"), tagged("kms:ListAliases", "heart", "1")))
			first := x.Own.open(document(may("sts:AssumeRole sts:TagSession", "*")))
			s := x.Own.restricted(first, func(in *sts.AssumeRoleInput) {
				in.Tags, in.TransitiveTagKeys = sessionTags("star", "1", "heart", "1"), []string{"star"}
			})
			last := s.assume(second)
			succeed(x, last.KMS.ListKeys, &kms.ListKeysInput{})
			refused(x, last.KMS.ListAliases, &kms.ListAliasesInput{}, "AccessDeniedException")
		},
	},
	{
		says:   "a transitive tag cannot be set anew in a chain of roles",
		source: "recorded: sts test_iam_role_chaining_override_transitive_tags",
		check: func(x *bench) {
			second, first := x.Own.open(""), x.Own.open(document(may("sts:*", "*")))
			s := x.Own.restricted(first, func(in *sts.AssumeRoleInput) {
				in.Tags, in.TransitiveTagKeys = sessionTags("SessionTag1", "v"), []string{"SessionTag1"}
			})
			for _, key := range []string{"SessionTag1", "sessiontag1"} {
				in := session(second, "session")
				in.Tags = sessionTags(key, "w")
				refused(x, s.STS.AssumeRole, in, "InvalidParameterValue").saying(
					"One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.")
			}
		},
	},
	{
		says:   "a source identity needs sts:SetSourceIdentity, and is known in all that the session does",
		source: "IAM User Guide, Monitor and control actions taken with assumed roles",
		check: func(x *bench) {
			in := session(x.Own.role(""), "session")
			in.SourceIdentity = new("alice")
			refused(x, x.Own.STS.AssumeRole, in, "AccessDenied")
			role := x.Own.open(document(may("kms:ListKeys", "*", when("StringEquals", "aws:SourceIdentity", "alice"))))
			in.RoleArn = &role
			out := succeed(x, x.Own.STS.AssumeRole, in)
			equal(x, "SourceIdentity", text(out.SourceIdentity), "alice")
			succeed(x, x.Own.with(out.Credentials).KMS.ListKeys, &kms.ListKeysInput{})
			refused(x, x.Own.assume(role).KMS.ListKeys, &kms.ListKeysInput{}, "AccessDeniedException")
		},
	},
	{
		says:   "a source identity stays in a chain of roles, which all need the permission for it, and cannot be changed",
		source: "IAM User Guide, Monitor and control actions taken with assumed roles; assumption: the code for a change",
		check: func(x *bench) {
			first := x.Own.open(document(may("sts:*", "*")))
			s := x.Own.restricted(first, func(in *sts.AssumeRoleInput) { in.SourceIdentity = new("alice") })
			in := session(x.Own.role(""), "session")
			refused(x, s.STS.AssumeRole, in, "AccessDenied")
			in.RoleArn = new(x.Own.open(""))
			equal(x, "SourceIdentity", text(succeed(x, s.STS.AssumeRole, in).SourceIdentity), "alice")
			in.SourceIdentity = new("bob")
			refused(x, s.STS.AssumeRole, in, "AccessDenied")
		},
	},
	{
		says:   "sts:SourceIdentity in a trust policy asks for a source identity",
		source: "IAM User Guide, Monitor and control actions taken with assumed roles, Permissions required to set source identity",
		check: func(x *bench) {
			role := x.Own.trusted(allow("", x.Own.root(), "sts:AssumeRole sts:SetSourceIdentity", when("StringLike", "sts:SourceIdentity", "al*")))
			in := session(role, "session")
			refused(x, x.Own.STS.AssumeRole, in, "AccessDenied")
			in.SourceIdentity = new("bob")
			refused(x, x.Own.STS.AssumeRole, in, "AccessDenied")
			in.SourceIdentity = new("alice")
			succeed(x, x.Own.STS.AssumeRole, in)
		},
	},
	{
		says:   "aws:ResourceTag of a role says who may assume it",
		source: "IAM User Guide, IAM tutorial: Define permissions to access AWS resources based on tags",
		check: func(x *bench) {
			role := x.Own.role("")
			s := x.Own.session(document(may("sts:AssumeRole", "*", when("StringEquals", "aws:ResourceTag/team", "blue"))))
			refused(x, s.STS.AssumeRole, session(role, "session"), "AccessDenied")
			succeed(x, x.Own.IAM.TagRole, &iam.TagRoleInput{RoleName: nameOf(role), Tags: []iamtypes.Tag{{Key: new("team"), Value: new("blue")}}})
			succeed(x, s.STS.AssumeRole, session(role, "session"))
		},
	},
	{
		says:   "the tags of a role are told by CreateRole and GetRole, and not by ListRoles",
		source: "recorded: iam test_role_with_tags",
		check: func(x *bench) {
			name, path := x.name("role"), "/"+x.name("path")+"/"
			trust := allow("", x.Own.root(), "sts:AssumeRole").document()
			made := succeed(x, x.Own.IAM.CreateRole, &iam.CreateRoleInput{RoleName: &name, Path: &path, AssumeRolePolicyDocument: &trust, Tags: []iamtypes.Tag{{Key: new("test"), Value: new("value")}}}).Role
			cleanup(x, x.Own.IAM.DeleteRole, &iam.DeleteRoleInput{RoleName: &name})
			got := succeed(x, x.Own.IAM.GetRole, &iam.GetRoleInput{RoleName: &name}).Role
			for _, r := range []*iamtypes.Role{made, got} {
				if len(r.Tags) != 1 || text(r.Tags[0].Key) != "test" || text(r.Tags[0].Value) != "value" {
					x.Errorf("the tags are %+v", r.Tags)
				}
			}
			equal(x, "how long a session may last is told by CreateRole", made.MaxSessionDuration != nil, false)
			equal(x, "MaxSessionDuration", *got.MaxSessionDuration, 3600)
			for _, r := range succeed(x, x.Own.IAM.ListRoles, &iam.ListRolesInput{PathPrefix: &path}).Roles {
				equal(x, "the listing's tags", len(r.Tags), 0)
			}
		},
	},
	{
		says:   "tags of a role differ by more than case, keep the case they have, and are listed by key",
		source: "IAM User Guide, Tags for IAM resources; IAM API Reference, ListRoleTags",
		check: func(x *bench) {
			role := nameOf(x.Own.role(""))
			tag := func(pairs ...string) *iam.TagRoleInput {
				in := &iam.TagRoleInput{RoleName: role}
				for _, t := range sessionTags(pairs...) {
					in.Tags = append(in.Tags, iamtypes.Tag{Key: t.Key, Value: t.Value})
				}
				return in
			}
			refused(x, x.Own.IAM.TagRole, tag("Team", "blue", "team", "red"), "InvalidInput")
			succeed(x, x.Own.IAM.TagRole, tag("b", "1", "Team", "blue"))
			succeed(x, x.Own.IAM.TagRole, tag("team", "red", "a", "2"))
			var all []string
			for _, t := range succeed(x, x.Own.IAM.ListRoleTags, &iam.ListRoleTagsInput{RoleName: role}).Tags {
				all = append(all, text(t.Key)+"="+text(t.Value))
			}
			if got := strings.Join(all, " "); !strings.EqualFold(got, "a=2 b=1 team=red") {
				x.Errorf("the tags are %q", got)
			}
		},
	},
	{
		says:   "UpdateRole sets the length of sessions, an hour where the request has none",
		source: "IAM API Reference, UpdateRole, MaxSessionDuration",
		check: func(x *bench) {
			role := nameOf(x.Own.role(""))
			most := func() int32 {
				return *succeed(x, x.Own.IAM.GetRole, &iam.GetRoleInput{RoleName: role}).Role.MaxSessionDuration
			}
			succeed(x, x.Own.IAM.UpdateRole, &iam.UpdateRoleInput{RoleName: role, MaxSessionDuration: new(int32(7200)), Description: new("d")})
			equal(x, "MaxSessionDuration", most(), 7200)
			succeed(x, x.Own.IAM.UpdateRole, &iam.UpdateRoleInput{RoleName: role})
			equal(x, "MaxSessionDuration", most(), 3600)
		},
	},
}
