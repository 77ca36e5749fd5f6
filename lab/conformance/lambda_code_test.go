package conformance

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// stored puts the archive of testdata/echo into a bucket.
func (c *caller) stored(bucket, key string, configure ...func(*s3.PutObjectInput)) *s3.PutObjectOutput {
	c.x.Helper()
	archive, err := echo()
	if err != nil {
		c.x.Fatalf("build the function: %v %s", err, archive)
	}
	return c.store(bucket, key, string(archive), configure...)
}

// functionIn is a function whose code is an object.
func (c *caller) functionIn(bucket, key string) *lambda.CreateFunctionInput {
	c.x.Helper()
	in := c.newFunction("")
	in.Code = &types.FunctionCode{S3Bucket: &bucket, S3Key: &key}
	return in
}

// makes makes a function, waits for it, and gives what was answered.
func (c *caller) makes(in *lambda.CreateFunctionInput) *lambda.CreateFunctionOutput {
	c.x.Helper()
	made := succeed(c.x, c.Lambda.CreateFunction, in)
	cleanup(c.x, c.Lambda.DeleteFunction, &lambda.DeleteFunctionInput{FunctionName: in.FunctionName})
	c.settled(*in.FunctionName)
	return made
}

// settled waits for a function that is being made, or changed.
func (c *caller) settled(name string) *lambda.GetFunctionConfigurationOutput {
	c.x.Helper()
	c.x.pass(10 * time.Second)
	var out *lambda.GetFunctionConfigurationOutput
	c.x.until(func() bool {
		out = succeed(c.x, c.Lambda.GetFunctionConfiguration, &lambda.GetFunctionConfigurationInput{FunctionName: &name})
		return out.State == types.StateActive && out.LastUpdateStatus == types.LastUpdateStatusSuccessful
	})
	return out
}

var lambdaCode = []claim{
	{
		says:   "code that is in S3 is as code in the request",
		source: "recorded: lambda test_lambda_code_location_s3, test_upload_lambda_from_s3",
		check: func(x *bench) {
			bucket := x.Own.bucket()
			x.Own.stored(bucket, "code/function.zip")
			in := x.Own.functionIn(bucket, "code/function.zip")
			made := x.Own.makes(in)
			direct := x.Own.makes(x.Own.newFunction(""))
			equal(x, "the digest", text(made.CodeSha256), text(direct.CodeSha256))
			equal(x, "the size", made.CodeSize, direct.CodeSize)
			equal(x, "the answer", string(succeed(x, x.Own.Lambda.Invoke, call(*in.FunctionName, `{"a":1}`)).Payload), `{"a":1}`)
		},
	},
	{
		says:   "a bucket or a key that is not there makes no function, and changes none",
		source: "recorded: lambda test_lambda_code_location_s3_errors",
		check: func(x *bench) {
			const noBucket = "Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist"
			const noKey = "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist."
			bucket, missing := x.Own.bucket(), x.name("none")
			refused(x, x.Own.Lambda.CreateFunction, x.Own.functionIn(missing, "f.zip"), "InvalidParameterValueException").saying(noBucket)
			refused(x, x.Own.Lambda.CreateFunction, x.Own.functionIn(bucket, "f.zip"), "InvalidParameterValueException").saying(noKey)
			name, _ := x.Own.function("", nil)
			refused(x, x.Own.Lambda.UpdateFunctionCode, codeIn(name, missing, "f.zip"), "InvalidParameterValueException").saying(noBucket)
			refused(x, x.Own.Lambda.UpdateFunctionCode, codeIn(name, bucket, "f.zip"), "InvalidParameterValueException").saying(noKey)
		},
	},
	{
		says:   "who makes a function of code in S3 must be allowed to read it there",
		source: "reported: the message, in SWO-GS/auto-tag#105",
		check: func(x *bench) {
			bucket := x.Own.bucket()
			x.Own.stored(bucket, "f.zip")
			in := x.Own.functionIn(bucket, "f.zip")
			limited := may("lambda:* iam:PassRole", "*")
			refused(x, x.Own.session(document(limited)).Lambda.CreateFunction, in, "AccessDeniedException").
				mentioning("Your access has been denied by S3, please make sure your request credentials have permission to GetObject for " + bucket + "/f.zip. S3 Error Code: AccessDenied. S3 Error Message: ")
			succeed(x, x.Own.session(document(limited, may("s3:GetObject", contents(bucket)))).Lambda.CreateFunction, in)
			cleanup(x, x.Own.Lambda.DeleteFunction, &lambda.DeleteFunctionInput{FunctionName: in.FunctionName})
		},
	},
	{
		says:   "code is in a bucket of the function's Region",
		source: "Lambda API Reference, FunctionCode, S3Bucket; reported: the message, in arabold/aws-to-slack#17",
		check: func(x *bench) {
			away := x.Own.in(x.away)
			bucket := away.bucket()
			away.stored(bucket, "f.zip")
			refused(x, x.Own.Lambda.CreateFunction, x.Own.functionIn(bucket, "f.zip"), "InvalidParameterValueException").
				saying("Error occurred while GetObject. S3 Error Code: PermanentRedirect. S3 Error Message: The bucket is in this region: " + x.away + ". Please use this region to retry the request")
		},
	},
	{
		says:   "code may be in another account's bucket, which lets the caller in",
		source: "Lambda API Reference, FunctionCode, S3Bucket",
		needs:  otherAccount,
		check: func(x *bench) {
			bucket := x.Other.bucket()
			x.Other.stored(bucket, "f.zip")
			in := x.Own.functionIn(bucket, "f.zip")
			refused(x, x.Own.Lambda.CreateFunction, in, "AccessDeniedException").mentioning("S3 Error Message: Access Denied")
			x.Other.govern(bucket, grant("Allow", "Own", x.Own.root(), "s3:GetObject", contents(bucket)))
			x.Own.makes(in)
		},
	},
	{
		says:   "an object's version is the code, and not what was written after it",
		source: "Lambda API Reference, FunctionCode, S3ObjectVersion; Lambda API Reference, UpdateFunctionCode, S3ObjectVersion",
		check: func(x *bench) {
			bucket := x.Own.history()
			version := x.Own.stored(bucket, "f.zip").VersionId
			x.Own.store(bucket, "f.zip", "no archive")
			in := x.Own.functionIn(bucket, "f.zip")
			refused(x, x.Own.Lambda.CreateFunction, in, "InvalidParameterValueException").mentioning("Could not unzip uploaded file.")
			in.Code.S3ObjectVersion = version
			x.Own.makes(in)
			update := codeIn(*in.FunctionName, bucket, "f.zip")
			refused(x, x.Own.Lambda.UpdateFunctionCode, update, "InvalidParameterValueException").mentioning("Could not unzip uploaded file.")
			update.S3ObjectVersion = version
			equal(x, "the update", succeed(x, x.Own.Lambda.UpdateFunctionCode, update).LastUpdateStatus, types.LastUpdateStatusInProgress)
			x.Own.settled(*in.FunctionName)
			succeed(x, x.Own.Lambda.Invoke, call(*in.FunctionName, "{}"))
		},
	},
	{
		says:   "a function has a source of its code",
		source: "reported: the message, in aws/aws-sdk-php#580",
		check: func(x *bench) {
			in := x.Own.newFunction("")
			in.Code = &types.FunctionCode{}
			refused(x, x.Own.Lambda.CreateFunction, in, "InvalidParameterValueException").saying("Please provide a source for function code.")
		},
	},
}

func codeIn(name, bucket, key string) *lambda.UpdateFunctionCodeInput {
	return &lambda.UpdateFunctionCodeInput{FunctionName: &name, S3Bucket: &bucket, S3Key: &key}
}
