package keypolicy

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"rekey/shared/keyid"
)

// PrincipalKind says what a caller is.
type PrincipalKind int

const (
	// Root is the root user of an account.
	Root PrincipalKind = iota + 1
	// User is an IAM user.
	User
	// Role is a role without a session: any session of it, and none in
	// particular. A statement that names one session does not match it.
	Role
	// Session is a session of a role that was assumed.
	Session
	// Service is an AWS service that acts for itself.
	Service
	// Anonymous is whoever sends a request without credentials.
	Anonymous
)

// AnonymousCaller is a caller without credentials. It belongs to no account, so
// only a resource's policy can let it in, and only as one of everyone: by the
// principal "*" or {"AWS": "*"} (IAM User Guide, "AWS JSON policy elements:
// Principal", All principals).
func AnonymousCaller() Principal { return Principal{kind: Anonymous, arn: anonymous} }

// anonymous is what AWS calls it, in refusals and in condition keys.
const anonymous = "anonymous"

// Principal is a caller. The zero Principal is nobody, and not evaluated.
type Principal struct {
	kind    PrincipalKind
	arn     string
	role    string
	account keyid.Account
	// anyPath: the path of the role is not known, and role leaves it out.
	anyPath bool
}

// ARN gives the caller's ARN; for a Service its name, and "anonymous" for
// Anonymous.
func (p Principal) ARN() string { return p.arn }

// Account gives the caller's account; "" for a Service and for Anonymous.
func (p Principal) Account() keyid.Account { return p.account }

// Kind says what the caller is.
func (p Principal) Kind() PrincipalKind { return p.kind }

// RoleARN gives the ARN of the role of a Role or a Session, with its path where
// that is known.
func (p Principal) RoleARN() string { return p.role }

// String gives what ARN does.
func (p Principal) String() string { return p.arn }

const nameForm = `[\w+=,.@-]{1,64}`

var (
	identityForm    = compiled(`^arn:(aws[a-z-]*):iam::([0-9]{12}):(root|(user|role)/([!-~]+/)?` + nameForm + `)$`)
	sessionForm     = compiled(`^arn:(aws[a-z-]*):sts::([0-9]{12}):assumed-role/(` + nameForm + `)/([\w+=,.@-]{2,64})$`)
	federatedForm   = compiled(`^arn:(aws[a-z-]*):sts::([0-9]{12}):federated-user/[\w+=,.@-]{2,32}$`)
	serviceForm     = compiled(`^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?$`)
	uniqueIDForm    = compiled(`^A[A-Z0-9]{15,127}$`)
	sessionNameForm = compiled(`^[\w+=,.@-]{2,64}$`)
)

// compiled compiles a pattern on its first use: together they take a
// millisecond, which a program that evaluates no policy need not spend when it
// starts.
func compiled(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// ParsePrincipal reads the ARN of an account's root user, of a user or of a
// role, or the name of an AWS service (lambda.amazonaws.com). The ARN of a
// session is refused: it leaves out the path of its role, without which the
// role cannot be found in a policy; use ParseSession. Its error wraps
// ErrMalformed. (IAM User Guide, "IAM identifiers" and "AWS JSON policy
// elements: Principal".)
func ParsePrincipal(arn string) (Principal, error) {
	if m := identityForm().FindStringSubmatch(arn); m != nil {
		p := Principal{arn: arn, account: keyid.Account(m[2])}
		switch m[4] {
		case "":
			p.kind = Root
		case "user":
			p.kind = User
		case "role":
			p.kind, p.role = Role, arn
		}
		return p, nil
	}
	if serviceForm().MatchString(arn) {
		return Principal{kind: Service, arn: arn}, nil
	}
	if sessionForm().MatchString(arn) {
		return Principal{}, fmt.Errorf("%w: %q is a session: its role's ARN is needed too", ErrMalformed, arn)
	}
	return Principal{}, fmt.Errorf("%w: %q is not the ARN of a root user, a user or a role, nor a service's name", ErrMalformed, arn)
}

// ParseSession reads the ARN of an assumed role's session
// (arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION) together with that of its
// role, which must be of the same partition, account and name. Its error wraps
// ErrMalformed.
func ParseSession(session, role string) (Principal, error) {
	m := sessionForm().FindStringSubmatch(session)
	if m == nil {
		return Principal{}, fmt.Errorf("%w: %q is not the ARN of an assumed role's session", ErrMalformed, session)
	}
	p, err := ParsePrincipal(role)
	if err != nil {
		return Principal{}, err
	}
	s, err := p.Session(m[4])
	if err != nil {
		return Principal{}, err
	}
	if s.arn != session {
		return Principal{}, fmt.Errorf("%w: %q is not a session of the role %q", ErrMalformed, session, role)
	}
	return s, nil
}

// Session gives the session of that name of a Role. Its error, for a bad name
// or another kind of principal, wraps ErrMalformed.
func (p Principal) Session(name string) (Principal, error) {
	if p.kind != Role {
		return Principal{}, fmt.Errorf("%w: %q is not a role", ErrMalformed, p.arn)
	}
	if !sessionNameForm().MatchString(name) {
		return Principal{}, fmt.Errorf("%w: %q is not the name of a role's session", ErrMalformed, name)
	}
	p.kind = Session
	p.arn = fmt.Sprintf("arn:%s:sts::%s:assumed-role/%s/%s", partition(p.role), p.account, lastName(p.role), name)
	return p, nil
}

// ParseSessionAlone reads the ARN of an assumed role's session where the role's
// ARN is not known. A policy's role then counts as the session's whatever its
// path is: "role … names must be unique within the account", whatever their
// paths (IAM API Reference, CreateRole). Its error wraps ErrMalformed.
func ParseSessionAlone(session string) (Principal, error) {
	m := sessionForm().FindStringSubmatch(session)
	if m == nil {
		return Principal{}, fmt.Errorf("%w: %q is not the ARN of an assumed role's session", ErrMalformed, session)
	}
	role := fmt.Sprintf("arn:%s:iam::%s:role/%s", m[1], m[2], m[3])
	return Principal{kind: Session, arn: session, role: role, account: keyid.Account(m[2]), anyPath: true}, nil
}

// isRole says whether the ARN is that of the caller's role.
func (p Principal) isRole(arn string) bool {
	if p.role == "" || !p.anyPath {
		return p.role != "" && arn == p.role
	}
	m := identityForm().FindStringSubmatch(arn)
	return m != nil && m[4] == "role" && m[1] == partition(p.role) && m[2] == string(p.account) && lastName(arn) == lastName(p.role)
}

// underServiceControl says whether service control policies bind the caller.
// They affect users, roles and root users, but neither services nor
// service-linked roles (AWS Organizations User Guide, "Service control policies
// (SCPs)", SCP effects on permissions), and nobody who is in no account.
func (p Principal) underServiceControl() bool {
	return p.account != "" && !strings.Contains(p.role, ":role/aws-service-role/")
}

// lastName is the name in an ARN, without its path.
func lastName(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

func partition(arn string) string {
	parts := strings.SplitN(arn, ":", 3)
	return parts[1]
}

// Context gives the condition keys that follow from the caller alone, in a new
// map for the other keys to be added to: aws:PrincipalArn (for a session its
// role's ARN), aws:PrincipalAccount, aws:PrincipalType, aws:username of a user,
// aws:PrincipalIsAWSService, aws:PrincipalServiceName of a service, and
// kms:CallerAccount. Anonymous has no ARN, is neither a service nor none, and
// its account and user id are "anonymous". (IAM User Guide, "AWS global condition
// context keys", and "IAM policy elements: Variables and tags", Principal key
// values; KMS Developer Guide, "AWS KMS condition keys".)
func (p Principal) Context() map[string][]string {
	switch p.kind {
	case Anonymous:
		return map[string][]string{
			"aws:PrincipalAccount": {anonymous},
			"aws:PrincipalType":    {"Anonymous"},
			"aws:userid":           {anonymous},
		}
	case Service:
		return map[string][]string{
			"aws:PrincipalIsAWSService": {"true"},
			"aws:PrincipalServiceName":  {p.arn},
		}
	}
	c := map[string][]string{
		"aws:PrincipalIsAWSService": {"false"},
		"aws:PrincipalArn":          {p.arn},
		"aws:PrincipalAccount":      {string(p.account)},
		"kms:CallerAccount":         {string(p.account)},
	}
	switch p.kind {
	case Root:
		c["aws:PrincipalType"] = []string{"Account"}
	case User:
		c["aws:PrincipalType"] = []string{"User"}
		c["aws:username"] = []string{lastName(p.arn)}
	case Role, Session:
		c["aws:PrincipalType"] = []string{"AssumedRole"}
		c["aws:PrincipalArn"] = []string{p.role}
	}
	return c
}
