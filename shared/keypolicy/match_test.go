package keypolicy_test

import (
	"testing"

	"rekey/shared/keypolicy"
)

// Actions and resources of one statement. IAM User Guide, "IAM JSON policy
// elements: Action", "… NotAction", "… Resource", "… NotResource", and
// "Identify AWS resources with ARNs" on incomplete ARNs.
func TestActionsAndResources(t *testing.T) {
	const object = "arn:aws:s3:::bucket/a/b:c/d"
	for _, c := range []struct {
		statement        string // Action and Resource
		action, resource string
		want             bool
	}{
		{`"Action":"secretsmanager:GetSecretValue","Resource":"*"`, "secretsmanager:GetSecretValue", secret, true},
		{`"Action":"SecretsManager:getsecretvalue","Resource":"*"`, "secretsmanager:GetSecretValue", secret, true},
		{`"Action":"secretsmanager:GetSecretValue","Resource":"*"`, "SECRETSMANAGER:GETSECRETVALUE", secret, true},
		{`"Action":"secretsmanager:Get*","Resource":"*"`, "secretsmanager:GetSecretValue", secret, true},
		{`"Action":"secretsmanager:*Value","Resource":"*"`, "secretsmanager:GetSecretValue", secret, true},
		{`"Action":"secretsmanager:Get*","Resource":"*"`, "secretsmanager:PutSecretValue", secret, false},
		{`"Action":"secretsmanager:?etSecretValue","Resource":"*"`, "secretsmanager:GetSecretValue", secret, true},
		{`"Action":"secretsmanager:GetSecretValue?","Resource":"*"`, "secretsmanager:GetSecretValue", secret, false},
		{`"Action":"*","Resource":"*"`, "secretsmanager:GetSecretValue", secret, true},
		{`"Action":"*:*","Resource":"*"`, "secretsmanager:GetSecretValue", secret, true},
		{`"Action":"s3:*","Resource":"*"`, "secretsmanager:GetSecretValue", secret, false},
		{`"Action":["s3:*","secretsmanager:*"],"Resource":"*"`, "secretsmanager:GetSecretValue", secret, true},
		{`"NotAction":"s3:*","Resource":"*"`, "secretsmanager:GetSecretValue", secret, true},
		{`"NotAction":["s3:*","secretsmanager:get*"],"Resource":"*"`, "secretsmanager:GetSecretValue", secret, false},

		{`"Action":"*","Resource":"` + secret + `"`, "secretsmanager:GetSecretValue", secret, true},
		{`"Action":"*","Resource":"` + secret + `x"`, "secretsmanager:GetSecretValue", secret, false},
		{`"Action":"*","Resource":"arn:aws:secretsmanager:EU-west-1:` + home + `:secret:app/db-AbCdEf"`, "secretsmanager:GetSecretValue", secret, false},
		{`"Action":"*","Resource":"arn:aws:secretsmanager:*:*:secret:app/db-??????"`, "secretsmanager:GetSecretValue", secret, true},
		{`"Action":"*","Resource":"arn:aws:secretsmanager:*:*:secret:app/db-?????"`, "secretsmanager:GetSecretValue", secret, false},
		{`"Action":"*","Resource":"arn:aws:secretsmanager:eu-*:*:*"`, "secretsmanager:GetSecretValue", secret, true},
		{`"Action":"*","Resource":["arn:aws:s3:::x","arn:aws:secretsmanager:*"]`, "secretsmanager:GetSecretValue", secret, true},
		{`"Action":"*","Resource":"arn:aws:secretsmanager"`, "secretsmanager:GetSecretValue", secret, true},
		{`"Action":"*","Resource":"arn:aws:secretsmanager:us-east-1"`, "secretsmanager:GetSecretValue", secret, false},
		{`"Action":"*","Resource":"arn:aws:s3:::bucket/*"`, "s3:GetObject", object, true},
		{`"Action":"*","Resource":"arn:aws:s3:::bucket/*/d"`, "s3:GetObject", object, false},
		{`"Action":"*","Resource":"arn:aws:s3:::bucket/a*:c/d"`, "s3:GetObject", object, true},
		{`"Action":"*","Resource":"arn:aws:s3:::bucket/a/b?c/d"`, "s3:GetObject", object, false},
		{`"Action":"*","Resource":"arn:aws:s3:::bucket/*/*:*/d"`, "s3:GetObject", object, true},
		{`"Action":"*","Resource":"arn:aws:s3:::b*t/a/b:c/*"`, "s3:GetObject", object, true},
		{`"Action":"*","Resource":"arn:*:s3:::bucket/a/b:c/d"`, "s3:GetObject", object, true},
		{`"Action":"*","Resource":"arn:aws:s3:::bucket/a*"`, "s3:GetObject", "arn:aws:s3:::bucket/a*", true},
		{`"Action":"*","Resource":"arn:aws:s3:::bucket/a${*}"`, "s3:GetObject", "arn:aws:s3:::bucket/ab", false},
		{`"Action":"*","Resource":"arn:aws:s3:::bucket/${aws:username}/*"`, "s3:GetObject", "arn:aws:s3:::bucket/alice/1", true},
		{`"Action":"*","Resource":"arn:aws:s3:::bucket/${aws:username}/*"`, "s3:GetObject", "arn:aws:s3:::bucket/bob/1", false},
		{`"Action":"*","Resource":"arn:aws:s3:::bucket-${aws:PrincipalTag/team, 'all'}"`, "s3:ListBucket", "arn:aws:s3:::bucket-all", true},
		{`"Action":"*","NotResource":"arn:aws:s3:::other/*"`, "s3:GetObject", object, true},
		{`"Action":"*","NotResource":["arn:aws:s3:::other/*","arn:aws:s3:::bucket/a/*"]`, "s3:GetObject", object, false},
	} {
		t.Run(c.statement, func(t *testing.T) {
			p := caller(t, alice)
			own := named(t, "own", keypolicy.IdentityPolicy, policy(`{"Effect":"Allow",`+c.statement+`}`))
			d, err := keypolicy.Evaluate(keypolicy.Request{Principal: p, Action: c.action, Resource: c.resource, ResourceAccount: home, Context: p.Context()},
				keypolicy.Policies{Identity: []keypolicy.Named{own}})
			if err != nil || (d.Effect == allowed) != c.want {
				t.Errorf("%s on %s: %+v, %v; want %v", c.action, c.resource, d, err, c.want)
			}
		})
	}
}
