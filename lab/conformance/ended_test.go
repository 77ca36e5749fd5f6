package conformance

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func nameOf(arn string) *string { return new(arn[strings.LastIndexByte(arn, '/')+1:]) }

// remake deletes a role without policies, and makes another of its name.
func (c *caller) remake(role string) {
	c.x.Helper()
	succeed(c.x, c.IAM.DeleteRole, &iam.DeleteRoleInput{RoleName: nameOf(role)})
	trust := allow("Trust", c.root(), "sts:AssumeRole").document()
	succeed(c.x, c.IAM.CreateRole, &iam.CreateRoleInput{RoleName: nameOf(role), AssumeRolePolicyDocument: &trust})
	cleanup(c.x, c.IAM.DeleteRole, &iam.DeleteRoleInput{RoleName: nameOf(role)})
}

var endedClaims = []claim{
	{
		says:   "with its role a session ends",
		source: "assumption: that the token is unknown then, and at once",
		check: func(x *bench) {
			role := x.Own.role("")
			s := x.Own.assume(role)
			succeed(x, s.STS.GetCallerIdentity, &sts.GetCallerIdentityInput{})
			succeed(x, x.Own.IAM.DeleteRole, &iam.DeleteRoleInput{RoleName: nameOf(role)})
			refused(x, s.STS.GetCallerIdentity, &sts.GetCallerIdentityInput{}, "InvalidClientTokenId")
			refused(x, s.KMS.ListKeys, &kms.ListKeysInput{}, "UnrecognizedClientException")
		},
	},
	{
		says:   "another role of the same name has nothing of the sessions of the first",
		source: "IAM User Guide, IAM identifiers: unique identifiers; assumption: the code",
		check: func(x *bench) {
			role := x.Own.role("")
			s := x.Own.assume(role)
			x.Own.remake(role)
			succeed(x, x.Own.IAM.PutRolePolicy, &iam.PutRolePolicyInput{RoleName: nameOf(role), PolicyName: new("p"), PolicyDocument: new(document(may("*", "*")))})
			cleanup(x, x.Own.IAM.DeleteRolePolicy, &iam.DeleteRolePolicyInput{RoleName: nameOf(role), PolicyName: new("p")})
			refused(x, s.KMS.ListKeys, &kms.ListKeysInput{}, "UnrecognizedClientException")
			succeed(x, x.Own.assume(role).KMS.ListKeys, &kms.ListKeysInput{})
		},
	},
	{
		says:   "another role of the same name has nothing of what a policy gives the first",
		source: "IAM User Guide, AWS JSON policy elements: Principal, IAM role principals",
		check: func(x *bench) {
			role := x.Own.role("")
			k := x.Own.key(document(x.Own.delegate(), allow("Role", role, "kms:Encrypt")))
			succeed(x, x.Own.assume(role).KMS.Encrypt, k.encrypt("hello"))
			x.Own.remake(role)
			refused(x, x.Own.assume(role).KMS.Encrypt, k.encrypt("hello"), "AccessDeniedException")
			policy := document(x.Own.delegate(), allow("Role", role, "kms:Encrypt"))
			succeed(x, x.Own.KMS.PutKeyPolicy, &kms.PutKeyPolicyInput{KeyId: &k.id, Policy: &policy})
			succeed(x, x.Own.assume(role).KMS.Encrypt, k.encrypt("hello"))
		},
	},
}
