package conformance

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// bucket makes an empty bucket in the caller's Region; configure changes the
// request.
func (c *caller) bucket(configure ...func(*s3.CreateBucketInput)) string {
	c.x.Helper()
	in := &s3.CreateBucketInput{Bucket: new(c.x.name("bucket"))}
	if c.config.Region != "us-east-1" {
		in.CreateBucketConfiguration = located(c.config.Region)
	}
	for _, f := range configure {
		f(in)
	}
	succeed(c.x, c.S3.CreateBucket, in)
	cleanup(c.x, c.S3.DeleteBucket, &s3.DeleteBucketInput{Bucket: in.Bucket})
	return *in.Bucket
}

func located(constraint string) *types.CreateBucketConfiguration {
	return &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(constraint)}
}

// opened takes the public access block off a bucket, and enables its ACLs.
func (c *caller) opened(bucket string) string {
	c.x.Helper()
	succeed(c.x, c.S3.DeletePublicAccessBlock, &s3.DeletePublicAccessBlockInput{Bucket: &bucket})
	succeed(c.x, c.S3.PutBucketOwnershipControls, owned(bucket, types.ObjectOwnershipObjectWriter))
	return bucket
}

func owned(bucket string, by types.ObjectOwnership) *s3.PutBucketOwnershipControlsInput {
	return &s3.PutBucketOwnershipControlsInput{Bucket: &bucket, OwnershipControls: &types.OwnershipControls{Rules: []types.OwnershipControlsRule{{ObjectOwnership: by}}}}
}

func versioned(bucket string, status types.BucketVersioningStatus) *s3.PutBucketVersioningInput {
	return &s3.PutBucketVersioningInput{Bucket: &bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: status}}
}

func encrypting(bucket string, rules ...types.ServerSideEncryptionRule) *s3.PutBucketEncryptionInput {
	if rules == nil {
		rules = []types.ServerSideEncryptionRule{} // not nil, which the client refuses
	}
	return &s3.PutBucketEncryptionInput{Bucket: &bucket, ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{Rules: rules}}
}

// byDefault is a rule of default encryption.
func byDefault(algorithm types.ServerSideEncryption, key *string) types.ServerSideEncryptionRule {
	return types.ServerSideEncryptionRule{ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{SSEAlgorithm: algorithm, KMSMasterKeyID: key}}
}

func tagging(bucket string, pairs ...string) *s3.PutBucketTaggingInput {
	in := &s3.PutBucketTaggingInput{Bucket: &bucket, Tagging: &types.Tagging{TagSet: []types.Tag{}}}
	for i := 0; i < len(pairs); i += 2 {
		in.Tagging.TagSet = append(in.Tagging.TagSet, types.Tag{Key: &pairs[i], Value: &pairs[i+1]})
	}
	return in
}

var s3Buckets = []claim{
	{
		says:   "a bucket of us-east-1 is at a path, one of another Region at a host",
		source: "recorded: s3 test_create_bucket_head_bucket",
		check: func(x *bench) {
			own := x.Own.in("us-east-1")
			here, there := x.name("bucket"), x.name("bucket")
			out := succeed(x, own.S3.CreateBucket, &s3.CreateBucketInput{Bucket: &here})
			cleanup(x, own.S3.DeleteBucket, &s3.DeleteBucketInput{Bucket: &here})
			equal(x, "its location", text(out.Location), "/"+here)
			equal(x, "its ARN", text(out.BucketArn), "arn:aws:s3:::"+here)
			out = succeed(x, own.S3.CreateBucket, &s3.CreateBucketInput{Bucket: &there, CreateBucketConfiguration: located("eu-west-1")})
			cleanup(x, own.in("eu-west-1").S3.DeleteBucket, &s3.DeleteBucketInput{Bucket: &there})
			equal(x, "the other's location", text(out.Location), "http://"+there+".s3.amazonaws.com/")
			head := succeed(x, own.in("eu-west-1").S3.HeadBucket, &s3.HeadBucketInput{Bucket: &there})
			equal(x, "its Region", text(head.BucketRegion), "eu-west-1")
			equal(x, "its ARN", text(head.BucketArn), "arn:aws:s3:::"+there)
			equal(x, "being an alias", aws.ToBool(head.AccessPointAlias), false)
		},
	},
	{
		says:   "us-east-1 takes no constraint of its own name, nor of none",
		source: "recorded: s3 test_create_bucket_with_invalid_location_constraint, test_different_location_constraint, test_bucket_constraint_aws_global",
		check: func(x *bench) {
			for _, constraint := range []string{"us-east-1", "foo", "aws-global"} {
				in := &s3.CreateBucketInput{Bucket: new(x.name("bucket")), CreateBucketConfiguration: located(constraint)}
				refused(x, x.Own.in("us-east-1").S3.CreateBucket, in, "InvalidLocationConstraint").saying("The specified location-constraint is not valid")
			}
		},
	},
	{
		says:   "the other Regions make buckets in themselves alone, and want to be told so",
		source: "recorded: s3 test_different_location_constraint, test_create_bucket_with_eu_location_constraint_raises, test_create_bucket_with_invalid_location_constraint",
		check: func(x *bench) {
			own := x.Own.in("us-east-2")
			for _, constraint := range []string{"unspecified", "us-west-1", "us-east-1", "EU", "bar"} {
				in := &s3.CreateBucketInput{Bucket: new(x.name("bucket"))}
				if constraint != "unspecified" {
					in.CreateBucketConfiguration = located(constraint)
				}
				refused(x, own.S3.CreateBucket, in, "IllegalLocationConstraintException").
					saying("The " + constraint + " location constraint is incompatible for the region specific endpoint this request was sent to.")
			}
		},
	},
	{
		says:   "EU is eu-west-1, and given back as EU",
		source: "recorded: s3 test_create_bucket_with_eu_location_constraint",
		check: func(x *bench) {
			name := x.name("bucket")
			succeed(x, x.Own.in("us-east-1").S3.CreateBucket, &s3.CreateBucketInput{Bucket: &name, CreateBucketConfiguration: located("EU")})
			there := x.Own.in("eu-west-1")
			cleanup(x, there.S3.DeleteBucket, &s3.DeleteBucketInput{Bucket: &name})
			equal(x, "its location", succeed(x, there.S3.GetBucketLocation, &s3.GetBucketLocationInput{Bucket: &name}).LocationConstraint, "EU")
			equal(x, "its Region", text(succeed(x, there.S3.HeadBucket, &s3.HeadBucketInput{Bucket: &name}).BucketRegion), "eu-west-1")
		},
	},
	{
		says:   "a name has small letters, digits, dots and hyphens, and is no address",
		source: "Simple Storage Service User Guide, General purpose bucket naming rules; recorded: s3 test_s3_uppercase_bucket_name",
		check: func(x *bench) {
			for _, name := range []string{"Upper", "ab", "under_score", "-front", "back-", "two..dots", "192.168.5.4", "xn--name", "name-s3alias", "name--ol-s3", strings.Repeat("a", 64)} {
				refused(x, x.Own.S3.CreateBucket, &s3.CreateBucketInput{Bucket: &name}, "InvalidBucketName").saying("The specified bucket is not valid.")
			}
		},
	},
	{
		says:   "in us-east-1 one's own bucket can be made again, but not with tags",
		source: "recorded: s3 test_create_bucket_with_tags_us_east_1_idempotency",
		check: func(x *bench) {
			own := x.Own.in("us-east-1")
			tags := &types.CreateBucketConfiguration{Tags: []types.Tag{{Key: new("tag1"), Value: new("value1")}}}
			name := own.bucket(func(in *s3.CreateBucketInput) { in.CreateBucketConfiguration = tags })
			refused(x, own.S3.CreateBucket, &s3.CreateBucketInput{Bucket: &name, CreateBucketConfiguration: tags}, "BucketAlreadyOwnedByYou")
			equal(x, "the second location", text(succeed(x, own.S3.CreateBucket, &s3.CreateBucketInput{Bucket: &name}).Location), "/"+name)
			left := succeed(x, own.S3.GetBucketTagging, &s3.GetBucketTaggingInput{Bucket: &name})
			if len(left.TagSet) != 1 || *left.TagSet[0].Value != "value1" {
				x.Errorf("the tags are %+v", left.TagSet)
			}
		},
	},
	{
		says:   "in other Regions one's own bucket cannot be made again",
		source: "recorded: s3 test_create_bucket_with_existing_name",
		check: func(x *bench) {
			own := x.Own.in("us-west-1")
			name := own.bucket()
			again := &s3.CreateBucketInput{Bucket: &name, CreateBucketConfiguration: located("us-west-1")}
			refused(x, own.S3.CreateBucket, again, "BucketAlreadyOwnedByYou").saying("Your previous request to create the named bucket succeeded and you already own it.")
			refused(x, x.Own.in("us-east-1").S3.CreateBucket, again, "BucketAlreadyOwnedByYou")
		},
	},
	{
		says:   "nobody can make a bucket that another account has",
		source: "Simple Storage Service API Reference, CreateBucket; reported: the message, in github.com/serverless/serverless issues",
		needs:  otherAccount,
		check: func(x *bench) {
			in := &s3.CreateBucketInput{Bucket: new(x.Own.in("us-east-1").bucket())}
			refused(x, x.Other.in("us-east-1").S3.CreateBucket, in, "BucketAlreadyExists").
				saying("The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.")
		},
	},
	{
		says:   "a new bucket has ACLs disabled, public access blocked, and SSE-S3",
		source: "recorded: s3 test_crud_bucket_ownership_controls, test_crud_public_access_block, test_s3_default_bucket_encryption",
		check: func(x *bench) {
			name := x.Own.bucket()
			equal(x, "ownership", succeed(x, x.Own.S3.GetBucketOwnershipControls, &s3.GetBucketOwnershipControlsInput{Bucket: &name}).OwnershipControls.Rules[0].ObjectOwnership, types.ObjectOwnershipBucketOwnerEnforced)
			block := succeed(x, x.Own.S3.GetPublicAccessBlock, &s3.GetPublicAccessBlockInput{Bucket: &name}).PublicAccessBlockConfiguration
			equal(x, "all four blocked", *block.BlockPublicAcls && *block.BlockPublicPolicy && *block.IgnorePublicAcls && *block.RestrictPublicBuckets, true)
			rule := succeed(x, x.Own.S3.GetBucketEncryption, &s3.GetBucketEncryptionInput{Bucket: &name}).ServerSideEncryptionConfiguration.Rules[0]
			equal(x, "encryption", rule.ApplyServerSideEncryptionByDefault.SSEAlgorithm, types.ServerSideEncryptionAes256)
			equal(x, "bucket keys", aws.ToBool(rule.BucketKeyEnabled), false)
			equal(x, "versioning", succeed(x, x.Own.S3.GetBucketVersioning, &s3.GetBucketVersioningInput{Bucket: &name}).Status, "")
		},
	},
	{
		says:   "what a bucket does not have is told by an error of its own, or by nothing",
		source: "recorded: s3 test_get_bucket_policy, test_bucket_tagging_crud, test_delete_bucket_lifecycle_configuration, test_replication_config, test_crud_website_configuration, test_get_object_lock_configuration_exc, test_put_bucket_logging, test_bucket_acceleration_configuration_crud",
		check: func(x *bench) {
			b := new(x.Own.bucket())
			refused(x, x.Own.S3.GetBucketPolicy, &s3.GetBucketPolicyInput{Bucket: b}, "NoSuchBucketPolicy").saying("The bucket policy does not exist")
			refused(x, x.Own.S3.GetBucketTagging, &s3.GetBucketTaggingInput{Bucket: b}, "NoSuchTagSet").saying("The TagSet does not exist")
			refused(x, x.Own.S3.GetBucketCors, &s3.GetBucketCorsInput{Bucket: b}, "NoSuchCORSConfiguration").saying("The CORS configuration does not exist")
			refused(x, x.Own.S3.GetBucketLifecycleConfiguration, &s3.GetBucketLifecycleConfigurationInput{Bucket: b}, "NoSuchLifecycleConfiguration").saying("The lifecycle configuration does not exist")
			refused(x, x.Own.S3.GetBucketReplication, &s3.GetBucketReplicationInput{Bucket: b}, "ReplicationConfigurationNotFoundError").saying("The replication configuration was not found")
			refused(x, x.Own.S3.GetBucketWebsite, &s3.GetBucketWebsiteInput{Bucket: b}, "NoSuchWebsiteConfiguration").saying("The specified bucket does not have a website configuration")
			refused(x, x.Own.S3.GetObjectLockConfiguration, &s3.GetObjectLockConfigurationInput{Bucket: b}, "ObjectLockConfigurationNotFoundError").saying("Object Lock configuration does not exist for this bucket")
			if out := succeed(x, x.Own.S3.GetBucketLogging, &s3.GetBucketLoggingInput{Bucket: b}); out.LoggingEnabled != nil {
				x.Error("logging is enabled")
			}
			equal(x, "the payer", succeed(x, x.Own.S3.GetBucketRequestPayment, &s3.GetBucketRequestPaymentInput{Bucket: b}).Payer, types.PayerBucketOwner)
			equal(x, "acceleration", succeed(x, x.Own.S3.GetBucketAccelerateConfiguration, &s3.GetBucketAccelerateConfigurationInput{Bucket: b}).Status, "")
			succeed(x, x.Own.S3.DeleteBucketReplication, &s3.DeleteBucketReplicationInput{Bucket: b})
			succeed(x, x.Own.S3.DeleteBucketLifecycle, &s3.DeleteBucketLifecycleInput{Bucket: b})
			succeed(x, x.Own.S3.DeleteBucketWebsite, &s3.DeleteBucketWebsiteInput{Bucket: b})
		},
	},
	{
		says:   "a bucket that does not exist is told, but to HEAD only by the status",
		source: "recorded: s3 test_delete_bucket_no_such_bucket, test_create_bucket_head_bucket, test_bucket_versioning_crud",
		check: func(x *bench) {
			b := new(x.name("none"))
			refused(x, x.Own.S3.DeleteBucket, &s3.DeleteBucketInput{Bucket: b}, "NoSuchBucket").saying("The specified bucket does not exist")
			refused(x, x.Own.S3.GetBucketVersioning, &s3.GetBucketVersioningInput{Bucket: b}, "NoSuchBucket")
			refused(x, x.Own.S3.GetBucketLocation, &s3.GetBucketLocationInput{Bucket: b}, "NoSuchBucket")
			refused(x, x.Own.S3.HeadBucket, &s3.HeadBucketInput{Bucket: b}, "NotFound")
		},
	},
	{
		says:   "versioning is enabled and suspended, and never off again",
		source: "recorded: s3 test_bucket_versioning_crud",
		check: func(x *bench) {
			name := x.Own.bucket()
			for _, status := range []types.BucketVersioningStatus{"Suspended", "Enabled", "Suspended"} {
				succeed(x, x.Own.S3.PutBucketVersioning, versioned(name, status))
				equal(x, "versioning", succeed(x, x.Own.S3.GetBucketVersioning, &s3.GetBucketVersioningInput{Bucket: &name}).Status, status)
			}
			refused(x, x.Own.S3.PutBucketVersioning, versioned(name, "enabled"), "MalformedXML")
			refused(x, x.Own.S3.PutBucketVersioning, versioned(name, "Disabled"), "MalformedXML").saying("The XML you provided was not well-formed or did not validate against our published schema")
			refused(x, x.Own.S3.PutBucketVersioning, versioned(name, ""), "IllegalVersioningConfigurationException").saying("The Versioning element must be specified")
		},
	},
	{
		says:   "a bucket keeps the name of its default key as it was given, and does not look for the key",
		source: "Simple Storage Service API Reference, PutBucketEncryption; recorded: s3 test_s3_bucket_encryption_sse_kms",
		check: func(x *bench) {
			name := x.Own.bucket()
			for _, key := range []string{"1234abcd-12ab-34cd-56ef-1234567890ab", "alias/nobody-has", "arn:aws:kms:" + x.region + ":" + x.Own.account + ":key/1234abcd-12ab-34cd-56ef-1234567890ab"} {
				rule := byDefault(types.ServerSideEncryptionAwsKms, &key)
				rule.BucketKeyEnabled = new(true)
				succeed(x, x.Own.S3.PutBucketEncryption, encrypting(name, rule))
				got := succeed(x, x.Own.S3.GetBucketEncryption, &s3.GetBucketEncryptionInput{Bucket: &name}).ServerSideEncryptionConfiguration.Rules[0]
				equal(x, "the key", text(got.ApplyServerSideEncryptionByDefault.KMSMasterKeyID), key)
				equal(x, "bucket keys", aws.ToBool(got.BucketKeyEnabled), true)
			}
		},
	},
	{
		says:   "default encryption has one rule, and a key for KMS alone; deleted, it is SSE-S3 again",
		source: "Simple Storage Service API Reference, DeleteBucketEncryption; recorded: s3 test_s3_default_bucket_encryption_exc, test_s3_bucket_encryption_sse_kms_aws_managed_key",
		check: func(x *bench) {
			name := x.Own.bucket()
			kms, aes := byDefault(types.ServerSideEncryptionAwsKms, nil), byDefault(types.ServerSideEncryptionAes256, nil)
			refused(x, x.Own.S3.PutBucketEncryption, encrypting(name), "MalformedXML")
			refused(x, x.Own.S3.PutBucketEncryption, encrypting(name, kms, aes), "MalformedXML")
			refused(x, x.Own.S3.PutBucketEncryption, encrypting(name, byDefault(types.ServerSideEncryptionAes256, new("key"))), "InvalidArgument").
				saying("a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse")
			succeed(x, x.Own.S3.PutBucketEncryption, encrypting(name, kms))
			get := func() types.ServerSideEncryptionRule {
				return succeed(x, x.Own.S3.GetBucketEncryption, &s3.GetBucketEncryptionInput{Bucket: &name}).ServerSideEncryptionConfiguration.Rules[0]
			}
			equal(x, "the algorithm", get().ApplyServerSideEncryptionByDefault.SSEAlgorithm, types.ServerSideEncryptionAwsKms)
			equal(x, "the key", text(get().ApplyServerSideEncryptionByDefault.KMSMasterKeyID), "")
			for range 2 {
				succeed(x, x.Own.S3.DeleteBucketEncryption, &s3.DeleteBucketEncryptionInput{Bucket: &name})
			}
			equal(x, "the algorithm afterwards", get().ApplyServerSideEncryptionByDefault.SSEAlgorithm, types.ServerSideEncryptionAes256)
		},
	},
	{
		says:   "tags are replaced as a whole, and none are no tag set",
		source: "recorded: s3 test_bucket_tagging_crud, test_put_bucket_tagging_none_value, test_create_bucket_with_tags",
		check: func(x *bench) {
			name := x.Own.bucket()
			succeed(x, x.Own.S3.PutBucketTagging, tagging(name, "tag1", "tag1", "tag2", ""))
			succeed(x, x.Own.S3.PutBucketTagging, tagging(name, "tag3", "tag3"))
			got := succeed(x, x.Own.S3.GetBucketTagging, &s3.GetBucketTaggingInput{Bucket: &name}).TagSet
			if len(got) != 1 || *got[0].Key != "tag3" {
				x.Errorf("the tags are %+v", got)
			}
			succeed(x, x.Own.S3.PutBucketTagging, tagging(name))
			refused(x, x.Own.S3.GetBucketTagging, &s3.GetBucketTaggingInput{Bucket: &name}, "NoSuchTagSet")
			for range 2 {
				succeed(x, x.Own.S3.DeleteBucketTagging, &s3.DeleteBucketTaggingInput{Bucket: &name})
			}
		},
	},
	{
		says:   "tags are refused for doubled keys, other characters, and the prefix of AWS",
		source: "recorded: s3 test_tagging_validation, test_create_bucket_with_tags_exc",
		check: func(x *bench) {
			name := x.Own.bucket()
			put := func(pairs ...string) failure {
				return refused(x, x.Own.S3.PutBucketTagging, tagging(name, pairs...), "InvalidTag")
			}
			put("Key1", "a", "Key1", "b").saying("Cannot provide multiple Tags with the same key")
			put("Key1,Key2", "a").saying("The TagKey you have provided is invalid")
			put("Key1", "Val1,Val2").saying("The TagValue you have provided is invalid")
			put("aws:prefixed", "a").saying("System tags cannot be added/updated by requester")
			in := &s3.CreateBucketInput{Bucket: new(x.name("bucket")), CreateBucketConfiguration: &types.CreateBucketConfiguration{Tags: []types.Tag{{Key: new("aws:prefixed"), Value: new("a")}}}}
			refused(x, x.Own.in("us-east-1").S3.CreateBucket, in, "InvalidTag").
				saying(`User-defined tag keys can't start with "aws:". This prefix is reserved for system tags. Remove "aws:" from your tag keys and try again.`)
		},
	},
	{
		says:   "a caller can say whom it expects to own the bucket",
		source: "recorded: s3 test_get_bucket_policy_invalid_account_id, test_put_bucket_policy_expected_bucket_owner",
		check: func(x *bench) {
			name := x.Own.bucket()
			get := func(owner string) *s3.GetBucketVersioningInput {
				return &s3.GetBucketVersioningInput{Bucket: &name, ExpectedBucketOwner: &owner}
			}
			succeed(x, x.Own.S3.GetBucketVersioning, get(x.Own.account))
			refused(x, x.Own.S3.GetBucketVersioning, get("000000000002"), "AccessDenied").saying("Access Denied")
			for _, owner := range []string{"0000", "0000000000020", "abcd", "aa000000000$"} {
				refused(x, x.Own.S3.GetBucketVersioning, get(owner), "InvalidBucketOwnerAWSAccountID").
					saying("The value of the expected bucket owner parameter must be an AWS Account ID... [" + owner + "]")
			}
		},
	},
	{
		says:   "ownership controls have one rule; without them ACLs are enabled",
		source: "recorded: s3 test_crud_bucket_ownership_controls, test_bucket_ownership_controls_exc",
		check: func(x *bench) {
			name := x.Own.bucket(func(in *s3.CreateBucketInput) { in.ObjectOwnership = types.ObjectOwnershipBucketOwnerPreferred })
			get := &s3.GetBucketOwnershipControlsInput{Bucket: &name}
			equal(x, "ownership", succeed(x, x.Own.S3.GetBucketOwnershipControls, get).OwnershipControls.Rules[0].ObjectOwnership, types.ObjectOwnershipBucketOwnerPreferred)
			refused(x, x.Own.S3.PutBucketOwnershipControls, owned(name, "RandomValue"), "MalformedXML")
			two := owned(name, types.ObjectOwnershipObjectWriter)
			two.OwnershipControls.Rules = append(two.OwnershipControls.Rules, two.OwnershipControls.Rules...)
			refused(x, x.Own.S3.PutBucketOwnershipControls, two, "MalformedXML")
			for range 2 {
				succeed(x, x.Own.S3.DeleteBucketOwnershipControls, &s3.DeleteBucketOwnershipControlsInput{Bucket: &name})
			}
			refused(x, x.Own.S3.GetBucketOwnershipControls, get, "OwnershipControlsNotFoundError").saying("The bucket ownership controls were not found")
			succeed(x, x.Own.S3.PutBucketAcl, &s3.PutBucketAclInput{Bucket: &name, ACL: types.BucketCannedACLPrivate})
			in := &s3.CreateBucketInput{Bucket: new(x.name("bucket")), ObjectOwnership: "RandomValue"}
			refused(x, x.Own.in("us-east-1").S3.CreateBucket, in, "InvalidArgument").saying("Invalid x-amz-object-ownership header: RandomValue")
		},
	},
	{
		says:   "a list with parameters tells Regions and comes in pages, one without does not",
		source: "Simple Storage Service API Reference, ListBuckets; recorded: s3 test_create_bucket_aws_global, test_delete_bucket_with_content",
		check: func(x *bench) {
			own, prefix := x.Own.in("us-east-1"), x.name("list")
			for _, end := range []string{"-c", "-a", "-b"} {
				own.bucket(func(in *s3.CreateBucketInput) { in.Bucket = new(prefix + end) })
			}
			var names []string
			in := &s3.ListBucketsInput{Prefix: &prefix, MaxBuckets: new(int32(2))}
			for page := 0; page == 0 || in.ContinuationToken != nil; page++ {
				out := succeed(x, own.S3.ListBuckets, in)
				equal(x, "the prefix", text(out.Prefix), prefix)
				for _, b := range out.Buckets {
					names = append(names, strings.TrimPrefix(text(b.Name), prefix))
					equal(x, "its Region", text(b.BucketRegion), "us-east-1")
				}
				in.ContinuationToken = out.ContinuationToken
			}
			equal(x, "the list", strings.Join(names, " "), "-a -b -c")
			for _, b := range succeed(x, own.S3.ListBuckets, &s3.ListBucketsInput{}).Buckets {
				if b.BucketRegion != nil || text(b.BucketArn) != "arn:aws:s3:::"+text(b.Name) {
					x.Errorf("without parameters an entry is %+v", b)
				}
			}
		},
	},
	{
		says:   "listing all buckets takes a permission on all, and names no resource in its refusal",
		source: "Simple Storage Service API Reference, ListBuckets; assumption: the message",
		check: func(x *bench) {
			succeed(x, x.Own.session(may("s3:ListAllMyBuckets", "*").document()).S3.ListBuckets, &s3.ListBucketsInput{})
			succeed(x, x.Own.session(may("s3:ListAllMyBuckets", "arn:aws:s3:::*").document()).S3.ListBuckets, &s3.ListBucketsInput{})
			s := x.Own.session(may("s3:ListAllMyBuckets", "arn:aws:s3:::mine").document())
			refused(x, s.S3.ListBuckets, &s3.ListBucketsInput{}, "AccessDenied").
				saying("User: " + s.arn + " is not authorized to perform: s3:ListAllMyBuckets because no identity-based policy allows the s3:ListAllMyBuckets action")
		},
	},
	{
		says:   "tags and ownership at creation take permissions of their own",
		source: "Simple Storage Service API Reference, CreateBucket",
		check: func(x *bench) {
			in := &s3.CreateBucketInput{Bucket: new(x.name("bucket")), ObjectOwnership: types.ObjectOwnershipBucketOwnerPreferred,
				CreateBucketConfiguration: &types.CreateBucketConfiguration{Tags: []types.Tag{{Key: new("team"), Value: new("shop")}}}}
			arn := "arn:aws:s3:::" + *in.Bucket
			refused(x, x.Own.session(may("s3:CreateBucket s3:TagResource", arn).document()).in("us-east-1").S3.CreateBucket, in, "AccessDenied").mentioning("s3:PutBucketOwnershipControls")
			refused(x, x.Own.session(may("s3:CreateBucket s3:PutBucketOwnershipControls", arn).document()).in("us-east-1").S3.CreateBucket, in, "AccessDenied").mentioning("s3:TagResource")
			succeed(x, x.Own.session(may("s3:CreateBucket s3:PutBucketOwnershipControls s3:TagResource", arn).document()).in("us-east-1").S3.CreateBucket, in)
			cleanup(x, x.Own.in("us-east-1").S3.DeleteBucket, &s3.DeleteBucketInput{Bucket: in.Bucket})
		},
	},
	{
		says:   "s3:LocationConstraint holds a creator to a Region",
		source: "Service Authorization Reference, Amazon S3",
		check: func(x *bench) {
			s := x.Own.session(may("s3:CreateBucket", "*", `"Condition":{"StringEquals":{"s3:LocationConstraint":"eu-west-1"}}`).document())
			in := &s3.CreateBucketInput{Bucket: new(x.name("bucket"))}
			refused(x, s.in("us-east-1").S3.CreateBucket, in, "AccessDenied")
			in.CreateBucketConfiguration = located("eu-west-1")
			succeed(x, s.in("eu-west-1").S3.CreateBucket, in)
			cleanup(x, x.Own.in("eu-west-1").S3.DeleteBucket, &s3.DeleteBucketInput{Bucket: in.Bucket})
		},
	},
}
