// Package sts is the lab's AWS STS: who is calling, sessions of roles, and
// temporary credentials of users.
//
// Not here: multi-factor authentication (SerialNumber, TokenCode), provided
// contexts, and identities of identity providers and of GetFederationToken.
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
	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

// Identities is what STS needs of IAM.
type Identities interface {
	// Role finds a role that can be assumed.
	Role(arn string) (iam.Role, bool)
	// Identity gives the unique id of a user or role.
	Identity(arn string) (id string, ok bool)
	// Attachable says whether there is a managed policy.
	Attachable(a keyid.Account, policyARN string) error
	// Owner gives the account of a long-term access key.
	Owner(id string) (keyid.Account, bool)
}

// Service is STS. It keeps the sessions; an expired one stays for a day, so
// that its caller is told so.
type Service struct {
	world      *world.World
	identities Identities
	sessions   map[string]world.AccessKey
	sweep      int // how many sessions there may be before old ones are dropped
}

// New adds STS to a world.
func New(w *world.World, identities Identities) *Service {
	s := &Service{world: w, identities: identities, sessions: map[string]world.AccessKey{}}
	w.RegisterAccessKeys(s)
	w.Invariant(s.Name(), s.broken)
	return s
}

// Name is the service's signing name.
func (s *Service) Name() string { return "sts" }

// Operations is all that the lab's STS can do.
func (s *Service) Operations() []world.Operation {
	return []world.Operation{
		world.Op("AssumeRole", s.assumeRole),
		world.Op("GetAccessKeyInfo", s.getAccessKeyInfo),
		world.Op("GetCallerIdentity", s.getCallerIdentity),
		world.Op("GetSessionToken", s.getSessionToken),
	}
}

// AccessKey finds temporary credentials. Once their user or role is gone there
// are none, nor if there is another one of the same name: they belong to its
// unique id. That they are refused as unknown ones is assumed.
func (s *Service) AccessKey(id string) (world.AccessKey, bool) {
	k, ok := s.sessions[id]
	if !ok || k.Caller.Principal.Kind() == keypolicy.Root {
		return k, ok
	}
	of := k.Caller.Principal.ARN()
	if role := k.Caller.Principal.RoleARN(); role != "" {
		of = role
	}
	now, found := s.identities.Identity(of)
	was, _, _ := strings.Cut(k.Caller.UserID, ":")
	return k, found && now == was
}

// getCallerIdentity needs no permission, and no policy can deny it (API
// reference, GetCallerIdentity).
func (s *Service) getCallerIdentity(c *world.Call, _ *sts.GetCallerIdentityInput) (*sts.GetCallerIdentityOutput, error) {
	return &sts.GetCallerIdentityOutput{
		Account: new(string(c.Account())), Arn: new(c.Caller.ARN()), UserId: &c.Caller.UserID,
	}, nil
}

// getAccessKeyInfo tells the account of an access key of any account, active or
// not. AWS reads it from the key's id, so that it answers for keys which were
// deleted too; ids here do not hold it.
func (s *Service) getAccessKeyInfo(c *world.Call, in *sts.GetAccessKeyInfoInput) (*sts.GetAccessKeyInfoOutput, error) {
	if err := longTermOrRole(c); err != nil {
		return nil, err
	}
	if err := c.Authorize("AccessDenied", world.Access{Action: "sts:GetAccessKeyInfo", Resource: "*", ResourceAccount: c.Account()}); err != nil {
		return nil, err
	}
	account, ok := s.identities.Owner(*in.AccessKeyId)
	if k, session := s.sessions[*in.AccessKeyId]; session {
		account, ok = k.Caller.Account(), true
	}
	if !ok {
		return nil, world.Unimplemented("the account of an access key that is not, or no longer, there")
	}
	return &sts.GetAccessKeyInfoOutput{Account: new(string(account))}, nil
}

// longTermOrRole refuses credentials of GetSessionToken, with which STS does
// only AssumeRole and GetCallerIdentity (API reference, GetSessionToken).
// Reported wording.
func longTermOrRole(c *world.Call) error {
	if c.Caller.Temporary() && c.Caller.Principal.RoleARN() == "" {
		return denied("Cannot call " + c.Operation + " with session credentials")
	}
	return nil
}

// getSessionToken needs no permission. It is for users and root users with their
// long-term credentials; a root user's last an hour at most, whatever was asked
// for (API reference, GetSessionToken).
func (s *Service) getSessionToken(c *world.Call, in *sts.GetSessionTokenInput) (*sts.GetSessionTokenOutput, error) {
	if c.Caller.Temporary() {
		return nil, denied("Cannot call GetSessionToken with session credentials") // reported wording
	}
	if in.SerialNumber != nil || in.TokenCode != nil {
		return nil, world.Unimplemented("multi-factor authentication")
	}
	lasts := 12 * time.Hour
	if in.DurationSeconds != nil {
		lasts = time.Duration(*in.DurationSeconds) * time.Second
	}
	if c.Caller.Principal.Kind() == keypolicy.Root {
		lasts = min(lasts, time.Hour)
	}
	k := s.issue(world.Caller{UserID: c.Caller.UserID, Principal: c.Caller.Principal}, lasts, in.MinimumSessionTokenSize)
	out := &sts.GetSessionTokenOutput{Credentials: credentials(k)}
	out.SessionTokenSize, out.SessionTokenUtilization = tokenUse(k)
	return out, nil
}

// tokenUse is the size of a session token, and its percentage of the greatest.
// That this is what a caller may ask for at least is assumed, and that what is
// passed to a session does not make its token longer.
func tokenUse(k world.AccessKey) (size, percent *int32) {
	const greatest = 4096 // API reference, AssumeRole, MinimumSessionTokenSize
	n := int32(len(k.SessionToken))
	return &n, new(n * 100 / greatest)
}

func credentials(k world.AccessKey) *types.Credentials {
	return &types.Credentials{AccessKeyId: &k.ID, SecretAccessKey: &k.Secret, SessionToken: &k.SessionToken, Expiration: &k.Expires}
}

// Session makes a session of a role, as STS does for AssumeRole and, inside
// AWS, for the services that run as a role. It is called within the world's
// lock and asks no policy.
func (s *Service) Session(role iam.Role, name string, lasts time.Duration) (world.AccessKey, error) {
	return s.session(role, name, lasts, nil, nil)
}

func (s *Service) session(role iam.Role, name string, lasts time.Duration, with *world.Session, atLeast *int32) (world.AccessKey, error) {
	of, err := keypolicy.ParsePrincipal(role.ARN)
	if err != nil {
		return world.AccessKey{}, err
	}
	principal, err := of.Session(name)
	if err != nil {
		return world.AccessKey{}, invalid(err.Error())
	}
	return s.issue(world.Caller{UserID: role.ID + ":" + name, Principal: principal, Session: with}, lasts, atLeast), nil
}

// tokenSize is the length of a session token unless the caller wants a longer
// one. AWS gives no length.
const tokenSize = 128

// issue makes temporary credentials for a caller.
func (s *Service) issue(to world.Caller, lasts time.Duration, atLeast *int32) world.AccessKey {
	size := tokenSize
	if atLeast != nil {
		size = max(size, int(*atLeast))
	}
	now := s.world.Clock.Now()
	to.Issued = now.Truncate(time.Second)
	k := world.AccessKey{
		ID:           s.world.Text("session", "ASIA", 16),
		Secret:       base64.StdEncoding.EncodeToString(s.world.Bytes(30)),
		SessionToken: base64.StdEncoding.EncodeToString(s.world.Bytes((size + 3) / 4 * 3)),
		Expires:      now.Add(lasts).Truncate(time.Second),
		Caller:       to,
	}
	s.forget(now)
	s.sessions[k.ID] = k
	return k
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

func invalid(message string) error {
	return &wire.Error{Code: "ValidationError", Message: message, Status: 400}
}

func denied(message string) error {
	return &wire.Error{Code: "AccessDenied", Message: message, Status: 403}
}
