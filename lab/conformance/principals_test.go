package conformance

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// nobody is the ARN of a role that does not exist.
func (x *bench) nobody() string {
	return "arn:aws:iam::" + x.Own.account + ":role/" + x.name("nobody")
}

var principalClaims = []claim{
	{
		says:   "a key policy names users and roles that exist",
		source: "reported: the message of CreateKey and PutKeyPolicy, in aws-samples/aws-blog-codepipeline-third-party-git-build-status #6 and others",
		check: func(x *bench) {
			const message = "Policy contains a statement with one or more invalid principals."
			policy := document(x.Own.delegate(), allow("None", x.nobody(), "kms:Encrypt"))
			refused(x, x.Own.KMS.CreateKey, &kms.CreateKeyInput{Policy: &policy}, "MalformedPolicyDocumentException").saying(message)
			k := x.Own.key("")
			refused(x, x.Own.KMS.PutKeyPolicy, &kms.PutKeyPolicyInput{KeyId: &k.id, Policy: &policy}, "MalformedPolicyDocumentException").saying(message)
			session := strings.Replace(strings.Replace(x.nobody(), ":iam:", ":sts:", 1), ":role/", ":assumed-role/", 1) + "/session"
			policy = document(x.Own.delegate(), allow("None", session, "kms:Encrypt"))
			refused(x, x.Own.KMS.PutKeyPolicy, &kms.PutKeyPolicyInput{KeyId: &k.id, Policy: &policy}, "MalformedPolicyDocumentException")
		},
	},
	{
		says:   "a trust policy names users and roles that exist",
		source: "IAM User Guide, AWS JSON policy elements: Principal; assumption: the message",
		check: func(x *bench) {
			none := x.nobody()
			trust := allow("", none, "sts:AssumeRole").document()
			refused(x, x.Own.IAM.CreateRole, &iam.CreateRoleInput{RoleName: new(x.name("role")), AssumeRolePolicyDocument: &trust}, "MalformedPolicyDocument").saying(
				`Invalid principal in policy: "AWS":"` + none + `"`)
		},
	},
	{
		says:   "a secret's policy names users and roles that exist",
		source: "Secrets Manager API Reference, PutResourcePolicy, MalformedPolicyDocumentException; assumption: the message",
		check: func(x *bench) {
			s, policy := x.Own.secret(), document(allow("None", x.nobody(), "secretsmanager:GetSecretValue"))
			refused(x, x.Own.Secrets.PutResourcePolicy, &secretsmanager.PutResourcePolicyInput{SecretId: s.ARN, ResourcePolicy: &policy},
				"MalformedPolicyDocumentException").saying("This resource policy contains an unsupported principal.")
		},
	},
	{
		says:   "a user or a service is no role that could be assumed",
		source: "recorded: sts test_sts_invalid_parameters; assumption: the same for the ARN of a user and the name of a service",
		check: func(x *bench) {
			for _, name := range []string{"arn:aws:iam::" + x.Own.account + ":user/someone", "lambda.amazonaws.com"} {
				refused(x, x.Own.STS.AssumeRole, session(name, "session"), "ValidationError").saying(name + " is invalid")
			}
		},
	},
}

var iamLimits = []claim{
	{
		says:   "a trust policy allows actions of STS only",
		source: "IAM User Guide, Roles terms and concepts: trust policy; assumption: the message",
		check: func(x *bench) {
			trust := strings.Replace(allow("", x.Own.root(), "sts:AssumeRole").document(), "sts:AssumeRole", "s3:GetObject", 1)
			refused(x, x.Own.IAM.CreateRole, &iam.CreateRoleInput{RoleName: new(x.name("role")), AssumeRolePolicyDocument: &trust}, "MalformedPolicyDocument").saying(
				"AssumeRole policy may only specify STS AssumeRole actions.")
		},
	},
	{
		says:   "inline policies have 2,048 characters for a user, 10,240 for a role, 2,048 for a trust policy, white space left out",
		source: "IAM User Guide, IAM and AWS STS quotas; assumption: the messages",
		check: func(x *bench) {
			pad := func(n int) string { return document(may("kms:ListKeys", "*", `"Sid":"`+strings.Repeat("x", n)+`"`)) }
			user, role := x.user(), x.Own.role("")
			put := func(text string) *iam.PutUserPolicyInput {
				return &iam.PutUserPolicyInput{UserName: &user, PolicyName: new("p"), PolicyDocument: &text}
			}
			refused(x, x.Own.IAM.PutUserPolicy, put(pad(2000)), "LimitExceeded").saying("Maximum policy size of 2048 bytes exceeded for user " + user)
			succeed(x, x.Own.IAM.PutUserPolicy, put(strings.Replace(pad(1000), ",", ","+strings.Repeat(" ", 2000), 1)))
			cleanup(x, x.Own.IAM.DeleteUserPolicy, &iam.DeleteUserPolicyInput{UserName: &user, PolicyName: new("p")})
			refused(x, x.Own.IAM.PutRolePolicy, &iam.PutRolePolicyInput{RoleName: nameOf(role), PolicyName: new("p"), PolicyDocument: new(pad(10200))},
				"LimitExceeded").saying("Maximum policy size of 10240 bytes exceeded for role " + *nameOf(role))
			trust := allow(strings.Repeat("x", 2000), x.Own.root(), "sts:AssumeRole").document()
			refused(x, x.Own.IAM.UpdateAssumeRolePolicy, &iam.UpdateAssumeRolePolicyInput{RoleName: nameOf(role), PolicyDocument: &trust}, "LimitExceeded").saying(
				"Cannot exceed quota for ACLSizePerRole: 2048")
		},
	},
}
