package keyid

import (
	"fmt"
	"strings"
)

// Ref is what a person or a caller of KMS may write for a key: a key ARN, a
// key id, an alias ARN or an alias name. The zero Ref names nothing.
type Ref struct {
	partition string
	region    Region
	account   Account
	id        ID
	alias     Alias
}

// Parse reads any of the four forms of a key identifier. Its error wraps
// ErrMalformed.
func Parse(s string) (Ref, error) {
	rest, isARN := strings.CutPrefix(s, "arn:")
	if !isARN {
		return parseName(s, Ref{})
	}
	parts := strings.SplitN(rest, ":", 5)
	if len(parts) != 5 || parts[0] == "" || parts[1] != "kms" {
		return Ref{}, fmt.Errorf("%w: %q is not the ARN of a KMS key or alias", ErrMalformed, s)
	}
	region, err := ParseRegion(parts[2])
	if err != nil {
		return Ref{}, fmt.Errorf("%w, in %q", err, s)
	}
	account, err := ParseAccount(parts[3])
	if err != nil {
		return Ref{}, fmt.Errorf("%w, in %q", err, s)
	}
	ref := Ref{partition: parts[0], region: region, account: account}
	if id, ok := strings.CutPrefix(parts[4], "key/"); ok {
		if ref.id, err = ParseID(id); err != nil {
			return Ref{}, fmt.Errorf("%w, in %q", err, s)
		}
		return ref, nil
	}
	if !strings.HasPrefix(parts[4], "alias/") {
		return Ref{}, fmt.Errorf("%w: %q names neither a key nor an alias", ErrMalformed, s)
	}
	return parseName(parts[4], ref)
}

func parseName(s string, ref Ref) (Ref, error) {
	switch {
	case idForm.MatchString(s):
		ref.id = ID(s)
	case aliasForm.MatchString(s):
		ref.alias = Alias(s)
	default:
		return Ref{}, fmt.Errorf("%w: %q is neither a key id, a key ARN, an alias (alias/…) nor an alias ARN", ErrMalformed, s)
	}
	return ref, nil
}

// String gives the reference back as it was written.
func (r Ref) String() string {
	name := string(r.alias)
	if r.alias == "" {
		name = string(r.id)
		if r.account != "" {
			return ARN{r.partition, r.region, r.account, r.id}.String()
		}
	}
	if r.account != "" {
		return fmt.Sprintf("arn:%s:kms:%s:%s:%s", r.partition, r.region, r.account, name)
	}
	return name
}

// IsZero says whether the reference names nothing.
func (r Ref) IsZero() bool { return r == Ref{} }

// ARN gives the key ARN, where the reference is one.
func (r Ref) ARN() (ARN, bool) {
	if r.id == "" || r.account == "" {
		return ARN{}, false
	}
	return ARN{r.partition, r.region, r.account, r.id}, true
}

// ID gives the key id, where the reference is a key id or a key ARN.
func (r Ref) ID() (ID, bool) { return r.id, r.id != "" }

// Alias gives the alias name, where the reference is an alias or an alias ARN.
func (r Ref) Alias() (Alias, bool) { return r.alias, r.alias != "" }

// Home gives the Region and account that an ARN names; ok is false for a bare
// key id or alias name, which mean the caller's own.
func (r Ref) Home() (Region, Account, bool) { return r.region, r.account, r.account != "" }

// MayBe says whether the key of that ARN can be the one that the reference
// names: the same key, or for an ARN a related multi-Region key. What an alias
// stands for cannot be told from here, so any key may be.
func (r Ref) MayBe(arn ARN) bool {
	if named, ok := r.ARN(); ok {
		return named.Related(arn)
	}
	return r.id == "" || r.id == arn.ID
}
