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
	case len(ps.Identity) > 0 && (r.Principal.kind == Service || r.Principal.kind == Root):
		return fail("%s cannot have identity policies", r.Principal)
	}
	for _, n := range ps.Identity {
		if n.Document == nil || n.Document.kind != IdentityPolicy {
			return fail("%q is not an identity policy", n.Name)
		}
	}
	if ps.Resource != nil && (ps.Resource.Document == nil || ps.Resource.Document.kind == IdentityPolicy) {
		return fail("%q is not a resource policy", ps.Resource.Name)
	}
	return checkResource(r, ps.Resource)
}

func checkResource(r Request, policy *Named) error {
	if r.Resource == "*" && policy == nil {
		return nil
	}
	parts := strings.SplitN(r.Resource, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return fmt.Errorf("%w: the resource %q is not an ARN", ErrRequest, r.Resource)
	}
	if parts[4] != "" && parts[4] != string(r.ResourceAccount) {
		return fmt.Errorf("%w: the resource %s is not of account %s", ErrRequest, r.Resource, r.ResourceAccount)
	}
	switch {
	case parts[2] == "kms" && strings.HasPrefix(parts[5], "key/"):
		return mustBe(r, policy, KeyPolicy)
	case parts[2] == "iam" && strings.HasPrefix(parts[5], "role/") && assumes(r.Action):
		return mustBe(r, policy, TrustPolicy)
	case policy != nil:
		return mustBe(r, policy, ResourcePolicy)
	}
	return nil
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
