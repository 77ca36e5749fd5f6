package rotate

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rekey/lab"
	"rekey/lab/world"
	"rekey/shared/keyid"
	"rekey/shared/wiring"
)

// sight is a lab with an account whose keys are observed by a role.
type sight struct {
	t    *testing.T
	lab  *lab.Lab
	root aws.Config
	role aws.Config
	o    *Observer
}

// readActions are what an observer needs.
var readActions = []string{
	describeKey, listTags, getRotation, listRotated, listAliases, getPolicy, listGrants, lastUsage, readAccount, listObjects,
	"kms:Encrypt", "kms:Decrypt", "kms:Sign", "kms:Verify", "kms:GenerateMac", "kms:VerifyMac", "kms:GetPublicKey", "kms:DeriveSharedSecret",
}

func observing(t *testing.T) *sight {
	t.Helper()
	l := lab.ForTest(t, lab.Options{})
	s := &sight{t: t, lab: l, root: l.Config(region, lab.Root(own.Account))}
	trust := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}}`
	must(t)(iam.NewFromConfig(s.root).CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: new("rekey-rotate"), AssumeRolePolicyDocument: &trust}))
	s.allow(readActions...)
	// Each call in a session of its own: one would end while the clock is advanced.
	role := aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		var key world.AccessKey
		var err error
		l.World.Locked(func() { key, err = l.STS.AssumeForService("lambda.amazonaws.com", self, "rekey-rotate") })
		return aws.Credentials{AccessKeyID: key.ID, SecretAccessKey: key.Secret, SessionToken: key.SessionToken}, err
	})
	s.role = l.Config(region, role)
	s.o = &Observer{
		KMS: func(r keyid.Region) Rehearser {
			return kms.NewFromConfig(l.Config(r, role), func(o *kms.Options) { o.RetryMaxAttempts = 1 })
		},
		Region: region, IAM: iam.NewFromConfig(s.role), Objects: s3.NewFromConfig(s.role, wiring.PathStyle),
		Jobs: func(context.Context, keyid.ARN) (*Job, error) { return nil, nil },
		Self: self, Defaults: wanted, Log: slog.New(slog.DiscardHandler), Now: l.World.Clock.Now,
	}
	return s
}

// must is for the calls that set a scene.
func must(t testing.TB) func(any, error) {
	return func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}

// allow lets the role do so much, and nothing else.
func (s *sight) allow(actions ...string) {
	s.t.Helper()
	text := fmt.Sprintf(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["%s"],"Resource":"*"}}`, strings.Join(actions, `","`))
	must(s.t)(iam.NewFromConfig(s.root).PutRolePolicy(s.t.Context(), &iam.PutRolePolicyInput{RoleName: new("rekey-rotate"), PolicyName: new("reads"), PolicyDocument: &text}))
}

func (s *sight) admin(r keyid.Region) *kms.Client {
	return kms.NewFromConfig(s.lab.Config(r, lab.Root(own.Account)))
}

// made makes a key with an alias.
func (s *sight) made(kind Kind, change ...func(*kms.CreateKeyInput)) keyid.ARN {
	s.t.Helper()
	in := &kms.CreateKeyInput{KeySpec: kind.Spec, KeyUsage: kind.Usage, Description: new("of tests"), Tags: []types.Tag{{TagKey: new("app"), TagValue: new("shop")}}}
	for _, c := range change {
		c(in)
	}
	out, err := s.admin(region).CreateKey(s.t.Context(), in)
	must(s.t)(out, err)
	arn, err := keyid.ParseARN(*out.KeyMetadata.Arn)
	must(s.t)(arn, err)
	s.alias(arn, "alias/of-"+string(arn.ID))
	return arn
}

func (s *sight) alias(arn keyid.ARN, name string) {
	s.t.Helper()
	must(s.t)(s.admin(arn.Region).CreateAlias(s.t.Context(), &kms.CreateAliasInput{AliasName: &name, TargetKeyId: new(string(arn.ID))}))
}

// everywhere makes a key with a replica, which has an alias.
func (s *sight) everywhere(kind Kind) keyid.ARN {
	s.t.Helper()
	arn := s.made(kind, func(in *kms.CreateKeyInput) { in.MultiRegion = new(true) })
	must(s.t)(s.admin(region).ReplicateKey(s.t.Context(), &kms.ReplicateKeyInput{KeyId: new(string(arn.ID)), ReplicaRegion: new(string(far)), Description: new("there"), Tags: []types.Tag{{TagKey: new("there"), TagValue: new("1")}}}))
	s.lab.World.Advance(time.Hour)
	s.alias(arn.In(far), "alias/there")
	return arn
}

func (s *sight) tag(arn keyid.ARN, name, value string) {
	s.t.Helper()
	must(s.t)(s.admin(arn.Region).TagResource(s.t.Context(), &kms.TagResourceInput{KeyId: new(string(arn.ID)), Tags: []types.Tag{{TagKey: &name, TagValue: &value}}}))
}

func (s *sight) observe(arn keyid.ARN) (Key, Plan) {
	s.t.Helper()
	k, err := s.o.Observe(s.t.Context(), arn.Ref())
	must(s.t)(k, err)
	return k, PlanFor(k, s.o.Defaults, s.o.Now())
}

// calls are the operations that the role called since the trail was reset.
func (s *sight) calls() []string {
	var all []string
	for _, e := range s.lab.World.Trail.Entries() {
		if e.Caller.Principal.RoleARN() == self {
			all = append(all, e.Operation)
		}
	}
	return all
}

// Each kind of key is seen as it is, and planned for.
func TestObserveKinds(t *testing.T) {
	s := observing(t)
	const moved = "createKey, canary, moveAlias, markOld"
	for _, c := range []struct {
		name string
		arn  keyid.ARN
		want string
	}{
		{"symmetric", s.made(symmetric), "enableRotation:90, rotate"},
		{"asymmetric", s.made(asymmetric), moved},
		{"signing", s.made(signing), moved},
		{"HMAC", s.made(hmac), moved},
		{"key agreement", s.made(agreeing), moved},
		{"multi-Region", s.everywhere(symmetric), "enableRotation:90, rotate"},
		{"multi-Region signing", s.everywhere2(signing), "createKey, replicate@us-east-1, canary, moveAlias@us-east-1, moveAlias, markOld"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, young := s.observe(c.arn)
			if slices.ContainsFunc(young.Steps, func(st Step) bool { return st.Op == CreateKey || st.Op == RotateNow }) || len(young.Missing) > 0 {
				t.Errorf("a young key is due: %+v", young)
			}
			s.o.Now = func() time.Time { return s.lab.World.Clock.Now().Add(91 * day) }
			defer func() { s.o.Now = s.lab.World.Clock.Now }()
			k, p := s.observe(c.arn)
			var short []string
			for _, o := range strings.Split(ops(p), ", ") {
				name, _, _ := strings.Cut(o, " ")
				short = append(short, name)
			}
			if got := strings.Join(short, ", "); p.Outcome != Due || got != c.want {
				t.Errorf("%s: %s, %q, %+v %+v; want %s", p.Outcome, got, p.Why, p.Missing, p.Asks, c.want)
			}
			if k.Description != "of tests" || k.Tags.Value["app"] != "shop" || k.Created.IsZero() || k.State != types.KeyStateEnabled {
				t.Errorf("it is seen as %+v", k)
			}
		})
	}
}

// everywhere2 is everywhere with another alias there.
func (s *sight) everywhere2(kind Kind) keyid.ARN {
	arn := s.made(kind, func(in *kms.CreateKeyInput) { in.MultiRegion = new(true) })
	must(s.t)(s.admin(region).ReplicateKey(s.t.Context(), &kms.ReplicateKeyInput{KeyId: new(string(arn.ID)), ReplicaRegion: new(string(far))}))
	s.lab.World.Advance(time.Hour)
	s.alias(arn.In(far), "alias/there-too")
	return arn
}

// Most keys of a sweep cost little.
func TestObserveCalls(t *testing.T) {
	s := observing(t)
	off, current, signed, multi := s.made(symmetric), s.made(symmetric), s.made(signing), s.everywhere(symmetric)
	s.tag(off, TagRotate, "off")
	nameless := s.made(signing)
	s.tag(nameless, TagEvery, "1d")
	must(t)(s.admin(region).DeleteAlias(t.Context(), &kms.DeleteAliasInput{AliasName: new("alias/of-" + string(nameless.ID))}))
	s.lab.World.Advance(2 * day)
	must(t)(s.admin(region).EnableKeyRotation(t.Context(), &kms.EnableKeyRotationInput{KeyId: new(string(current.ID)), RotationPeriodInDays: new(int32(90))}))
	for _, c := range []struct {
		name string
		arn  keyid.ARN
		want string
	}{
		{"off", off, "DescribeKey ListResourceTags"},
		{"a replica", multi.In(far), "DescribeKey ListResourceTags"},
		{"rotated by AWS KMS", current, "DescribeKey ListResourceTags GetKeyRotationStatus ListKeyRotations"},
		{"due, and no alias points at it", nameless, "DescribeKey ListResourceTags ListAliases"},
		{"not due, by a successor", signed, "DescribeKey ListResourceTags"},
	} {
		s.lab.World.Trail.Reset()
		s.observe(c.arn)
		if got := strings.Join(s.calls(), " "); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	k, _ := s.observe(off)
	if u := k.Grants.Unread; u == nil || u.Denied || !strings.Contains(u.Reason, "nothing needed it") {
		t.Errorf("what was not read: %+v", k.Grants)
	}
}

// Listings in pages of one give the same as whole ones.
func TestObservePages(t *testing.T) {
	s := observing(t)
	arn := s.made(symmetric)
	s.tag(arn, TagRotate, "successor")
	s.tag(arn, "more", "tags")
	s.alias(arn, "alias/first")
	for i := range 3 {
		must(t)(s.admin(region).CreateGrant(t.Context(), &kms.CreateGrantInput{KeyId: new(string(arn.ID)), GranteePrincipal: new(self), Name: new(fmt.Sprint("g", i)), Operations: []types.GrantOperation{types.GrantOperationDecrypt}}))
		must(t)(s.admin(region).RotateKeyOnDemand(t.Context(), &kms.RotateKeyOnDemandInput{KeyId: new(string(arn.ID))}))
		s.lab.World.Advance(day)
		must(t)(iam.NewFromConfig(s.root).CreateUser(t.Context(), &iam.CreateUserInput{UserName: new(fmt.Sprint("u", i))}))
	}
	s.lab.World.Advance(91 * day)
	whole, p := s.observe(arn)
	if p.Outcome != Due || len(whole.Grants.Value) != 3 || len(whole.Aliases.Value) != 2 || len(whole.Tags.Value) != 3 {
		t.Fatalf("%+v, %+v", whole, p)
	}
	s.lab.World.Faults.Add(world.Fault{PageSize: 1})
	cut, again := s.observe(arn)
	s.lab.World.Faults.Clear()
	if !reflect.DeepEqual(cut, whole) || ops(again) != ops(p) {
		t.Errorf("in pages of one: %+v\nwhole: %+v", cut, whole)
	}
	s.tag(arn, TagRotate, "on-demand")
	k, _ := s.observe(arn)
	if n := k.demanded(); n != 3 || k.since() != k.Materials.Value[3].Since || len(k.Materials.Value) != 4 || !k.Materials.Value[0].Since.IsZero() {
		t.Errorf("%d rotations on demand of %+v", n, k.Materials.Value)
	}
}
