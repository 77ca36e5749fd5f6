package rotate

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab"
	"rekey/lab/world"
	"rekey/shared/keyid"
)

// inline gives a role a further policy of its own.
func (s *sight) inline(role, text string) {
	s.t.Helper()
	must(s.t)(iam.NewFromConfig(s.root).PutRolePolicy(s.t.Context(), &iam.PutRolePolicyInput{RoleName: &role, PolicyName: new("more"), PolicyDocument: &text}))
}

// Who can use a key by policies of every kind that an account has, and could not use
// its successor.
func TestAccessOfAnAccount(t *testing.T) {
	s := observing(t)
	arn := s.everywhere2(signing)
	c, ctx := iam.NewFromConfig(s.root), t.Context()
	on := func(where string) string { return statements(may("Allow", `"kms:Sign"`, where)) }
	managed := func(name, text string) string {
		out, err := c.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: &name, PolicyDocument: &text})
		must(t)(out, err)
		return *out.Policy.Arn
	}
	user := func(name, boundary string) {
		in := &iam.CreateUserInput{UserName: &name}
		if boundary != "" {
			in.PermissionsBoundary = &boundary
		}
		must(t)(c.CreateUser(ctx, in))
	}
	inline := func(name, text string) {
		must(t)(c.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: &name, PolicyName: new("p"), PolicyDocument: &text}))
	}
	shared, everything := managed("shared", on(arn.String())), managed("everything", on(arn.String()))
	for version, where := range []string{"*", arn.String()} { // the second of three is the default
		must(t)(c.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{PolicyArn: &everything, PolicyDocument: new(on(where)), SetAsDefault: version == 0}))
	}

	user("inline", "")
	inline("inline", on(arn.String()))
	user("all", "")
	inline("all", on("*"))
	user("bounded", shared)
	inline("bounded", on("*"))
	user("far", "")
	inline("far", on(arn.In(far).String()))
	user("versioned", "")
	must(t)(c.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: new("versioned"), PolicyArn: &everything}))
	must(t)(c.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: new("signers")}))
	must(t)(c.PutGroupPolicy(ctx, &iam.PutGroupPolicyInput{GroupName: new("signers"), PolicyName: new("sign"), PolicyDocument: new(on(arn.String()))}))
	user("member", "")
	must(t)(c.AddUserToGroup(ctx, &iam.AddUserToGroupInput{GroupName: new("signers"), UserName: new("member")}))
	for i := range 5 {
		name := fmt.Sprint("many", i)
		user(name, "")
		must(t)(c.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: &name, PolicyArn: &shared}))
	}
	trust := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}}`
	must(t)(c.CreateRole(ctx, &iam.CreateRoleInput{RoleName: new("job"), Path: new("/ci/"), AssumeRolePolicyDocument: &trust}))
	s.inline("job", on(arn.String()))

	s.lab.World.Advance(91 * day)
	want := []string{
		"user/bounded, arn:aws:iam::111122223333:user/many0, arn:aws:iam::111122223333:user/many1 and 3 more (statement S of the managed policy shared allows kms:Sign on this key by its ARN",
		"user/inline (statement S of the policy p of its own",
		"user/member (statement S of the policy sign of the group signers",
		"user/far (of its replica in us-east-1: statement S of the policy p of its own",
		"role/ci/job (statement S of the policy more of its own",
	}
	for _, pages := range []int{0, 1} {
		if pages > 0 {
			s.lab.World.Faults.Add(world.Fault{Operation: "GetAccountAuthorizationDetails", PageSize: pages})
		}
		k, p := s.observe(arn)
		said := fmt.Sprint(k.Access.Value)
		for _, w := range want {
			if !strings.Contains(said, w) {
				t.Errorf("it does not say %q: %s", w, said)
			}
		}
		if len(k.Access.Value) != 5 || k.Access.Unread != nil || strings.Contains(said, "versioned") || strings.Contains(said, "user/all") {
			t.Errorf("%d losses: %s, %+v", len(k.Access.Value), said, k.Access.Unread)
		}
		if p.Outcome != Blocked || len(p.Asks) != 1 || p.Asks[0].Name != LostAccess {
			t.Errorf("%s, asks %v", p.Outcome, p.Asks)
		}
	}
}

// pagesOf are the pages that an account is told of in.
type pagesOf []iam.GetAccountAuthorizationDetailsOutput

func (p pagesOf) GetAccountAuthorizationDetails(_ context.Context, in *iam.GetAccountAuthorizationDetailsInput, _ ...func(*iam.Options)) (*iam.GetAccountAuthorizationDetailsOutput, error) {
	out := p[0]
	if in.Filter[0] == iamtypes.EntityTypeUser {
		out = p[1]
	}
	return &out, nil
}

// What cannot be understood of an account is told, not passed over.
func TestAccessNotUnderstood(t *testing.T) {
	doc := func(text string) *string { return new(url.PathEscape(text)) }
	user := func(name string, policy *string, attached ...string) iamtypes.UserDetail {
		u := iamtypes.UserDetail{Arn: new("arn:aws:iam::111122223333:user/" + name), UserId: new("AIDAEXAMPLEEXAMPLE00"), UserPolicyList: []iamtypes.PolicyDetail{{PolicyName: new("p"), PolicyDocument: policy}}}
		for _, a := range attached {
			u.AttachedManagedPolicies = append(u.AttachedManagedPolicies, iamtypes.AttachedPolicy{PolicyArn: &a})
		}
		return u
	}
	o := &Observer{Self: self, IAM: pagesOf{{}, {UserDetailList: []iamtypes.UserDetail{
		user("torn", doc(`{"Version":"2012-10-17","Statement":`)), user("plain", doc(statements(may("Allow", `"kms:Decrypt"`, "*")))), user("odd", new("%zz")),
		user("missing", doc(statements(may("Allow", `"s3:*"`, "*"))), "arn:aws:iam::aws:policy/Unlisted"), {Arn: new("arn:aws:iam::111122223333:group/x"), UserId: new("x")},
		user("spaced", doc(statements(may("Allow", `"kms:Decrypt"`, own.String(), `{"StringLike":{"aws:PrincipalTag/team":"a + b%"}}`)))),
	}}}}
	got := o.access(t.Context(), aged(symmetric, 91))
	said := fmt.Sprint(got.Value)
	for _, w := range []string{"user/torn (the policy p of its own was not understood", "user/odd (the policy p of its own was not", "user/missing (the managed policy arn:aws:iam::aws:policy/Unlisted was not among", "group/x (what it is was not understood", "user/spaced (statement S"} {
		if !strings.Contains(said, w) {
			t.Errorf("it does not say %q: %s", w, said)
		}
	}
	if strings.Contains(said, "plain") || got.Unread != nil {
		t.Errorf("%s, %+v", said, got.Unread)
	}
	o.IAM = nil
	if got := o.access(t.Context(), aged(symmetric, 91)); got.Unread == nil || got.Unread.Action != readAccount {
		t.Errorf("nobody was asked: %+v", got)
	}
	if got := o.access(t.Context(), aged(symmetric, 91, func(k *Key) { k.Policy = known("{}") })); got.Unread == nil {
		t.Errorf("a key policy that is none: %+v", got)
	}
}

// What still uses an old key in an account, and what could not be read of it.
func TestResidueOfAnAccount(t *testing.T) {
	s := observing(t)
	s.lab.World.Advance(200 * day) // AWS KMS tells of uses since April 2026
	old := s.everywhere(symmetric)
	next := s.made(symmetric, func(in *kms.CreateKeyInput) { in.MultiRegion = new(true) })
	s.inline("rekey-rotate", statements(may("Allow", `"kms:Decrypt"`, old.String())))
	for _, name := range []string{"old", "both"} {
		where := `"Resource":["` + old.String() + `"]`
		if name == "both" {
			where = `"Resource":["` + old.String() + `","` + next.String() + `"]`
		}
		text := statements(`{"Sid":"Old","Effect":"Allow","Action":"kms:Decrypt",` + where + `}`)
		must(t)(iam.NewFromConfig(s.root).CreateUser(t.Context(), &iam.CreateUserInput{UserName: &name}))
		must(t)(iam.NewFromConfig(s.root).PutUserPolicy(t.Context(), &iam.PutUserPolicyInput{UserName: &name, PolicyName: new("p"), PolicyDocument: &text}))
	}
	must(t)(s.admin(region).CreateGrant(t.Context(), &kms.CreateGrantInput{KeyId: new(string(old.ID)), GranteePrincipal: new(self), Operations: []types.GrantOperation{types.GrantOperationDecrypt}}))
	moved := s.lab.World.Clock.Now()
	s.lab.World.Advance(day)
	must(t)(kms.NewFromConfig(s.lab.Config(far, lab.Root(own.Account))).GenerateDataKey(t.Context(), &kms.GenerateDataKeyInput{KeyId: new("alias/there"), KeySpec: types.DataKeySpecAes256}))
	s.lab.World.Advance(2 * usageLag)
	all, err := s.o.Residue(t.Context(), old, next, moved)
	must(t)(all, err)
	var what []string
	for _, r := range all {
		what = append(what, r.What)
		if r.Why == "" || r.Fix == "" {
			t.Errorf("%+v", r)
		}
	}
	said := strings.Join(what, "; ")
	for _, w := range []string{"alias/of-" + string(old.ID), "grant ", "statement Old of the policy p of its own", "statement S of the policy more of its own", "alias/there", "use of " + old.In(far).String()} {
		if !strings.Contains(said, w) {
			t.Errorf("it does not tell of %q: %s", w, said)
		}
	}
	if len(all) != 6 || strings.Contains(fmt.Sprint(all), "user/both") {
		t.Errorf("%d: %+v", len(all), all)
	}
	s.allow(describeKey)
	all, err = s.o.Residue(t.Context(), old, next, moved)
	must(t)(all, err)
	for _, action := range []string{listAliases, listGrants, readAccount, lastUsage} {
		if !strings.Contains(fmt.Sprint(all), "unknown: "+action) {
			t.Errorf("without %s: %+v", action, all)
		}
	}
	if _, err := s.o.Residue(t.Context(), own, next, moved); err == nil {
		t.Error("no such key")
	}
	var none keyid.ARN
	if _, err := s.o.Residue(t.Context(), none, next, moved); err == nil {
		t.Error("no key at all")
	}
}
