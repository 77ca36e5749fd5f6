package keypolicy

import (
	"fmt"
	"maps"
	"strings"
)

// Grant is a grant on a KMS key. It allows, on the key's side, its operations
// to its grantee; it cannot deny (KMS Developer Guide, "Grants in AWS KMS").
type Grant struct {
	ID string
	// Grantee is an ARN as a key policy may name it, or a service's name.
	Grantee string
	// Operations are names of operations, such as Decrypt.
	Operations []string
	// EncryptionContextEquals and EncryptionContextSubset are the constraints,
	// nil where there is none ("Using grant constraints"). They are held against
	// the keys kms:EncryptionContext:… of the request's context.
	EncryptionContextEquals map[string]string
	EncryptionContextSubset map[string]string
}

// grantsName stands in a Decision where a policy's name would.
const grantsName = "the key's grants"

func (f *finding) readGrants(q asked, grants []Grant) {
	for i := range grants {
		g, err := grants[i].applies(q)
		switch {
		case err != nil && f.err == nil:
			f.err = fmt.Errorf("grant %s: %w", grants[i].ID, err)
		case err == nil && g != none:
			f.allow(g, Place{grantsName, grants[i].ID})
		}
	}
}

func (g *Grant) applies(q asked) (grant, error) {
	operation, ok := strings.CutPrefix(q.Action, "kms:")
	if !ok {
		return none, nil
	}
	for _, o := range g.Operations {
		if !strings.EqualFold(o, operation) {
			continue
		}
		if holds, err := g.constraintsHold(operation, q.ctx); err != nil || !holds {
			return none, err
		}
		return g.reach(q)
	}
	return none, nil
}

func (g *Grant) reach(q asked) (grant, error) {
	typ := "AWS"
	if serviceForm().MatchString(g.Grantee) {
		typ = "Service"
	}
	e, err := parseEntry(typ, g.Grantee)
	if err != nil {
		return none, fmt.Errorf("%w: its grantee %w", ErrRequest, err)
	}
	return e.reach(q)
}

// constraintsHold says whether the request has the encryption context that the
// grant asks for. Its pairs are case-sensitive. DescribeKey and RetireGrant
// have none, and the constraints are ignored for them. Condition keys have no
// case: a constraint on pairs whose names differ only so cannot be decided.
func (g *Grant) constraintsHold(operation string, ctx requestContext) (bool, error) {
	if operation == "describekey" || operation == "retiregrant" || g.EncryptionContextEquals == nil && g.EncryptionContextSubset == nil {
		return true, nil
	}
	pairs, err := ctx.encryptionContext()
	if err != nil {
		return false, err
	}
	if g.EncryptionContextEquals != nil && !maps.Equal(pairs, g.EncryptionContextEquals) {
		return false, nil
	}
	for k, want := range g.EncryptionContextSubset {
		if v, ok := pairs[k]; !ok || v != want {
			return false, nil
		}
	}
	return true, nil
}

const encryptionContextKey = "kms:EncryptionContext:"

func (c requestContext) encryptionContext() (map[string]string, error) {
	pairs := map[string]string{}
	for k, values := range c {
		if len(k) <= len(encryptionContextKey) || !strings.EqualFold(k[:len(encryptionContextKey)], encryptionContextKey) || len(values) == 0 {
			continue
		}
		if len(values) > 1 {
			return nil, fmt.Errorf("%w: a grant constraint on an encryption context with %d pairs of one name but for case", ErrUnsupported, len(values))
		}
		pairs[k[len(encryptionContextKey):]] = values[0]
	}
	return pairs, nil
}
