package iam

import (
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keyid"
)

// Service is IAM of every account.
type Service struct {
	world    *world.World
	accounts map[keyid.Account]*account
	keys     map[string]*accessKey
}

type account struct {
	users    map[string]*user
	groups   map[string]*group
	roles    map[string]*Role
	profiles map[string]*profile
	policies map[string]*managed // of the customer's own, by ARN
	levels   [][]world.Named     // service control policies
}

// New adds IAM to a world.
func New(w *world.World) *Service {
	s := &Service{world: w, accounts: map[keyid.Account]*account{}, keys: map[string]*accessKey{}}
	w.RegisterAccessKeys(s)
	w.RegisterIdentities(s)
	w.Invariant(s.Name(), s.broken)
	return s
}

// Name is the service's signing name.
func (s *Service) Name() string { return "iam" }

// Operations is all that the lab's IAM can do.
func (s *Service) Operations() []world.Operation {
	return []world.Operation{
		world.Op("AddRoleToInstanceProfile", s.addRoleToInstanceProfile),
		world.Op("AddUserToGroup", s.addUserToGroup),
		world.Op("AttachGroupPolicy", s.attachGroupPolicy),
		world.Op("AttachRolePolicy", s.attachRolePolicy),
		world.Op("AttachUserPolicy", s.attachUserPolicy),
		world.Op("CreateAccessKey", s.createAccessKey),
		world.Op("CreateGroup", s.createGroup),
		world.Op("CreateInstanceProfile", s.createInstanceProfile),
		world.Op("CreatePolicy", s.createPolicy),
		world.Op("CreatePolicyVersion", s.createPolicyVersion),
		world.Op("CreateRole", s.createRole),
		world.Op("CreateUser", s.createUser),
		world.Op("DeleteAccessKey", s.deleteAccessKey),
		world.Op("DeleteGroup", s.deleteGroup),
		world.Op("DeleteGroupPolicy", s.deleteGroupPolicy),
		world.Op("DeleteInstanceProfile", s.deleteInstanceProfile),
		world.Op("DeletePolicy", s.deletePolicy),
		world.Op("DeletePolicyVersion", s.deletePolicyVersion),
		world.Op("DeleteRole", s.deleteRole),
		world.Op("DeleteRolePermissionsBoundary", s.deleteRolePermissionsBoundary),
		world.Op("DeleteRolePolicy", s.deleteRolePolicy),
		world.Op("DeleteUser", s.deleteUser),
		world.Op("DeleteUserPermissionsBoundary", s.deleteUserPermissionsBoundary),
		world.Op("DeleteUserPolicy", s.deleteUserPolicy),
		world.Op("DetachGroupPolicy", s.detachGroupPolicy),
		world.Op("DetachRolePolicy", s.detachRolePolicy),
		world.Op("DetachUserPolicy", s.detachUserPolicy),
		world.Op("GetAccountAuthorizationDetails", s.getAccountAuthorizationDetails),
		world.Op("GetGroup", s.getGroup),
		world.Op("GetGroupPolicy", s.getGroupPolicy),
		world.Op("GetInstanceProfile", s.getInstanceProfile),
		world.Op("GetPolicy", s.getPolicy),
		world.Op("GetPolicyVersion", s.getPolicyVersion),
		world.Op("GetRole", s.getRole),
		world.Op("GetRolePolicy", s.getRolePolicy),
		world.Op("GetUser", s.getUser),
		world.Op("GetUserPolicy", s.getUserPolicy),
		world.Op("ListAccessKeys", s.listAccessKeys),
		world.Op("ListAttachedGroupPolicies", s.listAttachedGroupPolicies),
		world.Op("ListAttachedRolePolicies", s.listAttachedRolePolicies),
		world.Op("ListAttachedUserPolicies", s.listAttachedUserPolicies),
		world.Op("ListEntitiesForPolicy", s.listEntitiesForPolicy),
		world.Op("ListGroupPolicies", s.listGroupPolicies),
		world.Op("ListGroups", s.listGroups),
		world.Op("ListGroupsForUser", s.listGroupsForUser),
		world.Op("ListInstanceProfileTags", s.listInstanceProfileTags),
		world.Op("ListInstanceProfiles", s.listInstanceProfiles),
		world.Op("ListInstanceProfilesForRole", s.listInstanceProfilesForRole),
		world.Op("ListPolicies", s.listPolicies),
		world.Op("ListPolicyVersions", s.listPolicyVersions),
		world.Op("ListRolePolicies", s.listRolePolicies),
		world.Op("ListRoleTags", s.listRoleTags),
		world.Op("ListRoles", s.listRoles),
		world.Op("ListUserPolicies", s.listUserPolicies),
		world.Op("ListUserTags", s.listUserTags),
		world.Op("ListUsers", s.listUsers),
		world.Op("PutGroupPolicy", s.putGroupPolicy),
		world.Op("PutRolePermissionsBoundary", s.putRolePermissionsBoundary),
		world.Op("PutRolePolicy", s.putRolePolicy),
		world.Op("PutUserPermissionsBoundary", s.putUserPermissionsBoundary),
		world.Op("PutUserPolicy", s.putUserPolicy),
		world.Op("RemoveRoleFromInstanceProfile", s.removeRoleFromInstanceProfile),
		world.Op("RemoveUserFromGroup", s.removeUserFromGroup),
		world.Op("SetDefaultPolicyVersion", s.setDefaultPolicyVersion),
		world.Op("TagInstanceProfile", s.tagInstanceProfile),
		world.Op("TagRole", s.tagRole),
		world.Op("TagUser", s.tagUser),
		world.Op("UntagInstanceProfile", s.untagInstanceProfile),
		world.Op("UntagRole", s.untagRole),
		world.Op("UntagUser", s.untagUser),
		world.Op("UpdateAccessKey", s.updateAccessKey),
		world.Op("UpdateAssumeRolePolicy", s.updateAssumeRolePolicy),
		world.Op("UpdateRole", s.updateRole),
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
		s.accounts[a] = &account{users: map[string]*user{}, groups: map[string]*group{}, roles: map[string]*Role{}, profiles: map[string]*profile{}, policies: map[string]*managed{}}
	}
	return s.accounts[a]
}

// target is what an operation is about: its ARN, and how a refusal names it.
// That refusals name what exists by its kind and name, and what is created by
// its ARN, is reported.
type target struct {
	arn, shown string
	keys       map[string][]string // condition keys of what it is
}

// authorize is for all operations: IAM's resources have no policies of their
// own but roles' trust policies, which only STS asks. more are the condition
// keys of the request.
func authorize(c *world.Call, t target, more map[string][]string) error {
	if c.Caller.Temporary() && c.Caller.Principal.RoleARN() == "" {
		// STS API Reference, GetSessionToken: its credentials cannot call IAM without
		// multi-factor authentication; reported wording.
		return &wire.Error{Code: "InvalidClientTokenId", Status: 403, Message: "The security token included in the request is invalid"}
	}
	owner := c.Account()
	if parts := strings.SplitN(t.arn, ":", 6); len(parts) == 6 && parts[4] != "aws" {
		owner = keyid.Account(parts[4])
	}
	access := world.Access{Action: "iam:" + c.Operation, Resource: t.arn, ResourceAccount: owner, Context: map[string][]string{}}
	for _, keys := range []map[string][]string{t.keys, more} {
		for k, v := range keys {
			access.Context[k] = v
		}
	}
	d, err := c.Decide(access)
	if err != nil || d.Effect == allowed {
		return err
	}
	if t.shown != "" {
		access.Resource = t.shown
	}
	return &wire.Error{Code: "AccessDenied", Status: 403, Message: c.Denial(access, d)}
}

func malformed(message string) error {
	return &types.MalformedPolicyDocumentException{Message: &message}
}

func noSuch(message string) error { return &types.NoSuchEntityException{Message: &message} }

func exists(message string) error { return &types.EntityAlreadyExistsException{Message: &message} }

func conflict(message string) error { return &types.DeleteConflictException{Message: &message} }

func limitExceeded(message string) error { return &types.LimitExceededException{Message: &message} }

func invalidInput(message string) error { return &types.InvalidInputException{Message: &message} }

func invalid(message string) error {
	return &wire.Error{Code: "ValidationError", Message: message, Status: 400}
}

// arn names a user, a group, a role, an instance profile or a policy.
func arn(a keyid.Account, kind, path, name string) string {
	return "arn:aws:iam::" + string(a) + ":" + kind + path + name
}

// nameIn gives the name at the end of an ARN.
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
		return nil, nil, invalid("Invalid Marker: " + *marker)
	}
	return some, next, nil
}

// find looks a name up without regard to case: names are unique that way (API
// reference, CreateRole, CreateUser, CreateGroup, CreatePolicy).
func find[T any](m map[string]*T, name string) (*T, bool) {
	for k, v := range m {
		if strings.EqualFold(nameIn(k), name) {
			return v, true
		}
	}
	return nil, false
}
