package s3

import (
	"maps"

	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

// conditions are condition keys of one request, as the policies see them.
type conditions map[string][]string

// onBucket asks whether the caller may do the action, such as
// s3:PutBucketPolicy, to the bucket. more has the condition keys of this
// request besides those of every request.
func (s *Service) onBucket(c *world.Call, b *bucket, action string, more conditions) error {
	return s.authorize(c, b, action, b.arn(), more)
}

func (s *Service) authorize(c *world.Call, b *bucket, action, resource string, more conditions) error {
	a := s.access(b, action, resource, more)
	d, err := c.Decide(a)
	if err != nil || d.Effect == keypolicy.Allowed {
		return err
	}
	return denied(c, a, d)
}

// access is the question to the policies.
func (s *Service) access(b *bucket, action, resource string, more conditions) world.Access {
	a := world.Access{Action: action, Resource: resource, ResourceAccount: b.owner, Context: conditions{}}
	maps.Copy(a.Context, more)
	if b.policy != nil {
		a.Policy = &world.Named{Name: "policy of " + b.arn(), Policy: b.policy}
	}
	return a
}

// denied words a refusal.
func denied(c *world.Call, a world.Access, d keypolicy.Decision) error {
	if a.ResourceAccount != c.Account() {
		return accessDenied("Access Denied")
	}
	a.Resource = `"` + a.Resource + `"`
	return accessDenied(c.Denial(a, d))
}
