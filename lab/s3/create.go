package s3

import (
	"net/http"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// legacyEurope is what eu-west-1 was called; GetBucketLocation gives it back
// (recorded).
const legacyEurope = "EU"

// createBucket makes a bucket. In us-east-1 alone, the owner may make a bucket
// again that is there: nothing but its ACL is made anew (S3 API Reference,
// CreateBucket; recorded).
func (s *Service) createBucket(c *world.Call, in *s3.CreateBucketInput) (*s3.CreateBucketOutput, error) {
	if err := s.modelled(in); err != nil {
		return nil, err
	}
	if err := checkName(*in.Bucket); err != nil {
		return nil, err
	}
	var given types.CreateBucketConfiguration
	if in.CreateBucketConfiguration != nil {
		given = *in.CreateBucketConfiguration
	}
	wanted := aclRequest{
		canned: string(in.ACL), full: in.GrantFullControl, read: in.GrantRead, write: in.GrantWrite,
		readACP: in.GrantReadACP, writeACP: in.GrantWriteACP, owner: c.Account(), bucketOwner: c.Account(),
	}
	if err := s.mayCreate(c, in, given, wanted); err != nil {
		return nil, err
	}
	region, err := located(c, string(given.LocationConstraint))
	if err != nil {
		return nil, err
	}
	grants, err := s.newACL(in, wanted)
	if err != nil {
		return nil, err
	}
	out := &s3.CreateBucketOutput{BucketArn: new("arn:aws:s3:::" + *in.Bucket), Location: new("/" + *in.Bucket)}
	if region != "us-east-1" {
		*out.Location = "http://" + *in.Bucket + ".s3.amazonaws.com/"
	}
	if b := s.buckets[*in.Bucket]; b != nil {
		if err := again(c, b, region, given); err != nil {
			return nil, err
		}
		b.acl = grants
		return out, nil
	}
	if err := checkNewTags(given.Tags); err != nil {
		return nil, err
	}
	b := s.newBucket(*in.Bucket, c.Account(), region, c.Time)
	b.acl, b.tags, b.constraint = grants, given.Tags, string(given.LocationConstraint)
	if in.ObjectOwnership != "" {
		b.ownership = in.ObjectOwnership
	}
	return out, nil
}

// modelled refuses what the lab does not model of a new bucket.
func (s *Service) modelled(in *s3.CreateBucketInput) error {
	switch c := in.CreateBucketConfiguration; {
	case in.ObjectLockEnabledForBucket != nil && *in.ObjectLockEnabledForBucket:
		return world.Unimplemented("Object Lock")
	case in.BucketNamespace != "" && in.BucketNamespace != types.BucketNamespaceGlobal:
		return world.Unimplemented("buckets in a namespace of their account and Region")
	case c != nil && (c.Bucket != nil || c.Location != nil):
		return world.Unimplemented("directory buckets")
	}
	return nil
}

// mayCreate authorizes. An ACL, object ownership and tags take permissions of
// their own (S3 API Reference, CreateBucket).
func (s *Service) mayCreate(c *world.Call, in *s3.CreateBucketInput, given types.CreateBucketConfiguration, acl aclRequest) error {
	if c.Account() == "" {
		return accessDenied("Access Denied")
	}
	ctx := acl.conditions()
	if given.LocationConstraint != "" {
		ctx["s3:LocationConstraint"] = []string{string(given.LocationConstraint)}
	}
	if in.ObjectOwnership != "" {
		ctx["s3:x-amz-object-ownership"] = []string{string(in.ObjectOwnership)}
	}
	for _, tag := range given.Tags {
		ctx["aws:RequestTag/"+text(tag.Key)] = []string{text(tag.Value)}
		ctx["aws:TagKeys"] = append(ctx["aws:TagKeys"], text(tag.Key))
	}
	actions := []string{"s3:CreateBucket"}
	if acl.given() {
		actions = append(actions, "s3:PutBucketAcl")
	}
	if in.ObjectOwnership != "" {
		actions = append(actions, "s3:PutBucketOwnershipControls")
	}
	if len(given.Tags) > 0 {
		actions = append(actions, "s3:TagResource")
	}
	for _, action := range actions {
		// A bucket that does not exist has no policy, and no owner but the caller.
		fresh := &bucket{name: *in.Bucket, owner: c.Account()}
		if err := s.onBucket(c, fresh, action, ctx); err != nil {
			return err
		}
	}
	return nil
}

// located gives the Region of a new bucket. Only us-east-1 makes buckets in
// another one than the request is signed for (recorded).
func located(c *world.Call, constraint string) (keyid.Region, error) {
	region := keyid.Region(constraint)
	if constraint == legacyEurope {
		region = "eu-west-1"
	}
	known := world.RegionExists(region) && region != "us-east-1"
	switch {
	case c.Region == "us-east-1" && constraint == "":
		return c.Region, nil
	case c.Region == "us-east-1" && !known:
		return "", fail(http.StatusBadRequest, "InvalidLocationConstraint", "The specified location-constraint is not valid", "LocationConstraint", constraint)
	case c.Region == "us-east-1", known && keyid.Region(constraint) == c.Region:
		return region, nil
	case constraint == "":
		constraint = "unspecified"
	}
	return "", fail(http.StatusBadRequest, "IllegalLocationConstraintException",
		"The "+constraint+" location constraint is incompatible for the region specific endpoint this request was sent to.")
}

// newACL gives the ACL of a new bucket, for which ACLs must be enabled. One that
// is public is refused whatever else: every new bucket blocks public access
// (reported wordings).
func (s *Service) newACL(in *s3.CreateBucketInput, r aclRequest) ([]types.Grant, error) {
	if in.ObjectOwnership != "" && !slices.Contains(in.ObjectOwnership.Values(), in.ObjectOwnership) {
		return nil, fail(http.StatusBadRequest, "InvalidArgument", "Invalid x-amz-object-ownership header: "+string(in.ObjectOwnership), "ArgumentName", "x-amz-object-ownership")
	}
	grants, err := r.grants()
	enforced := in.ObjectOwnership == "" || in.ObjectOwnership == types.ObjectOwnershipBucketOwnerEnforced
	switch {
	case err != nil:
		return nil, err
	case enforced && toOthers(grants, &bucket{owner: r.owner}):
		return nil, aclsBesideEnforced()
	case publicACL(grants):
		return nil, fail(http.StatusBadRequest, "InvalidBucketAclWithBlockPublicAccessError", "Bucket cannot have public ACLs set with BlockPublicAccess enabled")
	}
	return grants, nil
}

// again refuses to make a bucket that is there, but for what us-east-1 allows.
func again(c *world.Call, b *bucket, region keyid.Region, given types.CreateBucketConfiguration) error {
	switch {
	case b.owner != c.Account():
		return fail(http.StatusConflict, "BucketAlreadyExists",
			"The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.", "BucketName", b.name)
	case region == "us-east-1" && b.region == region && len(given.Tags) == 0:
		return nil
	}
	return fail(http.StatusConflict, "BucketAlreadyOwnedByYou", "Your previous request to create the named bucket succeeded and you already own it.", "BucketName", b.name)
}
