package secretref

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"rekey/shared/keyid"
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
	Parameter      Kind = "ssm"
	EnvelopeS3     Kind = "envelope+s3"
)

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

	SecretID string // SecretsManager, Parameter: a name or an ARN
	JSONKey  string // the key within the secret's JSON object; empty: the whole value
	Stage    string // a staging label or a parameter's label; empty with an empty Version: the current one
	Version  string // a version id, or the number of a parameter's version

	Bucket, ObjectKey string // EnvelopeS3

	text string
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
	case Parameter:
		err = ref.parseParameter(rest)
	case EnvelopeS3:
		err = ref.parseObject(rest)
	default:
		return Ref{}, ErrNotReference
	}
	if err != nil {
		return Ref{}, fmt.Errorf("%w: %s:// %w", ErrMalformed, ref.Kind, err)
	}
	return ref, nil
}

// Canonical gives the one text that all spellings of a reference have: the
// scheme in small letters, and of a secret each part escaped in the same way,
// so that no part can be taken for another. A blob is left out.
func (r Ref) Canonical() string {
	text := string(r.Kind) + "://"
	switch r.Kind {
	case KMS, Envelope:
		return text
	case EnvelopeS3:
		text += r.Bucket + "/" + escape(r.ObjectKey)
	default:
		text += escape(r.SecretID)
	}
	if r.JSONKey != "" {
		text += "#" + escape(r.JSONKey)
	}
	if r.Stage != "" {
		text += "@" + escape(r.Stage)
	}
	if r.Version != "" {
		text += "@" + escape(r.Version)
	}
	return text
}

// escape writes what has a meaning in a reference, or in a pattern of
// references, as a percent sign and two digits.
var escape = strings.NewReplacer("%", "%25", "#", "%23", "@", "%40", "*", "%2A", " ", "%20").Replace

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

// versionForm is a UUID, as Secrets Manager and its SDKs make version ids.
var versionForm = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// isName says whether s can be a secret's name (API reference, CreateSecret,
// Name). It is no regular expression: one of 512 repeats takes a millisecond
// to compile, in every program that starts.
func isName(s string, limit int) bool {
	for _, c := range []byte(s) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && strings.IndexByte("/_+=.@!-", c) < 0 {
			return false
		}
	}
	return s != "" && len(s) <= limit
}

// isARN says whether s is a secret's ARN: its name is followed by a hyphen and
// six characters.
func isARN(s string) bool {
	a, err := arn.Parse(s)
	name, ok := strings.CutPrefix(a.Resource, "secret:")
	_, badAccount := keyid.ParseAccount(a.AccountID)
	_, badRegion := keyid.ParseRegion(a.Region) // it becomes part of a host's name
	return err == nil && ok && a.Service == "secretsmanager" && badRegion == nil && badAccount == nil && isName(name, 512+7)
}

func (r *Ref) parseSecret(s string) error {
	if err := r.parseParts(s, "secret"); err != nil {
		return err
	}
	if !isName(r.SecretID, 512) && !isARN(r.SecretID) {
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

// parseParts reads ID[#KEY][@STAGE].
func (r *Ref) parseParts(s, what string) error {
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
	}{{&r.SecretID, id, true, what}, {&r.JSONKey, key, hasKey, "key after #"}, {&r.Stage, stage, hasStage, "stage or version after @"}} {
		text, err := url.PathUnescape(part.text)
		if err != nil {
			return fmt.Errorf("%s: %w", part.what, err)
		}
		switch {
		case part.given && text == "":
			return fmt.Errorf("names no %s", part.what)
		case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
			return fmt.Errorf("%s: it is not plain text", part.what)
		}
		*part.to = text
	}
	return nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
