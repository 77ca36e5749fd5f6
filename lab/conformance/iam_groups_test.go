package conformance

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// group makes a group.
func (x *bench) group() string {
	x.Helper()
	name := x.name("group")
	succeed(x, x.Own.IAM.CreateGroup, &iam.CreateGroupInput{GroupName: &name})
	cleanup(x, x.Own.IAM.DeleteGroup, &iam.DeleteGroupInput{GroupName: &name})
	return name
}

// join adds a user to a group.
func (x *bench) join(user, group string) {
	x.Helper()
	succeed(x, x.Own.IAM.AddUserToGroup, &iam.AddUserToGroupInput{GroupName: &group, UserName: &user})
	cleanup(x, x.Own.IAM.RemoveUserFromGroup, &iam.RemoveUserFromGroupInput{GroupName: &group, UserName: &user})
}

// keyed calls as a user with a new access key.
func (x *bench) keyed(user string) (*caller, *types.AccessKey) {
	x.Helper()
	k := succeed(x, x.Own.IAM.CreateAccessKey, &iam.CreateAccessKeyInput{UserName: &user}).AccessKey
	cleanup(x, x.Own.IAM.DeleteAccessKey, &iam.DeleteAccessKeyInput{UserName: &user, AccessKeyId: k.AccessKeyId})
	c := newCaller(x, withKey(x.Own.config, *k.AccessKeyId, *k.SecretAccessKey))
	c.account, c.arn = x.Own.account, "arn:aws:iam::"+x.Own.account+":user/"+user
	return c, k
}

var iamGroups = []claim{
	{
		says:   "the inline and the managed policies of a group are its users'",
		source: "IAM User Guide, IAM user groups",
		check: func(x *bench) {
			user, group := x.user(), x.group()
			c, _ := x.keyed(user)
			succeed(x, x.Own.IAM.PutGroupPolicy, &iam.PutGroupPolicyInput{GroupName: &group, PolicyName: new("p"), PolicyDocument: new(document(may("kms:ListKeys", "*")))})
			cleanup(x, x.Own.IAM.DeleteGroupPolicy, &iam.DeleteGroupPolicyInput{GroupName: &group, PolicyName: new("p")})
			p := x.Own.policy(document(may("kms:ListAliases", "*")))
			succeed(x, x.Own.IAM.AttachGroupPolicy, &iam.AttachGroupPolicyInput{GroupName: &group, PolicyArn: &p})
			cleanup(x, x.Own.IAM.DetachGroupPolicy, &iam.DetachGroupPolicyInput{GroupName: &group, PolicyArn: &p})
			refused(x, c.KMS.ListKeys, &kms.ListKeysInput{}, "AccessDeniedException")
			x.join(user, group)
			succeed(x, c.KMS.ListKeys, &kms.ListKeysInput{})
			succeed(x, c.KMS.ListAliases, &kms.ListAliasesInput{})
		},
	},
	{
		says:   "a Deny of a group denies to its users whatever they have themselves",
		source: "IAM User Guide, Policy evaluation logic",
		check: func(x *bench) {
			user, group := x.user(), x.group()
			c, _ := x.keyed(user)
			succeed(x, x.Own.IAM.PutUserPolicy, &iam.PutUserPolicyInput{UserName: &user, PolicyName: new("p"), PolicyDocument: new(document(may("kms:*", "*")))})
			cleanup(x, x.Own.IAM.DeleteUserPolicy, &iam.DeleteUserPolicyInput{UserName: &user, PolicyName: new("p")})
			succeed(x, x.Own.IAM.PutGroupPolicy, &iam.PutGroupPolicyInput{GroupName: &group, PolicyName: new("p"), PolicyDocument: new(document(mayNot("kms:ListKeys", "*")))})
			cleanup(x, x.Own.IAM.DeleteGroupPolicy, &iam.DeleteGroupPolicyInput{GroupName: &group, PolicyName: new("p")})
			succeed(x, c.KMS.ListKeys, &kms.ListKeysInput{})
			x.join(user, group)
			refused(x, c.KMS.ListKeys, &kms.ListKeysInput{}, "AccessDeniedException").saying(
				"User: " + c.arn + " is not authorized to perform: kms:ListKeys with an explicit deny in an identity-based policy")
		},
	},
	{
		says:   "GetGroup lists a group's users, and ListGroupsForUser a user's groups",
		source: "IAM API Reference, GetGroup and ListGroupsForUser",
		check: func(x *bench) {
			user, one, two := x.user(), x.group(), x.group()
			x.join(user, one)
			x.join(user, two)
			x.join(user, one) // again: nothing happens
			users := succeed(x, x.Own.IAM.GetGroup, &iam.GetGroupInput{GroupName: &one}).Users
			if len(users) != 1 || text(users[0].UserName) != user {
				x.Errorf("the users are %+v", users)
			}
			var names []string
			for _, g := range succeed(x, x.Own.IAM.ListGroupsForUser, &iam.ListGroupsForUserInput{UserName: &user}).Groups {
				names = append(names, text(g.GroupName))
				equal(x, "the kind of id", text(g.GroupId)[:4], "AGPA")
			}
			if !strings.Contains(fmt.Sprint(names), one) || len(names) != 2 {
				x.Errorf("the groups are %q", names)
			}
		},
	},
	{
		says:   "a group with users cannot be deleted, nor a user who is in one",
		source: "IAM API Reference, DeleteGroup and DeleteUser, DeleteConflict; reported: the message, in hashicorp/terraform-provider-aws#20154 and hashicorp/terraform#3774",
		check: func(x *bench) {
			user, group := x.user(), x.group()
			x.join(user, group)
			const message = "Cannot delete entity, must remove users from group first."
			refused(x, x.Own.IAM.DeleteGroup, &iam.DeleteGroupInput{GroupName: &group}, "DeleteConflict").saying(message)
			refused(x, x.Own.IAM.DeleteUser, &iam.DeleteUserInput{UserName: &user}, "DeleteConflict").saying(message)
		},
	},
	{
		says:   "a group is no principal of a policy",
		source: "IAM User Guide, AWS JSON policy elements: Principal",
		check: func(x *bench) {
			group := "arn:aws:iam::" + x.Own.account + ":group/" + x.group()
			policy := document(x.Own.delegate(), allow("Group", group, "kms:Encrypt"))
			refused(x, x.Own.KMS.CreateKey, &kms.CreateKeyInput{Policy: &policy}, "MalformedPolicyDocumentException")
		},
	},
	{
		says:   "an inactive access key is as good as none, until it is active again",
		source: "IAM API Reference, UpdateAccessKey; assumption: the codes, those of an unknown key",
		check: func(x *bench) {
			user := x.user()
			c, k := x.keyed(user)
			succeed(x, c.STS.GetCallerIdentity, &sts.GetCallerIdentityInput{})
			set := func(status types.StatusType) {
				succeed(x, x.Own.IAM.UpdateAccessKey, &iam.UpdateAccessKeyInput{UserName: &user, AccessKeyId: k.AccessKeyId, Status: status})
			}
			set(types.StatusTypeInactive)
			refused(x, c.STS.GetCallerIdentity, &sts.GetCallerIdentityInput{}, "InvalidClientTokenId")
			refused(x, c.KMS.ListKeys, &kms.ListKeysInput{}, "UnrecognizedClientException")
			keys := succeed(x, x.Own.IAM.ListAccessKeys, &iam.ListAccessKeysInput{UserName: &user}).AccessKeyMetadata
			equal(x, "the status", keys[0].Status, types.StatusTypeInactive)
			set(types.StatusTypeActive)
			succeed(x, c.STS.GetCallerIdentity, &sts.GetCallerIdentityInput{})
		},
	},
	{
		says:   "users are listed by their paths, without tags",
		source: "IAM API Reference, ListUsers",
		check: func(x *bench) {
			name, path := x.name("user"), "/conformance/"+x.name("path")+"/"
			succeed(x, x.Own.IAM.CreateUser, &iam.CreateUserInput{UserName: &name, Path: &path, Tags: []types.Tag{{Key: new("a"), Value: new("b")}}})
			cleanup(x, x.Own.IAM.DeleteUser, &iam.DeleteUserInput{UserName: &name})
			users := succeed(x, x.Own.IAM.ListUsers, &iam.ListUsersInput{PathPrefix: &path}).Users
			if len(users) != 1 || text(users[0].UserName) != name || users[0].Tags != nil {
				x.Fatalf("the users are %+v", users)
			}
			equal(x, "Arn", text(users[0].Arn), "arn:aws:iam::"+x.Own.account+":user"+path+name)
		},
	},
	{
		says:   "a session that asks for its own user hears that it has to name one",
		source: "reported: the message, in mhausenblas/rbIAM#4",
		check: func(x *bench) {
			s := x.Own.session(document(may("iam:GetUser", "*")))
			refused(x, s.IAM.GetUser, &iam.GetUserInput{}, "ValidationError").saying("Must specify userName when calling with non-User credentials")
		},
	},
	{
		says:   "refusals name what exists by its kind and name",
		source: "reported: the messages of AttachRolePolicy and CreatePolicy, in aws/aws-parallelcluster-ui#246 and galaxyproject/cloudlaunch#205; assumption: the same of all operations on what exists",
		check: func(x *bench) {
			role, s := x.Own.role(""), x.Own.session("")
			p := x.Own.policy(document(may("kms:ListKeys", "*")))
			refused(x, s.IAM.AttachRolePolicy, &iam.AttachRolePolicyInput{RoleName: nameOf(role), PolicyArn: &p}, "AccessDenied").saying(
				"User: " + s.arn + " is not authorized to perform: iam:AttachRolePolicy on resource: role " + *nameOf(role) +
					" because no identity-based policy allows the iam:AttachRolePolicy action")
			name := x.name("policy")
			refused(x, s.IAM.CreatePolicy, &iam.CreatePolicyInput{PolicyName: &name, PolicyDocument: new(document(may("*", "*")))}, "AccessDenied").mentioning(
				"iam:CreatePolicy on resource: policy " + name + " because")
		},
	},
}
