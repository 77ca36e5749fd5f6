package lambda

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"

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
	f, err := s.find(c, n)
	if err != nil {
		return nil, err
	}
	st, err := newStatement(in, n)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(f.statements, func(other statement) bool { return other.Sid == st.Sid }) {
		return nil, taken(st.Sid)
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

func taken(sid string) error { // recorded wording
	return conflict("The statement id (" + sid + ") provided already exists. Please provide a new statement id, or remove the existing statement.")
}

// newStatement is a permission as its policy has it (recorded forms, but for
// lambda:InvokedViaFunctionUrl: Lambda Developer Guide, "Control access to Lambda
// function URLs").
func newStatement(in *sdk.AddPermissionInput, n name) (statement, error) {
	st := statement{Sid: *in.StatementId, Effect: "Allow", Action: *in.Action, Resource: n.arn()}
	var err error
	if st.Principal, err = principal(*in.Principal); err != nil {
		return st, err
	}
	if in.FunctionUrlAuthType != "" {
		if st.Action != "lambda:InvokeFunctionUrl" { // asserted wording, in test_add_lambda_permission_fields
			return st, invalid("FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action")
		}
		st.when("StringEquals", "lambda:FunctionUrlAuthType", new(string(in.FunctionUrlAuthType)))
	}
	st.when("StringEquals", "AWS:SourceAccount", in.SourceAccount)
	st.when("StringEquals", "aws:PrincipalOrgID", in.PrincipalOrgID)
	st.when("StringEquals", "lambda:EventSourceToken", in.EventSourceToken)
	st.when("ArnLike", "AWS:SourceArn", in.SourceArn)
	if in.InvokedViaFunctionUrl != nil {
		st.when("Bool", "lambda:InvokedViaFunctionUrl", new(strconv.FormatBool(*in.InvokedViaFunctionUrl)))
	}
	return st, nil
}

// principal is a statement's, of a request's.
func principal(p string) (any, error) {
	switch {
	case p == "*":
		return "*", nil
	case serviceForm.MatchString(p):
		return map[string]string{"Service": p}, nil
	case accountForm.MatchString(p): // recorded form
		return map[string]string{"AWS": "arn:aws:iam::" + p + ":root"}, nil
	}
	if _, err := keypolicy.ParsePrincipal(p); err != nil {
		return nil, badPrincipal()
	}
	return map[string]string{"AWS": p}, nil
}

func badPrincipal() error { // recorded wording
	return invalid("The provided principal was invalid. Please check the principal and try again.")
}

// when adds a condition, if there is a value for it.
func (st *statement) when(operator, key string, value *string) {
	if value == nil {
		return
	}
	if st.Condition == nil {
		st.Condition = map[string]map[string]string{}
	}
	if st.Condition[operator] == nil {
		st.Condition[operator] = map[string]string{}
	}
	st.Condition[operator][key] = *value
}

// setStatements gives a function a policy of these statements.
func (s *Service) setStatements(f *function, all []statement) error {
	p, err := s.policyOf(all)
	if err == nil {
		f.statements, f.policy, f.revision = all, p, s.world.UUID("revision")
	}
	return err
}

// policyOf gives the policy that has these statements, nil for none.
func (s *Service) policyOf(all []statement) (*world.Policy, error) {
	if len(all) == 0 {
		return nil, nil
	}
	text, err := json.Marshal(document(all))
	if err != nil {
		return nil, err
	}
	if len(text) > policyLimit { // reported, in adobe/helix-deploy#24
		return nil, &types.PolicyLengthExceededException{Type: new("User"), Message: new(fmt.Sprintf("The final policy size (%d) is bigger than the limit (%d).", len(text), policyLimit))}
	}
	p, err := world.ParsePolicy(keypolicy.ResourcePolicy, string(text))
	if err != nil || s.world.Bind(p) != "" {
		return nil, badPrincipal()
	}
	return p, nil
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
