package keypolicy

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrMalformed is wrapped by every error of Parse and ParsePrincipal. A service
// that stores policies answers it with MalformedPolicyDocument(Exception).
var ErrMalformed = errors.New("malformed policy")

// ErrUnsupported is wrapped by the error of Evaluate where a policy holds
// something whose meaning this package does not know.
var ErrUnsupported = errors.New("unsupported in a policy")

// ErrRequest is wrapped by the error of Evaluate where the request and the
// policies given for it contradict each other or say too little.
var ErrRequest = errors.New("request cannot be evaluated")

// Kind says what a policy is attached to, which decides the elements it must
// and must not have.
type Kind int

const (
	// IdentityPolicy is attached to a user, group or role: it has no Principal.
	// So are permissions boundaries, session and service control policies.
	IdentityPolicy Kind = iota + 1
	// KeyPolicy is the resource policy of a KMS key: the root of trust, without
	// which nobody has access, not even the account's root user.
	KeyPolicy
	// ResourcePolicy is the policy of any other resource, such as a secret.
	ResourcePolicy
	// TrustPolicy is a role's own resource policy: who may assume it. It names no
	// resource, and like a key policy it is the root of trust: no identity policy
	// stands in for it.
	TrustPolicy
)

func (k Kind) String() string {
	switch k {
	case IdentityPolicy:
		return "identity policy"
	case KeyPolicy:
		return "key policy"
	case ResourcePolicy:
		return "resource policy"
	case TrustPolicy:
		return "trust policy"
	}
	return "Kind(" + strconv.Itoa(int(k)) + ")"
}

// Empty is a policy without a statement, of a resource that is known to grant
// nothing to anybody: a key or a role is never decided without its policy.
func Empty(kind Kind) *Document { return &Document{kind: kind, version: version2012} }

// Document is a parsed policy, compiled for evaluation. It does not change
// after Parse, so any number of goroutines may evaluate it.
type Document struct {
	kind       Kind
	version    string
	id         string
	statements []statement
}

// Kind gives the kind that the document was parsed as.
func (d *Document) Kind() Kind { return d.kind }

// ID gives the Id element, or "".
func (d *Document) ID() string { return d.id }

// Statements gives the number of statements.
func (d *Document) Statements() int { return len(d.statements) }

// variables says whether ${…} means a policy variable. In the version of 2008,
// which is also that of a policy without a Version, it is literal text (IAM
// User Guide, "IAM JSON policy elements: Version").
func (d *Document) variables() bool { return d.version == version2012 }

const (
	version2008 = "2008-10-17"
	version2012 = "2012-10-17"
)

type statement struct {
	name      string // the Sid, or "#2"
	deny      bool
	action    matcher
	resource  matcher
	principal principals
	condition []condition
	// A key policy's statement without a Resource is stored and has no effect
	// (KMS Developer Guide, "Creating a key policy", Resource).
	inert bool
}

// matcher is a list of patterns, one of which must match, or with not none.
type matcher struct {
	not      bool
	patterns []pattern
}

func (m matcher) match(s string, ctx requestContext) (bool, error) {
	var unknown error
	for i := range m.patterns {
		ok, err := m.patterns[i].match(s, ctx)
		if ok && err == nil {
			return !m.not, nil
		}
		if !m.not && errors.Is(err, errNoValue) {
			continue
		}
		if err != nil && unknown == nil {
			unknown = err
		}
	}
	return m.not, unknown
}

// requestContext holds the condition keys of a request. Their names are not
// case-sensitive (IAM User Guide, "IAM JSON policy elements: Condition").
type requestContext map[string][]string

// get gives a key's values; none for a key that is absent, and also for one
// that is present without a value, which IAM calls null.
func (c requestContext) get(key string) ([]string, error) {
	var found []string
	seen := false
	for k, values := range c {
		if len(k) != len(key) || !strings.EqualFold(k, key) {
			continue
		}
		if seen {
			return nil, fmt.Errorf("%w: its context has the condition key %s twice, in different case", ErrRequest, key)
		}
		seen, found = true, values
	}
	return found, nil
}
