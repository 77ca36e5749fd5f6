package conformance

import (
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// bound sets a permissions boundary to a role.
func (c *caller) bound(role, policy string) {
	c.x.Helper()
	succeed(c.x, c.IAM.PutRolePermissionsBoundary, &iam.PutRolePermissionsBoundaryInput{RoleName: nameOf(role), PermissionsBoundary: &policy})
	cleanup(c.x, c.IAM.DeleteRolePermissionsBoundary, &iam.DeleteRolePermissionsBoundaryInput{RoleName: nameOf(role)})
}

var iamBoundary = []claim{
	{
		says:   "a permissions boundary limits what identity policies allow, and allows nothing",
		source: "IAM User Guide, Permissions boundaries for IAM entities; IAM User Guide, Troubleshoot access denied error messages",
		check: func(x *bench) {
			role := x.Own.role(document(may("kms:ListKeys", "*")))
			x.Own.bound(role, x.Own.policy(document(may("kms:ListAliases", "*"))))
			s := x.Own.assume(role)
			refused(x, s.KMS.ListKeys, &kms.ListKeysInput{}, "AccessDeniedException").saying(
				"User: " + s.arn + " is not authorized to perform: kms:ListKeys because no permissions boundary allows the kms:ListKeys action")
			refused(x, s.KMS.ListAliases, &kms.ListAliasesInput{}, "AccessDeniedException").saying(
				"User: " + s.arn + " is not authorized to perform: kms:ListAliases because no identity-based policy allows the kms:ListAliases action")
			succeed(x, x.Own.IAM.PutRolePolicy, &iam.PutRolePolicyInput{RoleName: nameOf(role), PolicyName: new("conformance"), PolicyDocument: new(document(may("kms:*", "*")))})
			succeed(x, s.KMS.ListAliases, &kms.ListAliasesInput{})
		},
	},
	{
		says:   "a Deny in a permissions boundary denies, and the refusal says so",
		source: "IAM User Guide, Troubleshoot access denied error messages",
		check: func(x *bench) {
			role := x.Own.role(document(may("kms:ListKeys", "*")))
			x.Own.bound(role, x.Own.policy(document(may("*", "*"), mayNot("kms:ListKeys", "*"))))
			s := x.Own.assume(role)
			refused(x, s.KMS.ListKeys, &kms.ListKeysInput{}, "AccessDeniedException").saying(
				"User: " + s.arn + " is not authorized to perform: kms:ListKeys with an explicit deny in a permissions boundary")
		},
	},
	{
		says:   "a boundary does not limit what a resource's policy allows to the session itself, but what it allows to the role",
		source: "IAM User Guide, Permissions boundaries for IAM entities, Resource-based policies",
		check: func(x *bench) {
			role := x.Own.role("")
			x.Own.bound(role, x.Own.policy(document(may("kms:ListAliases", "*"))))
			s := x.Own.assume(role)
			secret := x.Own.secret()
			put := func(principal string) {
				succeed(x, x.Own.Secrets.PutResourcePolicy, &secretsmanager.PutResourcePolicyInput{
					SecretId: secret.ARN, ResourcePolicy: new(document(allow("", principal, "secretsmanager:DescribeSecret"))),
				})
			}
			in := &secretsmanager.DescribeSecretInput{SecretId: secret.ARN}
			put(role)
			refused(x, s.Secrets.DescribeSecret, in, "AccessDeniedException").mentioning("because no permissions boundary allows the secretsmanager:DescribeSecret action")
			put(s.arn)
			succeed(x, s.Secrets.DescribeSecret, in)
		},
	},
	{
		says:   "GetRole tells the boundary, and ListRoles does not",
		source: "recorded: iam test_list_roles_with_permission_boundary; IAM API Reference, AttachedPermissionsBoundary",
		check: func(x *bench) {
			role, p := x.Own.role(""), x.Own.policy(document(may("*", "*")))
			x.Own.bound(role, p)
			got := succeed(x, x.Own.IAM.GetRole, &iam.GetRoleInput{RoleName: nameOf(role)}).Role.PermissionsBoundary
			equal(x, "PermissionsBoundaryArn", text(got.PermissionsBoundaryArn), p)
			equal(x, "PermissionsBoundaryType", string(got.PermissionsBoundaryType), "Policy")
			for _, r := range succeed(x, x.Own.IAM.ListRoles, &iam.ListRolesInput{}).Roles {
				equal(x, "the listing's boundary", r.PermissionsBoundary == nil, true)
			}
		},
	},
	{
		says:   "a boundary that does not exist cannot be set",
		source: "IAM API Reference, PutUserPermissionsBoundary, NoSuchEntity; assumption: the message",
		check: func(x *bench) {
			user, none := x.user(), "arn:aws:iam::"+x.Own.account+":policy/"+x.name("none")
			refused(x, x.Own.IAM.PutUserPermissionsBoundary, &iam.PutUserPermissionsBoundaryInput{UserName: &user, PermissionsBoundary: &none}, "NoSuchEntity").saying(
				"Scope ARN: " + none + " does not exist or is not attachable.")
			trust := allow("", x.Own.root(), "sts:AssumeRole").document()
			refused(x, x.Own.IAM.CreateRole, &iam.CreateRoleInput{RoleName: new(x.name("role")), AssumeRolePolicyDocument: &trust, PermissionsBoundary: &none}, "NoSuchEntity")
		},
	},
	{
		says:   "iam:PermissionsBoundary asks for a boundary of those who are made",
		source: "IAM User Guide, Permissions boundaries for IAM entities, Delegating responsibility to others",
		check: func(x *bench) {
			p := x.Own.policy(document(may("kms:*", "*")))
			s := x.Own.session(document(may("iam:CreateUser", "*", when("StringEquals", "iam:PermissionsBoundary", p))))
			name := x.name("user")
			refused(x, s.IAM.CreateUser, &iam.CreateUserInput{UserName: &name}, "AccessDenied")
			out := succeed(x, s.IAM.CreateUser, &iam.CreateUserInput{UserName: &name, PermissionsBoundary: &p})
			cleanup(x, x.Own.IAM.DeleteUser, &iam.DeleteUserInput{UserName: &name})
			equal(x, "the boundary", text(out.User.PermissionsBoundary.PermissionsBoundaryArn), p)
		},
	},
	{
		says:   "service control policies limit users, roles and root users of their account, on every level",
		source: "AWS Organizations User Guide, SCP evaluation; IAM User Guide, Troubleshoot access denied error messages",
		needs:  inside,
		check: func(x *bench) {
			s := x.Own.session(document(may("*", "*")))
			all := document(may("*", "*"))
			set := func(levels ...[]string) {
				x.Helper()
				if err := x.lab.IAM.SetServiceControl("111111111111", levels...); err != nil {
					x.Fatal(err)
				}
			}
			refusal := "User: " + s.arn + " is not authorized to perform: kms:ListKeys "
			set([]string{all}, []string{document(may("iam:*", "*"))})
			refused(x, s.KMS.ListKeys, &kms.ListKeysInput{}, "AccessDeniedException").saying(refusal + "because no service control policy allows the kms:ListKeys action")
			set([]string{all, document(mayNot("kms:ListKeys", "*"))}, []string{all})
			refused(x, s.KMS.ListKeys, &kms.ListKeysInput{}, "AccessDeniedException").saying(refusal + "with an explicit deny in a service control policy")
			root := newCaller(x, withKey(x.Own.config, x.Own.account, "test"))
			refused(x, root.KMS.ListKeys, &kms.ListKeysInput{}, "AccessDeniedException")
			succeed(x, x.Other.KMS.ListKeys, &kms.ListKeysInput{})
			set([]string{all}, []string{document(may("iam:*", "*")), all})
			succeed(x, s.KMS.ListKeys, &kms.ListKeysInput{})
		},
	},
}
