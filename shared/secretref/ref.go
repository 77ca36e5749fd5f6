package secretref

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

var (
	// ErrNotReference is for text that is no reference at all.
	ErrNotReference = errors.New("not a reference")
	// ErrMalformed is for text that claims to be a reference and is not a
	// valid one.
	ErrMalformed = errors.New("malformed reference")
)

// Kind is the scheme of a reference.
type Kind string

// The kinds of reference.
const (
	KMS            Kind = "kms"
	Envelope       Kind = "envelope"
	SecretsManager Kind = "sm"
)

// reserved schemes are refused rather than taken for plain text: a program
// that was promised a secret must not be handed the reference instead.
var reserved = []string{"ssm", "envelope+s3"}

// Limits on the bytes a reference carries.
const (
	// MaxCiphertext is the most that KMS Decrypt takes (API reference,
	// Decrypt, CiphertextBlob).
	MaxCiphertext = 6144
	// MaxMessage is more than fits into one invocation of a function.
	MaxMessage = 6 << 20
)

// Ref is one parsed reference. Fields that its kind does not use are empty.
type Ref struct {
	Kind Kind
	Blob []byte // KMS, Envelope: the decoded bytes

	SecretID string // SecretsManager: a name or an ARN
	JSONKey  string // the key within the secret's JSON object; empty: the whole value
	Stage    string // a staging label; empty with an empty Version: AWSCURRENT
	Version  string // a version id

	text string
}

// Is says whether s claims to be a reference, well-formed or not.
func Is(s string) bool {
	_, err := Parse(s)
	return !errors.Is(err, ErrNotReference)
}

// Parse reads one reference. Its error wraps ErrNotReference or ErrMalformed.
func Parse(s string) (Ref, error) {
	scheme, rest, found := strings.Cut(s, "://")
	if !found {
		return Ref{}, ErrNotReference
	}
	ref := Ref{Kind: Kind(strings.ToLower(scheme)), text: s}
	var err error
	switch ref.Kind {
	case KMS:
		ref.Blob, err = decode(rest, MaxCiphertext)
	case Envelope:
		ref.Blob, err = decode(rest, MaxMessage)
	case SecretsManager:
		err = ref.parseSecret(rest)
	default:
		for _, r := range reserved {
			if string(ref.Kind) == r {
				return Ref{}, fmt.Errorf("%w: %s:// references are not supported by this version", ErrMalformed, r)
			}
		}
		return Ref{}, ErrNotReference
	}
	if err != nil {
		return Ref{}, fmt.Errorf("%w: %s:// %w", ErrMalformed, ref.Kind, err)
	}
	return ref, nil
}

// String gives the reference for a message: what was written, long base64 cut
// short.
func (r Ref) String() string {
	if len(r.text) <= 200 {
		return r.text
	}
	return fmt.Sprintf("%s… (%d bytes)", r.text[:24], len(r.Blob))
}

func decode(s string, limit int) ([]byte, error) {
	if base64.RawStdEncoding.DecodedLen(len(s)) > limit+2 {
		return nil, fmt.Errorf("carries more than %d bytes", limit)
	}
	s = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(s, "="))
	b, err := base64.RawStdEncoding.Strict().DecodeString(s)
	switch {
	case err != nil:
		return nil, fmt.Errorf("does not carry base64: %w", err)
	case len(b) == 0:
		return nil, errors.New("carries nothing")
	case len(b) > limit:
		return nil, fmt.Errorf("carries more than %d bytes", limit)
	}
	return b, nil
}

var (
	versionForm = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	// nameForm is what CreateSecret takes (API reference, CreateSecret, Name).
	nameForm = regexp.MustCompile(`^[A-Za-z0-9/_+=.@!-]{1,512}$`)
	arnForm  = regexp.MustCompile(`^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@!-]{1,519}$`)
)

func (r *Ref) parseSecret(s string) error {
	rest, stage, hasStage := cutLast(s, "@")
	id, key, hasKey := strings.Cut(rest, "#")
	if strings.Contains(key, "#") {
		return errors.New("has more than one #: write %23 within a key")
	}
	for _, part := range []struct {
		to    *string
		text  string
		given bool
		what  string
	}{{&r.SecretID, id, true, "secret"}, {&r.JSONKey, key, hasKey, "key after #"}, {&r.Stage, stage, hasStage, "stage or version after @"}} {
		text, err := url.PathUnescape(part.text)
		if err != nil {
			return fmt.Errorf("%s: %w", part.what, err)
		}
		if part.given && text == "" {
			return fmt.Errorf("names no %s", part.what)
		}
		*part.to = text
	}
	if !nameForm.MatchString(r.SecretID) && !arnForm.MatchString(r.SecretID) {
		return fmt.Errorf("%q is neither a secret's name nor its ARN", r.SecretID)
	}
	if len(r.Stage) > 256 {
		return errors.New("stage is longer than 256 characters")
	}
	if versionForm.MatchString(r.Stage) {
		r.Stage, r.Version = "", r.Stage
	}
	return nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
