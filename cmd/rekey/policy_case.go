package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

// policyCase is one request with the policies that decide it.
type policyCase struct {
	ID                 scalar                   `json:"id"`
	Principal          string                   `json:"principal"`
	PrincipalAccount   string                   `json:"principalAccount"`
	Action             string                   `json:"action"`
	Resource           string                   `json:"resource"`
	ResourceAccount    string                   `json:"resourceAccount"`
	Context            map[string]contextValues `json:"context"`
	IdentityPolicies   []policyText             `json:"identityPolicies"`
	ResourcePolicy     *policyText              `json:"resourcePolicy"`
	PermissionBoundary *policyText              `json:"permissionBoundary"`
	SessionPolicies    []policyText             `json:"sessionPolicies"`
	SCPs               [][]policyText           `json:"scps"`
}

// parsePolicyCase reads a line of a batch. Where it fails it gives what it has.
func parsePolicyCase(line []byte) (*policyCase, error) {
	p := &policyCase{}
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(p); err != nil {
		return p, fmt.Errorf("not a case: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return p, errors.New("not a case: text after its closing brace")
	}
	switch {
	case p.ID == "" || strings.ContainsAny(string(p.ID), "\t\r\n"):
		return p, errors.New("not a case: its id must be text on one line, without tabs")
	case p.Principal == "" || p.Action == "" || p.Resource == "":
		return p, errors.New("not a case: principal, action and resource are needed")
	}
	return p, nil
}

// question gives the case to the evaluator.
func (p *policyCase) question() (keypolicy.Request, keypolicy.Policies, error) {
	r := keypolicy.Request{Action: p.Action, Resource: p.Resource, Context: make(map[string][]string, len(p.Context))}
	for k, values := range p.Context {
		r.Context[k] = values
	}
	var err error
	if r.Principal, err = p.caller(); err != nil {
		return r, keypolicy.Policies{}, err
	}
	if p.PrincipalAccount != "" && p.PrincipalAccount != string(r.Principal.Account()) {
		return r, keypolicy.Policies{}, fmt.Errorf("the principal %s is not of account %s", p.Principal, p.PrincipalAccount)
	}
	if r.ResourceAccount, err = p.owner(r.Principal); err != nil {
		return r, keypolicy.Policies{}, err
	}
	policies, err := p.policies()
	return r, policies, err
}

// owner gives the account that owns the resource: the one given, that of its
// ARN, or for an action without a resource the caller's.
func (p *policyCase) owner(who keypolicy.Principal) (keyid.Account, error) {
	text := p.ResourceAccount
	if parts := strings.SplitN(p.Resource, ":", 6); text == "" && len(parts) == 6 {
		text = parts[4]
	} else if text == "" && p.Resource == "*" {
		text = string(who.Account())
	}
	if text == "" {
		return "", errors.New("the resource's account: its ARN does not name it: give it (--resource-account, resourceAccount)")
	}
	account, err := keyid.ParseAccount(text)
	if err != nil {
		return "", fmt.Errorf("the resource's account: %w", err)
	}
	return account, nil
}

func (p *policyCase) policies() (keypolicy.Policies, error) {
	var all keypolicy.Policies
	var failed error
	read := func(kind keypolicy.Kind, field string, texts ...policyText) (ns []keypolicy.Named) {
		for i, t := range texts {
			name := t.path
			if name == "" {
				name = fmt.Sprintf("%s[%d]", field, i)
			}
			d, err := keypolicy.Parse(kind, t.text)
			if err != nil && failed == nil {
				failed = fmt.Errorf("%s: %w", name, err)
			}
			ns = append(ns, keypolicy.Named{Name: name, Document: d})
		}
		return ns
	}
	one := func(kind keypolicy.Kind, field string, t *policyText) *keypolicy.Named {
		if t == nil {
			return nil
		}
		n := read(kind, field, *t)[0]
		if t.path == "" {
			n.Name = field
		}
		return &n
	}
	all.Identity = read(keypolicy.IdentityPolicy, "identityPolicies", p.IdentityPolicies...)
	all.Session = read(keypolicy.IdentityPolicy, "sessionPolicies", p.SessionPolicies...)
	all.Boundary = one(keypolicy.IdentityPolicy, "permissionBoundary", p.PermissionBoundary)
	all.Resource = one(keypolicy.ResourceKind(p.Action, p.Resource), "resourcePolicy", p.ResourcePolicy)
	for i, level := range p.SCPs {
		all.ServiceControl = append(all.ServiceControl, read(keypolicy.IdentityPolicy, fmt.Sprintf("scps[%d]", i), level...))
	}
	return all, failed
}

// policyText is a policy as it was given, with its file's name or "".
type policyText struct {
	path string
	text []byte
}

// UnmarshalJSON takes a policy as an object, or as the text of one.
func (t *policyText) UnmarshalJSON(b []byte) error {
	switch b[0] {
	case '{':
		t.text = bytes.Clone(b)
		return nil
	case '"':
		var s string
		err := json.Unmarshal(b, &s)
		t.text = []byte(s)
		return err
	}
	return errors.New("a policy is an object, or a string that holds one")
}

// contextValues are the values of a condition key: a string, a number or a
// Boolean, or a list of them; null is no value.
type contextValues []string

// UnmarshalJSON takes one value or a list.
func (v *contextValues) UnmarshalJSON(b []byte) error {
	*v = nil
	if string(b) == "null" {
		return nil
	}
	var list []scalar
	if b[0] != '[' {
		list = make([]scalar, 1)
		if err := list[0].UnmarshalJSON(b); err != nil {
			return err
		}
	} else if err := json.Unmarshal(b, &list); err != nil {
		return err
	}
	for _, s := range list {
		*v = append(*v, string(s))
	}
	return nil
}

// scalar is the text of a JSON string, number or Boolean.
type scalar string

// UnmarshalJSON takes all but null, objects and lists.
func (s *scalar) UnmarshalJSON(b []byte) error {
	switch b[0] {
	case '"':
		return json.Unmarshal(b, (*string)(s))
	case '{', '[', 'n':
		return errors.New("a value is a string, a number or a Boolean")
	}
	*s = scalar(b)
	return nil
}
