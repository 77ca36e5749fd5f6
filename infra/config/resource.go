package config

import (
	"net/url"
	"regexp"
	"strings"

	"rekey/shared/secretref"
)

// Resources are the ARNs that the role of the decrypt function must be allowed
// to read, by kind of reference, with ${AWS::…} where the environment comes in
// and with the wildcards of policies.
type Resources struct {
	Secrets, Parameters, Objects []string
	// Ciphertexts says whether kms://, envelope:// or envelope+s3:// is answered: then
	// the role must be allowed to decrypt under the keys.
	Ciphertexts bool
}

// suffix is what Secrets Manager adds to a secret's name in its ARN: a hyphen and
// six characters (User Guide, "Secrets Manager concepts", ARN).
const suffix = "-??????"

// Resources gives what the references name. In a pattern a * stands for characters
// of a name; a pattern of one name asks for that one alone.
func (d Decrypt) Resources() Resources {
	var out Resources
	for _, pattern := range d.References {
		kind, id, _ := strings.Cut(pattern, "://")
		if i := strings.IndexAny(id, "#@"); i >= 0 {
			id = id[:i] // the JSON key, stage, version or label are no part of the ARN
		}
		switch secretref.Kind(kind) {
		case secretref.KMS, secretref.Envelope:
			out.Ciphertexts = true
		case secretref.SecretsManager:
			out.Secrets = append(out.Secrets, secretARNs(id)...)
		case secretref.Parameter:
			out.Parameters = append(out.Parameters, parameterARN(id))
		case secretref.EnvelopeS3:
			out.Ciphertexts = true
			out.Objects = append(out.Objects, "arn:${AWS::Partition}:s3:::"+literal(id))
		}
	}
	return out
}

// wholeARN is the ARN of a secret with its suffix.
var wholeARN = regexp.MustCompile(`^arn:.*-[A-Za-z0-9]{6}$`)

func secretARNs(id string) []string {
	open := strings.HasSuffix(id, "*")
	switch arn := literal(id); {
	case strings.HasPrefix(id, "arn:") && wholeARN.MatchString(id):
		// A name that ends like a suffix cannot be told from one: allow the one that
		// is named, and no other.
		return []string{arn}
	case strings.HasPrefix(id, "arn:") && open:
		return []string{arn}
	case strings.HasPrefix(id, "arn:"):
		return []string{arn + suffix}
	case open:
		return []string{"arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:" + arn}
	default:
		return []string{"arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:" + arn + suffix}
	}
}

// parameterARN has no slash twice: that of a name in a hierarchy is the one after
// "parameter" (Service Authorization Reference, "AWS Systems Manager").
func parameterARN(id string) string {
	if strings.HasPrefix(id, "arn:") {
		return literal(id)
	}
	return "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/" + literal(strings.TrimPrefix(id, "/"))
}

// literal unescapes what a pattern escapes, and writes what would have a meaning
// in a policy as the variables that stand for it (IAM User Guide, "Policy
// elements: Variables and tags", predefined policy variables). The pattern's own
// * stays one.
func literal(id string) string {
	parts := strings.Split(id, "*")
	for i, part := range parts {
		if text, err := url.PathUnescape(part); err == nil {
			part = text
		}
		parts[i] = policyText(part)
	}
	return strings.Join(parts, "*")
}

// ofAWS are the ${…} that stay as they are.
var ofAWS = regexp.MustCompile(`\$\{AWS::(Partition|Region|AccountId)\}`)

func policyText(s string) string {
	var b strings.Builder
	escape := strings.NewReplacer("*", "${*}", "?", "${?}", "$", "${$}")
	for {
		at := ofAWS.FindStringIndex(s)
		if at == nil {
			b.WriteString(escape.Replace(s))
			return b.String()
		}
		b.WriteString(escape.Replace(s[:at[0]]))
		b.WriteString(s[at[0]:at[1]])
		s = s[at[1]:]
	}
}
