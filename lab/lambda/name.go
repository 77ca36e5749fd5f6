package lambda

import (
	"regexp"
	"strings"

	"rekey/lab/world"
	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

// name is how a request names a function.
type name struct {
	home
	function  string
	qualifier string // "" for none
}

func (n name) arn() string {
	return "arn:aws:lambda:" + string(n.region) + ":" + string(n.account) + ":function:" + n.function
}

// shown is the ARN as answers have it, with the qualifier that was asked for.
func (n name) shown() string {
	if n.qualifier != "" {
		return n.arn() + ":" + n.qualifier
	}
	return n.arn()
}

// nameForm is a name, a partial or a whole ARN, with or without a qualifier
// (Lambda API Reference, Invoke, FunctionName).
var nameForm = regexp.MustCompile(`^(?:arn:aws:lambda:([a-z0-9-]+):)?(?:(\d{12}):)?(?:function:)?([a-zA-Z0-9-_]+)(?::(\$LATEST|[a-zA-Z0-9-_]+))?$`)

// parseName reads the name of a function in a request.
func parseName(c *world.Call, text string, qualifier *string) (name, error) {
	m := nameForm.FindStringSubmatch(text)
	if m == nil {
		return name{}, invalid("Invalid ARN or function name: " + text) // assumed wording; the model's pattern comes first
	}
	n := name{home: home{c.Account(), c.Region}, function: m[3], qualifier: m[4]}
	if m[2] != "" {
		n.account = keyid.Account(m[2])
	}
	switch {
	case m[1] != "" && m[1] != string(c.Region): // recorded wording
		return n, notFound("Functions from '" + m[1] + "' are not reachable in this region ('" + string(c.Region) + "')")
	case qualifier != nil && n.qualifier != "" && n.qualifier != *qualifier: // recorded wording
		return n, invalid("The derived qualifier from the function name does not match the specified qualifier.")
	case qualifier != nil:
		n.qualifier = *qualifier
	}
	return n, nil
}

const latest = "$LATEST"

// lookup finds a function without asking anybody. Only $LATEST is modelled, so
// that no other version or alias exists.
func (s *Service) lookup(n name) *function {
	if n.qualifier != "" && n.qualifier != latest {
		return nil
	}
	return s.functions[n.home][n.function]
}

// find finds a function for a call of its own action, which is named as the
// operation is, unless permissions have another name for it.
func (s *Service) find(c *world.Call, n name) (*function, error) {
	return s.findFor(c, n, c.Operation)
}

func (s *Service) findFor(c *world.Call, n name, action string) (*function, error) {
	f := s.lookup(n)
	if err := s.authorize(c, n, f, action); err != nil {
		return nil, err
	}
	if f == nil {
		return nil, notFound("Function not found: " + n.shown())
	}
	return f, nil
}

// authorize asks whether the caller may do an action on a function, which may
// not exist.
func (s *Service) authorize(c *world.Call, n name, f *function, action string) error {
	a := world.Access{
		Action: "lambda:" + action, Resource: n.arn(), ResourceAccount: n.account,
		Context: map[string][]string{"lambda:FunctionArn": {n.arn()}},
	}
	if f != nil {
		for k, v := range f.tags {
			a.Context["aws:ResourceTag/"+k] = []string{v}
		}
		if f.policy != nil {
			a.Policy = &world.Named{Name: "policy of " + n.arn(), Policy: f.policy}
		}
	}
	d, err := c.Decide(a)
	if err != nil || d.Effect == keypolicy.Allowed {
		return err
	}
	return denied(c.Denial(a, d))
}

// authorizeAll is for the actions that name no function.
func (s *Service) authorizeAll(c *world.Call) error {
	a := world.Access{Action: "lambda:" + c.Operation, Resource: "*", ResourceAccount: c.Account()}
	d, err := c.Decide(a)
	if err != nil || d.Effect == keypolicy.Allowed {
		return err
	}
	return denied(c.Denial(a, d))
}

// authorizePass asks whether the caller may hand a role to Lambda (Lambda
// Developer Guide, "Granting permissions to pass a role").
func authorizePass(c *world.Call, role, function string) error {
	parts := strings.Split(role, ":")
	if len(parts) < 6 {
		return invalid("The role defined for the function cannot be assumed by Lambda.")
	}
	a := world.Access{
		Action: "iam:PassRole", Resource: role, ResourceAccount: keyid.Account(parts[4]),
		Context: map[string][]string{"iam:PassedToService": {"lambda.amazonaws.com"}, "iam:AssociatedResourceArn": {function}},
	}
	if a.ResourceAccount != c.Account() { // recorded for events; assumed to be the same here
		return denied("Cross-account pass role is not allowed.")
	}
	d, err := c.Decide(a)
	if err != nil || d.Effect == keypolicy.Allowed {
		return err
	}
	return denied(c.Denial(a, d))
}
