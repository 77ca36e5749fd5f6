package iam

import (
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// entity is what users, groups, roles and instance profiles have in common.
type entity struct {
	ARN  string
	Name string
	ID   string // AIDA…, AGPA…, AROA…, AIPA…

	kind     kind
	path     string
	created  time.Time
	policies inline
	attached map[string]*managed // by ARN
	boundary *managed
	tags     tags
}

// kind is what an entity is, with what depends on it alone.
type kind struct {
	name   string // user
	title  string // User
	prefix string // of unique ids
	quota  string // of managed policies, as errors name it
	inline int    // characters of all its inline policies (IAM User Guide, "IAM and AWS STS quotas")
}

var (
	userKind  = kind{"user", "User", "AIDA", "PoliciesPerUser", 2048}
	groupKind = kind{"group", "Group", "AGPA", "PoliciesPerGroup", 5120}
	roleKind  = kind{"role", "Role", "AROA", "PoliciesPerRole", 10240}
)

// newEntity is one that nobody knows yet: it gets its id when all is checked.
func newEntity(c *world.Call, k kind, name string, path *string) entity {
	e := entity{kind: k, Name: name, path: pathOr(path), created: c.Time, policies: inline{}, attached: map[string]*managed{}}
	e.ARN = arn(c.Account(), k.name, e.path, name)
	return e
}

func (e *entity) identify(s *Service) { e.ID = s.world.Text(e.kind.name, e.kind.prefix, 17) }

// target is the entity as the policies are asked about it, nil for one that does
// not exist.
func (e *entity) target(a keyid.Account, k kind, name string) target {
	t := target{arn: arn(a, k.name, "/", name), shown: k.name + " " + name}
	if e == nil {
		return t
	}
	t.arn, t.keys = e.ARN, map[string][]string{}
	for key, value := range e.tags.values() {
		t.keys["aws:ResourceTag/"+key] = []string{value}
		t.keys["iam:ResourceTag/"+key] = []string{value}
	}
	if e.boundary != nil {
		t.keys["iam:PermissionsBoundary"] = []string{e.boundary.arn}
	}
	return t
}

func (k kind) missing(name string) error {
	return noSuch("The " + k.name + " with name " + name + " cannot be found.")
}

func (k kind) taken(name string) error {
	return exists(k.title + " with name " + name + " already exists.")
}

// identityPolicies are the inline and the attached ones.
func (e *entity) identityPolicies() []world.Named {
	all := e.policies.named()
	for _, m := range world.Sorted(e.attached) {
		all = append(all, world.Named{Name: "managed policy " + m.name, Policy: m.standing.policy})
	}
	return all
}

// bare says whether the entity has no policies, which it must not when it is
// deleted. A permissions boundary is no hindrance.
func (e *entity) bare() error {
	switch {
	case len(e.attached) > 0:
		return conflict("Cannot delete entity, must detach all policies first.")
	case len(e.policies) > 0:
		return conflict("Cannot delete entity, must delete policies first.")
	}
	return nil
}

func (e *entity) describeBoundary() *types.AttachedPermissionsBoundary {
	if e.boundary == nil {
		return nil
	}
	return &types.AttachedPermissionsBoundary{
		PermissionsBoundaryArn: &e.boundary.arn,
		// API reference, AttachedPermissionsBoundary: "can only have a value of Policy".
		PermissionsBoundaryType: "Policy",
	}
}

// under picks, in the order of their names, those under a path.
func under[T any](all map[string]*T, prefix *string, pathOf func(*T) string) []*T {
	out := []*T{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if e := all[name]; hasPath(pathOf(e), prefix) {
			out = append(out, e)
		}
	}
	return out
}
