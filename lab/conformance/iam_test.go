package conformance

import (
	"errors"
	"net/url"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

func (x *bench) user() string {
	x.Helper()
	name := x.name("user")
	succeed(x, x.Own.IAM.CreateUser, &iam.CreateUserInput{UserName: &name})
	cleanup(x, x.Own.IAM.DeleteUser, &iam.DeleteUserInput{UserName: &name})
	return name
}

var iamClaims = []claim{
	{
		says:   "a trust policy that is no JSON makes no role",
		source: "recorded: iam test_create_role_with_malformed_assume_role_policy_document",
		check: func(x *bench) {
			refused(x, x.Own.IAM.CreateRole, &iam.CreateRoleInput{RoleName: new(x.name("role")), AssumeRolePolicyDocument: new(`{"Version":"2012-10-17",}`)},
				"MalformedPolicyDocument").saying("This policy contains invalid Json")
		},
	},
	{
		says:   "an identity policy names no principal",
		source: "IAM User Guide, AWS JSON policy elements: Principal",
		check: func(x *bench) {
			role := x.Own.role("")
			name := role[strings.LastIndexByte(role, '/')+1:]
			refused(x, x.Own.IAM.PutRolePolicy, &iam.PutRolePolicyInput{RoleName: &name, PolicyName: new("p"),
				PolicyDocument: new(document(allow("", x.Own.root(), "kms:*")))}, "MalformedPolicyDocument")
		},
	},
	{
		says:   "policies come back percent-encoded",
		source: "IAM API Reference, GetRolePolicy, PolicyDocument: URL-encoded compliant with RFC 3986",
		check: func(x *bench) {
			policy := document(may("kms:ListKeys", "*", when("StringEquals", "aws:userid", "a b+c")))
			role := x.Own.role(policy)
			name := role[strings.LastIndexByte(role, '/')+1:]
			raw := text(succeed(x, x.Own.IAM.GetRolePolicy, &iam.GetRolePolicyInput{RoleName: &name, PolicyName: new("conformance")}).PolicyDocument)
			if strings.ContainsAny(raw, `{}" +`) {
				x.Errorf("the document is not encoded as RFC 3986 says: %s", raw)
			}
			decoded, err := url.PathUnescape(raw)
			if err != nil {
				x.Fatal(err)
			}
			equal(x, "the document", decoded, policy)
		},
	},
	{
		says:   "a user that does not exist is no such entity, with status 404",
		source: "recorded: iam test_create_service_specific_credential_invalid_user",
		check: func(x *bench) {
			refused(x, x.Own.IAM.GetUser, &iam.GetUserInput{UserName: new("non-existent-user")}, "NoSuchEntity").saying(
				"The user with name non-existent-user cannot be found.")
			_, err := x.Own.IAM.GetUser(x.Context(), &iam.GetUserInput{UserName: new("non-existent-user")})
			var response *awshttp.ResponseError
			if !errors.As(err, &response) || response.HTTPStatusCode() != 404 {
				x.Errorf("the answer is %v, want status 404", err)
			}
		},
	},
	{
		says:   "a role that does not exist is no such entity",
		source: "IAM API Reference, GetRole, NoSuchEntity; reported: the message, in jarpy/lambkin#3",
		check: func(x *bench) {
			refused(x, x.Own.IAM.GetRole, &iam.GetRoleInput{RoleName: new("non-existent-role")}, "NoSuchEntity").saying(
				"The role with name non-existent-role cannot be found.")
		},
	},
	{
		says:   "names are unique without regard to case",
		source: "IAM API Reference, CreateUser, UserName; assumption: the message",
		check: func(x *bench) {
			name := x.user()
			refused(x, x.Own.IAM.CreateUser, &iam.CreateUserInput{UserName: new(strings.ToUpper(name))}, "EntityAlreadyExists")
			refused(x, x.Own.IAM.CreateUser, &iam.CreateUserInput{UserName: &name}, "EntityAlreadyExists").saying("User with name " + name + " already exists.")
		},
	},
	{
		says:   "a role with inline policies, and a user with access keys, cannot be deleted",
		source: "IAM API Reference, DeleteRole and DeleteUser, DeleteConflict; assumption: the messages",
		check: func(x *bench) {
			role := x.Own.role(document(may("kms:ListKeys", "*")))
			name := role[strings.LastIndexByte(role, '/')+1:]
			refused(x, x.Own.IAM.DeleteRole, &iam.DeleteRoleInput{RoleName: &name}, "DeleteConflict").saying("Cannot delete entity, must delete policies first.")
			user := x.user()
			k := succeed(x, x.Own.IAM.CreateAccessKey, &iam.CreateAccessKeyInput{UserName: &user}).AccessKey
			cleanup(x, x.Own.IAM.DeleteAccessKey, &iam.DeleteAccessKeyInput{UserName: &user, AccessKeyId: k.AccessKeyId})
			refused(x, x.Own.IAM.DeleteUser, &iam.DeleteUserInput{UserName: &user}, "DeleteConflict").saying("Cannot delete entity, must delete access keys first.")
		},
	},
	{
		says:   "a user has two access keys at most",
		source: "IAM User Guide, IAM and AWS STS quotas; assumption: the message",
		check: func(x *bench) {
			user := x.user()
			for range 2 {
				k := succeed(x, x.Own.IAM.CreateAccessKey, &iam.CreateAccessKeyInput{UserName: &user}).AccessKey
				equal(x, "the kind of access key", text(k.AccessKeyId)[:4], "AKIA")
				cleanup(x, x.Own.IAM.DeleteAccessKey, &iam.DeleteAccessKeyInput{UserName: &user, AccessKeyId: k.AccessKeyId})
			}
			refused(x, x.Own.IAM.CreateAccessKey, &iam.CreateAccessKeyInput{UserName: &user}, "LimitExceeded").saying("Cannot exceed quota for AccessKeysPerUser: 2")
		},
	},
	{
		says:   "IAM's refusals are AccessDenied, and name the action and the resource",
		source: "IAM User Guide, Troubleshoot access denied error messages",
		check: func(x *bench) {
			s := x.Own.session("")
			name := x.name("user")
			refused(x, s.IAM.CreateUser, &iam.CreateUserInput{UserName: &name}, "AccessDenied").saying(
				"User: " + s.arn + " is not authorized to perform: iam:CreateUser on resource: arn:aws:iam::" + x.Own.account + ":user/" + name +
					" because no identity-based policy allows the iam:CreateUser action")
		},
	},
}
