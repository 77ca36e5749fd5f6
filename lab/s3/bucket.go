package s3

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// bucket is one bucket. Its configuration is kept in the SDK's own types.
type bucket struct {
	name    string
	owner   keyid.Account
	region  keyid.Region
	created time.Time
	// constraint is what CreateBucket named the Region by.
	constraint string

	versioning   types.BucketVersioningStatus // "" until it is first set
	policy       *world.Policy                // nil: none
	publicPolicy bool
	encryption   *types.ServerSideEncryptionRule       // nil: never set, so SSE-S3; see defaultEncryption
	block        *types.PublicAccessBlockConfiguration // nil: none
	ownership    types.ObjectOwnership                 // "": no ownership controls
	acl          []types.Grant                         // nil: the owner alone, FULL_CONTROL
	tags         []types.Tag
	notification *types.NotificationConfiguration // nil: none

	objects index
	keys    bucketKeys
}

// newBucket adds a bucket as CreateBucket leaves it: since April 2023 a new
// bucket has ACLs disabled and all public access blocked, and since January
// 2023 every bucket encrypts with SSE-S3 at least (S3 User Guide, "Default
// settings for new S3 buckets FAQ", "Default encryption FAQ").
func (s *Service) newBucket(name string, owner keyid.Account, region keyid.Region, created time.Time) *bucket {
	b := &bucket{
		name: name, owner: owner, region: region, created: created,
		block: &types.PublicAccessBlockConfiguration{
			BlockPublicAcls: new(true), IgnorePublicAcls: new(true), BlockPublicPolicy: new(true), RestrictPublicBuckets: new(true),
		},
		ownership: types.ObjectOwnershipBucketOwnerEnforced,
	}
	s.buckets[name] = b
	return b
}

// sseS3 is what a bucket encrypts with that was never told otherwise.
var sseS3 = &types.ServerSideEncryptionRule{
	ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{SSEAlgorithm: types.ServerSideEncryptionAes256},
	BucketKeyEnabled:                   new(false),
}

// defaultEncryption is what the bucket does to an object that asks for nothing.
func (b *bucket) defaultEncryption() *types.ServerSideEncryptionRule {
	return cmp.Or(b.encryption, sseS3)
}

func (b *bucket) arn() string { return "arn:aws:s3:::" + b.name }

func (b *bucket) objectARN(key string) string { return b.arn() + "/" + key }

// aclsDisabled says whether the bucket's owner owns every object, and only
// policies decide.
func (b *bucket) aclsDisabled() bool {
	return b.ownership == types.ObjectOwnershipBucketOwnerEnforced
}

var accountForm = regexp.MustCompile(`^[0-9]{12}$`)

// bucket finds the bucket of a request, made in its Region, and held to the
// account that the caller expects to own it.
func (s *Service) bucket(c *world.Call, name, expectedOwner *string) (*bucket, error) {
	b := s.buckets[*name]
	switch {
	case expectedOwner != nil && !accountForm.MatchString(*expectedOwner):
		return nil, fail(http.StatusBadRequest, "InvalidBucketOwnerAWSAccountID",
			"The value of the expected bucket owner parameter must be an AWS Account ID... ["+*expectedOwner+"]")
	case b == nil:
		return nil, noSuchBucket(*name)
	case anonymous(c):
		// Nobody's request is of a Region: here, one address stands for all.
		c.Region = b.region
	case b.region != c.Region:
		return nil, elsewhere(b)
	}
	if expectedOwner != nil && *expectedOwner != string(b.owner) {
		return nil, accessDenied("Access Denied")
	}
	return b, nil
}

// canonicalID is an account's canonical user id: 64 hexadecimal digits that
// tell nothing of the account (S3 User Guide, "Finding the canonical user ID").
func canonicalID(account keyid.Account) string {
	sum := sha256.Sum256([]byte("canonical user " + account))
	return hex.EncodeToString(sum[:])
}
