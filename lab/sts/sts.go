// Package sts is the lab's AWS STS: who is calling, and sessions of roles.
package sts

import (
	"encoding/base64"
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

// Service is STS. It keeps the sessions; an expired one stays, so that its
// caller is told so.
type Service struct {
	world    *world.World
	roles    Roles
	sessions map[string]world.AccessKey
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

// AccessKey finds the credentials of a session.
func (s *Service) AccessKey(id string) (world.AccessKey, bool) {
	k, ok := s.sessions[id]
	return k, ok
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
	if err != nil {
		return nil, &wire.Error{Code: "ValidationError", Message: *in.RoleArn + " is invalid", Status: 400} // recorded answer
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
	access.Policy = &keypolicy.Named{Name: "trust policy of " + *in.RoleArn, Document: closed}
	if found {
		access.Policy.Document = role.Trust
	}
	d, err := c.Decide(access)
	if err != nil {
		return nil, err
	}
	if d.Effect != keypolicy.Allowed || c.Caller.Principal.Kind() == keypolicy.Root {
		// Root users cannot assume roles (API reference, AssumeRole).
		return nil, &wire.Error{Code: "AccessDenied", Status: 403, Message: "User: " + c.Caller.ARN() + " is not authorized to perform: sts:AssumeRole on resource: " + *in.RoleArn}
	}
	lasts, err := duration(c, in.DurationSeconds, role.MaxSession)
	if err != nil {
		return nil, err
	}
	k, err := s.Session(role, *in.RoleSessionName, lasts)
	if err != nil {
		return nil, err
	}
	return &sts.AssumeRoleOutput{
		AssumedRoleUser: &types.AssumedRoleUser{Arn: new(k.Caller.ARN()), AssumedRoleId: &k.Caller.UserID},
		Credentials:     &types.Credentials{AccessKeyId: &k.ID, SecretAccessKey: &k.Secret, SessionToken: &k.SessionToken, Expiration: &k.Expires},
	}, nil
}

// closed is the trust policy of a role that does not exist.
var closed = func() *keypolicy.Document {
	d, err := keypolicy.Parse(keypolicy.TrustPolicy, []byte(`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":{"Service":"sts.amazonaws.com"},"Action":"sts:AssumeRole"}}`))
	if err != nil {
		panic(err) // the text is ours
	}
	return d
}()

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
	of, err := keypolicy.ParsePrincipal(role.ARN)
	if err != nil {
		return world.AccessKey{}, err
	}
	principal, err := of.Session(name)
	if err != nil {
		return world.AccessKey{}, &wire.Error{Code: "ValidationError", Message: err.Error(), Status: 400}
	}
	k := world.AccessKey{
		ID:           s.world.Text("session", "ASIA", 16),
		Secret:       base64.StdEncoding.EncodeToString(s.world.Bytes(30)),
		SessionToken: base64.StdEncoding.EncodeToString(s.world.Bytes(96)),
		Expires:      s.world.Clock.Now().Add(lasts).Truncate(time.Second),
		Caller:       world.Caller{UserID: role.ID + ":" + name, Principal: principal},
	}
	s.sessions[k.ID] = k
	return k, nil
}
