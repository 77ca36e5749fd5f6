package conformance

import (
	"net/http/httptest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
)

// rotator makes a rotation function that Secrets Manager may invoke; it fails in
// the step that is named, "" for none.
func (c *caller) rotator(fail string) (name, arn string) {
	c.x.Helper()
	archive, err := rotator()
	if err != nil {
		c.x.Fatalf("build the function: %v %s", err, archive)
	}
	if c.x.lab != nil {
		server := httptest.NewServer(c.x.lab)
		c.x.Cleanup(server.Close)
		c.x.lab.Lambda.Endpoint = server.URL
	}
	policy := document(may("secretsmanager:DescribeSecret secretsmanager:GetSecretValue secretsmanager:PutSecretValue secretsmanager:UpdateSecretVersionStage", "*"))
	name, arn = c.function(policy, func(in *lambda.CreateFunctionInput) {
		in.Code.ZipFile, in.Timeout = archive, new(int32(30))
		if fail != "" {
			in.Environment = &lambdatypes.Environment{Variables: map[string]string{"FAIL": fail}}
		}
	})
	succeed(c.x, c.Lambda.AddPermission, &lambda.AddPermissionInput{
		FunctionName: &name, StatementId: new("rotation"), Action: new("lambda:InvokeFunction"), Principal: new("secretsmanager.amazonaws.com"), SourceAccount: &c.account,
	})
	return name, arn
}

// rotate rotates a secret every day, by a function.
func rotate(id *string, function string) *secretsmanager.RotateSecretInput {
	return &secretsmanager.RotateSecretInput{SecretId: id, RotationLambdaARN: &function, RotationRules: &types.RotationRulesType{AutomaticallyAfterDays: new(int64(1))}}
}

// rotated waits until a version is AWSCURRENT.
func (x *bench) rotated(id, version *string) {
	x.Helper()
	x.pass(0)
	stages := ""
	x.until(func() bool {
		stages = x.stages(id, text(version))
		return stages == "AWSCURRENT"
	})
	equal(x, "the stages of the new version", stages, "AWSCURRENT")
}

const incomplete = "A previous rotation isn't complete. That rotation will be reattempted."

var secretRotationClaims = []claim{
	{
		says:   "a secret without a rotation function is not rotated",
		source: "recorded: secretsmanager test_first_rotate_secret_with_missing_lambda_arn",
		check: func(x *bench) {
			s := x.Own.secret()
			in := rotate(s.ARN, "")
			in.RotationLambdaARN = nil
			refused(x, x.Own.Secrets.RotateSecret, in, "InvalidRequestException").saying("No Lambda rotation function ARN is associated with this secret.")
			if d := x.described(s.ARN); d.RotationEnabled != nil || d.RotationRules != nil {
				x.Errorf("RotationEnabled is %v, the rules %v", d.RotationEnabled, d.RotationRules)
			}
		},
	},
	{
		says:   "a function that does not exist, or lets Secrets Manager not in, is refused, and nothing is kept",
		source: "recorded: secretsmanager test_rotate_secret_invalid_lambda_arn; assumption: that it is the same without permission, which the message speaks of",
		check: func(x *bench) {
			s := x.Own.secret()
			name, shut := x.Own.rotator("")
			succeed(x, x.Own.Lambda.RemovePermission, &lambda.RemovePermissionInput{FunctionName: &name, StatementId: new("rotation")})
			for _, function := range []string{shut, shut + "-none"} {
				refused(x, x.Own.Secrets.RotateSecret, rotate(s.ARN, function), "AccessDeniedException").saying(
					"Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.")
			}
			if d := x.described(s.ARN); d.RotationEnabled != nil || d.RotationRules != nil || d.RotationLambdaARN != nil {
				x.Errorf("RotationEnabled is %v, the rules %v, the function %v", d.RotationEnabled, d.RotationRules, d.RotationLambdaARN)
			}
		},
	},
	{
		says:   "a rotation every so many days and one on a schedule do not go together",
		source: "reported: the message, in hashicorp/terraform-provider-aws issue 33329",
		check: func(x *bench) {
			s := x.Own.secret()
			in := rotate(s.ARN, "arn:aws:lambda:"+x.region+":"+x.Own.account+":function:none")
			in.RotationRules.ScheduleExpression = new("rate(10 days)")
			refused(x, x.Own.Secrets.RotateSecret, in, "InvalidParameterException").saying("You cannot specify both rotation frequency and schedule expression together.")
		},
	},
	{
		says:   "a schedule is in hours, four at least, or days, and begins on the hour",
		source: "Secrets Manager User Guide, Schedule expressions in Secrets Manager rotation; assumption: the code",
		check: func(x *bench) {
			s := x.Own.secret()
			for _, expression := range []string{"rate(3 hours)", "cron(30 8 1 * ? *)", "cron(0 8 1 * ? 2027)", "tomorrow"} {
				in := rotate(s.ARN, "arn:aws:lambda:"+x.region+":"+x.Own.account+":function:none")
				in.RotationRules = &types.RotationRulesType{ScheduleExpression: &expression}
				refused(x, x.Own.Secrets.RotateSecret, in, "InvalidParameterException")
			}
		},
	},
	{
		says:   "a rotation makes a version that becomes AWSCURRENT, and the one before AWSPREVIOUS",
		source: "recorded: secretsmanager test_rotate_secret_with_lambda_success",
		check: func(x *bench) {
			s := x.Own.secret()
			_, function := x.Own.rotator("")
			out := succeed(x, x.Own.Secrets.RotateSecret, rotate(s.ARN, function))
			x.rotated(s.ARN, out.VersionId)
			equal(x, "the stages", x.stages(s.ARN, text(s.VersionId), text(out.VersionId)), "AWSPREVIOUS AWSCURRENT")
			equal(x, "the value", text(succeed(x, x.Own.Secrets.GetSecretValue, get(s.ARN)).SecretString), "rotated "+text(out.VersionId))
			var d *secretsmanager.DescribeSecretOutput
			x.until(func() bool {
				d = x.described(s.ARN)
				return d.LastRotatedDate != nil
			})
			equal(x, "RotationLambdaARN", text(d.RotationLambdaARN), function)
			if d.RotationEnabled == nil || !*d.RotationEnabled || d.LastRotatedDate == nil || d.NextRotationDate == nil || *d.RotationRules.AutomaticallyAfterDays != 1 {
				x.Errorf("described as %+v", d)
			}
		},
	},
	{
		says:   "a second rotation needs no configuration",
		source: "recorded: secretsmanager test_rotate_secret_multiple_times_with_lambda_success",
		check: func(x *bench) {
			s := x.Own.secret()
			_, function := x.Own.rotator("")
			first := succeed(x, x.Own.Secrets.RotateSecret, rotate(s.ARN, function))
			x.rotated(s.ARN, first.VersionId)
			second := succeed(x, x.Own.Secrets.RotateSecret, &secretsmanager.RotateSecretInput{SecretId: s.ARN})
			x.rotated(s.ARN, second.VersionId)
			equal(x, "the stages", x.stages(s.ARN, text(s.VersionId), text(first.VersionId), text(second.VersionId)), " AWSPREVIOUS AWSCURRENT")
		},
	},
	{
		says:   "AWSPENDING is there before its version has a value",
		source: "Secrets Manager API Reference, DescribeSecret, VersionIdsToStages; reported: what the function sees, in aws-samples/aws-secrets-manager-rotation-lambdas issue 16",
		check: func(x *bench) {
			s := x.Own.secret()
			_, function := x.Own.rotator("createSecret")
			out := succeed(x, x.Own.Secrets.RotateSecret, rotate(s.ARN, function))
			x.pass(0)
			equal(x, "the stages", x.stages(s.ARN, text(out.VersionId)), "AWSPENDING")
			in := &secretsmanager.GetSecretValueInput{SecretId: s.ARN, VersionId: out.VersionId, VersionStage: new("AWSPENDING")}
			refused(x, x.Own.Secrets.GetSecretValue, in, "ResourceNotFoundException")
		},
	},
	{
		says:   "a rotation that failed leaves AWSPENDING behind, and no other one begins",
		source: "reported: the message, in aws/aws-cdk issue 28539 and hashicorp/terraform-provider-aws issue 35023; Secrets Manager API Reference, RotateSecret",
		check: func(x *bench) {
			s := x.Own.secret()
			_, function := x.Own.rotator("setSecret")
			out := succeed(x, x.Own.Secrets.RotateSecret, rotate(s.ARN, function))
			x.pass(0)
			refused(x, x.Own.Secrets.RotateSecret, &secretsmanager.RotateSecretInput{SecretId: s.ARN}, "InvalidRequestException").saying(incomplete)
			equal(x, "the stages", x.stages(s.ARN, text(s.VersionId), text(out.VersionId)), "AWSCURRENT AWSPENDING")
			if d := x.described(s.ARN); d.LastRotatedDate != nil {
				x.Errorf("LastRotatedDate is %v", d.LastRotatedDate)
			}
		},
	},
	{
		says:   "a rotation that failed is tried again, whole and with the same version",
		source: "Secrets Manager User Guide, How rotation works: if any rotation step fails; assumption: within three hours",
		needs:  clock,
		check: func(x *bench) {
			s := x.Own.secret()
			name, function := x.Own.rotator("setSecret")
			out := succeed(x, x.Own.Secrets.RotateSecret, rotate(s.ARN, function))
			x.advance(0)
			succeed(x, x.Own.Lambda.UpdateFunctionConfiguration, &lambda.UpdateFunctionConfigurationInput{FunctionName: &name, Environment: &lambdatypes.Environment{}})
			x.advance(3 * time.Hour)
			equal(x, "the stages", x.stages(s.ARN, text(s.VersionId), text(out.VersionId)), "AWSPREVIOUS AWSCURRENT")
		},
	},
	{
		says:   "rotation that is cancelled keeps its configuration, and leaves AWSPENDING where it is",
		source: "Secrets Manager API Reference, CancelRotateSecret, VersionId; Secrets Manager API Reference, DescribeSecret, RotationRules and NextRotationDate",
		check: func(x *bench) {
			s := x.Own.secret()
			_, function := x.Own.rotator("setSecret")
			out := succeed(x, x.Own.Secrets.RotateSecret, rotate(s.ARN, function))
			x.pass(0)
			equal(x, "VersionId", text(succeed(x, x.Own.Secrets.CancelRotateSecret, &secretsmanager.CancelRotateSecretInput{SecretId: s.ARN}).VersionId), text(out.VersionId))
			d := x.described(s.ARN)
			if d.RotationEnabled == nil || *d.RotationEnabled || d.NextRotationDate != nil || d.RotationRules == nil || text(d.RotationLambdaARN) != function {
				x.Errorf("described as %+v", d)
			}
			equal(x, "the stages", x.stages(s.ARN, text(out.VersionId)), "AWSPENDING")
		},
	},
	{
		says:   "what a rotation left behind is cleared by taking AWSPENDING away",
		source: "Secrets Manager API Reference, CancelRotateSecret: you might need to remove the staging label AWSPENDING from the partially created version",
		check: func(x *bench) {
			s := x.Own.secret()
			_, fails := x.Own.rotator("setSecret")
			out := succeed(x, x.Own.Secrets.RotateSecret, rotate(s.ARN, fails))
			x.pass(0)
			succeed(x, x.Own.Secrets.CancelRotateSecret, &secretsmanager.CancelRotateSecretInput{SecretId: s.ARN})
			succeed(x, x.Own.Secrets.UpdateSecretVersionStage, &secretsmanager.UpdateSecretVersionStageInput{SecretId: s.ARN, VersionStage: new("AWSPENDING"), RemoveFromVersionId: out.VersionId})
			_, function := x.Own.rotator("")
			again := succeed(x, x.Own.Secrets.RotateSecret, rotate(s.ARN, function))
			x.rotated(s.ARN, again.VersionId)
		},
	},
	{
		says:   "a rotation that is not to begin at once is tested, and makes no version",
		source: "Secrets Manager API Reference, RotateSecret, RotateImmediately",
		check: func(x *bench) {
			s := x.Own.secret()
			_, function := x.Own.rotator("createSecret") // which is not asked for
			in := rotate(s.ARN, function)
			in.RotateImmediately = new(false)
			succeed(x, x.Own.Secrets.RotateSecret, in)
			x.pass(0)
			x.until(func() bool { return len(x.described(s.ARN).VersionIdsToStages) == 1 })
			d := x.described(s.ARN)
			equal(x, "the number of versions", len(d.VersionIdsToStages), 1)
			equal(x, "the stages", x.stages(s.ARN, text(s.VersionId)), "AWSCURRENT")
			if d.RotationEnabled == nil || !*d.RotationEnabled || d.LastRotatedDate != nil {
				x.Errorf("described as %+v", d)
			}
		},
	},
	{
		says:   "a secret rotates by itself before the end of the next window, which NextRotationDate tells",
		source: "Secrets Manager API Reference, DescribeSecret, NextRotationDate",
		needs:  clock,
		check: func(x *bench) {
			s := x.Own.secret()
			_, function := x.Own.rotator("")
			out := succeed(x, x.Own.Secrets.RotateSecret, rotate(s.ARN, function))
			x.rotated(s.ARN, out.VersionId)
			next := x.described(s.ARN).NextRotationDate
			x.advance(next.Sub(x.lab.World.Now()))
			if got := x.described(s.ARN); got.VersionIdsToStages[text(out.VersionId)][0] != "AWSPREVIOUS" || !got.NextRotationDate.After(*next) {
				x.Errorf("described as %+v", got)
			}
		},
	},
	{
		says:   "a value put by hand counts as a rotation",
		source: "Secrets Manager API Reference, RotationRulesType, AutomaticallyAfterDays",
		needs:  clock,
		check: func(x *bench) {
			s := x.Own.secret()
			_, function := x.Own.rotator("")
			in := rotate(s.ARN, function)
			in.RotationRules.AutomaticallyAfterDays = new(int64(10))
			x.rotated(s.ARN, succeed(x, x.Own.Secrets.RotateSecret, in).VersionId)
			before := *x.described(s.ARN).NextRotationDate
			x.advance(5 * 24 * time.Hour)
			x.put(s.ARN, "by hand")
			equal(x, "the time gained", x.described(s.ARN).NextRotationDate.Sub(before), 5*24*time.Hour)
		},
	},
	{
		says:   "to rotate a secret, its caller needs to be allowed to invoke the function",
		source: "Secrets Manager API Reference, RotateSecret: you also need lambda:InvokeFunction permissions on the rotation function; assumption: the code",
		check: func(x *bench) {
			s := x.Own.secret()
			_, function := x.Own.rotator("")
			refused(x, x.Own.session(document(may("secretsmanager:*", "*"))).Secrets.RotateSecret, rotate(s.ARN, function), "AccessDeniedException")
			succeed(x, x.Own.session(document(may("secretsmanager:*", "*"), may("lambda:InvokeFunction", function))).Secrets.RotateSecret, rotate(s.ARN, function))
			x.pass(0)
		},
	},
	{
		says:   "secretsmanager:RotationLambdaARN limits the functions that secrets are given to",
		source: "Service Authorization Reference, AWS Secrets Manager: condition keys",
		check: func(x *bench) {
			s := x.Own.secret()
			function := "arn:aws:lambda:" + x.region + ":" + x.Own.account + ":function:mine"
			writer := x.Own.session(document(may("secretsmanager:RotateSecret", "*", when("ArnEquals", "secretsmanager:RotationLambdaARN", function))))
			refused(x, writer.Secrets.RotateSecret, rotate(s.ARN, function+"-other"), "AccessDeniedException").mentioning("secretsmanager:RotateSecret")
		},
	},
}
