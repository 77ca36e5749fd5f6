package s3

import (
	"strings"
	"testing"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func TestMalformedPolicies(t *testing.T) {
	b := newBench(t)
	b.bucket("shop")
	one := func(elements string) string { return `{"Version":"2012-10-17","Statement":[{` + elements + `}]}` }
	const who, what = `"Effect":"Allow","Principal":{"AWS":"111122223333"},`, `"Action":"s3:GetObject","Resource":"arn:aws:s3:::shop/*"`
	for text, says := range map[string]string{
		``:                              "first byte must be '{'",
		`text`:                          "first byte must be '{'",
		` {}`:                           "first byte must be '{'",
		`{}`:                            "Missing required field Statement",
		one(what):                       "Missing required field Effect",
		one(`"Effect":"Allow",` + what): "Missing required field Principal",
		one(who + `"Resource":"arn:aws:s3:::shop"`): "Missing required field Action",
		one(who + `"Action":"s3:*"`):                "Missing required field Resource",
		one(`"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/nobody"},` + what): "Invalid principal in policy",
		one(`"Effect":"Allow","Principal":{"AWS":"nobody"},` + what):                                "Invalid principal in policy",
		one(who + `"Action":"s3:PutThing","Resource":"arn:aws:s3:::shop/*"`):                        "Policy has invalid action",
		one(who + `"Action":"kms:Decrypt","Resource":"arn:aws:s3:::shop/*"`):                        "Policy has invalid action",
		one(who + `"Action":"s3:GetObject","Resource":"*"`):                                         "Policy has invalid resource",
		one(who + `"Action":"s3:GetObject","Resource":"arn:aws:s3:::other/*"`):                      "Policy has invalid resource",
		one(who + `"Action":"s3:GetObject","Resource":"arn:aws:s3:::shop"`):                         "Action does not apply to any resource(s) in statement",
		one(who + `"Action":["s3:GetObject","s3:ListBucket"],"Resource":"arn:aws:s3:::shop/*"`):     "Action does not apply to any resource(s) in statement",
		one(who + what + `,"Condition":{"StringEquals":{"s3:prefix":"a"}}`):                         "Conditions do not apply to combination of actions and resources in statement",
		one(who + what + `,"Condition":{"StringEquals":{"s3:nothing":"a"}}`):                        "Policy has an invalid condition key",
		one(`"Effect":"Allow","NotPrincipal":{"AWS":"111122223333"},` + what):                       "Allow with NotPrincipal is not allowed.",
		one(who + what)[:60]: "first byte must be '{'",
		one(`"Sid":"` + strings.Repeat("x", policyLimit) + `",` + who + what): "maximum allowed document size",
	} {
		b.refused(root(mine), &awss3.PutBucketPolicyInput{Bucket: new("shop"), Policy: &text}, "MalformedPolicy", says)
	}
	for _, good := range []string{
		one(who + what),
		one(who + `"Action":"s3:*","Resource":["arn:aws:s3:::shop","arn:aws:s3:::shop/*"]`),
		one(who + `"Action":["s3:GetObject","s3:ListBucket"],"Resource":"arn:aws:s3:::shop*"`),
		one(who + `"Action":"s3:ListBucket","Resource":"arn:aws:s3:::shop","Condition":{"StringLike":{"s3:prefix":["a/*"]},"NumericLessThan":{"s3:max-keys":10}}`),
		strings.Replace(strings.Replace(one(who+what), "[", "", 1), "]", "", 1),
	} {
		must[awss3.PutBucketPolicyOutput](b, root(mine), &awss3.PutBucketPolicyInput{Bucket: new("shop"), Policy: &good})
	}
}

func TestPublicPolicies(t *testing.T) {
	b := newBench(t)
	b.bucket("open", func(x *bucket) { x.block = nil })
	b.bucket("shut")
	allowed := func(principal, condition string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + principal + `,"Action":"s3:GetObject","Resource":"arn:aws:s3:::BUCKET/*"` + condition + `}]}`
	}
	on := func(operator, key, values string) string {
		return `,"Condition":{"` + operator + `":{"` + key + `":` + values + `}}`
	}
	for _, x := range []struct {
		text   string
		public bool
	}{
		{allowed(`"*"`, ""), true},
		{allowed(`{"AWS":"*"}`, ""), true},
		{allowed(`{"AWS":["444455556666","*"]}`, ""), true},
		{allowed(`{"AWS":"444455556666"}`, ""), false},
		{allowed(`{"Service":"logging.s3.amazonaws.com"}`, ""), false},
		{allowed(`{"Federated":"graph.facebook.com"}`, ""), true},
		{allowed(`"*"`, on("StringLike", "aws:SourceVpc", `"vpc-*"`)), true},
		{allowed(`"*"`, on("StringEquals", "aws:SourceVpc", `"vpc-91237329"`)), false},
		{allowed(`"*"`, on("StringLike", "aws:SourceVpc", `["vpc-1","vpc-?"]`)), true},
		{allowed(`"*"`, on("StringNotEquals", "aws:SourceVpc", `"vpc-91237329"`)), true},
		{allowed(`"*"`, on("StringEqualsIfExists", "aws:SourceVpc", `"vpc-91237329"`)), true},
		{allowed(`"*"`, on("StringEquals", "aws:SourceAccount", `"${aws:PrincipalAccount}"`)), true},
		{allowed(`"*"`, on("StringEquals", "aws:UserAgent", `"curl"`)), true},
		{allowed(`"*"`, on("IpAddress", "aws:SourceIp", `"203.0.113.0/24"`)), false},
		{allowed(`"*"`, on("IpAddress", "aws:SourceIp", `"203.0.113.7"`)), false},
		{allowed(`"*"`, on("IpAddress", "aws:SourceIp", `"0.0.0.0/1"`)), true},
		{allowed(`"*"`, on("IpAddress", "aws:SourceIp", `["203.0.113.0/24","2000::/3"]`)), true},
		{allowed(`"*"`, on("IpAddress", "aws:SourceIp", `"10.0.0.0/8"`)), false},
		{allowed(`"*"`, on("ArnLike", "s3:DataAccessPointArn", `"arn:aws:s3:us-west-2:123456789012:accesspoint/*"`)), false},
		{strings.Replace(allowed(`"*"`, ""), "Allow", "Deny", 1), false},
	} {
		text := strings.ReplaceAll(x.text, "BUCKET", "open")
		must[awss3.PutBucketPolicyOutput](b, root(mine), &awss3.PutBucketPolicyInput{Bucket: new("open"), Policy: &text})
		got := must[awss3.GetBucketPolicyStatusOutput](b, root(mine), &awss3.GetBucketPolicyStatusInput{Bucket: new("open")})
		if *got.PolicyStatus.IsPublic != x.public {
			t.Errorf("public is %t: %s", !x.public, text)
		}
		text = strings.ReplaceAll(x.text, "BUCKET", "shut")
		in := &awss3.PutBucketPolicyInput{Bucket: new("shut"), Policy: &text}
		if x.public {
			b.refused(root(mine), in, "AccessDenied", "because public policies are blocked by the BlockPublicPolicy block public access setting.")
		} else {
			must[awss3.PutBucketPolicyOutput](b, root(mine), in)
		}
	}
	if b.s3.buckets["shut"].publicPolicy {
		t.Error("a refused policy was kept")
	}
}

func TestBlocksOfAnAccount(t *testing.T) {
	b := newBench(t)
	b.bucket("shop", func(x *bucket) { x.block, x.ownership = nil, "" })
	in := &awss3.PutBucketAclInput{Bucket: new("shop"), ACL: types.BucketCannedACLPublicRead}
	must[awss3.PutBucketAclOutput](b, root(mine), in)
	b.world.Locked(func() {
		b.s3.BlockPublicAccess(mine, &types.PublicAccessBlockConfiguration{BlockPublicAcls: new(true), IgnorePublicAcls: new(true)})
	})
	b.refused(root(mine), in, "AccessDenied", "because public access control lists (ACLs) are blocked")
	if got := must[awss3.GetBucketAclOutput](b, root(mine), &awss3.GetBucketAclInput{Bucket: new("shop")}); len(got.Grants) != 1 {
		t.Errorf("the ACL in force is %+v", got.Grants)
	}
	b.refused(root(mine), &awss3.GetPublicAccessBlockInput{Bucket: new("shop")}, "NoSuchPublicAccessBlockConfiguration", "")
}

func TestMatches(t *testing.T) {
	for _, x := range []struct {
		pattern, text string
		want          bool
	}{
		{"s3:*", "s3:getobject", true}, {"s3:get*", "s3:putobject", false}, {"s3:?et*t", "s3:getobject", true}, {"", "", true}, {"*", "", true},
		{"a*b*c", "a1b2b3c", true}, {"a*b*c", "a1b2b3", false}, {"a", "ab", false}, {"ab", "a", false}, {"a**", "a", true},
		{strings.Repeat("*a", 60) + "b", strings.Repeat("a", 200), false},
	} {
		if matches(x.pattern, x.text) != x.want {
			t.Errorf("%q against %q is %t", x.text, x.pattern, !x.want)
		}
	}
}
