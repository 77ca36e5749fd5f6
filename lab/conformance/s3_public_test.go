package conformance

import (
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// unsigned calls without credentials.
func (x *bench) unsigned() *s3.Client {
	config := x.Own.config.Copy()
	config.Credentials = aws.AnonymousCredentials{}
	return s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = true })
}

// forAll is the statement that makes the contents of a bucket public.
func forAll(bucket string) statement {
	return grant("Allow", "Public", "*", "s3:GetObject", contents(bucket))
}

func blocking(bucket string, block types.PublicAccessBlockConfiguration) *s3.PutPublicAccessBlockInput {
	return &s3.PutPublicAccessBlockInput{Bucket: &bucket, PublicAccessBlockConfiguration: &block}
}

func withACL(bucket string, acl types.BucketCannedACL) *s3.PutBucketAclInput {
	return &s3.PutBucketAclInput{Bucket: &bucket, ACL: acl}
}

// granted gives the grants of an ACL: who, and what.
func granted(owner string, grants []types.Grant) (list string) {
	for _, g := range grants {
		who := text(g.Grantee.URI)
		if text(g.Grantee.ID) == owner {
			who = "owner"
		}
		list += who + " " + string(g.Permission) + "; "
	}
	return list
}

const (
	everybody    = "http://acs.amazonaws.com/groups/global/AllUsers"
	withAccounts = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
	logging      = "http://acs.amazonaws.com/groups/s3/LogDelivery"
)

var s3Public = []claim{
	{
		says:   "a new bucket takes no public policy",
		source: "Simple Storage Service User Guide, Blocking public access to your Amazon S3 storage; reported: the message, in github.com/hashicorp/terraform-provider-aws issues",
		check: func(x *bench) {
			name := x.Own.bucket()
			refused(x, x.Own.S3.PutBucketPolicy, governing(name, forAll(name).document()), "AccessDenied").
				saying("User: " + x.Own.arn + ` is not authorized to perform: s3:PutBucketPolicy on resource: "` + itself(name) + `" because public policies are blocked by the BlockPublicPolicy block public access setting.`)
		},
	},
	{
		says:   "a public policy lets everybody read what is under SSE-S3, until the block is back",
		source: "Simple Storage Service User Guide, Blocking public access to your Amazon S3 storage",
		check: func(x *bench) {
			name := x.Own.opened(x.Own.bucket())
			x.Own.store(name, "k", "hello")
			refused(x, x.unsigned().GetObject, reading(name, "k"), "AccessDenied").saying("Access Denied")
			x.Own.govern(name, forAll(name))
			equal(x, "being public", *succeed(x, x.Own.S3.GetBucketPolicyStatus, &s3.GetBucketPolicyStatusInput{Bucket: &name}).PolicyStatus.IsPublic, true)
			body, err := io.ReadAll(succeed(x, x.unsigned().GetObject, reading(name, "k")).Body)
			equal(x, "what everybody reads", string(body), "hello")
			equal(x, "reading it to the end", err, nil)
			refused(x, x.unsigned().PutObject, &s3.PutObjectInput{Bucket: &name, Key: new("k")}, "AccessDenied")
			succeed(x, x.Own.S3.PutPublicAccessBlock, blocking(name, types.PublicAccessBlockConfiguration{RestrictPublicBuckets: new(true)}))
			refused(x, x.unsigned().GetObject, reading(name, "k"), "AccessDenied")
			succeed(x, x.Own.S3.GetObject, reading(name, "k"))
		},
	},
	{
		says:   "a public object under SSE-KMS is for nobody without credentials",
		source: "Simple Storage Service User Guide, Using server-side encryption with AWS KMS keys (SSE-KMS); reported: the message, in github.com/aws/aws-sdk-js issues",
		check: func(x *bench) {
			name := x.Own.opened(x.Own.bucket())
			x.Own.store(name, "k", "hello", func(in *s3.PutObjectInput) {
				in.ServerSideEncryption, in.SSEKMSKeyId = types.ServerSideEncryptionAwsKms, new(x.Own.key("").arn)
			})
			x.Own.govern(name, forAll(name))
			refused(x, x.unsigned().GetObject, reading(name, "k"), "InvalidArgument").
				saying("Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4.")
		},
	},
	{
		says:   "one public statement with RestrictPublicBuckets shuts out accounts that are named as well",
		source: "Simple Storage Service User Guide, Blocking public access to your Amazon S3 storage",
		needs:  otherAccount,
		check: func(x *bench) {
			name := x.Own.opened(x.Own.bucket())
			x.Own.store(name, "k", "hello")
			named := grant("Allow", "Named", x.Other.root(), "s3:GetObject", contents(name))
			succeed(x, x.Own.S3.PutPublicAccessBlock, blocking(name, types.PublicAccessBlockConfiguration{RestrictPublicBuckets: new(true)}))
			x.Own.govern(name, named)
			succeed(x, x.Other.S3.GetObject, reading(name, "k"))
			x.Own.govern(name, named, forAll(name))
			refused(x, x.Other.S3.GetObject, reading(name, "k"), "AccessDenied")
			succeed(x, x.Own.S3.GetObject, reading(name, "k"))
		},
	},
	{
		says:   "a policy for everybody under a fixed condition is not public",
		source: "Simple Storage Service User Guide, Blocking public access to your Amazon S3 storage",
		check: func(x *bench) {
			name := x.Own.bucket()
			for condition, public := range map[string]bool{
				`"StringEquals":{"aws:SourceVpc":"vpc-91237329"}`:              false,
				`"StringLike":{"aws:SourceVpc":"vpc-*"}`:                       true,
				`"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`:                false,
				`"IpAddress":{"aws:SourceIp":"0.0.0.0/1"}`:                     true,
				`"StringEquals":{"aws:SourceAccount":"` + x.Own.account + `"}`: false,
			} {
				policy := grant("Allow", "", "*", "s3:GetObject", contents(name), `"Condition":{`+condition+`}`).document()
				if public {
					refused(x, x.Own.S3.PutBucketPolicy, governing(name, policy), "AccessDenied").mentioning("BlockPublicPolicy")
					continue
				}
				succeed(x, x.Own.S3.PutBucketPolicy, governing(name, policy))
				equal(x, "being public under "+condition, *succeed(x, x.Own.S3.GetBucketPolicyStatus, &s3.GetBucketPolicyStatusInput{Bucket: &name}).PolicyStatus.IsPublic, false)
			}
		},
	},
	{
		says:   "where ACLs are disabled none is taken, and the owner has full control",
		source: "Simple Storage Service User Guide, Controlling ownership of objects and disabling ACLs for your bucket; reported: the message, in github.com/aws-controllers-k8s/community issue 1282; recorded: s3 test_put_bucket_logging",
		check: func(x *bench) {
			name := x.Own.bucket()
			refused(x, x.Own.S3.PutBucketAcl, withACL(name, types.BucketCannedACLPublicRead), "AccessControlListNotSupported").saying("The bucket does not allow ACLs")
			got := succeed(x, x.Own.S3.GetBucketAcl, &s3.GetBucketAclInput{Bucket: &name})
			equal(x, "the ACL", granted(text(got.Owner.ID), got.Grants), "owner FULL_CONTROL; ")
		},
	},
	{
		says:   "a canned ACL is given back spelled out",
		source: "recorded: s3 test_s3_bucket_acl",
		check: func(x *bench) {
			name := x.Own.opened(x.Own.bucket())
			get := func() string {
				got := succeed(x, x.Own.S3.GetBucketAcl, &s3.GetBucketAclInput{Bucket: &name})
				return granted(text(got.Owner.ID), got.Grants)
			}
			for acl, spelled := range map[types.BucketCannedACL]string{
				types.BucketCannedACLPrivate:           "owner FULL_CONTROL; ",
				types.BucketCannedACLPublicRead:        "owner FULL_CONTROL; " + everybody + " READ; ",
				types.BucketCannedACLPublicReadWrite:   "owner FULL_CONTROL; " + everybody + " READ; " + everybody + " WRITE; ",
				types.BucketCannedACLAuthenticatedRead: "owner FULL_CONTROL; " + withAccounts + " READ; ",
			} {
				succeed(x, x.Own.S3.PutBucketAcl, withACL(name, acl))
				equal(x, string(acl), get(), spelled)
			}
			succeed(x, x.Own.S3.PutBucketAcl, &s3.PutBucketAclInput{Bucket: &name, GrantRead: new(`uri="` + logging + `"`)})
			equal(x, "the grant of a header", get(), logging+" READ; ")
			owner := succeed(x, x.Own.S3.GetBucketAcl, &s3.GetBucketAclInput{Bucket: &name}).Owner
			succeed(x, x.Own.S3.PutBucketAcl, &s3.PutBucketAclInput{Bucket: &name, AccessControlPolicy: &types.AccessControlPolicy{
				Owner: owner, Grants: []types.Grant{{Grantee: &types.Grantee{Type: types.TypeCanonicalUser, ID: owner.ID}, Permission: types.PermissionFullControl}},
			}})
			equal(x, "the ACL of a document", get(), "owner FULL_CONTROL; ")
		},
	},
	{
		says:   "an ACL has one form, and grantees that can be",
		source: "recorded: s3 test_s3_bucket_acl_exceptions",
		check: func(x *bench) {
			name := x.Own.opened(x.Own.bucket())
			write := func(grantee string) *s3.PutBucketAclInput {
				return &s3.PutBucketAclInput{Bucket: &name, GrantWrite: &grantee}
			}
			refused(x, x.Own.S3.PutBucketAcl, withACL(name, "fake-acl"), "InvalidArgument")
			refused(x, x.Own.S3.PutBucketAcl, write(`uri="http://acs.amazonaws.com/groups/s3/FakeGroup"`), "InvalidArgument").saying("Invalid group uri")
			refused(x, x.Own.S3.PutBucketAcl, write(`fakekey="1234"`), "InvalidArgument").saying("Argument format not recognized")
			refused(x, x.Own.S3.PutBucketAcl, write(`id="wrong-id"`), "InvalidArgument").saying("Invalid id")
			refused(x, x.Own.S3.PutBucketAcl, &s3.PutBucketAclInput{Bucket: &name}, "MissingSecurityHeader").saying("Your request was missing a required header")
			both := withACL(name, types.BucketCannedACLPrivate)
			both.GrantRead = new(`uri="` + logging + `"`)
			refused(x, x.Own.S3.PutBucketAcl, both, "InvalidRequest").saying("Specifying both Canned ACLs and Header Grants is not allowed")
			ownerless := &s3.PutBucketAclInput{Bucket: &name, AccessControlPolicy: &types.AccessControlPolicy{
				Grants: []types.Grant{{Grantee: &types.Grantee{Type: types.TypeGroup, URI: new(logging)}, Permission: types.PermissionWrite}},
			}}
			refused(x, x.Own.S3.PutBucketAcl, ownerless, "MalformedACLError")
		},
	},
	{
		says:   "BlockPublicAcls keeps public ACLs out, IgnorePublicAcls takes their effect away",
		source: "Simple Storage Service User Guide, Blocking public access to your Amazon S3 storage; reported: the message, in github.com/hashicorp/terraform-provider-aws issues",
		check: func(x *bench) {
			name := x.Own.opened(x.Own.bucket())
			list := &s3.ListObjectsV2Input{Bucket: &name}
			refused(x, x.unsigned().ListObjectsV2, list, "AccessDenied")
			succeed(x, x.Own.S3.PutBucketAcl, withACL(name, types.BucketCannedACLPublicRead))
			succeed(x, x.unsigned().ListObjectsV2, list)
			succeed(x, x.Own.S3.PutPublicAccessBlock, blocking(name, types.PublicAccessBlockConfiguration{BlockPublicAcls: new(true)}))
			succeed(x, x.unsigned().ListObjectsV2, list)
			refused(x, x.Own.S3.PutBucketAcl, withACL(name, types.BucketCannedACLPublicReadWrite), "AccessDenied").
				mentioning("because public access control lists (ACLs) are blocked by the BlockPublicAcls block public access setting")
			succeed(x, x.Own.S3.PutPublicAccessBlock, blocking(name, types.PublicAccessBlockConfiguration{IgnorePublicAcls: new(true)}))
			refused(x, x.unsigned().ListObjectsV2, list, "AccessDenied")
			got := succeed(x, x.Own.S3.GetBucketAcl, &s3.GetBucketAclInput{Bucket: &name})
			equal(x, "the ACL in force", granted(text(got.Owner.ID), got.Grants), "owner FULL_CONTROL; ")
			succeed(x, x.Own.S3.DeletePublicAccessBlock, &s3.DeletePublicAccessBlockInput{Bucket: &name})
			succeed(x, x.unsigned().ListObjectsV2, list)
		},
	},
	{
		says:   "an ACL for whoever has an account is not for who has none, and needs the caller's own policies",
		source: "Simple Storage Service User Guide, Access control list (ACL) overview; assumption: an ACL counts as the bucket's policy does",
		needs:  otherAccount,
		check: func(x *bench) {
			name := x.Own.opened(x.Own.bucket())
			list := &s3.ListObjectsV2Input{Bucket: &name}
			refused(x, x.Other.S3.ListObjectsV2, list, "AccessDenied")
			succeed(x, x.Own.S3.PutBucketAcl, withACL(name, types.BucketCannedACLAuthenticatedRead))
			succeed(x, x.Other.S3.ListObjectsV2, list)
			refused(x, x.unsigned().ListObjectsV2, list, "AccessDenied")
			refused(x, x.Other.session("").S3.ListObjectsV2, list, "AccessDenied")
		},
	},
	{
		says:   "ACLs that are in use keep them from being disabled, and none is public from the start",
		source: "Simple Storage Service User Guide, Prerequisites for disabling ACLs; reported: the messages, in github.com/awslabs/web-client-for-aws-transfer-family issue 28 and github.com/aws/aws-sdk-js-v3 issues",
		check: func(x *bench) {
			name := x.Own.opened(x.Own.bucket())
			succeed(x, x.Own.S3.PutBucketAcl, withACL(name, types.BucketCannedACLPublicRead))
			refused(x, x.Own.S3.PutBucketOwnershipControls, owned(name, types.ObjectOwnershipBucketOwnerEnforced), "InvalidBucketAclWithObjectOwnership").
				saying("Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting")
			succeed(x, x.Own.S3.PutBucketAcl, withACL(name, types.BucketCannedACLPrivate))
			succeed(x, x.Own.S3.PutBucketOwnershipControls, owned(name, types.ObjectOwnershipBucketOwnerEnforced))
			in := &s3.CreateBucketInput{Bucket: new(x.name("bucket")), ACL: types.BucketCannedACLPublicRead}
			refused(x, x.Own.in("us-east-1").S3.CreateBucket, in, "InvalidBucketAclWithObjectOwnership")
			in.ObjectOwnership = types.ObjectOwnershipObjectWriter
			refused(x, x.Own.in("us-east-1").S3.CreateBucket, in, "InvalidBucketAclWithBlockPublicAccessError").
				saying("Bucket cannot have public ACLs set with BlockPublicAccess enabled")
		},
	},
	{
		says:   "a public access block has four settings, and can be taken off",
		source: "recorded: s3 test_crud_public_access_block",
		check: func(x *bench) {
			name := x.Own.bucket()
			get := &s3.GetPublicAccessBlockInput{Bucket: &name}
			succeed(x, x.Own.S3.PutPublicAccessBlock, blocking(name, types.PublicAccessBlockConfiguration{BlockPublicAcls: new(false)}))
			block := succeed(x, x.Own.S3.GetPublicAccessBlock, get).PublicAccessBlockConfiguration
			equal(x, "anything blocked", *block.BlockPublicAcls || *block.BlockPublicPolicy || *block.IgnorePublicAcls || *block.RestrictPublicBuckets, false)
			for range 2 {
				succeed(x, x.Own.S3.DeletePublicAccessBlock, &s3.DeletePublicAccessBlockInput{Bucket: &name})
			}
			refused(x, x.Own.S3.GetPublicAccessBlock, get, "NoSuchPublicAccessBlockConfiguration").saying("The public access block configuration was not found")
		},
	},
}
