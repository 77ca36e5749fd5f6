// Package iam is the lab's IAM: users with access keys, roles with trust
// policies, and their inline policies. IAM is one for all Regions of an
// account.
package iam

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

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

// of gives what an account has, to be read; own makes room for more.
func (s *Service) of(a keyid.Account) *account {
	if have := s.accounts[a]; have != nil {
		return have
	}
	return &account{}
}

func (s *Service) own(a keyid.Account) *account {
	if s.accounts[a] == nil {
		s.accounts[a] = &account{users: map[string]*user{}, roles: map[string]*Role{}}
	}
	return s.accounts[a]
}

// Policies gives the inline policies that a caller has now: its own, or for a
// session those of its role. A user or role that is only of the same name is
// another one.
func (s *Service) Policies(c world.Caller) []world.Named {
	p := c.Principal
	a := s.of(p.Account())
	switch p.Kind() {
	case keypolicy.User:
		if u := a.users[nameIn(p.ARN())]; u != nil && u.id == c.UserID {
			return u.policies.named()
		}
	case keypolicy.Session:
		id, _, _ := strings.Cut(c.UserID, ":")
		if r := a.roles[nameIn(p.RoleARN())]; r != nil && r.ID == id {
			return r.policies.named()
		}
	}
	return nil
}

// Identity gives the unique id of the user or role that an ARN names, or of the
// role of a session.
func (s *Service) Identity(arn string) (id string, ok bool) {
	if r, ok := s.Role(arn); ok {
		return r.ID, true
	}
	parts := strings.Split(arn, ":")
	if len(parts) != 6 || parts[1] != "aws" {
		return "", false
	}
	a := s.of(keyid.Account(parts[4]))
	if path := strings.Split(parts[5], "/"); parts[2] == "sts" && path[0] == "assumed-role" && len(path) == 3 {
		if r := a.roles[path[1]]; r != nil {
			return r.ID, true
		}
		return "", false
	}
	if u := a.users[nameIn(arn)]; u != nil && u.arn == arn {
		return u.id, true
	}
	return "", false
}

// inline are the inline policies of one user or role.
type inline map[string]*world.Policy

func (p inline) named() []world.Named {
	out := make([]world.Named, 0, len(p))
	for _, name := range slices.Sorted(maps.Keys(p)) {
		out = append(out, world.Named{Name: "inline policy " + name, Policy: p[name]})
	}
	return out
}

// Sizes of all the inline policies of one, and of a trust policy (IAM User
// Guide, "IAM and AWS STS quotas").
const (
	userPolicyLimit  = 2048
	rolePolicyLimit  = 10240
	trustPolicyLimit = 2048
)

// put checks a policy and keeps it under its name.
func (p inline) put(name, text, owner string, limit int) error {
	policy, err := world.ParsePolicy(keypolicy.IdentityPolicy, text)
	if err != nil {
		return malformed(err.Error())
	}
	size := counted(text)
	for other, kept := range p {
		if other != name {
			size += counted(kept.Text)
		}
	}
	if size > limit {
		// Reported wording.
		return &types.LimitExceededException{Message: new(fmt.Sprintf("Maximum policy size of %d bytes exceeded for %s", limit, owner))}
	}
	p[name] = policy
	return nil
}

// counted is the size of a policy without its white space, which IAM does not
// count ("IAM and AWS STS quotas").
func counted(text string) int {
	n := 0
	for _, r := range text {
		if !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}

func (p inline) get(owner, name string) (*world.Policy, error) {
	found, ok := p[name]
	if !ok {
		return &world.Policy{}, noSuch("The " + owner + " policy with name " + name + " cannot be found.")
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

func malformed(message string) error {
	return &types.MalformedPolicyDocumentException{Message: &message}
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
func page[T any](c *world.Call, all []T, name func(T) string, marker *string, limit *int32) ([]T, *string, error) {
	some, next, ok := world.Page(c, all, name, marker, limit, 100)
	if !ok {
		return nil, nil, &wire.Error{Code: "ValidationError", Message: "Invalid Marker: " + *marker, Status: 400}
	}
	return some, next, nil
}
