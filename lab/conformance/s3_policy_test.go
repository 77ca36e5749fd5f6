package conformance

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rekey/lab"
)

// store writes an object, which is deleted at the end.
func (c *caller) store(bucket, key, body string, configure ...func(*s3.PutObjectInput)) *s3.PutObjectOutput {
	c.x.Helper()
	in := &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader(body)}
	for _, f := range configure {
		f(in)
	}
	out := succeed(c.x, c.S3.PutObject, in)
	cleanup(c.x, c.S3.DeleteObject, &s3.DeleteObjectInput{Bucket: &bucket, Key: &key})
	return out
}

// govern gives a bucket a policy.
func (c *caller) govern(bucket string, all ...statement) {
	c.x.Helper()
	succeed(c.x, c.S3.PutBucketPolicy, governing(bucket, document(all...)))
}

func governing(bucket, policy string) *s3.PutBucketPolicyInput {
	return &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: &policy}
}

// contents and whole name what is in a bucket, and all of it, in a policy.
func contents(bucket string) string { return "arn:aws:s3:::" + bucket + "/*" }
func itself(bucket string) string   { return "arn:aws:s3:::" + bucket }

// reading is how one object is read.
func reading(bucket, key string) *s3.GetObjectInput {
	return &s3.GetObjectInput{Bucket: &bucket, Key: &key}
}

var s3Policy = []claim{
	{
		says:   "a policy that cannot be one is refused, and says why",
		source: "recorded: s3 test_bucket_policy_exc",
		check: func(x *bench) {
			name := x.Own.bucket()
			for policy, says := range map[string]string{
				"invalid json": "Policies must be valid JSON and the first byte must be '{'",
				"{}":           "Missing required field Statement",
			} {
				refused(x, x.Own.S3.PutBucketPolicy, governing(name, policy), "MalformedPolicy").saying(says)
			}
		},
	},
	{
		says:   "a policy names the bucket it is of, actions that fit it, and principals that exist",
		source: "reported: the messages, in github.com/versity/versitygw issues 645, 648 and 649, github.com/noobaa/noobaa-core issue 10058 and github.com/humanmade/S3-Uploads issues 191 and 239",
		check: func(x *bench) {
			name := x.Own.bucket()
			for _, c := range []struct {
				says string
				statement
			}{
				{"Invalid principal in policy", grant("Allow", "", "arn:aws:iam::"+x.Own.account+":user/nobody-has-this", "s3:GetObject", contents(name))},
				{"Policy has invalid resource", grant("Allow", "", x.Own.root(), "s3:GetObject", contents(name+"-other"))},
				{"Policy has invalid resource", grant("Allow", "", x.Own.root(), "s3:GetObject", "*")},
				{"Action does not apply to any resource(s) in statement", grant("Allow", "", x.Own.root(), "s3:PutObject", itself(name))},
				{"Action does not apply to any resource(s) in statement", grant("Allow", "", x.Own.root(), "s3:GetObject s3:ListBucket", contents(name))},
				{"Conditions do not apply to combination of actions and resources in statement", grant("Allow", "", x.Own.root(), "s3:GetObject", contents(name), `"Condition":{"StringLike":{"s3:prefix":"a/*"}}`)},
				{"Missing required field Principal", grant("Allow", "", "", "s3:GetObject", contents(name))},
			} {
				refused(x, x.Own.S3.PutBucketPolicy, governing(name, c.statement.document()), "MalformedPolicy").saying(c.says)
			}
			x.Own.govern(name, grant("Allow", "", x.Own.root(), "s3:GetObject", contents(name)), grant("Allow", "", x.Own.root(), "s3:ListBucket", itself(name)))
		},
	},
	{
		says:   "a policy is given back as it was, and deleted twice",
		source: "recorded: s3 test_bucket_policy_crud, test_delete_bucket_policy",
		check: func(x *bench) {
			name := x.Own.bucket()
			policy := document(grant("Allow", "", x.Own.root(), "s3:GetObject", contents(name)))
			succeed(x, x.Own.S3.PutBucketPolicy, governing(name, policy))
			equal(x, "the policy", text(succeed(x, x.Own.S3.GetBucketPolicy, &s3.GetBucketPolicyInput{Bucket: &name}).Policy), policy)
			equal(x, "being public", *succeed(x, x.Own.S3.GetBucketPolicyStatus, &s3.GetBucketPolicyStatusInput{Bucket: &name}).PolicyStatus.IsPublic, false)
			for range 2 {
				succeed(x, x.Own.S3.DeleteBucketPolicy, &s3.DeleteBucketPolicyInput{Bucket: &name})
			}
			refused(x, x.Own.S3.GetBucketPolicy, &s3.GetBucketPolicyInput{Bucket: &name}, "NoSuchBucketPolicy")
		},
	},
	{
		says:   "a refusal names caller, action and bucket, and whose policy denies",
		source: "Simple Storage Service User Guide, Troubleshoot access denied; reported: the message of an explicit deny, in github.com/noobaa/noobaa-core issue 10060",
		check: func(x *bench) {
			name := x.Own.bucket()
			s := x.Own.session(may("s3:ListBucket", "*").document())
			in := &s3.ListObjectsV2Input{Bucket: &name}
			succeed(x, s.S3.ListObjectsV2, in)
			told := "User: " + s.arn + ` is not authorized to perform: `
			refused(x, s.S3.GetBucketVersioning, &s3.GetBucketVersioningInput{Bucket: &name}, "AccessDenied").
				saying(told + `s3:GetBucketVersioning on resource: "` + itself(name) + `" because no identity-based policy allows the s3:GetBucketVersioning action`)
			x.Own.govern(name, grant("Deny", "Shut", s.principal, "s3:ListBucket", itself(name)))
			refused(x, s.S3.ListObjectsV2, in, "AccessDenied").
				saying(told + `s3:ListBucket on resource: "` + itself(name) + `" with an explicit deny in a resource-based policy`)
			x.decided("s3:ListBucket", 2, "Shut")
		},
	},
	{
		says:   "a policy alone lets a role of the account in",
		source: "IAM User Guide, Policy evaluation logic",
		check: func(x *bench) {
			name := x.Own.bucket()
			x.Own.store(name, "k", "hello")
			s := x.Own.session("")
			refused(x, s.S3.GetObject, reading(name, "k"), "AccessDenied")
			x.Own.govern(name, grant("Allow", "Open", s.principal, "s3:GetObject", contents(name)))
			succeed(x, s.S3.GetObject, reading(name, "k"))
		},
	},
	{
		says:   "a role of another account needs the bucket's policy and its own",
		source: "IAM User Guide, Cross-account policy evaluation logic",
		needs:  otherAccount,
		check: func(x *bench) {
			name := x.Own.bucket()
			x.Own.store(name, "k", "hello")
			able, unable := x.Other.session(may("s3:GetObject", "*").document()), x.Other.session("")
			refused(x, able.S3.GetObject, reading(name, "k"), "AccessDenied")
			x.Own.govern(name, grant("Allow", "Theirs", x.Other.root(), "s3:GetObject", contents(name)))
			succeed(x, able.S3.GetObject, reading(name, "k"))
			refused(x, unable.S3.GetObject, reading(name, "k"), "AccessDenied")
		},
	},
	{
		says:   "the policy is the owner's: another account that may change it still cannot",
		source: "Simple Storage Service API Reference, PutBucketPolicy",
		needs:  otherAccount,
		check: func(x *bench) {
			name := x.Own.bucket()
			in := &s3.GetBucketPolicyInput{Bucket: &name}
			refused(x, x.Other.S3.GetBucketPolicy, in, "AccessDenied")
			x.Own.govern(name, grant("Allow", "", x.Other.root(), "s3:GetBucketPolicy s3:PutBucketPolicy s3:DeleteBucketPolicy", itself(name)))
			refused(x, x.Other.S3.GetBucketPolicy, in, "MethodNotAllowed").saying("The specified method is not allowed against this resource.")
			refused(x, x.Other.S3.DeleteBucketPolicy, &s3.DeleteBucketPolicyInput{Bucket: &name}, "MethodNotAllowed")
		},
	},
	{
		says:   "a policy that denies all shuts everybody out but the root user, who can delete it",
		source: "Simple Storage Service API Reference, PutBucketPolicy",
		needs:  inside, // AWS takes no root user's keys into a test
		check: func(x *bench) {
			name := x.Own.bucket()
			x.Own.govern(name, grant("Deny", "All", "*", "s3:*", itself(name)))
			refused(x, x.Own.S3.DeleteBucketPolicy, &s3.DeleteBucketPolicyInput{Bucket: &name}, "AccessDenied")
			root := newCaller(x, x.lab.Config("us-east-1", lab.Root("111111111111")))
			refused(x, root.S3.GetBucketVersioning, &s3.GetBucketVersioningInput{Bucket: &name}, "AccessDenied")
			succeed(x, root.S3.GetBucketPolicy, &s3.GetBucketPolicyInput{Bucket: &name})
			succeed(x, root.S3.DeleteBucketPolicy, &s3.DeleteBucketPolicyInput{Bucket: &name})
		},
	},
	{
		says:   "a principal that is gone is not let in by a new one of its name",
		source: "IAM User Guide, AWS JSON policy elements: Principal",
		check: func(x *bench) {
			name := x.Own.bucket()
			x.Own.store(name, "k", "hello")
			user := x.name("user")
			succeed(x, x.Own.IAM.CreateUser, &iam.CreateUserInput{UserName: &user})
			arn := "arn:aws:iam::" + x.Own.account + ":user/" + user
			x.until(func() bool {
				_, err := x.Own.S3.PutBucketPolicy(x.Context(), governing(name, document(grant("Allow", "", arn, "s3:GetObject", contents(name)))))
				return err == nil
			})
			succeed(x, x.Own.IAM.DeleteUser, &iam.DeleteUserInput{UserName: &user})
			succeed(x, x.Own.IAM.CreateUser, &iam.CreateUserInput{UserName: &user})
			k := succeed(x, x.Own.IAM.CreateAccessKey, &iam.CreateAccessKeyInput{UserName: &user}).AccessKey
			cleanup(x, x.Own.IAM.DeleteUser, &iam.DeleteUserInput{UserName: &user})
			cleanup(x, x.Own.IAM.DeleteAccessKey, &iam.DeleteAccessKeyInput{UserName: &user, AccessKeyId: k.AccessKeyId})
			again := newCaller(x, withKey(x.Own.config, *k.AccessKeyId, *k.SecretAccessKey))
			refused(x, again.S3.GetObject, reading(name, "k"), "AccessDenied")
		},
	},
}
