package keypolicy

import (
	"fmt"
	"strings"
)

// check refuses a request that does not say enough to be decided, and policies
// that cannot apply to it. Most of all it keeps a key from being decided
// without its key policy, which would let identity policies alone decide.
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
	isKey := parts[2] == "kms" && strings.HasPrefix(parts[5], "key/")
	if hasKeyPolicy := policy != nil && policy.Document.kind == KeyPolicy; isKey != hasKeyPolicy {
		if isKey {
			return fmt.Errorf("%w: the key %s is given without its key policy", ErrRequest, r.Resource)
		}
		return fmt.Errorf("%w: %s is not a KMS key and cannot have the key policy %q", ErrRequest, r.Resource, policy.Name)
	}
	return nil
}
