package ssm

import (
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"rekey/lab/world"
)

// target is a parameter as a request named it; nil where there is none.
type target struct {
	*parameter
	reference
}

// find looks a parameter up. One of another account, or another Region, is not
// found here.
func (s *Service) find(c *world.Call, r reference) target {
	if r.region != c.Region {
		return target{nil, r}
	}
	return target{s.here(r.home).parameters[r.key()], r}
}

// authorize asks the policies whether the caller may do the operation on the
// parameter. more has the condition keys of this request.
func (s *Service) authorize(c *world.Call, t target, more map[string][]string) error {
	return s.authorizeAs(c, "ssm:"+c.Operation, t, more)
}

func (s *Service) authorizeAs(c *world.Call, action string, t target, more map[string][]string) error {
	a := world.Access{Action: action, Resource: t.reference.arn(), ResourceAccount: t.account, Context: conditions(t)}
	maps.Copy(a.Context, more)
	return c.Authorize("AccessDeniedException", a)
}

// conditions are the condition keys of every request on a parameter (Service
// Authorization Reference, "AWS Systems Manager").
func conditions(t target) map[string][]string {
	ctx := map[string][]string{}
	if t.parameter == nil {
		return ctx
	}
	for k, v := range t.tags {
		ctx["aws:ResourceTag/"+k] = []string{v}
		ctx["ssm:resourceTag/"+k] = []string{v}
	}
	return ctx
}

// requestTags are the condition keys of the tags in a request.
func requestTags(tags []types.Tag) map[string][]string {
	ctx := map[string][]string{}
	var keys []string
	for _, t := range tags {
		ctx["aws:RequestTag/"+*t.Key] = []string{*t.Value}
		keys = append(keys, *t.Key)
	}
	if len(keys) > 0 {
		slices.Sort(keys)
		ctx["aws:TagKeys"] = keys
	}
	return ctx
}

// existing finds a parameter of the caller's own by its name, authorizes the
// call on it, and only then says that it does not exist.
func (s *Service) existing(c *world.Call, given string, more map[string][]string) (target, error) {
	name, err := owned(given)
	if err != nil {
		return target{}, err
	}
	t := s.find(c, reference{home: homeOf(c), name: name})
	if err := s.authorize(c, t, more); err != nil {
		return target{}, err
	}
	if t.parameter == nil {
		return target{}, notFound()
	}
	return t, nil
}

// notFound has no message (reported: awslabs/aws-simple-cicd issue 10).
func notFound() error { return &types.ParameterNotFound{} }
