package s3

import (
	"net/http"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/lab/world"
)

// putBucketVersioning enables or suspends versioning; it is never off again
// (recorded wordings).
func (s *Service) putBucketVersioning(c *world.Call, in *s3.PutBucketVersioningInput) (*s3.PutBucketVersioningOutput, error) {
	b, err := s.allowed(c, in.Bucket, in.ExpectedBucketOwner, "s3:PutBucketVersioning")
	if err != nil {
		return nil, err
	}
	wanted := in.VersioningConfiguration
	switch {
	case in.MFA != nil, wanted != nil && wanted.MFADelete == types.MFADeleteEnabled:
		return nil, world.Unimplemented("MFA delete")
	case wanted == nil || wanted.Status == "":
		return nil, fail(http.StatusBadRequest, "IllegalVersioningConfigurationException", "The Versioning element must be specified")
	case !slices.Contains(wanted.Status.Values(), wanted.Status), wanted.MFADelete != "" && wanted.MFADelete != types.MFADeleteDisabled:
		return nil, malformedXML()
	}
	b.versioning = wanted.Status
	return &s3.PutBucketVersioningOutput{}, nil
}

func (s *Service) getBucketVersioning(c *world.Call, in *s3.GetBucketVersioningInput) (*s3.GetBucketVersioningOutput, error) {
	b, err := s.allowed(c, in.Bucket, in.ExpectedBucketOwner, "s3:GetBucketVersioning")
	if err != nil {
		return nil, err
	}
	return &s3.GetBucketVersioningOutput{Status: b.versioning}, nil
}
