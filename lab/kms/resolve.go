package kms

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// target is a key as a request named it.
type target struct {
	*key
	alias keyid.Alias // the alias that the request went through, or ""
	arn   keyid.ARN   // also known where the key does not exist
}

// named is how a refusal calls a key of another account: as the request did, so
// that it does not tell which key an alias stands for, or whether it exists
// (assumption, for aliases).
func (t target) named() string {
	if t.alias != "" {
		return aliasARN(home{t.arn.Account, t.arn.Region}, t.alias)
	}
	return t.arn.String()
}

// aliasUse says whether an operation takes an alias for a key; most management
// operations do not (API reference, each operation's KeyId).
type aliasUse bool

const (
	orAlias aliasUse = true
	noAlias aliasUse = false
)

// find looks a key up as KMS does: a bare id or alias among the caller's own,
// an ARN wherever it says. A key of another account that does not exist is
// returned with no *key: what the caller is told must not depend on it, so
// authorize refuses it like one that grants nothing.
func (s *Service) find(c *world.Call, name string, use aliasUse) (target, error) {
	ref, err := keyid.Parse(name)
	if err != nil {
		return target{}, badName(name, use)
	}
	h := homeOf(c)
	if region, account, isARN := ref.Home(); isARN {
		if !strings.HasPrefix(name, "arn:aws:") {
			return target{}, notFound("Invalid arn " + name) // assumption: as for other ARNs that are none here
		}
		if region != c.Region {
			return target{}, notFound("Invalid arn " + string(region)) // recorded answer
		}
		h = home{account, region}
	}
	foreign := h.account != c.Account()
	id, _ := ref.ID()
	alias, isAlias := ref.Alias()
	if isAlias {
		if use == noAlias {
			return target{}, badName(name, use)
		}
		a := s.here(h).aliases[alias]
		if a == nil && !foreign {
			a = s.predefined(c, alias)
		}
		if a == nil {
			if foreign {
				return target{alias: alias, arn: keyid.ARN{Partition: "aws", Region: h.region, Account: h.account}}, nil
			}
			return target{}, notFound(fmt.Sprintf("Alias %s is not found.", aliasARN(h, alias)))
		}
		id = a.target
	}
	arn := keyid.ARN{Partition: "aws", Region: h.region, Account: h.account, ID: id}
	k := s.here(h).keys[id]
	if k == nil && !foreign {
		return target{}, notFound(fmt.Sprintf("Key '%s' does not exist", arn)) // recorded answer
	}
	return target{k, alias, arn}, nil
}

// own finds a key by id or ARN and authorizes the call. Operations that have no
// effect across accounts are refused by the policies' evaluation.
func (s *Service) own(c *world.Call, name string) (target, error) {
	t, err := s.find(c, name, noAlias)
	if err != nil {
		return target{}, err
	}
	return t, s.authorize(c, t, nil)
}

func badName(name string, use aliasUse) error {
	if strings.HasPrefix(name, "arn:") {
		return notFound("Invalid arn " + name)
	}
	if strings.HasPrefix(name, "alias/") && use == orAlias {
		return invalid("Alias contains invalid characters. Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html")
	}
	return notFound(fmt.Sprintf("Invalid keyId '%s'", name)) // recorded answer
}

func notFound(message string) error { return &types.NotFoundException{Message: &message} }
