package s3

import (
	"encoding/json"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"rekey/lab/world"
)

// publicPolicy says whether a policy is public: whether one of its statements
// allows anything to others than fixed principals, or callers from fixed places
// (S3 User Guide, "Blocking public access to your Amazon S3 storage", The
// meaning of "public").
func publicPolicy(statements []statement) (bool, error) {
	for _, st := range statements {
		if st.Effect != "Allow" {
			continue
		}
		fixed, err := st.fixed()
		if err != nil || !fixed {
			return err == nil, err
		}
	}
	return false, nil
}

func (st statement) fixed() (bool, error) {
	if fixedPrincipal(st.Principal) {
		return true, nil
	}
	for operator, keys := range st.Condition {
		if !narrowing(operator) {
			continue
		}
		for key, values := range keys {
			if fixed, err := fixedValues(strings.ToLower(key), values); fixed || err != nil {
				return fixed, err
			}
		}
	}
	return false, nil
}

// fixedPrincipal says whether a Principal names accounts, users, roles or
// services alone. An identity provider is public, by the guide's example.
func fixedPrincipal(principal json.RawMessage) bool {
	var byKind map[string]words
	if json.Unmarshal(principal, &byKind) != nil {
		return false
	}
	for kind, names := range byKind {
		if kind == "Federated" || slices.Contains(names, "*") {
			return false
		}
	}
	return true
}

// narrowing says whether an operator lets through only requests that have one of
// its values.
func narrowing(operator string) bool {
	name := strings.TrimPrefix(operator, "ForAnyValue:")
	return slices.Contains([]string{"StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "IpAddress"}, name)
}

// fixing are the condition keys whose fixed values make a statement non-public.
// The guide gives aws:PrincipalOrgID as an example of a principal; that the
// other keys of the caller's identity count the same is assumed.
var fixing = []string{
	"aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceowner", "aws:sourceaccount", "aws:sourceorgid",
	"s3:x-amz-server-side-encryption-aws-kms-key-id", "aws:userid", "s3:dataaccesspointaccount",
	"aws:principalorgid", "aws:principalarn", "aws:principalaccount", "aws:principalservicename",
}

// accessPointForm is the ARN of access points of a fixed account.
var accessPointForm = regexp.MustCompile(`^arn:aws:s3:[^:]*:[0-9]{12}:`)

func fixedValues(key string, values words) (bool, error) {
	switch {
	case key == "aws:sourceip":
		return !slices.ContainsFunc(values, broad), nil
	case key == "s3:dataaccesspointarn":
		return !slices.ContainsFunc(values, func(v string) bool { return !accessPointForm.MatchString(v) }), nil
	case !slices.Contains(fixing, key):
		return false, nil
	}
	for _, v := range values {
		if key == "aws:userid" && strings.HasSuffix(v, ":*") {
			return false, world.Unimplemented("telling whether a policy is public whose aws:userid is that of all sessions of a role")
		}
		if strings.ContainsAny(v, "*?") || strings.Contains(v, "${") {
			return false, nil
		}
	}
	return true, nil
}

// broad says whether a range of addresses is so wide that it counts as
// everybody: more than a /8 of IPv4 or a /32 of IPv6, private ones aside (same
// page).
func broad(cidr string) bool {
	p, err := netip.ParsePrefix(cidr)
	if err != nil {
		a, err := netip.ParseAddr(cidr)
		return err != nil || !a.IsValid()
	}
	least := 32
	if p.Addr().Is4() {
		least = 8
	}
	return p.Bits() < least && !(p.Addr().IsPrivate() && p.Bits() >= 7)
}
