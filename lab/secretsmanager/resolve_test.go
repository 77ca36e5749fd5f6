package secretsmanager

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
)

func TestFind(t *testing.T) {
	b := newBench(t)
	admin := root(mine)
	const partial = "arn:aws:secretsmanager:us-east-1:" + mine + ":secret:"
	full := map[string]string{}
	for _, name := range []string{"db", "app/db-a1b2", "app/db-a1b2c3", "app/db-a1b2c3-"} {
		full[name] = *b.create(admin, name, name, "").ARN
		if rest, ok := strings.CutPrefix(full[name], partial+name+"-"); !ok || len(rest) != 6 {
			t.Errorf("%s has the ARN %s", name, full[name])
		}
	}
	elsewhere := who{admin.principal, "eu-west-1"}
	for _, test := range []struct {
		id, found string
	}{
		{"db", "db"}, {full["db"], "db"}, {partial + "db", "db"},
		{partial + "app/db-a1b2", "app/db-a1b2"}, {partial + "app/db-a1b2c3-", "app/db-a1b2c3-"},
		// Taken for a complete ARN.
		{partial + "app/db-a1b2c3", ""}, {full["app/db-a1b2c3"], "app/db-a1b2c3"}, {"app/db-a1b2c3", "app/db-a1b2c3"},
		// A name never has the suffix.
		{strings.TrimPrefix(full["db"], partial), ""},
		{partial + "db-AAAAAA", ""}, {partial + "d", ""}, {"DB", ""},
		{strings.Replace(full["db"], "us-east-1", "eu-west-1", 1), ""},
	} {
		if test.found == "" {
			b.refused(admin, &getIn{SecretId: &test.id}, "ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
		} else if out := must[getOut](b, admin, &getIn{SecretId: &test.id}); *out.Name != test.found || *out.SecretString != test.found {
			t.Errorf("%s finds %s", test.id, *out.Name)
		}
		b.refused(elsewhere, &getIn{SecretId: &test.id}, "ResourceNotFoundException", "")
	}
	const invalid = "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"
	for _, name := range []string{" Inv*Name? ", "arn:aws:s3:::bucket", partial} {
		b.refused(admin, &getIn{SecretId: &name}, "ValidationException", invalid)
		b.refused(admin, &createIn{Name: &name}, "ValidationException", invalid)
	}
}

func TestAuthorization(t *testing.T) {
	const arns = "arn:aws:secretsmanager:us-east-1:" + mine + ":secret:"
	get := &getIn{SecretId: new("db")}
	tagged := []types.Tag{{Key: new("team"), Value: new("blue")}}
	const denied = "because no identity-based policy allows the secretsmanager:"
	tests := []struct {
		name, policy  string
		in            any
		code, message string
	}{
		{"by ARN", allow("", "secretsmanager:GetSecretValue", arns+"db-??????", ""), get, "", ""},
		{"bare name", allow("", "secretsmanager:GetSecretValue", arns+"db", ""), get, "AccessDeniedException", "is not authorized to perform: secretsmanager:GetSecretValue on resource: db " + denied + "GetSecretValue action"},
		{"other action", allow("", "secretsmanager:DescribeSecret", "*", ""), get, "AccessDeniedException", denied + "GetSecretValue action"},
		{"absent, may know", allow("", "secretsmanager:GetSecretValue", arns+"no-??????", ""), &getIn{SecretId: new("no")}, "ResourceNotFoundException", ""},
		{"absent, may not know", allow("", "secretsmanager:GetSecretValue", arns+"db-*", ""), &getIn{SecretId: new("no")}, "AccessDeniedException", "on resource: no "},
		{"tag of the secret", allow("", "secretsmanager:*", "*", `{"StringEquals":{"aws:ResourceTag/team":"blue"}}`), get, "", ""},
		{"its older key", allow("", "secretsmanager:*", "*", `{"StringEquals":{"secretsmanager:ResourceTag/team":"red"}}`), get, "AccessDeniedException", denied},
		{"SecretId", allow("", "secretsmanager:*", "*", `{"ArnLike":{"secretsmanager:SecretId":"`+arns+`db-*"}}`), get, "", ""},
		{"stage not given", allow("", "secretsmanager:*", "*", `{"StringEquals":{"secretsmanager:VersionStage":"AWSCURRENT"}}`), get, "AccessDeniedException", denied},
		{"stage given", allow("", "secretsmanager:*", "*", `{"StringEquals":{"secretsmanager:VersionStage":"AWSCURRENT"}}`), &getIn{SecretId: new("db"), VersionStage: new(current)}, "", ""},
		{"version given", allow("", "secretsmanager:*", "*", `{"StringLike":{"secretsmanager:VersionId":"0*"}}`), &getIn{SecretId: new("db"), VersionId: new("00000000-0000-4000-8000-000000000001")}, "", ""},
		{"name of a new one", allow("", "secretsmanager:CreateSecret", "*", `{"StringLike":{"secretsmanager:Name":"app/*"}}`), &createIn{Name: new("web/x")}, "AccessDeniedException", "on resource: web/x "},
		{"ARN of a new one", allow("", "secretsmanager:CreateSecret", arns+"app/*", ""), &createIn{Name: new("app/x")}, "", ""},
		{"tags need TagResource", allow("", "secretsmanager:CreateSecret", "*", ""), &createIn{Name: new("x"), Tags: tagged}, "AccessDeniedException", denied + "TagResource action"},
		{"tags", allow("", "secretsmanager:CreateSecret secretsmanager:TagResource", "*", `{"StringEquals":{"aws:RequestTag/team":"blue"},"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}`), &createIn{Name: new("x"), Tags: tagged}, "", ""},
		{"list", allow("", "secretsmanager:ListSecrets", arns+"*", ""), &secretsmanager.ListSecretsInput{}, "AccessDeniedException", "secretsmanager:ListSecrets because no identity-based policy"},
		{"list all", allow("", "secretsmanager:ListSecrets", "*", ""), &secretsmanager.ListSecretsInput{}, "", ""},
		{"forced", allow("", "secretsmanager:DeleteSecret", "*", `{"Bool":{"secretsmanager:ForceDeleteWithoutRecovery":"false"}}`), &secretsmanager.DeleteSecretInput{SecretId: new("db"), ForceDeleteWithoutRecovery: new(true)}, "AccessDeniedException", denied},
		{"window", allow("", "secretsmanager:DeleteSecret", "*", `{"NumericGreaterThanEquals":{"secretsmanager:RecoveryWindowInDays":"14"}}`), &secretsmanager.DeleteSecretInput{SecretId: new("db"), RecoveryWindowInDays: new(int64(14))}, "", ""},
		{"key", allow("", "secretsmanager:CreateSecret kms:*", "*", `{"ArnLike":{"secretsmanager:KmsKeyArn":"arn:aws:kms:us-east-1:`+other+`:key/*"}}`), &createIn{Name: new("x"), KmsKeyId: new("11111111-1111-4111-8111-111111111111")}, "AccessDeniedException", denied},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			u := b.user(mine, "u", test.policy)
			must[createOut](b, root(mine), &createIn{Name: new("db"), SecretString: new("v"), Tags: tagged, ClientRequestToken: b.token()})
			if test.code != "" {
				b.refused(u, test.in, test.code, test.message)
			} else if _, err := b.send(u, test.in); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestResourcePolicy(t *testing.T) {
	b := newBench(t)
	admin, u := root(mine), b.user(mine, "u", allow("", "iam:GetUser", "*", ""))
	b.create(admin, "s", "v", "")
	b.refused(u, &getIn{SecretId: new("s")}, "AccessDeniedException", "no identity-based policy")
	get := &secretsmanager.GetResourcePolicyInput{SecretId: new("s")}
	if out := must[secretsmanager.GetResourcePolicyOutput](b, admin, get); out.ResourcePolicy != nil {
		t.Errorf("the policy is %s", *out.ResourcePolicy)
	}
	text := allow(u.principal, "secretsmanager:GetSecretValue", "*", "")
	b.policy(admin, "s", text)
	must[getOut](b, u, &getIn{SecretId: new("s")})
	if out := must[secretsmanager.GetResourcePolicyOutput](b, admin, get); *out.ResourcePolicy != text {
		t.Errorf("the policy is %s", *out.ResourcePolicy)
	}
	b.policy(admin, "s", strings.Replace(text, `"Allow"`, `"Deny"`, 1))
	b.refused(u, &getIn{SecretId: new("s")}, "AccessDeniedException", "on resource: s with an explicit deny in a resource-based policy")
	must[secretsmanager.DeleteResourcePolicyOutput](b, admin, &secretsmanager.DeleteResourcePolicyInput{SecretId: new("s")})
	b.refused(u, &getIn{SecretId: new("s")}, "AccessDeniedException", "no identity-based policy")
}

func TestPoliciesThatAreRefused(t *testing.T) {
	b := newBench(t)
	b.create(root(mine), "s", "v", "")
	const read = "secretsmanager:GetSecretValue"
	for _, test := range []struct {
		text  string
		block bool
		code  string
	}{
		{`{"Version":"2012-10-17"}`, false, "MalformedPolicyDocumentException"},
		{allow("", read, "*", ""), false, "MalformedPolicyDocumentException"},
		{allow("*", read, "*", ""), false, ""},
		{allow("*", read, "*", ""), true, "PublicPolicyException"},
		{strings.Replace(allow("*", read, "*", ""), `{"AWS":"*"}`, `"*"`, 1), true, "PublicPolicyException"},
		{strings.Replace(allow("*", read, "*", ""), `"Allow"`, `"Deny"`, 1), true, ""},
		{allow("arn:aws:iam::"+other+":root", read, "*", ""), true, ""},
		{allow("*", read, "*", `{"StringEquals":{"aws:PrincipalAccount":"`+other+`"}}`), true, "NotImplemented"},
	} {
		in := &secretsmanager.PutResourcePolicyInput{SecretId: new("s"), ResourcePolicy: &test.text, BlockPublicPolicy: &test.block}
		if test.code == "" {
			must[secretsmanager.PutResourcePolicyOutput](b, root(mine), in)
		} else {
			b.refused(root(mine), in, test.code, "")
		}
	}
}
