package conformance

import (
	"errors"
	"net/http"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// toldRegion gives the status of a failed answer, and the Region that it tells.
func toldRegion(x *bench, err error) (status int, region string) {
	x.Helper()
	var failed *awshttp.ResponseError
	if !errors.As(err, &failed) {
		x.Fatalf("got %v, want an answer", err)
	}
	return failed.HTTPStatusCode(), failed.Response.Header.Get("X-Amz-Bucket-Region")
}

var s3Regions = []claim{
	{
		says:   "a bucket sends requests of another Region to its own",
		source: "Simple Storage Service User Guide, Virtual hosting of general purpose buckets; reported: the message and the header, in github.com/JuliaCloud/AWSS3.jl issues 25",
		check: func(x *bench) {
			name := x.Own.in("us-east-1").bucket()
			away := x.Own.in("eu-west-1")
			in := &s3.GetBucketVersioningInput{Bucket: &name}
			refused(x, away.S3.GetBucketVersioning, in, "PermanentRedirect").
				saying("The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.")
			_, err := away.S3.GetBucketVersioning(x.Context(), in)
			status, region := toldRegion(x, err)
			equal(x, "the status", status, http.StatusMovedPermanently)
			equal(x, "the Region told", region, "us-east-1")
			_, err = away.S3.ListObjectsV2(x.Context(), &s3.ListObjectsV2Input{Bucket: &name})
			_, region = toldRegion(x, err)
			equal(x, "the Region told to who lists", region, "us-east-1")
		},
	},
	{
		says:   "HEAD tells a bucket's Region to everybody",
		source: "Simple Storage Service API Reference, HeadBucket",
		needs:  otherAccount,
		check: func(x *bench) {
			in := &s3.HeadBucketInput{Bucket: new(x.Own.in("us-east-1").bucket())}
			_, err := x.Own.in("eu-west-1").S3.HeadBucket(x.Context(), in)
			status, region := toldRegion(x, err)
			equal(x, "the status in another Region", status, http.StatusMovedPermanently)
			equal(x, "the Region", region, "us-east-1")
			_, err = x.Other.in("us-east-1").S3.HeadBucket(x.Context(), in)
			status, region = toldRegion(x, err)
			equal(x, "the status for another account", status, http.StatusForbidden)
			equal(x, "its Region", region, "us-east-1")
		},
	},
	{
		says:   "every Region knows where a bucket is, but beyond its own the bucket's policy counts for nothing",
		source: "Simple Storage Service API Reference, GetBucketLocation; recorded: s3 test_different_location_constraint",
		needs:  otherAccount,
		check: func(x *bench) {
			name := x.Own.in("us-east-2").bucket()
			in := &s3.GetBucketLocationInput{Bucket: &name}
			for _, region := range []string{"us-east-1", "us-east-2", "eu-west-1"} {
				equal(x, "the location", succeed(x, x.Own.in(region).S3.GetBucketLocation, in).LocationConstraint, types.BucketLocationConstraintUsEast2)
			}
			policy := document(grant("Allow", "", x.Other.root(), "s3:GetBucketLocation", "arn:aws:s3:::"+name))
			succeed(x, x.Own.in("us-east-2").S3.PutBucketPolicy, &s3.PutBucketPolicyInput{Bucket: &name, Policy: &policy})
			succeed(x, x.Other.in("us-east-2").S3.GetBucketLocation, in)
			refused(x, x.Other.in("us-east-1").S3.GetBucketLocation, in, "AccessDenied")
		},
	},
	{
		says:   "us-east-1 has no location",
		source: "recorded: s3 test_different_location_constraint, test_create_bucket_aws_global",
		check: func(x *bench) {
			own := x.Own.in("us-east-1")
			equal(x, "the location", succeed(x, own.S3.GetBucketLocation, &s3.GetBucketLocationInput{Bucket: new(own.bucket())}).LocationConstraint, "")
		},
	},
}
