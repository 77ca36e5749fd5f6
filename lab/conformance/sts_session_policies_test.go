package conformance

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
)

// with calls as who has these temporary credentials.
func (c *caller) with(k *types.Credentials) *caller {
	c.x.Helper()
	config := c.config.Copy()
	config.Credentials = credentials.NewStaticCredentialsProvider(*k.AccessKeyId, *k.SecretAccessKey, *k.SessionToken)
	s := newCaller(c.x, config)
	s.account, s.arn = c.account, text(succeed(c.x, s.STS.GetCallerIdentity, &sts.GetCallerIdentityInput{}).Arn)
	return s
}

// restricted calls as a session of a role; configure changes the request.
func (c *caller) restricted(role string, configure func(*sts.AssumeRoleInput)) *caller {
	c.x.Helper()
	in := session(role, "conformance")
	configure(in)
	return c.with(succeed(c.x, c.STS.AssumeRole, in).Credentials)
}

var stsSessionPolicies = []claim{
	{
		says:   "a session policy limits what the role's policies allow, and allows nothing",
		source: "IAM User Guide, Policies and permissions in IAM, Session policies; IAM User Guide, Troubleshoot access denied error messages",
		check: func(x *bench) {
			role := x.Own.role(document(may("kms:ListKeys kms:ListAliases", "*")))
			s := x.Own.restricted(role, func(in *sts.AssumeRoleInput) { in.Policy = new(document(may("kms:ListKeys kms:CreateKey", "*"))) })
			succeed(x, s.KMS.ListKeys, &kms.ListKeysInput{})
			refused(x, s.KMS.ListAliases, &kms.ListAliasesInput{}, "AccessDeniedException").saying(
				"User: " + s.arn + " is not authorized to perform: kms:ListAliases because no session policy allows the kms:ListAliases action")
			refused(x, s.KMS.CreateKey, &kms.CreateKeyInput{}, "AccessDeniedException").mentioning("because no identity-based policy allows the kms:CreateKey action")
			succeed(x, x.Own.assume(role).KMS.ListAliases, &kms.ListAliasesInput{}) // another session of the role
		},
	},
	{
		says:   "a Deny in a session policy denies, and the refusal says so",
		source: "IAM User Guide, Troubleshoot access denied error messages; assumption: the wording, where the guide has sessions policy",
		check: func(x *bench) {
			role := x.Own.role(document(may("kms:ListKeys", "*")))
			s := x.Own.restricted(role, func(in *sts.AssumeRoleInput) {
				in.Policy = new(document(may("*", "*"), mayNot("kms:ListKeys", "*")))
			})
			refused(x, s.KMS.ListKeys, &kms.ListKeysInput{}, "AccessDeniedException").saying(
				"User: " + s.arn + " is not authorized to perform: kms:ListKeys with an explicit deny in a session policy")
		},
	},
	{
		says:   "managed policies can be session policies, and with an inline one any of them may allow",
		source: "STS API Reference, AssumeRole, PolicyArns; IAM User Guide, Policies and permissions in IAM, Session policies",
		check: func(x *bench) {
			role := x.Own.role(document(may("kms:*", "*")))
			p := x.Own.policy(document(may("kms:ListKeys", "*")))
			s := x.Own.restricted(role, func(in *sts.AssumeRoleInput) {
				in.PolicyArns = []types.PolicyDescriptorType{{Arn: &p}}
				in.Policy = new(document(may("kms:ListAliases", "*")))
			})
			succeed(x, s.KMS.ListKeys, &kms.ListKeysInput{})
			succeed(x, s.KMS.ListAliases, &kms.ListAliasesInput{})
			refused(x, s.KMS.GenerateRandom, &kms.GenerateRandomInput{NumberOfBytes: new(int32(1))}, "AccessDeniedException")
		},
	},
	{
		says:   "a session policy does not limit what a key policy allows to the session itself, but what it allows to the role",
		source: "IAM User Guide, Policies and permissions in IAM, Session policies",
		check: func(x *bench) {
			role := x.Own.role("")
			s := x.Own.restricted(role, func(in *sts.AssumeRoleInput) { in.Policy = new(document(may("s3:ListAllMyBuckets", "*"))) })
			k := x.Own.key(document(x.Own.delegate(), allow("Role", role, "kms:Encrypt"), allow("Session", s.arn, "kms:DescribeKey")))
			refused(x, s.KMS.Encrypt, k.encrypt("hello"), "AccessDeniedException").mentioning("because no session policy allows the kms:Encrypt action")
			succeed(x, s.KMS.DescribeKey, &kms.DescribeKeyInput{KeyId: &k.arn})
		},
	},
	{
		says:   "a session policy must be a policy, of 2,048 characters at most",
		source: "STS API Reference, AssumeRole, Policy; assumption: the code for what is too long",
		check: func(x *bench) {
			in := session(x.Own.role(""), "session")
			in.Policy = new("{")
			refused(x, x.Own.STS.AssumeRole, in, "MalformedPolicyDocument")
			in.Policy = new(document(may("kms:ListKeys", "*", `"Sid":"`+strings.Repeat("x", 2048)+`"`)))
			refused(x, x.Own.STS.AssumeRole, in, "ValidationError")
		},
	},
	{
		says:   "what is passed is measured in percent, and nothing where nothing is passed",
		source: "STS API Reference, AssumeRole, PackedPolicySize and SessionTokenSize; recorded: sts test_assume_role; assumption: SessionTokenSize is always told",
		check: func(x *bench) {
			in := session(x.Own.role(""), "session")
			size := func() *int32 {
				out := succeed(x, x.Own.STS.AssumeRole, in)
				equal(x, "SessionTokenSize", int(*out.SessionTokenSize), len(text(out.Credentials.SessionToken)))
				//lint:ignore SA1019 AWS sends it beside what replaces it.
				return out.PackedPolicySize
			}
			equal(x, "no PackedPolicySize", size() == nil, true)
			in.Policy = new(document(may("kms:ListKeys", "*")))
			if got := size(); got == nil || *got < 1 || *got > 100 {
				x.Errorf("PackedPolicySize is %v", got)
			}
		},
	},
	{
		says:   "what is packed can be too large although its plain text is not",
		source: "STS API Reference, AssumeRole, PackedPolicyTooLarge; reported: the message, in repost.aws/knowledge-center/iam-role-aws-sts-error; assumption: that this much is too large",
		check: func(x *bench) {
			in := session(x.Own.role(""), "session")
			var hard strings.Builder // to compress
			for i := range 1900 {
				hard.WriteByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"[(i*i*7+i*31+i/61*17)%62])
			}
			in.Policy = new(document(may("kms:ListKeys", "*", `"Sid":"`+hard.String()+`"`)))
			refused(x, x.Own.STS.AssumeRole, in, "PackedPolicyTooLarge").mentioning("Packed policy consumes")
		},
	},
	{
		says:   "GetSessionToken gives temporary credentials of the user itself, which STS and IAM do not take",
		source: "STS API Reference, GetSessionToken; reported: the messages, in aws/aws-sdk-net#1704 and 99designs/aws-vault#1056",
		check: func(x *bench) {
			user := x.user()
			succeed(x, x.Own.IAM.PutUserPolicy, &iam.PutUserPolicyInput{UserName: &user, PolicyName: new("p"), PolicyDocument: new(document(may("*", "*")))})
			cleanup(x, x.Own.IAM.DeleteUserPolicy, &iam.DeleteUserPolicyInput{UserName: &user, PolicyName: new("p")})
			c, _ := x.keyed(user)
			k := succeed(x, c.STS.GetSessionToken, &sts.GetSessionTokenInput{}).Credentials
			equal(x, "the kind of access key", text(k.AccessKeyId)[:4], "ASIA")
			s := c.with(k)
			equal(x, "Arn", s.arn, c.arn)
			succeed(x, s.KMS.ListKeys, &kms.ListKeysInput{})
			succeed(x, s.STS.AssumeRole, session(x.Own.role(""), "session"))
			refused(x, s.STS.GetSessionToken, &sts.GetSessionTokenInput{}, "AccessDenied").saying("Cannot call GetSessionToken with session credentials")
			refused(x, s.IAM.GetUser, &iam.GetUserInput{}, "InvalidClientTokenId").saying("The security token included in the request is invalid")
		},
	},
	{
		says:   "a user's temporary credentials have a token issue time and are without multi-factor authentication; long-term ones have neither",
		source: "IAM User Guide, AWS global condition context keys",
		check: func(x *bench) {
			user := x.user()
			policy := document(may("kms:ListKeys", "*", when("Bool", "aws:MultiFactorAuthPresent", "false")), may("kms:ListAliases", "*", when("Null", "aws:TokenIssueTime", "true")))
			succeed(x, x.Own.IAM.PutUserPolicy, &iam.PutUserPolicyInput{UserName: &user, PolicyName: new("p"), PolicyDocument: &policy})
			cleanup(x, x.Own.IAM.DeleteUserPolicy, &iam.DeleteUserPolicyInput{UserName: &user, PolicyName: new("p")})
			c, _ := x.keyed(user)
			s := c.with(succeed(x, c.STS.GetSessionToken, &sts.GetSessionTokenInput{DurationSeconds: new(int32(900))}).Credentials)
			succeed(x, s.KMS.ListKeys, &kms.ListKeysInput{})
			refused(x, s.KMS.ListAliases, &kms.ListAliasesInput{}, "AccessDeniedException")
			refused(x, c.KMS.ListKeys, &kms.ListKeysInput{}, "AccessDeniedException")
			succeed(x, c.KMS.ListAliases, &kms.ListAliasesInput{})
		},
	},
	{
		says:   "GetAccessKeyInfo tells the account of any key, inactive ones among them",
		source: "STS API Reference, GetAccessKeyInfo",
		check: func(x *bench) {
			user := x.user()
			_, k := x.keyed(user)
			succeed(x, x.Own.IAM.UpdateAccessKey, &iam.UpdateAccessKeyInput{UserName: &user, AccessKeyId: k.AccessKeyId, Status: "Inactive"})
			equal(x, "the account", text(succeed(x, x.Own.STS.GetAccessKeyInfo, &sts.GetAccessKeyInfoInput{AccessKeyId: k.AccessKeyId}).Account), x.Own.account)
			refused(x, x.Own.session("").STS.GetAccessKeyInfo, &sts.GetAccessKeyInfoInput{AccessKeyId: k.AccessKeyId}, "AccessDenied")
		},
	},
}
