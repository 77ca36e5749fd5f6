package decrypt

import (
	"encoding/json"
	"slices"
	"strings"

	"rekey/shared/keyid"
	"rekey/shared/secretref"
)

// Policy is what may be asked of the function. The zero Policy allows nothing.
type Policy struct {
	// References are patterns that a reference's canonical text must match, one
	// of them: text in which * stands for any characters, such as sm://prod/*. A
	// kms:// or envelope:// reference is matched by kms://* or envelope://*.
	References []string
	// Keys are the KMS keys that kms://, envelope:// and envelope+s3:// items may be
	// under. For messages only those given as key ARNs count.
	Keys []keyid.Ref
	// MaxItems is the most items in one request; 0 allows none.
	MaxItems int
}

// fetch is one thing to get, for all items that want it.
type fetch struct {
	ref   secretref.Ref
	keys  []keyid.Ref // of a ciphertext or message: the keys to try, in order
	items []int       // their places in the request

	context map[string]string
}

// plan is what a request comes to: what to fetch, each thing once, and what is
// refused without asking anybody.
type plan struct {
	fetches []*fetch
	refused map[int]*Failure
}

// planFor is pure: it decides by the items and the policy alone.
func planFor(items []Item, p Policy) plan {
	out := plan{refused: map[int]*Failure{}}
	same := map[string]*fetch{}
	for i, item := range items {
		f, refused := p.admit(item)
		if refused != nil {
			out.refused[i] = refused
			continue
		}
		id := f.identity()
		if known := same[id]; known != nil {
			known.items = append(known.items, i)
			continue
		}
		f.items = []int{i}
		same[id] = f
		out.fetches = append(out.fetches, f)
	}
	return out
}

// admit says what an item comes to, or why it is refused.
func (p Policy) admit(item Item) (*fetch, *Failure) {
	ref, err := secretref.Parse(item.Reference)
	if err != nil {
		return nil, &Failure{Malformed, err.Error(), err}
	}
	if !slices.ContainsFunc(p.References, func(pattern string) bool { return matches(pattern, ref) }) {
		return nil, failure(NotAllowed, "the reference %s matches none of the allowed ones", ref)
	}
	f := &fetch{ref: ref, context: item.Context}
	if ref.Kind == secretref.SecretsManager || ref.Kind == secretref.Parameter {
		if len(item.Context) > 0 || item.Key != "" {
			return nil, failure(Malformed, "context and key are not for %s:// references: the service has its own", ref.Kind)
		}
		return f, nil
	}
	if f.keys = p.keysFor(item.Key); len(f.keys) == 0 {
		if item.Key != "" {
			return nil, failure(NotAllowed, "the key %s is not one of the allowed keys", item.Key)
		}
		return nil, failure(NotAllowed, "no key is allowed for %s:// references", ref.Kind)
	}
	return f, nil
}

func (p Policy) keysFor(name string) []keyid.Ref {
	if name == "" {
		return p.Keys
	}
	for _, k := range p.Keys {
		if k.String() == name {
			return []keyid.Ref{k}
		}
	}
	return nil
}

// matches compares a reference with a pattern. The blob of a ciphertext is not
// looked at: what it may be under is the business of Keys. sm://a* is meant for
// names that begin with an a, and is not for all ARNs.
func matches(pattern string, ref secretref.Ref) bool {
	scheme := string(ref.Kind) + "://"
	begins, _, open := strings.Cut(pattern, "*")
	if open && len(begins) > len(scheme) && strings.HasPrefix(ref.SecretID, "arn:") && !strings.HasPrefix(begins, scheme+"arn:") {
		return false
	}
	return glob(pattern, ref.Canonical())
}

// glob matches text against a pattern in which * stands for any characters.
func glob(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	last := len(parts) - 1
	if last == 0 {
		return pattern == text
	}
	text, ok := strings.CutPrefix(text, parts[0])
	for _, part := range parts[1:last] {
		if !ok {
			return false
		}
		_, text, ok = strings.Cut(text, part) // the earliest leaves the most
	}
	return ok && strings.HasSuffix(text, parts[last])
}

// identity is the same for items that one fetch serves: of a secret, each
// version is fetched once, whatever JSON keys are wanted of it.
func (f *fetch) identity() string {
	id := []any{f.ref.Kind, f.ref.Blob, f.ref.SecretID, f.ref.Bucket, f.ref.ObjectKey, f.ref.Stage, f.ref.Version, f.context}
	for _, k := range f.keys {
		id = append(id, k.String())
	}
	b, err := json.Marshal(id) // map keys come out sorted
	if err != nil {
		panic(err) // strings and bytes only
	}
	return string(b)
}

// batchable says whether BatchGetSecretValue can fetch it: it gives current
// versions only.
func (f *fetch) batchable() bool {
	return f.ref.Kind == secretref.SecretsManager && f.ref.Version == "" && (f.ref.Stage == "" || f.ref.Stage == "AWSCURRENT")
}
