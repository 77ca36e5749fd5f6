// Package iam is the lab's IAM: users with access keys, roles with trust
// policies, and their inline policies. IAM is one for all Regions of an
// account.
package iam

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

// Service is IAM of every account.
type Service struct {
	world    *world.World
	accounts map[keyid.Account]*account
	keys     map[string]*accessKey
}

type account struct {
	users map[string]*user
	roles map[string]*Role
}

// New adds IAM to a world.
func New(w *world.World) *Service {
	s := &Service{world: w, accounts: map[keyid.Account]*account{}, keys: map[string]*accessKey{}}
	w.RegisterAccessKeys(s)
	w.RegisterIdentities(s)
	return s
}

// Name is the service's signing name.
func (s *Service) Name() string { return "iam" }

// Operations is all that the lab's IAM can do.
func (s *Service) Operations() []world.Operation {
	return []world.Operation{
		world.Op("CreateAccessKey", s.createAccessKey),
		world.Op("CreateRole", s.createRole),
		world.Op("CreateUser", s.createUser),
		world.Op("DeleteAccessKey", s.deleteAccessKey),
		world.Op("DeleteRole", s.deleteRole),
		world.Op("DeleteRolePolicy", s.deleteRolePolicy),
		world.Op("DeleteUser", s.deleteUser),
		world.Op("DeleteUserPolicy", s.deleteUserPolicy),
		world.Op("GetRole", s.getRole),
		world.Op("GetRolePolicy", s.getRolePolicy),
		world.Op("GetUser", s.getUser),
		world.Op("GetUserPolicy", s.getUserPolicy),
		world.Op("ListAccessKeys", s.listAccessKeys),
		world.Op("ListRolePolicies", s.listRolePolicies),
		world.Op("ListRoles", s.listRoles),
		world.Op("ListUserPolicies", s.listUserPolicies),
		world.Op("PutRolePolicy", s.putRolePolicy),
		world.Op("PutUserPolicy", s.putUserPolicy),
		world.Op("UpdateAssumeRolePolicy", s.updateAssumeRolePolicy),
	}
}

func (s *Service) of(a keyid.Account) *account {
	if s.accounts[a] == nil {
		s.accounts[a] = &account{users: map[string]*user{}, roles: map[string]*Role{}}
	}
	return s.accounts[a]
}

// Policies gives the inline policies that a principal has now: its own, or
// for a session those of its role.
func (s *Service) Policies(p keypolicy.Principal) []keypolicy.Named {
	a := s.of(p.Account())
	switch p.Kind() {
	case keypolicy.User:
		if u := a.users[nameIn(p.ARN())]; u != nil {
			return u.policies.named()
		}
	case keypolicy.Session:
		if r := a.roles[nameIn(p.RoleARN())]; r != nil {
			return r.policies.named()
		}
	}
	return nil
}

// inline are the inline policies of one user or role.
type inline map[string]inlinePolicy

type inlinePolicy struct {
	text   string
	policy *keypolicy.Document
}

func (p inline) named() []keypolicy.Named {
	out := make([]keypolicy.Named, 0, len(p))
	for _, name := range slices.Sorted(maps.Keys(p)) {
		out = append(out, keypolicy.Named{Name: "inline policy " + name, Document: p[name].policy})
	}
	return out
}

// put checks a policy and keeps it under its name.
func (p inline) put(name, text string) error {
	policy, err := keypolicy.Parse(keypolicy.IdentityPolicy, []byte(text))
	if err != nil {
		return &types.MalformedPolicyDocumentException{Message: new(err.Error())}
	}
	p[name] = inlinePolicy{text, policy}
	return nil
}

func (p inline) get(owner, name string) (inlinePolicy, error) {
	found, ok := p[name]
	if !ok {
		return inlinePolicy{}, noSuch("The " + owner + " policy with name " + name + " cannot be found.")
	}
	return found, nil
}

// authorize is for all operations: IAM's resources have no policies of their
// own but roles' trust policies, which only sts:AssumeRole asks.
func authorize(c *world.Call, resource string) error {
	return c.Authorize("AccessDenied", world.Access{
		Action: "iam:" + c.Operation, Resource: resource, ResourceAccount: c.Account(),
	})
}

func noSuch(message string) error { return &types.NoSuchEntityException{Message: &message} }

func exists(message string) error { return &types.EntityAlreadyExistsException{Message: &message} }

func conflict(message string) error { return &types.DeleteConflictException{Message: &message} }

// arn names a user or a role.
func arn(a keyid.Account, kind, path, name string) string {
	return "arn:aws:iam::" + string(a) + ":" + kind + path + name
}

// nameIn gives the name at the end of a user's or a role's ARN.
func nameIn(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

// pathOr gives the path of a request, "/" where it has none.
func pathOr(p *string) string {
	if p == nil {
		return "/"
	}
	return *p
}

// encoded is a policy as IAM gives it back: percent-encoded as RFC 3986 says,
// where a blank is no plus sign (API reference, GetRolePolicy).
func encoded(policy string) string {
	return strings.ReplaceAll(url.QueryEscape(policy), "+", "%20")
}

func second(t time.Time) *time.Time { return new(t.Truncate(time.Second)) }

// page is world.Page with IAM's own error; 100 is its usual size (API
// reference, MaxItems).
func page[T any](all []T, name func(T) string, marker *string, limit *int32) ([]T, *string, error) {
	some, next, ok := world.Page(all, name, marker, limit, 100)
	if !ok {
		return nil, nil, &wire.Error{Code: "ValidationError", Message: "Invalid Marker: " + *marker, Status: 400}
	}
	return some, next, nil
}
