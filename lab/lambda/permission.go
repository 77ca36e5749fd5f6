package lambda

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"

	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

// statement is one permission, as GetPolicy shows it (recorded form).
type statement struct {
	Sid       string
	Effect    string
	Principal any
	Action    string
	Resource  string
	Condition map[string]map[string]string `json:",omitempty"`
}

var (
	serviceForm = regexp.MustCompile(`^[a-z0-9.-]+\.amazonaws\.com$`)
	accountForm = regexp.MustCompile(`^\d{12}$`)
)

// policyLimit is the size of a function's policy in bytes (Lambda Developer
// Guide, "Lambda quotas").
const policyLimit = 20 << 10

func (s *Service) addPermission(c *world.Call, in *sdk.AddPermissionInput) (*sdk.AddPermissionOutput, error) {
	n, err := parseName(c, *in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	if n.qualifier == latest { // recorded wording
		return nil, invalid("We currently do not support adding policies for $LATEST.")
	}
	if in.PrincipalOrgID != nil || in.EventSourceToken != nil || in.FunctionUrlAuthType != "" || in.InvokedViaFunctionUrl != nil {
		return nil, world.Unimplemented("permissions with PrincipalOrgID, EventSourceToken or of function URLs")
	}
	f, err := s.find(c, n)
	if err != nil {
		return nil, err
	}
	st, err := newStatement(in, n)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(f.statements, func(other statement) bool { return other.Sid == st.Sid }) { // recorded wording
		return nil, conflict("The statement id (" + st.Sid + ") provided already exists. Please provide a new statement id, or remove the existing statement.")
	}
	if err := f.revised(in.RevisionId); err != nil {
		return nil, err
	}
	if err := s.setStatements(f, append(slices.Clone(f.statements), st)); err != nil {
		return nil, err
	}
	text, err := json.Marshal(st)
	return &sdk.AddPermissionOutput{Statement: new(string(text))}, err
}

func newStatement(in *sdk.AddPermissionInput, n name) (statement, error) {
	st := statement{Sid: *in.StatementId, Effect: "Allow", Action: *in.Action, Resource: n.arn()}
	switch p := *in.Principal; {
	case p == "*":
		st.Principal = "*"
	case serviceForm.MatchString(p):
		st.Principal = map[string]string{"Service": p}
	case accountForm.MatchString(p): // recorded form
		st.Principal = map[string]string{"AWS": "arn:aws:iam::" + p + ":root"}
	default:
		if _, err := keypolicy.ParsePrincipal(p); err != nil { // recorded wording
			return st, invalid("The provided principal was invalid. Please check the principal and try again.")
		}
		st.Principal = map[string]string{"AWS": p}
	}
	if in.SourceAccount != nil {
		st.Condition = map[string]map[string]string{"StringEquals": {"AWS:SourceAccount": *in.SourceAccount}}
	}
	if in.SourceArn != nil {
		if st.Condition == nil {
			st.Condition = map[string]map[string]string{}
		}
		st.Condition["ArnLike"] = map[string]string{"AWS:SourceArn": *in.SourceArn}
	}
	return st, nil
}

// setStatements gives a function a policy of these statements.
func (s *Service) setStatements(f *function, all []statement) error {
	if len(all) == 0 {
		f.statements, f.policy, f.revision = nil, nil, s.world.UUID("revision")
		return nil
	}
	text, err := json.Marshal(document(all))
	if err != nil {
		return err
	}
	if len(text) > policyLimit { // reported, in adobe/helix-deploy#24
		return &types.PolicyLengthExceededException{Type: new("User"), Message: new(fmt.Sprintf("The final policy size (%d) is bigger than the limit (%d).", len(text), policyLimit))}
	}
	p, err := world.ParsePolicy(keypolicy.ResourcePolicy, string(text))
	if err != nil || s.world.Bind(p) != "" {
		return invalid("The provided principal was invalid. Please check the principal and try again.")
	}
	f.statements, f.policy, f.revision = all, p, s.world.UUID("revision")
	return nil
}

func document(all []statement) any {
	return struct {
		Version   string
		ID        string `json:"Id"`
		Statement []statement
	}{"2012-10-17", "default", all}
}

func (s *Service) removePermission(c *world.Call, in *sdk.RemovePermissionInput) (*sdk.RemovePermissionOutput, error) {
	n, err := parseName(c, *in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	f := s.lookup(n)
	if err := s.authorize(c, n, f, c.Operation); err != nil {
		return nil, err
	}
	switch {
	case f == nil: // recorded wording
		return nil, notFound("No policy found for: " + n.shown())
	case f.policy == nil: // recorded wording
		return nil, notFound("No policy is associated with the given resource.")
	}
	left := slices.DeleteFunc(slices.Clone(f.statements), func(st statement) bool { return st.Sid == *in.StatementId })
	if len(left) == len(f.statements) { // recorded wording
		return nil, notFound("Statement " + *in.StatementId + " is not found in resource policy.")
	}
	if err := f.revised(in.RevisionId); err != nil {
		return nil, err
	}
	return &sdk.RemovePermissionOutput{}, s.setStatements(f, left)
}

// revised refuses to change the policy of a function that has been changed since
// the revision that a request has, if any (recorded).
func (f *function) revised(since *string) error {
	if since == nil || *since == f.revision {
		return nil
	}
	return &types.PreconditionFailedException{Type: new("User"),
		Message: new("The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id")}
}

func (s *Service) getPolicy(c *world.Call, in *sdk.GetPolicyInput) (*sdk.GetPolicyOutput, error) {
	const none = "The resource you requested does not exist." // recorded, of a function and of a policy
	n, err := parseName(c, *in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	f := s.lookup(n)
	if err := s.authorize(c, n, f, "GetPolicy"); err != nil {
		return nil, err
	}
	if f == nil || f.policy == nil {
		return nil, notFound(none)
	}
	text, err := json.Marshal(document(f.statements))
	return &sdk.GetPolicyOutput{Policy: new(string(text)), RevisionId: &f.revision}, err
}
