package cloudformation

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

type s3BucketProperties struct {
	BucketEncryption               *s3BucketEncryption
	BucketName                     *string
	LifecycleConfiguration         *s3Lifecycle
	NotificationConfiguration      *s3Notifications
	OwnershipControls              *types.OwnershipControls
	PublicAccessBlockConfiguration *types.PublicAccessBlockConfiguration
	Tags                           []tag
	VersioningConfiguration        *struct{ Status types.BucketVersioningStatus }
}

type s3BucketEncryption struct {
	ServerSideEncryptionConfiguration []struct {
		BucketKeyEnabled              *bool
		ServerSideEncryptionByDefault *types.ServerSideEncryptionByDefault
	}
}

// s3Lifecycle are rules that are without effect in the lab, which keeps all versions
// for ever: those for versions that were written over. Rules for what is current, or
// for where it is stored, are refused, since somebody would notice.
type s3Lifecycle struct {
	Rules []struct {
		Id                          *string
		NoncurrentVersionExpiration struct{ NewerNoncurrentVersions, NoncurrentDays *int32 }
		Prefix                      *string
		Status                      string
	}
}

// s3Bucket is AWS::S3::Bucket: Ref is its name.
var s3Bucket = define(createBucket, "Arn", "DomainName", "DualStackDomainName", "RegionalDomainName", "WebsiteURL")

func createBucket(ctx context.Context, c *creation, p s3BucketProperties) (*resource, error) {
	region := string(c.target.Region)
	name := strings.ToLower(c.named(p.BucketName, 63))
	if p.BucketName != nil {
		name = *p.BucketName
	}
	in := &s3.CreateBucketInput{Bucket: &name}
	if region != "us-east-1" {
		in.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(region)}
	}
	if _, err := c.s3.CreateBucket(ctx, in); err != nil {
		return nil, err
	}
	c.undone(func(ctx context.Context) error {
		_, err := c.s3.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &name})
		return err
	})
	for _, configure := range []func(context.Context, *creation, *string) error{p.encrypt, p.own, p.block, p.version, p.tag, p.notify} {
		if err := configure(ctx, c, &name); err != nil {
			return nil, err
		}
	}
	return made(name, map[string]string{
		"Arn": "arn:" + partition + ":s3:::" + name, "DomainName": name + ".s3." + urlSuffix, "DualStackDomainName": name + ".s3.dualstack." + region + "." + urlSuffix,
		"RegionalDomainName": name + ".s3." + region + "." + urlSuffix, "WebsiteURL": "http://" + name + ".s3-website" + websiteSeparator(region) + region + "." + urlSuffix,
	})
}

// websiteSeparator is a dash in the Regions that had websites first (S3 User
// Guide, "Website endpoints").
func websiteSeparator(region string) string {
	switch region {
	case "us-east-1", "us-west-1", "us-west-2", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "eu-west-1", "sa-east-1":
		return "-"
	}
	return "."
}

func (p s3BucketProperties) encrypt(ctx context.Context, c *creation, bucket *string) error {
	if p.BucketEncryption == nil {
		return nil
	}
	to := &types.ServerSideEncryptionConfiguration{}
	for _, r := range p.BucketEncryption.ServerSideEncryptionConfiguration {
		to.Rules = append(to.Rules, types.ServerSideEncryptionRule{ApplyServerSideEncryptionByDefault: r.ServerSideEncryptionByDefault, BucketKeyEnabled: r.BucketKeyEnabled})
	}
	_, err := c.s3.PutBucketEncryption(ctx, &s3.PutBucketEncryptionInput{Bucket: bucket, ServerSideEncryptionConfiguration: to})
	return err
}

func (p s3BucketProperties) own(ctx context.Context, c *creation, bucket *string) error {
	if p.OwnershipControls == nil {
		return nil
	}
	_, err := c.s3.PutBucketOwnershipControls(ctx, &s3.PutBucketOwnershipControlsInput{Bucket: bucket, OwnershipControls: p.OwnershipControls})
	return err
}

func (p s3BucketProperties) block(ctx context.Context, c *creation, bucket *string) error {
	if p.PublicAccessBlockConfiguration == nil {
		return nil
	}
	_, err := c.s3.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{Bucket: bucket, PublicAccessBlockConfiguration: p.PublicAccessBlockConfiguration})
	return err
}

func (p s3BucketProperties) version(ctx context.Context, c *creation, bucket *string) error {
	if p.VersioningConfiguration == nil {
		return nil
	}
	_, err := c.s3.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{Bucket: bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: p.VersioningConfiguration.Status}})
	return err
}

func (p s3BucketProperties) tag(ctx context.Context, c *creation, bucket *string) error {
	tags := tagList(c.tags(p.Tags), func(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} })
	if len(tags) == 0 {
		return nil
	}
	_, err := c.s3.PutBucketTagging(ctx, &s3.PutBucketTaggingInput{Bucket: bucket, Tagging: &types.Tagging{TagSet: tags}})
	return err
}

type s3BucketPolicyProperties struct {
	Bucket         string
	PolicyDocument document
}

// s3BucketPolicy is AWS::S3::BucketPolicy: Ref is the bucket's name.
var s3BucketPolicy = define(putBucketPolicy)

func putBucketPolicy(ctx context.Context, c *creation, p s3BucketPolicyProperties) (*resource, error) {
	text, err := textOf(p.PolicyDocument)
	if err != nil {
		return nil, err
	}
	switch _, err := c.s3.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &p.Bucket}); {
	case err == nil: // reported wording, in awslabs/cdk-serverless-clamscan#1382
		return nil, templateError("The bucket policy already exists on bucket %s.", p.Bucket)
	default:
		if err := c.absent("AWS::S3::BucketPolicy", p.Bucket, err, "NoSuchBucketPolicy"); err != nil {
			return nil, err
		}
	}
	if _, err := c.s3.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: &p.Bucket, Policy: text}); err != nil {
		return nil, err
	}
	c.undone(func(ctx context.Context) error {
		_, err := c.s3.DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: &p.Bucket})
		return err
	})
	return made(p.Bucket, nil)
}
