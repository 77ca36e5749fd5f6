package awserr_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/smithy-go"

	"rekey/lab"
	"rekey/shared/awserr"
)

const (
	keyARN   = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	identity = "because no identity-based policy allows the kms:DescribeKey action"
)

func TestPermission(t *testing.T) {
	user := "User: arn:aws:sts::111122223333:assumed-role/on resource: x/y is "
	for _, c := range []struct {
		code, message string
		want          awserr.Need
		explicit      bool
	}{
		{"AccessDeniedException", user + "not authorized to perform: kms:DescribeKey on resource: " + keyARN + " " + identity,
			awserr.Need{Action: "kms:DescribeKey", Resource: keyARN, Reason: identity}, false},
		{"AccessDeniedException", user + "not authorized to perform: kms:DescribeKey on resource: " + keyARN,
			awserr.Need{Action: "kms:DescribeKey", Resource: keyARN}, false},
		{"AccessDeniedException", user + "not authorized to perform: kms:ListKeys with an explicit deny in an identity-based policy",
			awserr.Need{Action: "kms:ListKeys", Reason: "with an explicit deny in an identity-based policy"}, true},
		{"AccessDeniedException", user + "not authorized to perform: kms:Decrypt on the resource associated with this ciphertext because no identity-based policy allows the kms:Decrypt action",
			awserr.Need{Action: "kms:Decrypt", Reason: "because no identity-based policy allows the kms:Decrypt action"}, false},
		{"AccessDenied", user + `not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::b/a because of. b" with an explicit deny in a resource-based policy`,
			awserr.Need{Action: "s3:GetObject", Resource: "arn:aws:s3:::b/a because of. b", Reason: "with an explicit deny in a resource-based policy"}, true},
		{"AuthorizationError", user + "not authorized to perform: SNS:Publish on resource: arn:aws:sns:us-east-1:111122223333:t because no resource-based policy allows the SNS:Publish action",
			awserr.Need{Action: "SNS:Publish", Resource: "arn:aws:sns:us-east-1:111122223333:t", Reason: "because no resource-based policy allows the SNS:Publish action"}, false},
		{"UnauthorizedOperation", "You are not authorized to perform this operation. " + user + "not authorized to perform: ec2:CopySnapshot on resource: arn:aws:ec2:us-east-1::snapshot/x. Encoded authorization failure message: abc",
			awserr.Need{Action: "ec2:CopySnapshot", Resource: "arn:aws:ec2:us-east-1::snapshot/x"}, false},
		{"UnauthorizedOperation", "You are not authorized to perform this operation.", awserr.Need{}, false},
		{"AccessDeniedException", "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.", awserr.Need{}, false},
		{"AccessDenied", "Access Denied", awserr.Need{}, false},
		{"NotFoundException", user + "not authorized to perform: kms:DescribeKey", awserr.Need{}, false},
		{"AccessDenied", "not authorized to perform: ", awserr.Need{}, false},
		{"AccessDenied", `x is not authorized to perform: s3:GetObject on resource: "`, awserr.Need{Action: "s3:GetObject"}, false},
	} {
		err := fmt.Errorf("describe: %w", &smithy.GenericAPIError{Code: c.code, Message: c.message})
		got := awserr.Permission(err)
		if got != c.want || got.Explicit() != c.explicit {
			t.Errorf("%s\nis  %+v, explicit %v\nnot %+v", c.message, got, got.Explicit(), c.want)
		}
	}
	if got := awserr.Permission(errors.New("not authorized to perform: a:B")); got != (awserr.Need{}) {
		t.Errorf("an error of no service needs %v", got)
	}
	if got := (awserr.Need{Action: "kms:DescribeKey", Resource: "r"}).String(); got != "kms:DescribeKey on r" {
		t.Error(got)
	}
}

// What services answer to a user who may do nothing.
func TestPermissionOfServices(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	const account = "111122223333"
	root := l.Config("us-east-1", lab.Root(account))
	key, err := kms.NewFromConfig(root).CreateKey(t.Context(), &kms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	path := func(o *s3.Options) { o.UsePathStyle = true }
	if _, err := s3.NewFromConfig(root, path).CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("bucket")}); err != nil {
		t.Fatal(err)
	}
	nobody := l.Config("us-east-1", user(t, l, root))
	_, describe := kms.NewFromConfig(nobody).DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: key.KeyMetadata.Arn})
	_, list := kms.NewFromConfig(nobody).ListKeys(t.Context(), &kms.ListKeysInput{})
	_, get := s3.NewFromConfig(nobody, path).ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("bucket")})
	_, topics := sns.NewFromConfig(nobody).ListTopics(t.Context(), &sns.ListTopicsInput{})
	for want, err := range map[string]error{
		"kms:DescribeKey on " + *key.KeyMetadata.Arn: describe,
		"kms:ListKeys":                         list,
		"s3:ListBucket on arn:aws:s3:::bucket": get,
		"SNS:ListTopics on arn:aws:sns:us-east-1:" + account + ":*": topics,
	} {
		if got := awserr.Permission(err); got.String() != want || got.Explicit() {
			t.Errorf("%v\nneeds %q, not %q", err, got, want)
		}
	}
}
