package conformance

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// sums of "test data..", as they were recorded.
var sums = map[types.ChecksumAlgorithm]string{
	types.ChecksumAlgorithmCrc32: "cZWHwQ==", types.ChecksumAlgorithmCrc32c: "Pf4upw==", types.ChecksumAlgorithmCrc64nvme: "qUVrWYOrIAM=",
	types.ChecksumAlgorithmSha1: "B++3uSfJMSHWToQMQ1g6lIJY5Eo=", types.ChecksumAlgorithmSha256: "2l26x0trnT0r2AvakoFk2MB7eKVKzYESLMxSAKAzoik=",
}

// summed writes the checksums of a HEAD.
func summed(out *s3.HeadObjectOutput) string {
	all := ""
	for _, sum := range []*string{out.ChecksumCRC32, out.ChecksumCRC32C, out.ChecksumCRC64NVME, out.ChecksumSHA1, out.ChecksumSHA256} {
		all += text(sum)
	}
	return all + " " + string(out.ChecksumType)
}

// byCRC32 asks the client for that checksum.
func byCRC32(in *s3.PutObjectInput) { in.ChecksumAlgorithm = types.ChecksumAlgorithmCrc32 }

// checked is heading with checksums.
func checked(bucket, key string) *s3.HeadObjectInput {
	in := heading(bucket, key)
	in.ChecksumMode = types.ChecksumModeEnabled
	return in
}

// bare is a client that calculates no checksum by itself.
func (c *caller) bare() *s3.Client {
	return s3.NewFromConfig(c.config, func(o *s3.Options) {
		o.UsePathStyle, o.RequestChecksumCalculation = true, aws.RequestChecksumCalculationWhenRequired
	})
}

// withSum sets the checksum of a put.
func withSum(in *s3.PutObjectInput, algorithm types.ChecksumAlgorithm, sum string) *s3.PutObjectInput {
	*map[types.ChecksumAlgorithm]**string{
		types.ChecksumAlgorithmCrc32: &in.ChecksumCRC32, types.ChecksumAlgorithmCrc32c: &in.ChecksumCRC32C, types.ChecksumAlgorithmCrc64nvme: &in.ChecksumCRC64NVME,
		types.ChecksumAlgorithmSha1: &in.ChecksumSHA1, types.ChecksumAlgorithmSha256: &in.ChecksumSHA256,
	}[algorithm] = &sum
	in.Body = strings.NewReader("test data..")
	return in
}

var s3Checksums = []claim{
	{
		says:   "a checksum is held against the body, kept, and told to who asks",
		source: "recorded: s3 test_put_object_checksum, test_s3_get_object_checksum",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			for algorithm, sum := range sums {
				header := "x-amz-checksum-" + strings.ToLower(string(algorithm))
				refused(x, x.Own.S3.PutObject, withSum(storing(bucket, "key"), algorithm, "abcd"), "InvalidRequest").saying("Value for " + header + " header is invalid.")
				refused(x, x.Own.S3.PutObject, withSum(storing(bucket, "key"), algorithm, strings.Repeat("A", len(sum)-strings.Count(sum, "="))+strings.Repeat("=", strings.Count(sum, "="))), "BadDigest").
					saying("The " + string(algorithm) + " you specified did not match the calculated checksum.")
				succeed(x, x.Own.S3.PutObject, withSum(storing(bucket, "key"), algorithm, sum))
				equal(x, "the checksum", summed(succeed(x, x.Own.S3.HeadObject, checked(bucket, "key"))), sum+" FULL_OBJECT")
				equal(x, "unasked", summed(succeed(x, x.Own.S3.HeadObject, heading(bucket, "key"))), " ")
			}
		},
	},
	{
		says:   "an object that came without a checksum gets one by CRC64NVME",
		source: "recorded: s3 test_s3_checksum_no_automatic_sdk_calculation",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			in := storing(bucket, "key")
			in.Body = strings.NewReader("test data..")
			out := succeed(x, x.Own.bare().PutObject, in)
			equal(x, "the checksum", text(out.ChecksumCRC64NVME), "qUVrWYOrIAM=")
			succeed(x, x.Own.S3.CopyObject, copying(bucket, "key", "copy"))
			equal(x, "the copy's", summed(succeed(x, x.Own.S3.HeadObject, checked(bucket, "copy"))), "qUVrWYOrIAM= FULL_OBJECT")
		},
	},
	{
		says:   "one checksum is taken, not two",
		source: "recorded: s3 test_s3_checksum_no_algorithm",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			in := withSum(withSum(storing(bucket, "key"), types.ChecksumAlgorithmSha256, sums["SHA256"]), types.ChecksumAlgorithmCrc32, sums["CRC32"])
			refused(x, x.Own.S3.PutObject, in, "InvalidRequest").saying("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
		},
	},
	{
		says:   "a copy keeps the algorithm, or takes another that is asked for",
		source: "recorded: s3 test_s3_copy_object_with_checksum, test_s3_copy_object_with_default_checksum",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			succeed(x, x.Own.S3.PutObject, withSum(storing(bucket, "key"), types.ChecksumAlgorithmSha1, sums["SHA1"]))
			out := succeed(x, x.Own.S3.CopyObject, copying(bucket, "key", "same")).CopyObjectResult
			equal(x, "the same", text(out.ChecksumSHA1), sums["SHA1"])
			for algorithm, sum := range sums {
				succeed(x, x.Own.S3.CopyObject, copying(bucket, "key", "other", func(in *s3.CopyObjectInput) { in.ChecksumAlgorithm = algorithm }))
				equal(x, string(algorithm), summed(succeed(x, x.Own.S3.HeadObject, checked(bucket, "other"))), sum+" FULL_OBJECT")
			}
		},
	},
	{
		says:   "a part of an object comes without the checksum of the whole",
		source: "recorded: s3 test_get_object_range",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			x.Own.store(bucket, "key", "0123456789", byCRC32)
			in := reading(bucket, "key")
			in.ChecksumMode, in.Range = types.ChecksumModeEnabled, aws.String("bytes=0-8")
			equal(x, "the part's", succeed(x, x.Own.S3.GetObject, in).ChecksumCRC32, nil)
			in.Range = aws.String("bytes=0-100")
			equal(x, "all of it", text(succeed(x, x.Own.S3.GetObject, in).ChecksumCRC32), "poTHxg==")
		},
	},
	{
		says:   "Content-MD5 is held against the body",
		source: "recorded: s3 test_s3_invalid_content_md5",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			with := func(md5 string) *s3.PutObjectInput {
				in := storing(bucket, "key")
				in.Body, in.ContentMD5 = strings.NewReader("something"), &md5
				return in
			}
			for _, invalid := range []string{"__invalid__", "000", "not base64 encoded checksum", "MTIz", "dGVzdC1zdHJpbmc="} {
				refused(x, x.Own.S3.PutObject, with(invalid), "InvalidDigest").saying("The Content-MD5 you specified was invalid.")
			}
			refused(x, x.Own.S3.PutObject, with("CYketZBSTjX8czcs3cXVlg=="), "BadDigest").saying("The Content-MD5 you specified did not match what we received.")
			succeed(x, x.Own.S3.PutObject, with("Q3uTDbhLgHnC3YBKcZNrXw=="))
		},
	},
}
