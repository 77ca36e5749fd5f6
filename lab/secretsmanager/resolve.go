package secretsmanager

import (
	"regexp"

	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keyid"
)

// target is a secret as a request named it.
type target struct {
	*secret        // nil where there is none
	given   string // the request's SecretId
	owner   home
	arn     string // also where there is none: what the policies are asked about
}

var (
	nameForm   = regexp.MustCompile(`^[A-Za-z0-9/_+=.@!-]+$`)
	arnForm    = regexp.MustCompile(`^arn:aws:secretsmanager:([a-z0-9-]+):([0-9]{12}):secret:([A-Za-z0-9/_+=.@!-]+)$`)
	suffixForm = regexp.MustCompile(`-[A-Za-z0-9]{6}$`)
)

// unknownSuffix stands in the ARN of a secret that does not exist. The service
// decides before it tells that there is none (reported: jenkinsci/
// aws-secrets-manager-credentials-provider-plugin pull request 65). Assumed: the
// policies are asked about an ARN with a suffix that is made up, so that a
// permission on NAME-* or NAME-?????? is one to learn that NAME does not exist.
const unknownSuffix = "-??????"

func arnOf(h home, rest string) string {
	return "arn:aws:secretsmanager:" + string(h.region) + ":" + string(h.account) + ":secret:" + rest
}

// checkName refuses a name with other characters (recorded wording; it is the
// same for a SecretId of any operation).
func checkName(name string) error {
	if nameForm.MatchString(name) {
		return nil
	}
	return &wire.Error{Code: "ValidationException", Status: 400, Message: "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"}
}

// find looks a secret up by name, ARN, or ARN without its suffix. Only an ARN
// reaches another account. An ARN of another Region finds nothing here; that
// the answer is the usual one for an unknown secret is assumed.
func (s *Service) find(c *world.Call, id string) (target, error) {
	m := arnForm.FindStringSubmatch(id)
	if m == nil {
		h := homeOf(c)
		x := s.here(h)[id]
		if x != nil {
			return target{x, id, h, x.arn}, nil
		}
		return target{nil, id, h, arnOf(h, id+unknownSuffix)}, checkName(id)
	}
	h := home{keyid.Account(m[2]), keyid.Region(m[1])}
	if h.region == c.Region {
		if x := s.byARN(h, id, m[3]); x != nil {
			return target{x, id, h, x.arn}, nil
		}
	}
	return target{nil, id, h, id}, nil
}

// byARN finds by a complete ARN, or else by a partial one. What ends in a
// hyphen and six characters is taken for complete, and so a secret whose name
// ends that way is not found by its partial ARN (recorded; User Guide, "Find a
// secret from a partial ARN").
func (s *Service) byARN(h home, id, rest string) *secret {
	for _, x := range s.here(h) {
		if x.arn == id {
			return x
		}
	}
	if suffixForm.MatchString(rest) {
		return nil
	}
	return s.here(h)[rest]
}

// existing finds a secret, authorizes the call on it, and only then says that
// it does not exist.
func (s *Service) existing(c *world.Call, id string, more map[string][]string) (target, error) {
	t, err := s.find(c, id)
	if err != nil {
		return target{}, err
	}
	if err := s.authorize(c, t, more); err != nil {
		return target{}, err
	}
	if t.secret == nil {
		return target{}, notFound(".")
	}
	return t, nil
}

// live is existing for the operations that a secret marked for deletion
// refuses.
func (s *Service) live(c *world.Call, id string, more map[string][]string) (target, error) {
	t, err := s.existing(c, id, more)
	if err != nil {
		return target{}, err
	}
	return t, t.notMarked()
}

// writable is live for the operations that change a secret, which a replica
// refuses.
func (s *Service) writable(c *world.Call, id string, more map[string][]string) (target, error) {
	t, err := s.live(c, id, more)
	if err != nil {
		return target{}, err
	}
	return t, t.notReplica()
}

// notReplica is reported for PutResourcePolicy, in lgallard/
// terraform-aws-secrets-manager issue 188, and for DeleteSecret, in
// gruntwork-io/cloud-nuke issue 435; for the others it is assumed.
func (x *secret) notReplica() error {
	if x.primary == nil {
		return nil
	}
	return invalidParameter("Operation not permitted on a replica secret. Call must be made in primary secret's region.")
}

// notMarked refuses a secret that is marked for deletion (recorded wording).
func (x *secret) notMarked() error {
	if x.deletion.IsZero() {
		return nil
	}
	return invalidRequest("You can't perform this operation on the secret because it was marked for deletion.")
}
