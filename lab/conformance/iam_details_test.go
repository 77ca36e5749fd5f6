package conformance

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

const detailsPage = "IAM API Reference, GetAccountAuthorizationDetails"

// details are those of the whole account, or of what the filter names, in pages
// of a size (0: the usual one).
func (c *caller) details(size int32, filter ...types.EntityType) *iam.GetAccountAuthorizationDetailsOutput {
	c.x.Helper()
	in := &iam.GetAccountAuthorizationDetailsInput{Filter: filter}
	if size > 0 {
		in.MaxItems = &size
	}
	all := &iam.GetAccountAuthorizationDetailsOutput{}
	for {
		out := succeed(c.x, c.IAM.GetAccountAuthorizationDetails, in)
		n := len(out.UserDetailList) + len(out.GroupDetailList) + len(out.RoleDetailList) + len(out.Policies)
		if size > 0 && n > int(size) {
			c.x.Errorf("a page has %d entries, want %d at most", n, size)
		}
		all.UserDetailList = append(all.UserDetailList, out.UserDetailList...)
		all.GroupDetailList = append(all.GroupDetailList, out.GroupDetailList...)
		all.RoleDetailList = append(all.RoleDetailList, out.RoleDetailList...)
		all.Policies = append(all.Policies, out.Policies...)
		equal(c.x, "IsTruncated", out.IsTruncated, out.Marker != nil)
		if out.Marker == nil {
			return all
		}
		in.Marker = out.Marker
	}
}

// theOne picks what has a name out of a list.
func theOne[T any](x *bench, all []T, name func(T) *string, want string) T {
	x.Helper()
	var found []T
	for _, t := range all {
		if text(name(t)) == want {
			found = append(found, t)
		}
	}
	if len(found) != 1 {
		x.Fatalf("%s is there %d times", want, len(found))
	}
	return found[0]
}

// plain is a policy document as it was given.
func plain(x *bench, document *string) string {
	x.Helper()
	got, err := url.PathUnescape(text(document))
	if err != nil || got == text(document) {
		x.Fatalf("%s is not percent-encoded: %v", text(document), err)
	}
	return got
}

func arnsOf(attached []types.AttachedPolicy) string {
	var arns []string
	for _, p := range attached {
		arns = append(arns, text(p.PolicyArn))
	}
	return strings.Join(arns, " ")
}

var iamDetails = []claim{
	{
		says:   "the details of a role are its trust and inline policies, percent-encoded, what is attached, its boundary, tags and instance profiles",
		source: detailsPage + "; IAM API Reference, RoleDetail",
		check: func(x *bench) {
			inline := document(may("kms:ListKeys", "*", `"Sid":"One"`))
			role, p, boundary := x.Own.role(inline), x.Own.policy(document(may("kms:ListAliases", "*"))), x.Own.policy(document(may("kms:*", "*")))
			x.Own.attach(role, p)
			x.Own.bound(role, boundary)
			succeed(x, x.Own.IAM.TagRole, &iam.TagRoleInput{RoleName: nameOf(role), Tags: iamTag("team", "red")})
			profile := x.Own.profile()
			x.Own.place(role, profile)
			whole := succeed(x, x.Own.IAM.GetRole, &iam.GetRoleInput{RoleName: nameOf(role)}).Role
			r := theOne(x, x.Own.details(0, types.EntityTypeRole).RoleDetailList, func(r types.RoleDetail) *string { return r.Arn }, role)
			equal(x, "RoleName", text(r.RoleName), *nameOf(role))
			equal(x, "RoleId", text(r.RoleId), text(whole.RoleId))
			equal(x, "the trust policy", text(r.AssumeRolePolicyDocument), text(whole.AssumeRolePolicyDocument))
			equal(x, "the number of inline policies", len(r.RolePolicyList), 1)
			equal(x, "the inline policy", plain(x, r.RolePolicyList[0].PolicyDocument), inline)
			equal(x, "its name", text(r.RolePolicyList[0].PolicyName), "conformance")
			equal(x, "what is attached", arnsOf(r.AttachedManagedPolicies), p)
			equal(x, "the boundary", text(r.PermissionsBoundary.PermissionsBoundaryArn), boundary)
			equal(x, "the number of tags", len(r.Tags), 1)
			equal(x, "the instance profiles", text(r.InstanceProfileList[0].InstanceProfileName), text(profile.InstanceProfileName))
		},
	},
	{
		says:   "the details of a user name its groups, and those of a group its policies",
		source: detailsPage + "; IAM API Reference, UserDetail and GroupDetail",
		check: func(x *bench) {
			user, group, inline := x.user(), x.group(), document(may("kms:ListKeys", "*"))
			x.join(user, group)
			succeed(x, x.Own.IAM.PutGroupPolicy, &iam.PutGroupPolicyInput{GroupName: &group, PolicyName: new("p"), PolicyDocument: &inline})
			cleanup(x, x.Own.IAM.DeleteGroupPolicy, &iam.DeleteGroupPolicyInput{GroupName: &group, PolicyName: new("p")})
			all := x.Own.details(0, types.EntityTypeUser, types.EntityTypeGroup)
			u := theOne(x, all.UserDetailList, func(u types.UserDetail) *string { return u.UserName }, user)
			equal(x, "the groups", fmt.Sprint(u.GroupList), fmt.Sprint([]string{group}))
			equal(x, "the number of the user's own policies", len(u.UserPolicyList)+len(u.AttachedManagedPolicies), 0)
			g := theOne(x, all.GroupDetailList, func(g types.GroupDetail) *string { return g.GroupName }, group)
			equal(x, "the group's policy", plain(x, g.GroupPolicyList[0].PolicyDocument), inline)
		},
	},
	{
		says:   "the details of a managed policy have the documents of all its versions, and how often it is used",
		source: detailsPage + "; IAM API Reference, ManagedPolicyDetail and PolicyVersion",
		check: func(x *bench) {
			first, second := document(may("kms:ListKeys", "*")), document(may("kms:ListAliases", "*"))
			p, role := x.Own.policy(first), x.Own.role("")
			id := x.Own.newVersion(p, second, true)
			cleanup(x, x.Own.IAM.DeletePolicyVersion, &iam.DeletePolicyVersionInput{PolicyArn: &p, VersionId: new("v1")})
			x.Own.attach(role, p)
			m := theOne(x, x.Own.details(0, types.EntityTypeLocalManagedPolicy).Policies, func(m types.ManagedPolicyDetail) *string { return m.Arn }, p)
			equal(x, "DefaultVersionId", text(m.DefaultVersionId), id)
			equal(x, "AttachmentCount", *m.AttachmentCount, 1)
			equal(x, "PermissionsBoundaryUsageCount", *m.PermissionsBoundaryUsageCount, 0)
			documents := map[string]string{}
			for _, v := range m.PolicyVersionList {
				documents[text(v.VersionId)] = plain(x, v.Document)
				equal(x, "IsDefaultVersion of "+text(v.VersionId), v.IsDefaultVersion, text(v.VersionId) == id)
			}
			equal(x, "the versions", fmt.Sprint(documents), fmt.Sprint(map[string]string{"v1": first, "v2": second}))
		},
	},
	{
		says:   "policies that AWS manages are among the details where they are attached, and the filter parts them from the account's own",
		source: detailsPage + ", Filter; assumption: those that nobody uses are left out",
		check: func(x *bench) {
			arn := "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
			own := x.Own.policy(document(may("kms:ListKeys", "*")))
			x.Own.attach(x.Own.role(""), arn)
			all := x.Own.details(0, types.EntityTypeAWSManagedPolicy)
			m := theOne(x, all.Policies, func(m types.ManagedPolicyDetail) *string { return m.Arn }, arn)
			equal(x, "Path", text(m.Path), "/service-role/")
			equal(x, "whether it has a document", len(m.PolicyVersionList) > 0 && strings.Contains(plain(x, m.PolicyVersionList[0].Document), "logs:CreateLogGroup"), true)
			is := func(arn string) func(types.ManagedPolicyDetail) bool {
				return func(m types.ManagedPolicyDetail) bool { return text(m.Arn) == arn }
			}
			equal(x, "the account's own is among AWS's", slices.ContainsFunc(all.Policies, is(own)), false)
			equal(x, "the number of users, groups and roles", len(all.UserDetailList)+len(all.GroupDetailList)+len(all.RoleDetailList), 0)
			all = x.Own.details(0, types.EntityTypeLocalManagedPolicy)
			equal(x, "AWS's is among the account's own", slices.ContainsFunc(all.Policies, is(arn)), false)
		},
	},
	{
		says:   "details come in pages, each entry once, whatever it is",
		source: detailsPage + ", MaxItems and Marker",
		needs:  inside, // an account may have a thousand roles
		check: func(x *bench) {
			for range 3 {
				x.Own.role("")
				x.user()
				x.group()
				x.Own.policy(document(may("kms:ListKeys", "*")))
			}
			whole := x.Own.details(0)
			equal(x, "the numbers", fmt.Sprint(len(whole.UserDetailList), len(whole.GroupDetailList), len(whole.RoleDetailList), len(whole.Policies)), "4 3 3 3") // and the administrator
			parts := x.Own.details(2)
			for i, r := range whole.RoleDetailList {
				equal(x, "a role", text(parts.RoleDetailList[i].Arn), text(r.Arn))
			}
			equal(x, "the numbers", fmt.Sprint(len(parts.UserDetailList), len(parts.GroupDetailList), len(parts.RoleDetailList), len(parts.Policies)), "4 3 3 3")
			refused(x, x.Own.IAM.GetAccountAuthorizationDetails, &iam.GetAccountAuthorizationDetailsInput{Marker: new("none")}, "ValidationError")
		},
	},
	{
		says:   "iam:GetAccountAuthorizationDetails is a permission of its own, on no resource in particular",
		source: "Service Authorization Reference, AWS Identity and Access Management",
		check: func(x *bench) {
			s := x.Own.session(document(may("iam:List*", "*")))
			refused(x, s.IAM.GetAccountAuthorizationDetails, &iam.GetAccountAuthorizationDetailsInput{}, "AccessDenied")
			s = x.Own.session(document(may("iam:GetAccountAuthorizationDetails", "*")))
			succeed(x, s.IAM.GetAccountAuthorizationDetails, &iam.GetAccountAuthorizationDetailsInput{})
		},
	},
}
