package s3

import (
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

// headBucket asks for the permission to list the bucket, and tells its Region
// even to who may not (S3 API Reference).
func (s *Service) headBucket(c *world.Call, in *s3.HeadBucketInput) (*s3.HeadBucketOutput, error) {
	b, err := s.allowed(c, in.Bucket, in.ExpectedBucketOwner, "s3:ListBucket")
	if b := s.buckets[*in.Bucket]; err != nil && b != nil {
		told := *world.Answer(err)
		told.Header = http.Header{"X-Amz-Bucket-Region": {string(b.region)}}
		return nil, &told
	}
	if err != nil {
		return nil, err
	}
	return &s3.HeadBucketOutput{BucketArn: new(b.arn()), BucketRegion: new(string(b.region)), AccessPointAlias: new(false)}, nil
}

// getBucketLocation is answered in every Region. But in others than the bucket's
// own its policy does not apply, so that other accounts are refused (S3 API
// Reference).
func (s *Service) getBucketLocation(c *world.Call, in *s3.GetBucketLocationInput) (*s3.GetBucketLocationOutput, error) {
	if b := s.buckets[*in.Bucket]; b != nil && c.Region != b.region {
		if in.ExpectedBucketOwner != nil && *in.ExpectedBucketOwner != string(b.owner) {
			return nil, accessDenied("Access Denied")
		}
		return location(b), s.onBucket(c, &bucket{name: b.name, owner: b.owner}, "s3:GetBucketLocation", nil)
	}
	b, err := s.allowed(c, in.Bucket, in.ExpectedBucketOwner, "s3:GetBucketLocation")
	if err != nil {
		return nil, err
	}
	return location(b), nil
}

// location is the constraint that the bucket was made with; us-east-1 has none.
func location(b *bucket) *s3.GetBucketLocationOutput {
	out := &s3.GetBucketLocationOutput{}
	if b.region != "us-east-1" {
		out.LocationConstraint = types.BucketLocationConstraint(b.region)
	}
	if b.constraint == legacyEurope {
		out.LocationConstraint = legacyEurope
	}
	return out
}

// deleteBucket deletes an empty bucket (recorded wordings).
func (s *Service) deleteBucket(c *world.Call, in *s3.DeleteBucketInput) (*s3.DeleteBucketOutput, error) {
	b, err := s.allowed(c, in.Bucket, in.ExpectedBucketOwner, "s3:DeleteBucket")
	if err != nil {
		return nil, err
	}
	if b.objects.count > 0 {
		message := "The bucket you tried to delete is not empty"
		if b.versioning != "" {
			message += ". You must delete all versions in the bucket."
		}
		return nil, fail(http.StatusConflict, "BucketNotEmpty", message, "BucketName", b.name)
	}
	delete(s.buckets, b.name)
	return &s3.DeleteBucketOutput{}, nil
}

// listLimit is the default page, where the request asks for a part of the list;
// without any parameter all buckets are listed (S3 API Reference, ListBuckets).
const listLimit = 10000

// listBuckets lists the caller's own buckets in all Regions. The entries tell
// their Region only where the request has a parameter (recorded).
func (s *Service) listBuckets(c *world.Call, in *s3.ListBucketsInput) (*s3.ListBucketsOutput, error) {
	if err := mayList(c); err != nil {
		return nil, err
	}
	if in.MaxBuckets != nil && (*in.MaxBuckets < 1 || *in.MaxBuckets > listLimit) { // assumption: the wording
		return nil, invalidArgument("Argument max-buckets must be an integer between 1 and 10000.", "max-buckets", "")
	}
	if in.BucketRegion != nil && *in.BucketRegion != string(c.Region) { // documented; assumption: the wording
		return nil, invalidArgument("Argument value "+*in.BucketRegion+" is not a valid AWS Region", "bucket-region", *in.BucketRegion)
	}
	var found []types.Bucket
	detailed := in.MaxBuckets != nil || in.Prefix != nil || in.BucketRegion != nil || in.ContinuationToken != nil
	for _, b := range world.Sorted(s.buckets) {
		if b.owner != c.Account() || !strings.HasPrefix(b.name, text(in.Prefix)) || in.BucketRegion != nil && b.region != c.Region {
			continue
		}
		entry := types.Bucket{Name: &b.name, BucketArn: new(b.arn()), CreationDate: &b.created}
		if detailed {
			entry.BucketRegion = new(string(b.region))
		}
		found = append(found, entry)
	}
	out := &s3.ListBucketsOutput{Owner: &types.Owner{ID: new(canonicalID(c.Account()))}, Prefix: in.Prefix}
	standard := len(found)
	if detailed {
		standard = listLimit
	}
	var ok bool
	out.Buckets, out.ContinuationToken, ok = world.Page(c, found, func(b types.Bucket) string { return *b.Name }, in.ContinuationToken, in.MaxBuckets, standard)
	if !ok {
		return nil, invalidArgument("The continuation token provided is incorrect", "continuation-token", "")
	}
	return out, nil
}

// mayList authorizes on arn:aws:s3:::*, which policies name as well as * (S3
// User Guide, "Controlling access to a bucket with user policies"); a refusal
// names no resource (assumption).
func mayList(c *world.Call) error {
	if c.Account() == "" {
		return accessDenied("Access Denied")
	}
	a := world.Access{Action: "s3:ListAllMyBuckets", Resource: "arn:aws:s3:::*", ResourceAccount: c.Account()}
	d, err := c.Decide(a)
	if err != nil || d.Effect == keypolicy.Allowed {
		return err
	}
	a.Resource = "*"
	return accessDenied(c.Denial(a, d))
}
