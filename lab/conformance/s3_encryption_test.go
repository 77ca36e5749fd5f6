package conformance

import (
	"encoding/base64"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// under asks for a KMS key, the AWS managed one for "".
func under(key string) func(*s3.PutObjectInput) {
	return func(in *s3.PutObjectInput) {
		in.ServerSideEncryption = types.ServerSideEncryptionAwsKms
		if key != "" {
			in.SSEKMSKeyId = &key
		}
	}
}

// shared is under with an S3 Bucket Key.
func shared(key string) func(*s3.PutObjectInput) {
	return func(in *s3.PutObjectInput) {
		under(key)(in)
		in.BucketKeyEnabled = aws.Bool(true)
	}
}

func storing(bucket, key string, configure ...func(*s3.PutObjectInput)) *s3.PutObjectInput {
	in := &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader("test-sse")}
	for _, f := range configure {
		f(in)
	}
	return in
}

// kmsCalls counts, on the lab, the calls of KMS that S3 made.
func (x *bench) kmsCalls() (n int) {
	for _, e := range x.lab.World.Trail.Entries() {
		if e.Service == "kms" && strings.HasPrefix(e.Via, "s3.") {
			n++
		}
	}
	return n
}

var s3Encryption = []claim{
	{
		says:   "an object under a KMS key tells the key's ARN, and its ETag is no MD5",
		source: "recorded: s3 test_s3_sse_validate_kms_key_state; Simple Storage Service API Reference, Object",
		check: func(x *bench) {
			bucket, k := x.Own.shelf(), x.Own.key("")
			put := x.Own.store(bucket, "key", "test-sse", under(k.id))
			again := x.Own.store(bucket, "key", "test-sse", under(k.arn))
			equal(x, "the encryption", put.ServerSideEncryption, types.ServerSideEncryptionAwsKms)
			equal(x, "the key", text(put.SSEKMSKeyId), k.arn)
			plain := x.Own.store(bucket, "plain", "test-sse")
			if *put.ETag == *plain.ETag || *put.ETag == *again.ETag {
				x.Errorf("the ETags are %s, %s and in the clear %s", *put.ETag, *again.ETag, *plain.ETag)
			}
			out := succeed(x, x.Own.S3.GetObject, reading(bucket, "key"))
			equal(x, "the key", text(out.SSEKMSKeyId), k.arn)
			equal(x, "a bucket key", out.BucketKeyEnabled, nil)
			equal(x, "the body", x.Own.read(reading(bucket, "key")), "test-sse")
		},
	},
	{
		says:   "without a key, aws:kms is the AWS managed key, the same in all buckets",
		source: "recorded: s3 test_s3_sse_default_kms_key",
		check: func(x *bench) {
			one, two := x.Own.shelf(), x.Own.shelf()
			first, second := x.Own.store(one, "key", "x", under("")), x.Own.store(two, "key", "x", under(""))
			equal(x, "the key", text(first.SSEKMSKeyId), text(second.SSEKMSKeyId))
			described := succeed(x, x.Own.KMS.DescribeKey, &kms.DescribeKeyInput{KeyId: aws.String("alias/aws/s3")})
			equal(x, "the key", text(first.SSEKMSKeyId), text(described.KeyMetadata.Arn))
		},
	},
	{
		says:   "an object keeps the encryption it was written with when the bucket's default changes",
		source: "recorded: s3 test_s3_sse_bucket_key_default",
		check: func(x *bench) {
			bucket, k := x.Own.shelf(), x.Own.key("")
			x.Own.store(bucket, "before", "test-sse")
			rule := byDefault(types.ServerSideEncryptionAwsKms, &k.id)
			rule.BucketKeyEnabled = aws.Bool(true)
			succeed(x, x.Own.S3.PutBucketEncryption, encrypting(bucket, rule))
			old := succeed(x, x.Own.S3.HeadObject, heading(bucket, "before"))
			equal(x, "the old one's encryption", old.ServerSideEncryption, types.ServerSideEncryptionAes256)
			put := x.Own.store(bucket, "after", "test-sse")
			equal(x, "the new one's encryption", put.ServerSideEncryption, types.ServerSideEncryptionAwsKms)
			equal(x, "the new one's key", text(put.SSEKMSKeyId), k.arn)
			equal(x, "a bucket key", aws.ToBool(put.BucketKeyEnabled), true)
			equal(x, "a bucket key", aws.ToBool(succeed(x, x.Own.S3.HeadObject, heading(bucket, "after")).BucketKeyEnabled), true)
			asked := x.Own.store(bucket, "asked", "test-sse", func(in *s3.PutObjectInput) { in.ServerSideEncryption = types.ServerSideEncryptionAes256 })
			equal(x, "what was asked for", asked.ServerSideEncryption, types.ServerSideEncryptionAes256)
		},
	},
	{
		says:   "a copy forgets the source's key: it gets what is asked for, or the bucket's default",
		source: "recorded: s3 test_s3_copy_object_in_place_with_encryption, test_copy_object_kms",
		check: func(x *bench) {
			bucket, k := x.Own.shelf(), x.Own.key("")
			x.Own.store(bucket, "key", "test", shared(k.id))
			managed := succeed(x, x.Own.S3.CopyObject, copying(bucket, "key", "key", func(in *s3.CopyObjectInput) { in.ServerSideEncryption = types.ServerSideEncryptionAwsKms }))
			if text(managed.SSEKMSKeyId) == k.arn || managed.BucketKeyEnabled != nil {
				x.Errorf("it is under %s", text(managed.SSEKMSKeyId))
			}
			plain := succeed(x, x.Own.S3.CopyObject, copying(bucket, "key", "key"))
			equal(x, "the encryption", plain.ServerSideEncryption, types.ServerSideEncryptionAes256)
			equal(x, "the ETag", text(plain.CopyObjectResult.ETag), `"098f6bcd4621d373cade4e832627b4f6"`)
			out := succeed(x, x.Own.S3.CopyObject, copying(bucket, "key", "to", func(in *s3.CopyObjectInput) {
				in.ServerSideEncryption, in.SSEKMSKeyId, in.BucketKeyEnabled = types.ServerSideEncryptionAwsKms, &k.id, aws.Bool(true)
			}))
			equal(x, "the key", text(out.SSEKMSKeyId), k.arn)
			equal(x, "a bucket key", aws.ToBool(out.BucketKeyEnabled), true)
			equal(x, "the body", x.Own.read(reading(bucket, "to")), "test")
		},
	},
	{
		says:   "a key that is disabled or pending deletion can neither write nor read",
		source: "recorded: s3 test_s3_sse_validate_kms_key_state",
		check: func(x *bench) {
			bucket, k := x.Own.shelf(), x.Own.key("")
			x.Own.store(bucket, "key", "test-sse", under(k.id))
			succeed(x, x.Own.KMS.DisableKey, &kms.DisableKeyInput{KeyId: &k.id})
			refused(x, x.Own.S3.GetObject, reading(bucket, "key"), "KMS.DisabledException").saying(k.arn + " is disabled.")
			refused(x, x.Own.S3.PutObject, storing(bucket, "other", under(k.id)), "KMS.DisabledException").saying(k.arn + " is disabled.")
			refused(x, x.Own.S3.CopyObject, copying(bucket, "key", "other"), "KMS.DisabledException")
			succeed(x, x.Own.S3.HeadObject, heading(bucket, "key"))
			succeed(x, x.Own.KMS.ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: &k.id, PendingWindowInDays: aws.Int32(7)})
			refused(x, x.Own.S3.GetObject, reading(bucket, "key"), "KMS.KMSInvalidStateException").saying(k.arn + " is pending deletion.")
		},
	},
	{
		says:   "a key must be one of the bucket's Region, and exist",
		source: "recorded: s3 test_s3_sse_validate_kms_key",
		check: func(x *bench) {
			bucket, far := x.Own.shelf(), x.Own.in(x.away).key("")
			const fake = "134f2428-cec1-4b25-a1ae-9048164dba47"
			here := func(id string) string { return "arn:aws:kms:" + x.region + ":" + x.Own.account + ":key/" + id }
			for key, message := range map[string]string{
				"fake-key-id": "Invalid keyId 'fake-key-id'",
				fake:          "Key '" + here(fake) + "' does not exist",
				here(fake):    "Key '" + here(fake) + "' does not exist",
				far.arn:       "Invalid arn " + x.away,
				far.id:        "Key '" + here(far.id) + "' does not exist",
			} {
				refused(x, x.Own.S3.PutObject, storing(bucket, "key", under(key)), "KMS.NotFoundException").saying(message)
			}
			x.Own.store(bucket, "from", "x")
			refused(x, x.Own.S3.CopyObject, copying(bucket, "from", "to", func(in *s3.CopyObjectInput) {
				in.ServerSideEncryption, in.SSEKMSKeyId = types.ServerSideEncryptionAwsKms, aws.String("fake-key-id")
			}), "KMS.NotFoundException")
		},
	},
	{
		says:   "writing under a KMS key takes kms:GenerateDataKey, and reading kms:Decrypt",
		source: "Simple Storage Service User Guide, Using server-side encryption with AWS KMS keys; reported: a refusal that names the action and the key, in github.com/aws/copilot-cli issue 5500",
		check: func(x *bench) {
			bucket, k := x.Own.shelf(), x.Own.key("")
			x.Own.store(bucket, "key", "test-sse", under(k.arn))
			writer := x.Own.session(document(may("s3:*", "*"), may("kms:GenerateDataKey", k.arn)))
			reader := x.Own.session(document(may("s3:*", "*"), may("kms:Decrypt", k.arn)))
			succeed(x, writer.S3.PutObject, storing(bucket, "key", under(k.arn)))
			refused(x, writer.S3.GetObject, reading(bucket, "key"), "AccessDenied").mentioning("is not authorized to perform: kms:Decrypt on resource: " + k.arn)
			equal(x, "the body", reader.read(reading(bucket, "key")), "test-sse")
			refused(x, reader.S3.PutObject, storing(bucket, "key", under(k.arn)), "AccessDenied").mentioning("is not authorized to perform: kms:GenerateDataKey on resource: " + k.arn)
			refused(x, writer.S3.CopyObject, copying(bucket, "key", "copy"), "AccessDenied").mentioning("kms:Decrypt")
			succeed(x, reader.S3.CopyObject, copying(bucket, "key", "copy"))
		},
	},
	{
		says:   "HEAD needs no permission in KMS, unless it asks for the checksum",
		source: "Simple Storage Service API Reference, HeadObject",
		check: func(x *bench) {
			bucket, k := x.Own.shelf(), x.Own.key("")
			x.Own.store(bucket, "key", "test-sse", under(k.arn))
			s := x.Own.session(document(may("s3:*", "*")))
			succeed(x, s.S3.HeadObject, heading(bucket, "key"))
			in := heading(bucket, "key")
			in.ChecksumMode = types.ChecksumModeEnabled
			refused(x, s.S3.HeadObject, in, "Forbidden")
			in.Bucket = &bucket
			succeed(x, x.Own.S3.HeadObject, in)
		},
	},
	{
		says:   "the key is used through S3, under the object's ARN and what the writer adds",
		source: "Simple Storage Service User Guide, Using server-side encryption with AWS KMS keys; KMS Developer Guide, Condition keys: kms:ViaService",
		check: func(x *bench) {
			bucket, k := x.Own.shelf(), x.Own.key("")
			of := func(key string) string {
				return when("StringEquals", "kms:EncryptionContext:aws:s3:arn", itself(bucket)+"/"+key)
			}
			via := when("StringEquals", "kms:ViaService", "s3."+x.region+".amazonaws.com")
			s := x.Own.session(document(may("s3:*", "*"), may("kms:GenerateDataKey", k.arn, of("key")), may("kms:Decrypt", k.arn, via)))
			succeed(x, s.S3.PutObject, storing(bucket, "key", under(k.arn), func(in *s3.PutObjectInput) {
				in.SSEKMSEncryptionContext = aws.String(base64.StdEncoding.EncodeToString([]byte(`{"app":"shop"}`)))
			}))
			equal(x, "the body", s.read(reading(bucket, "key")), "test-sse")
			refused(x, s.S3.PutObject, storing(bucket, "other", under(k.arn)), "AccessDenied")
			blob := x.Own.seal(k, "hello", "aws:s3:arn", itself(bucket)+"/key")
			refused(x, s.KMS.Decrypt, k.decrypt(blob, "aws:s3:arn", itself(bucket)+"/key"), "AccessDeniedException")
		},
	},
	{
		says:   "with a bucket key the encryption context is the bucket's ARN",
		source: "Simple Storage Service User Guide, Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys",
		check: func(x *bench) {
			bucket, k := x.Own.shelf(), x.Own.key("")
			s := x.Own.session(document(may("s3:*", "*"), may("kms:GenerateDataKey kms:Decrypt", k.arn, when("StringEquals", "kms:EncryptionContext:aws:s3:arn", itself(bucket)))))
			succeed(x, s.S3.PutObject, storing(bucket, "key", shared(k.arn)))
			refused(x, s.S3.PutObject, storing(bucket, "key", under(k.arn)), "AccessDenied")
			equal(x, "the body", s.read(reading(bucket, "key")), "test-sse")
		},
	},
	{
		says:   "a bucket key is fetched once for each requester, which must itself be allowed",
		source: "Simple Storage Service User Guide, Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys; assumption: for five minutes",
		needs:  inside | clock,
		check: func(x *bench) {
			bucket, k := x.Own.shelf(), x.Own.key("")
			for range 3 {
				x.Own.store(bucket, "key", "test-sse", shared(k.arn))
				x.Own.read(reading(bucket, "key"))
			}
			equal(x, "the calls for one", x.kmsCalls(), 1)
			s := x.Own.session(document(may("s3:*", "*"), may("kms:Decrypt", k.arn)))
			s.read(reading(bucket, "key"))
			s.read(reading(bucket, "key"))
			equal(x, "the calls for two", x.kmsCalls(), 2)
			none := x.Own.session(document(may("s3:*", "*")))
			refused(x, none.S3.GetObject, reading(bucket, "key"), "AccessDenied").mentioning("kms:Decrypt")
			x.advance(5 * time.Minute)
			s.read(reading(bucket, "key"))
			equal(x, "the calls later", x.kmsCalls(), 4)
			x.Own.store(bucket, "plain", "test-sse", under(k.arn))
			x.Own.store(bucket, "plain", "test-sse", under(k.arn))
			equal(x, "the calls without one", x.kmsCalls(), 6)
		},
	},
	{
		says:   "a key of another account works by its ARN, and the AWS managed key of another account does not",
		source: "Simple Storage Service User Guide, Using server-side encryption with AWS KMS keys; Simple Storage Service API Reference, PutObject",
		needs:  otherAccount,
		check: func(x *bench) {
			bucket := x.Own.shelf()
			k := x.Other.key(document(x.Other.delegate(), allow("Across", x.Own.root(), "kms:GenerateDataKey kms:Decrypt")))
			x.Own.store(bucket, "key", "test-sse", under(k.arn))
			equal(x, "the body", x.Own.read(reading(bucket, "key")), "test-sse")
			refused(x, x.Own.S3.PutObject, storing(bucket, "key", under(k.id)), "KMS.NotFoundException")
			x.Own.store(bucket, "managed", "test-sse", under(""))
			x.Own.govern(bucket, grant("Allow", "Across", x.Other.root(), "s3:GetObject", contents(bucket)))
			refused(x, x.Other.S3.GetObject, reading(bucket, "managed"), "AccessDenied")
			equal(x, "the body under its own key", x.Other.read(reading(bucket, "key")), "test-sse")
		},
	},
	{
		says:   "a key is named together with aws:kms alone",
		source: "reported: the message, in github.com/aws/aws-cli issue 1431",
		check: func(x *bench) {
			bucket, k := x.Own.shelf(), x.Own.key("")
			in := storing(bucket, "key", under(k.arn))
			in.ServerSideEncryption = types.ServerSideEncryptionAes256
			refused(x, x.Own.S3.PutObject, in, "InvalidArgument").
				saying("Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms")
		},
	},
}
