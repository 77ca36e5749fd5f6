// Package sts is the lab's AWS STS: who is calling, and sessions of roles.
package sts

import (
	"encoding/base64"
	"maps"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"rekey/lab/iam"
	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

// Roles finds the roles that can be assumed.
type Roles interface {
	Role(arn string) (iam.Role, bool)
}

// Service is STS. It keeps the sessions; an expired one stays for a day, so
// that its caller is told so.
type Service struct {
	world    *world.World
	roles    Roles
	sessions map[string]world.AccessKey
	sweep    int // how many sessions there may be before old ones are dropped
}

// New adds STS to a world.
func New(w *world.World, roles Roles) *Service {
	s := &Service{world: w, roles: roles, sessions: map[string]world.AccessKey{}}
	w.RegisterAccessKeys(s)
	return s
}

// Name is the service's signing name.
func (s *Service) Name() string { return "sts" }

// Operations is all that the lab's STS can do.
func (s *Service) Operations() []world.Operation {
	return []world.Operation{
		world.Op("AssumeRole", s.assumeRole),
		world.Op("GetCallerIdentity", s.getCallerIdentity),
	}
}

// AccessKey finds the credentials of a session. Once its role is gone there are
// none, nor if there is another role of the same name: sessions belong to the
// role's unique id. That they are refused as unknown ones is assumed.
func (s *Service) AccessKey(id string) (world.AccessKey, bool) {
	k, ok := s.sessions[id]
	if !ok {
		return k, false
	}
	role, found := s.roles.Role(k.Caller.Principal.RoleARN())
	return k, found && strings.HasPrefix(k.Caller.UserID, role.ID+":")
}

// getCallerIdentity needs no permission, and no policy can deny it (API
// reference, GetCallerIdentity).
func (s *Service) getCallerIdentity(c *world.Call, _ *sts.GetCallerIdentityInput) (*sts.GetCallerIdentityOutput, error) {
	return &sts.GetCallerIdentityOutput{
		Account: new(string(c.Account())), Arn: new(c.Caller.ARN()), UserId: &c.Caller.UserID,
	}, nil
}

func (s *Service) assumeRole(c *world.Call, in *sts.AssumeRoleInput) (*sts.AssumeRoleOutput, error) {
	if in.Policy != nil || len(in.PolicyArns) > 0 || len(in.Tags) > 0 || len(in.TransitiveTagKeys) > 0 ||
		in.SerialNumber != nil || in.TokenCode != nil || in.SourceIdentity != nil || len(in.ProvidedContexts) > 0 {
		return nil, world.Unimplemented("session policies, session tags, MFA, source identity and provided contexts")
	}
	principal, err := keypolicy.ParsePrincipal(*in.RoleArn)
	if err != nil || principal.Kind() != keypolicy.Role {
		return nil, &wire.Error{Code: "ValidationError", Message: *in.RoleArn + " is invalid", Status: 400} // recorded answer
	}
	if c.Caller.Principal.Kind() == keypolicy.Root {
		// API reference, AssumeRole; reported wording.
		return nil, &wire.Error{Code: "AccessDenied", Message: "Roles may not be assumed by root accounts.", Status: 403}
	}
	role, found := s.roles.Role(*in.RoleArn)
	access := world.Access{
		Action: "sts:AssumeRole", Resource: *in.RoleArn, ResourceAccount: principal.Account(),
		Context: map[string][]string{"sts:RoleSessionName": {*in.RoleSessionName}},
	}
	if in.ExternalId != nil {
		access.Context["sts:ExternalId"] = []string{*in.ExternalId}
	}
	// A role is like a KMS key: without its own policy's leave nobody assumes
	// it, whatever identity policies say. One that does not exist trusts nobody.
	access.Policy = &world.Named{Name: "trust policy of " + *in.RoleArn, Policy: closed}
	if found {
		access.Policy.Policy = role.Trust
	}
	d, err := c.Decide(access)
	if err != nil {
		return nil, err
	}
	if d.Effect != keypolicy.Allowed {
		return nil, &wire.Error{Code: "AccessDenied", Status: 403, Message: "User: " + c.Caller.ARN() + " is not authorized to perform: sts:AssumeRole on resource: " + *in.RoleArn}
	}
	lasts, err := duration(c, in.DurationSeconds, role.MaxSession)
	if err != nil {
		return nil, err
	}
	k, err := s.session(role, *in.RoleSessionName, lasts, in.MinimumSessionTokenSize)
	if err != nil {
		return nil, err
	}
	return &sts.AssumeRoleOutput{
		AssumedRoleUser: &types.AssumedRoleUser{Arn: new(k.Caller.ARN()), AssumedRoleId: &k.Caller.UserID},
		Credentials:     &types.Credentials{AccessKeyId: &k.ID, SecretAccessKey: &k.Secret, SessionToken: &k.SessionToken, Expiration: &k.Expires},
	}, nil
}

// closed is the trust policy of a role that does not exist.
var closed = world.MustPolicy(keypolicy.TrustPolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":{"Service":"sts.amazonaws.com"},"Action":"sts:AssumeRole"}}`)

// duration is what the request asks for, one hour by default, at most the
// role's maximum, and one hour where a session assumes a further role (IAM
// User Guide, "Role chaining").
func duration(c *world.Call, seconds *int32, most time.Duration) (time.Duration, error) {
	d := time.Hour
	if seconds != nil {
		d = time.Duration(*seconds) * time.Second
	}
	if c.Caller.Principal.Kind() == keypolicy.Session && d > time.Hour {
		return 0, &wire.Error{Code: "ValidationError", Message: "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining", Status: 400}
	}
	if d > most {
		return 0, &wire.Error{Code: "ValidationError", Message: "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.", Status: 400}
	}
	return d, nil
}

// Session makes a session of a role, as STS does for AssumeRole and, inside
// AWS, for the services that run as a role. It is called within the world's
// lock and asks no policy.
func (s *Service) Session(role iam.Role, name string, lasts time.Duration) (world.AccessKey, error) {
	return s.session(role, name, lasts, nil)
}

// tokenSize is the length of a session token unless the caller wants a longer
// one. AWS gives no length.
const tokenSize = 128

func (s *Service) session(role iam.Role, name string, lasts time.Duration, atLeast *int32) (world.AccessKey, error) {
	of, err := keypolicy.ParsePrincipal(role.ARN)
	if err != nil {
		return world.AccessKey{}, err
	}
	principal, err := of.Session(name)
	if err != nil {
		return world.AccessKey{}, &wire.Error{Code: "ValidationError", Message: err.Error(), Status: 400}
	}
	size := tokenSize
	if atLeast != nil {
		size = max(size, int(*atLeast))
	}
	now := s.world.Clock.Now()
	k := world.AccessKey{
		ID:           s.world.Text("session", "ASIA", 16),
		Secret:       base64.StdEncoding.EncodeToString(s.world.Bytes(30)),
		SessionToken: base64.StdEncoding.EncodeToString(s.world.Bytes((size + 3) / 4 * 3)),
		Expires:      now.Add(lasts).Truncate(time.Second),
		Caller:       world.Caller{UserID: role.ID + ":" + name, Principal: principal, Issued: now.Truncate(time.Second)},
	}
	s.forget(now)
	s.sessions[k.ID] = k
	return k, nil
}

// remembered is how long an ended session is known, so that its caller is told
// that it has ended.
const remembered = 24 * time.Hour

// forget drops sessions that ended long ago, whenever they have doubled.
func (s *Service) forget(now time.Time) {
	if len(s.sessions) < s.sweep {
		return
	}
	maps.DeleteFunc(s.sessions, func(_ string, k world.AccessKey) bool { return now.Sub(k.Expires) > remembered })
	s.sweep = max(1024, 2*len(s.sessions))
}
