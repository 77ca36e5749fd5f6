package sts

import (
	"bytes"
	"compress/flate"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

// passed is what a new session is given beside its policies: the tags and the
// source identity of the request, and those that the caller's own session hands
// on. The messages about tags are recorded.
func passed(c *world.Call, in *sts.AssumeRoleInput) (*world.Session, error) {
	with := &world.Session{Tags: map[string]string{}}
	var keys []string
	for _, tag := range in.Tags {
		if _, twice := folded(keys, *tag.Key); twice {
			return nil, badTag("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		if strings.HasPrefix(strings.ToLower(*tag.Key), "aws:") {
			return nil, badTag("Tag keys beginning with aws: are reserved for system use.") // assumed wording
		}
		keys = append(keys, *tag.Key)
		with.Tags[*tag.Key] = *tag.Value
	}
	for _, k := range in.TransitiveTagKeys {
		key, ok := folded(keys, k)
		if !ok {
			return nil, badTag("The specified transitive tag key must be included in the requested tags.")
		}
		with.Transitive = append(with.Transitive, key)
	}
	if in.SourceIdentity != nil {
		with.SourceIdentity = *in.SourceIdentity
	}
	return with, inherit(with, c.Caller.Session, keys)
}

// inherit hands on what stays in a chain of roles: the transitive tags, which a
// request cannot set anew, and the source identity, which it cannot change (IAM
// User Guide, "Chaining roles with session tags", "Things to know about source
// identity").
func inherit(with, from *world.Session, requested []string) error {
	if from == nil {
		return nil
	}
	for _, k := range from.Transitive {
		if _, again := folded(requested, k); again {
			return badTag("One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.")
		}
		with.Tags[k] = from.Tags[k]
		with.Transitive = append(with.Transitive, k)
	}
	switch {
	case from.SourceIdentity == "":
	case with.SourceIdentity != "" && with.SourceIdentity != from.SourceIdentity:
		return denied("The source identity of a session cannot be changed.") // assumed, code and wording
	default:
		with.SourceIdentity = from.SourceIdentity
	}
	return nil
}

// folded finds a key without regard to case.
func folded(keys []string, k string) (string, bool) {
	i := slices.IndexFunc(keys, func(have string) bool { return strings.EqualFold(have, k) })
	if i < 0 {
		return "", false
	}
	return keys[i], true
}

// Limits of what is passed (API reference, AssumeRole, Policy and PolicyArns).
const (
	plainLimit = 2048
	arnLimit   = 10
)

// restrict adds the session policies of the request, and gives the size of all
// that is passed, in percent of what it may be; nil where nothing is.
func (s *Service) restrict(with *world.Session, in *sts.AssumeRoleInput, role keypolicy.Principal) (*int32, error) {
	plain := 0
	if in.Policy != nil {
		p, err := world.ParsePolicy(keypolicy.IdentityPolicy, *in.Policy)
		if err != nil {
			return nil, &types.MalformedPolicyDocumentException{Message: new(err.Error())}
		}
		with.Policy, plain = p, len(*in.Policy)
	}
	if len(in.PolicyArns) > arnLimit {
		return nil, invalid("The number of policy ARNs exceeds the limit of 10.") // assumed wording
	}
	for _, d := range in.PolicyArns {
		if d.Arn == nil {
			return nil, invalid("A policy ARN is missing.") // assumed wording
		}
		if err := s.identities.Attachable(role.Account(), *d.Arn); err != nil {
			return nil, err
		}
		with.PolicyARNs, plain = append(with.PolicyARNs, *d.Arn), plain+len(*d.Arn)
	}
	if plain > plainLimit {
		return nil, invalid(fmt.Sprintf("The plaintext of the session policies has %d characters, and may have %d.", plain, plainLimit)) // assumed wording
	}
	if in.Policy == nil && len(in.PolicyArns)+len(with.Tags) == 0 {
		return nil, nil // recorded: it is left out
	}
	return packed(in, with)
}

// packedLimit is how many bytes the packed form may have. Neither that form nor
// its limit is documented, only that a request can exceed it which keeps all
// other limits. DEFLATE is assumed, and this number fitted to what is reported of
// policies with three tags beside them: 118 % for 31 actions, 157 % for 42 in
// 1,690 characters.
const packedLimit = 320

func packed(in *sts.AssumeRoleInput, with *world.Session) (*int32, error) {
	var all bytes.Buffer
	w, err := flate.NewWriter(&all, flate.BestCompression)
	if err != nil {
		return nil, err
	}
	if in.Policy != nil {
		fmt.Fprint(w, *in.Policy)
	}
	fmt.Fprint(w, with.PolicyARNs, with.Tags)
	if err := w.Close(); err != nil {
		return nil, err
	}
	percent := int32((all.Len()*100 + packedLimit - 1) / packedLimit)
	if percent > 100 {
		// Reported wording.
		return nil, &types.PackedPolicyTooLargeException{Message: new(fmt.Sprintf("Packed policy consumes %d%% of allotted space, please use smaller policy.", percent))}
	}
	return &percent, nil
}

func badTag(message string) error {
	return &wire.Error{Code: "InvalidParameterValue", Message: message, Status: 400}
}
