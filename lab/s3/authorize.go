package s3

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

// conditions are condition keys of one request, as the policies see them.
type conditions map[string][]string

// add sets a condition key of a member that the request may have.
func (k conditions) add(key string, value *string) {
	if value != nil {
		k["s3:"+key] = []string{*value}
	}
}

// onBucket asks whether the caller may do the action, such as
// s3:PutBucketPolicy, to the bucket. more has the condition keys of this
// request besides those of every request.
func (s *Service) onBucket(c *world.Call, b *bucket, action string, more conditions) error {
	return s.authorize(c, b, s.access(c, b, action, b.arn(), more), b.acl)
}

// onObject asks the same of an object, whose version v may be nil. Its tags
// count where it is read or its tags are changed (S3 User Guide, "Tagging and
// access control policies").
func (s *Service) onObject(c *world.Call, b *bucket, action, key string, v *version, more conditions) error {
	a := s.access(c, b, action, b.objectARN(key), more)
	var acl []types.Grant
	if action == "s3:PutObject" {
		acl = b.acl
	}
	if v != nil {
		acl = v.extra().acl
		if !unaware[action] {
			for _, t := range v.extra().tags {
				a.Context["s3:ExistingObjectTag/"+*t.Key] = []string{*t.Value}
			}
		}
	}
	return s.authorize(c, b, a, acl)
}

// unaware are the actions that know no tag of the object that is there.
var unaware = map[string]bool{"s3:PutObject": true, "s3:DeleteObject": true, "s3:DeleteObjectVersion": true}

// access is the question to the policies.
func (s *Service) access(c *world.Call, b *bucket, action, resource string, more conditions) world.Access {
	a := world.Access{Action: action, Resource: resource, ResourceAccount: b.owner, Context: conditions{
		"s3:ResourceAccount": {string(b.owner)},
	}}
	signed(c, a.Context)
	maps.Copy(a.Context, more)
	if b.policy != nil {
		a.Policy = &world.Named{Name: "policy of " + b.arn(), Policy: b.policy}
	}
	return a
}

// signed are the condition keys of the request's signature; its age counts only
// where it is in the query string (S3 API Reference, "Amazon S3 Signature Version
// 4 Authentication Specific Policy Keys"). Signatures are of the wall's time: in
// a world whose clock stands before it they have no age.
func signed(c *world.Call, k conditions) {
	sig := c.Client.Signature
	if sig.Content != "" {
		k["s3:x-amz-content-sha256"] = []string{sig.Content}
	}
	switch {
	case anonymous(c):
		return
	case sig.Presigned:
		k["s3:authType"] = []string{"REST-QUERY-STRING"}
		k["s3:signatureAge"] = []string{decimal(max(0, c.Time.Sub(sig.Time).Milliseconds()))}
	default:
		k["s3:authType"] = []string{"REST-HEADER"}
	}
	k["s3:signatureversion"] = []string{"AWS4-HMAC-SHA256"}
}

func anonymous(c *world.Call) bool { return c.Caller.Principal.Kind() == keypolicy.Anonymous }

// authorize asks the policies, and then, where they say nothing, the ACL: of the
// bucket, or of the object. A bucket whose policy is public is for nobody of
// another account where RestrictPublicBuckets is set (S3 User Guide, "Blocking
// public access to your Amazon S3 storage").
func (s *Service) authorize(c *world.Call, b *bucket, a world.Access, acl []types.Grant) error {
	d, err := c.Decide(a)
	switch {
	case err != nil:
		return err
	case d.Effect == keypolicy.Allowed && s.restricted(c, b):
		return accessDenied("Access Denied")
	case d.Effect == keypolicy.Allowed:
		return nil
	case d.Effect == keypolicy.ExplicitlyDenied || !s.granted(c, b, a.Action, acl):
		return denied(c, a, d)
	}
	byACL := a
	byACL.Policy = &world.Named{Name: "ACL of " + a.Resource, Policy: everybody}
	if d, err = c.Decide(byACL); err != nil || d.Effect == keypolicy.Allowed {
		return err
	}
	return denied(c, a, d)
}

func (s *Service) restricted(c *world.Call, b *bucket) bool {
	return b.publicPolicy && *s.blocks(b).RestrictPublicBuckets && c.Account() != b.owner && c.Caller.Principal.Kind() != keypolicy.Service
}

// everybody stands for an ACL that lets the caller in: the caller's own policies
// have still to allow it, if it is of another account.
var everybody = world.MustPolicy(keypolicy.ResourcePolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}}`)

// permissions are those of an ACL that allow an action (S3 User Guide, "Access
// control list (ACL) overview", Mapping of ACL permissions and access policy
// permissions). Writing to a bucket by its ACL is not modelled: see mayOwn.
var permissions = map[string]types.Permission{
	"s3:ListBucket": types.PermissionRead, "s3:ListBucketVersions": types.PermissionRead,
	"s3:GetObject": types.PermissionRead, "s3:GetObjectVersion": types.PermissionRead,
	"s3:GetBucketAcl": types.PermissionReadAcp, "s3:GetObjectAcl": types.PermissionReadAcp, "s3:GetObjectVersionAcl": types.PermissionReadAcp,
	"s3:PutBucketAcl": types.PermissionWriteAcp, "s3:PutObjectAcl": types.PermissionWriteAcp, "s3:PutObjectVersionAcl": types.PermissionWriteAcp,
	"s3:PutObject": types.PermissionWrite,
}

// granted says whether an ACL gives the caller an action.
func (s *Service) granted(c *world.Call, b *bucket, action string, acl []types.Grant) bool {
	want, ok := permissions[action]
	return ok && acl != nil && slices.ContainsFunc(s.effectiveACL(b, b.owner, acl), func(g types.Grant) bool {
		return (g.Permission == want || g.Permission == types.PermissionFullControl) && covers(g.Grantee, c, b.owner)
	})
}

// covers says whether a grantee is the caller, or has it among it. What an ACL
// gives to the owner's account, policies pass on to its users.
func covers(g *types.Grantee, c *world.Call, owner keyid.Account) bool {
	switch {
	case g.Type == types.TypeCanonicalUser:
		return !anonymous(c) && c.Account() != owner && *g.ID == canonicalID(c.Account())
	case *g.URI == authenticatedUsers:
		return !anonymous(c)
	}
	return *g.URI == allUsers
}

// denied words a refusal. Only callers of the bucket's account are told why (S3
// User Guide, "Troubleshoot access denied (403 Forbidden) errors in Amazon S3").
func denied(c *world.Call, a world.Access, d keypolicy.Decision) error {
	if a.ResourceAccount != c.Account() {
		return accessDenied("Access Denied")
	}
	return accessDenied(strings.Replace(c.Denial(a, d), " on resource: "+a.Resource, ` on resource: "`+a.Resource+`"`, 1))
}

// missing is the answer to who asked for a key that is not there: only who may
// list the bucket is told so (S3 API Reference, GetObject).
func (s *Service) missing(c *world.Call, b *bucket, key string) error {
	if err := s.onBucket(c, b, "s3:ListBucket", nil); err != nil {
		return err
	}
	return noSuchKey(key)
}

// mayOwn refuses to write what would not belong to the bucket's owner: where
// ACLs are enabled, the object of another account's writer, unless the bucket
// prefers its owner and the writer lets it.
func (b *bucket) mayOwn(c *world.Call, canned string) error {
	var writer keyid.Account
	if !anonymous(c) {
		writer = c.Account()
	}
	if b.aclsDisabled() || writer == b.owner || b.ownership == types.ObjectOwnershipBucketOwnerPreferred && canned == "bucket-owner-full-control" {
		return nil
	}
	return world.Unimplemented("objects in a bucket that do not belong to its owner")
}
