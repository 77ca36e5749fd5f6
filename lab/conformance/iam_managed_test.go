package conformance

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// policy makes a managed policy, and gives its ARN.
func (c *caller) policy(document string) string {
	c.x.Helper()
	out := succeed(c.x, c.IAM.CreatePolicy, &iam.CreatePolicyInput{PolicyName: new(c.x.name("policy")), PolicyDocument: &document})
	cleanup(c.x, c.IAM.DeletePolicy, &iam.DeletePolicyInput{PolicyArn: out.Policy.Arn})
	return text(out.Policy.Arn)
}

// attach attaches a managed policy to a role.
func (c *caller) attach(role, policy string) {
	c.x.Helper()
	succeed(c.x, c.IAM.AttachRolePolicy, &iam.AttachRolePolicyInput{RoleName: nameOf(role), PolicyArn: &policy})
	cleanup(c.x, c.IAM.DetachRolePolicy, &iam.DetachRolePolicyInput{RoleName: nameOf(role), PolicyArn: &policy})
}

// newVersion makes a version of a managed policy, and gives its id.
func (c *caller) newVersion(policy, document string, standing bool) string {
	c.x.Helper()
	out := succeed(c.x, c.IAM.CreatePolicyVersion, &iam.CreatePolicyVersionInput{PolicyArn: &policy, PolicyDocument: &document, SetAsDefault: standing})
	return text(out.PolicyVersion.VersionId)
}

var iamManaged = []claim{
	{
		says:   "a new managed policy has the version v1, can be attached, and is attached to nothing",
		source: "recorded: iam test_role_attach_policy",
		check: func(x *bench) {
			name := x.name("policy")
			p := succeed(x, x.Own.IAM.CreatePolicy, &iam.CreatePolicyInput{PolicyName: &name, PolicyDocument: new(document(may("kms:ListKeys", "*")))}).Policy
			cleanup(x, x.Own.IAM.DeletePolicy, &iam.DeletePolicyInput{PolicyArn: p.Arn})
			equal(x, "Arn", text(p.Arn), "arn:aws:iam::"+x.Own.account+":policy/"+name)
			equal(x, "the kind of id", text(p.PolicyId)[:4], "ANPA")
			equal(x, "Path", text(p.Path), "/")
			equal(x, "DefaultVersionId", text(p.DefaultVersionId), "v1")
			equal(x, "IsAttachable", p.IsAttachable, true)
			equal(x, "AttachmentCount", *p.AttachmentCount, 0)
			equal(x, "PermissionsBoundaryUsageCount", *p.PermissionsBoundaryUsageCount, 0)
		},
	},
	{
		says:   "a managed policy allows what its default version does to all that it is attached to",
		source: "IAM User Guide, Versioning IAM policies",
		check: func(x *bench) {
			p := x.Own.policy(document(may("kms:ListKeys", "*")))
			role := x.Own.role("")
			x.Own.attach(role, p)
			s := x.Own.assume(role)
			succeed(x, s.KMS.ListKeys, &kms.ListKeysInput{})
			id := x.Own.newVersion(p, document(may("kms:ListAliases", "*")), false)
			equal(x, "the version's id", id, "v2")
			cleanup(x, x.Own.IAM.DeletePolicyVersion, &iam.DeletePolicyVersionInput{PolicyArn: &p, VersionId: new("v1")})
			refused(x, s.KMS.ListAliases, &kms.ListAliasesInput{}, "AccessDeniedException")
			succeed(x, x.Own.IAM.SetDefaultPolicyVersion, &iam.SetDefaultPolicyVersionInput{PolicyArn: &p, VersionId: &id})
			succeed(x, s.KMS.ListAliases, &kms.ListAliasesInput{})
			refused(x, s.KMS.ListKeys, &kms.ListKeysInput{}, "AccessDeniedException")
			equal(x, "DefaultVersionId", text(succeed(x, x.Own.IAM.GetPolicy, &iam.GetPolicyInput{PolicyArn: &p}).Policy.DefaultVersionId), id)
		},
	},
	{
		says:   "a version's document comes back percent-encoded, and the listing has none",
		source: "IAM API Reference, GetPolicyVersion",
		check: func(x *bench) {
			want := document(may("kms:ListKeys", "*", `"Sid":"One"`))
			p := x.Own.policy(want)
			v := succeed(x, x.Own.IAM.GetPolicyVersion, &iam.GetPolicyVersionInput{PolicyArn: &p, VersionId: new("v1")}).PolicyVersion
			got, err := url.PathUnescape(text(v.Document))
			if err != nil {
				x.Fatal(err)
			}
			equal(x, "the document", got, want)
			equal(x, "IsDefaultVersion", v.IsDefaultVersion, true)
			for _, v := range succeed(x, x.Own.IAM.ListPolicyVersions, &iam.ListPolicyVersionsInput{PolicyArn: &p}).Versions {
				equal(x, "the listing's document", v.Document == nil, true)
			}
		},
	},
	{
		says:   "a managed policy has five versions at most, and the ids of deleted ones do not come back",
		source: "IAM User Guide, IAM and AWS STS quotas; reported: the message, in 99designs/iamy#21",
		check: func(x *bench) {
			p := x.Own.policy(document(may("kms:ListKeys", "*")))
			in := &iam.CreatePolicyVersionInput{PolicyArn: &p, PolicyDocument: new(document(may("kms:ListAliases", "*")))}
			for range 4 {
				id := succeed(x, x.Own.IAM.CreatePolicyVersion, in).PolicyVersion.VersionId
				cleanup(x, x.Own.IAM.DeletePolicyVersion, &iam.DeletePolicyVersionInput{PolicyArn: &p, VersionId: id})
			}
			refused(x, x.Own.IAM.CreatePolicyVersion, in, "LimitExceeded").saying(
				"A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.")
			succeed(x, x.Own.IAM.DeletePolicyVersion, &iam.DeletePolicyVersionInput{PolicyArn: &p, VersionId: new("v5")})
			equal(x, "the next id", text(succeed(x, x.Own.IAM.CreatePolicyVersion, in).PolicyVersion.VersionId), "v6")
			cleanup(x, x.Own.IAM.DeletePolicyVersion, &iam.DeletePolicyVersionInput{PolicyArn: &p, VersionId: new("v6")})
		},
	},
	{
		says:   "the default version cannot be deleted, and of a policy with others nothing can",
		source: "IAM API Reference, DeletePolicyVersion and DeletePolicy; reported: the messages, in redradrat/aws-iam-operator#13",
		check: func(x *bench) {
			p := x.Own.policy(document(may("kms:ListKeys", "*")))
			refused(x, x.Own.IAM.DeletePolicyVersion, &iam.DeletePolicyVersionInput{PolicyArn: &p, VersionId: new("v1")}, "DeleteConflict").saying(
				"Cannot delete the default version of a policy.")
			id := x.Own.newVersion(p, document(may("kms:ListAliases", "*")), false)
			cleanup(x, x.Own.IAM.DeletePolicyVersion, &iam.DeletePolicyVersionInput{PolicyArn: &p, VersionId: &id})
			refused(x, x.Own.IAM.DeletePolicy, &iam.DeletePolicyInput{PolicyArn: &p}, "DeleteConflict").saying(
				"This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.")
		},
	},
	{
		says:   "a policy that is attached cannot be deleted, nor can a role that has one",
		source: "IAM API Reference, DeletePolicy and DeleteRole, DeleteConflict; reported: the messages, in serverless/components#312 and ansible/ansible#22832",
		check: func(x *bench) {
			p, role := x.Own.policy(document(may("kms:ListKeys", "*"))), x.Own.role("")
			x.Own.attach(role, p)
			refused(x, x.Own.IAM.DeletePolicy, &iam.DeletePolicyInput{PolicyArn: &p}, "DeleteConflict").saying("Cannot delete a policy attached to entities.")
			refused(x, x.Own.IAM.DeleteRole, &iam.DeleteRoleInput{RoleName: nameOf(role)}, "DeleteConflict").saying("Cannot delete entity, must detach all policies first.")
			equal(x, "AttachmentCount", *succeed(x, x.Own.IAM.GetPolicy, &iam.GetPolicyInput{PolicyArn: &p}).Policy.AttachmentCount, 1)
		},
	},
	{
		says:   "what is no ARN cannot be attached, nor a policy that does not exist",
		source: "recorded: iam test_role_attach_policy, test_user_attach_policy",
		check: func(x *bench) {
			role := x.Own.role("")
			attach := func(arn string) *iam.AttachRolePolicyInput {
				return &iam.AttachRolePolicyInput{RoleName: nameOf(role), PolicyArn: &arn}
			}
			refused(x, x.Own.IAM.AttachRolePolicy, attach("longpolicynamebutnoarn"), "ValidationError").saying("Invalid ARN:  Could not be parsed!")
			none := "arn:aws:iam::" + x.Own.account + ":policy/" + x.name("none")
			refused(x, x.Own.IAM.AttachRolePolicy, attach(none), "NoSuchEntity").saying("Policy " + none + " does not exist or is not attachable.")
		},
	},
	{
		says:   "a policy that does not exist cannot be deleted",
		source: "recorded: iam test_delete_non_existent_policy_returns_no_such_entity",
		check: func(x *bench) {
			none := "arn:aws:iam::" + x.Own.account + ":policy/non-existent-policy"
			refused(x, x.Own.IAM.DeletePolicy, &iam.DeletePolicyInput{PolicyArn: &none}, "NoSuchEntity").saying("Policy " + none + " was not found.")
		},
	},
	{
		says:   "a policy's name is unique in its account whatever its path",
		source: "IAM API Reference, CreatePolicy, PolicyName; reported: the message, in konstructio/kubefirst#855",
		check: func(x *bench) {
			p := x.Own.policy(document(may("kms:ListKeys", "*")))
			in := &iam.CreatePolicyInput{PolicyName: nameOf(p), Path: new("/other/"), PolicyDocument: new(document(may("kms:ListKeys", "*")))}
			refused(x, x.Own.IAM.CreatePolicy, in, "EntityAlreadyExists").saying("A policy called " + *nameOf(p) + " already exists. Duplicate names are not allowed.")
		},
	},
	{
		says:   "ten managed policies can be attached to a role",
		source: "IAM User Guide, IAM and AWS STS quotas; reported: the message, in aws/eks-hybrid#741",
		check: func(x *bench) {
			role := x.Own.role("")
			for range 10 {
				x.Own.attach(role, x.Own.policy(document(may("kms:ListKeys", "*"))))
			}
			p := x.Own.policy(document(may("kms:ListKeys", "*")))
			refused(x, x.Own.IAM.AttachRolePolicy, &iam.AttachRolePolicyInput{RoleName: nameOf(role), PolicyArn: &p}, "LimitExceeded").saying(
				"Cannot exceed quota for PoliciesPerRole: 10")
		},
	},
	{
		says:   "a managed policy has 6,144 characters at most, white space left out",
		source: "IAM User Guide, IAM and AWS STS quotas; reported: the message, in aws-cloudformation/cfn-lint#3804",
		check: func(x *bench) {
			large := document(may("kms:ListKeys", "*", `"Sid":"`+strings.Repeat("x", 6144)+`"`))
			refused(x, x.Own.IAM.CreatePolicy, &iam.CreatePolicyInput{PolicyName: new(x.name("policy")), PolicyDocument: &large}, "LimitExceeded").saying(
				"Cannot exceed quota for PolicySize: 6144")
			x.Own.policy(strings.Replace(document(may("kms:ListKeys", "*")), ",", ","+strings.Repeat(" ", 7000), 1))
		},
	},
	{
		says:   "policies that AWS manages can be attached and read, and not be changed",
		source: "IAM User Guide, Managed policies and inline policies; assumption: the error for a change",
		check: func(x *bench) {
			arn := "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
			role := x.Own.role("")
			x.Own.attach(role, arn)
			p := succeed(x, x.Own.IAM.GetPolicy, &iam.GetPolicyInput{PolicyArn: &arn}).Policy
			equal(x, "Path", text(p.Path), "/service-role/")
			attached := succeed(x, x.Own.IAM.ListAttachedRolePolicies, &iam.ListAttachedRolePoliciesInput{RoleName: nameOf(role)}).AttachedPolicies
			if len(attached) != 1 || text(attached[0].PolicyArn) != arn || text(attached[0].PolicyName) != "AWSLambdaBasicExecutionRole" {
				x.Errorf("attached are %+v", attached)
			}
			_, err := x.Own.IAM.CreatePolicyVersion(x.Context(), &iam.CreatePolicyVersionInput{PolicyArn: &arn, PolicyDocument: new(document(may("*", "*")))})
			if err == nil {
				x.Error("a policy of AWS was changed")
			}
		},
	},
	{
		says:   "an administrator is whom AdministratorAccess is attached to",
		source: "IAM User Guide, AWS managed policies for job functions",
		check: func(x *bench) {
			role := x.Own.role("")
			s := x.Own.assume(role)
			refused(x, s.KMS.ListKeys, &kms.ListKeysInput{}, "AccessDeniedException")
			x.Own.attach(role, "arn:aws:iam::aws:policy/AdministratorAccess")
			succeed(x, s.KMS.ListKeys, &kms.ListKeysInput{})
		},
	},
	{
		says:   "ListEntitiesForPolicy names users, groups and roles, by how they use the policy",
		source: "IAM API Reference, ListEntitiesForPolicy",
		check: func(x *bench) {
			p, user, role := x.Own.policy(document(may("kms:ListKeys", "*"))), x.user(), x.Own.role("")
			x.Own.attach(role, p)
			succeed(x, x.Own.IAM.AttachUserPolicy, &iam.AttachUserPolicyInput{UserName: &user, PolicyArn: &p})
			cleanup(x, x.Own.IAM.DetachUserPolicy, &iam.DetachUserPolicyInput{UserName: &user, PolicyArn: &p})
			bounded := x.user()
			succeed(x, x.Own.IAM.PutUserPermissionsBoundary, &iam.PutUserPermissionsBoundaryInput{UserName: &bounded, PermissionsBoundary: &p})
			cleanup(x, x.Own.IAM.DeleteUserPermissionsBoundary, &iam.DeleteUserPermissionsBoundaryInput{UserName: &bounded})
			names := func(usage types.PolicyUsageType) string {
				out := succeed(x, x.Own.IAM.ListEntitiesForPolicy, &iam.ListEntitiesForPolicyInput{PolicyArn: &p, PolicyUsageFilter: usage})
				var all []string
				for _, r := range out.PolicyRoles {
					all = append(all, text(r.RoleName))
				}
				for _, u := range out.PolicyUsers {
					all = append(all, text(u.UserName))
				}
				return fmt.Sprint(len(out.PolicyGroups), all)
			}
			equal(x, "those who may", names(types.PolicyUsageTypePermissionsPolicy), fmt.Sprint(0, []string{*nameOf(role), user}))
			equal(x, "those who are bounded", names(types.PolicyUsageTypePermissionsBoundary), fmt.Sprint(0, []string{bounded}))
		},
	},
	{
		says:   "iam:PolicyARN says which policy may be attached",
		source: "Service Authorization Reference, AWS Identity and Access Management; IAM User Guide, IAM condition keys",
		check: func(x *bench) {
			good, bad := x.Own.policy(document(may("kms:ListKeys", "*"))), x.Own.policy(document(may("kms:ListAliases", "*")))
			s := x.Own.session(document(may("iam:AttachRolePolicy", "*", when("ArnEquals", "iam:PolicyARN", good))))
			role := x.Own.role("")
			refused(x, s.IAM.AttachRolePolicy, &iam.AttachRolePolicyInput{RoleName: nameOf(role), PolicyArn: &bad}, "AccessDenied")
			succeed(x, s.IAM.AttachRolePolicy, &iam.AttachRolePolicyInput{RoleName: nameOf(role), PolicyArn: &good})
			cleanup(x, x.Own.IAM.DetachRolePolicy, &iam.DetachRolePolicyInput{RoleName: nameOf(role), PolicyArn: &good})
		},
	},
}
