package keypolicy

import (
	"fmt"
	"strings"
)

// check refuses a request that does not say enough to be decided, and policies
// that cannot apply to it. Most of all it keeps a key or a role from being
// decided without its own policy, which would let identity policies alone
// decide.
func check(r Request, ps Policies) error {
	fail := func(format string, a ...any) error {
		return fmt.Errorf("%w: %s", ErrRequest, fmt.Sprintf(format, a...))
	}
	service, name, ok := strings.Cut(r.Action, ":")
	switch {
	case r.Principal.kind == 0:
		return fail("it has no principal")
	case !ok || service == "" || name == "" || strings.ContainsAny(r.Action, "*? "):
		return fail("%q is not an action", r.Action)
	case r.ResourceAccount == "":
		return fail("the resource's account is not given")
	}
	if err := checkAttached(r.Principal, ps); err != nil {
		return err
	}
	if len(ps.Grants) > 0 && ResourceKind(r.Action, r.Resource) != KeyPolicy {
		return fail("%s is not a KMS key and has no grants", r.Resource)
	}
	if ps.Resource != nil && (ps.Resource.Document == nil || ps.Resource.Document.kind == IdentityPolicy) {
		return fail("%q is not a resource policy", ps.Resource.Name)
	}
	return checkResource(r, ps.Resource)
}

// checkAttached refuses policies that the caller cannot have: a root user, a
// service and a caller without credentials have none, a user no session policies (IAM User Guide, "Policies and
// permissions in IAM", Session policies, Policies and the root user).
func checkAttached(p Principal, ps Policies) error {
	kinds := []struct {
		name     string
		policies []Named
		cannot   bool
	}{
		{"identity policy", ps.Identity, p.account == "" || p.kind == Root},
		{"permissions boundary", nil, p.account == "" || p.kind == Root},
		{"session policy", ps.Session, p.kind != Role && p.kind != Session},
	}
	if ps.Boundary != nil {
		kinds[1].policies = []Named{*ps.Boundary}
	}
	for _, level := range ps.ServiceControl {
		k := kinds[0]
		k.name, k.policies, k.cannot = "service control policy", level, false
		kinds = append(kinds, k)
	}
	for _, k := range kinds {
		if k.cannot && len(k.policies) > 0 {
			return fmt.Errorf("%w: %s cannot have its own %s", ErrRequest, p, k.name)
		}
		for _, n := range k.policies {
			if n.Document == nil || n.Document.kind != IdentityPolicy {
				return fmt.Errorf("%w: %q cannot be used as %s", ErrRequest, n.Name, k.name)
			}
		}
	}
	return nil
}

func checkResource(r Request, policy *Named) error {
	if r.Resource == "*" && policy == nil {
		return nil
	}
	parts := strings.SplitN(r.Resource, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return fmt.Errorf("%w: the resource %q is not an ARN", ErrRequest, r.Resource)
	}
	// What AWS gives to every account, such as its managed policies, is asked for
	// as the caller's own.
	if parts[4] != "" && parts[4] != "aws" && parts[4] != string(r.ResourceAccount) {
		return fmt.Errorf("%w: the resource %s is not of account %s", ErrRequest, r.Resource, r.ResourceAccount)
	}
	if kind := ResourceKind(r.Action, r.Resource); kind != ResourcePolicy || policy != nil {
		return mustBe(r, policy, kind)
	}
	return nil
}

// ResourceKind says which kind of policy a resource has for an action: a key its
// key policy, a role that is to be assumed its trust policy.
func ResourceKind(action, resource string) Kind {
	parts := strings.SplitN(resource, ":", 6)
	switch {
	case len(parts) < 6:
	case parts[2] == "kms" && strings.HasPrefix(parts[5], "key/"):
		return KeyPolicy
	case parts[2] == "iam" && strings.HasPrefix(parts[5], "role/") && assumes(action):
		return TrustPolicy
	}
	return ResourcePolicy
}

// assumes says whether the action is decided by the role's trust policy: any
// sts:AssumeRole…, and what a session may be given with it.
func assumes(action string) bool {
	action = strings.ToLower(action)
	return strings.HasPrefix(action, "sts:assumerole") || action == "sts:tagsession" || action == "sts:setsourceidentity"
}

func mustBe(r Request, policy *Named, k Kind) error {
	if policy == nil {
		return fmt.Errorf("%w: %s on %s is decided by a %v, which is not given", ErrRequest, r.Action, r.Resource, k)
	}
	if policy.Document.kind != k {
		return fmt.Errorf("%w: %s on %s is decided by a %v, but %q is a %v", ErrRequest, r.Action, r.Resource, k, policy.Name, policy.Document.kind)
	}
	return nil
}
