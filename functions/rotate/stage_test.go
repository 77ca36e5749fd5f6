package rotate_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/functions/rotate"
	"rekey/lab"
	"rekey/shared/keyid"
)

const (
	here    keyid.Region  = "eu-west-1"
	account keyid.Account = "111122223333"
	bucket                = "journal"
	lease                 = 15 * time.Minute
)

// stage is a lab with a journal and a user, the rotator, whom everything is allowed
// that no test denies.
type stage struct {
	testing.TB
	lab  *lab.Lab
	user aws.CredentialsProvider
	old  keyid.ARN
	// regions are where the old key is.
	regions []keyid.Region
	owners  map[keyid.Region]*kms.Client
	// sealer is the key that new material is sealed under, where any is.
	sealer []keyid.Ref
	// material is what the old key has where that is imported, 32 bytes where it is nil.
	material []byte
}

func newStage(t testing.TB) *stage {
	t.Helper()
	s := &stage{TB: t, lab: lab.ForTest(t, lab.Options{}), regions: []keyid.Region{here}, owners: map[keyid.Region]*kms.Client{}}
	root := s.lab.Config(here, lab.Root(account))
	buckets := s3.NewFromConfig(root, func(o *s3.Options) { o.UsePathStyle = true })
	s.must(buckets.CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket: aws.String(bucket), CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: s3types.BucketLocationConstraint(here)},
	}))
	users := iam.NewFromConfig(root)
	s.must(users.CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String("rotator")}))
	s.must(users.PutUserPolicy(t.Context(), &iam.PutUserPolicyInput{
		UserName: aws.String("rotator"), PolicyName: aws.String("all"),
		PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`),
	}))
	key, err := users.CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{UserName: aws.String("rotator")})
	s.check(err)
	s.user = credentials.NewStaticCredentialsProvider(*key.AccessKey.AccessKeyId, *key.AccessKey.SecretAccessKey, "")
	return s
}

// must wants a call to succeed.
func (s *stage) must(_ any, err error) {
	s.Helper()
	s.check(err)
}

func (s *stage) check(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// deny keeps the rotator from an action; "" from none.
func (s *stage) deny(action string) {
	s.Helper()
	users := iam.NewFromConfig(s.lab.Config(here, lab.Root(account)))
	if action == "" {
		s.must(users.DeleteUserPolicy(s.Context(), &iam.DeleteUserPolicyInput{UserName: aws.String("rotator"), PolicyName: aws.String("deny")}))
		return
	}
	s.must(users.PutUserPolicy(s.Context(), &iam.PutUserPolicyInput{
		UserName: aws.String("rotator"), PolicyName: aws.String("deny"),
		PolicyDocument: aws.String(fmt.Sprintf(`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":%q,"Resource":"*"}}`, action)),
	}))
}

// owner is the account's administrator, in a Region.
func (s *stage) owner(r keyid.Region) *kms.Client {
	if s.owners[r] == nil {
		s.owners[r] = kms.NewFromConfig(s.lab.Config(r, lab.Root(account)))
	}
	return s.owners[r]
}

// rotator is one who works, through a client that a test may meddle with.
func (s *stage) rotator(holder string, meddle func(aws.HTTPClient) aws.HTTPClient) *rotate.Rotator {
	config := func(r keyid.Region) aws.Config {
		c := s.lab.Config(r, s.user)
		if meddle != nil {
			c.HTTPClient = meddle(c.HTTPClient)
		}
		return c
	}
	objects := s3.NewFromConfig(config(here), func(o *s3.Options) { o.UsePathStyle = true })
	clients := map[keyid.Region]*kms.Client{}
	for _, r := range s.regions {
		clients[r] = kms.NewFromConfig(config(r))
	}
	j := rotate.Journal{Client: objects, Bucket: bucket, Prefix: "rotate/"}
	return &rotate.Rotator{
		Observer: rotate.Observer{
			KMS: func(r keyid.Region) rotate.Rehearser { return clients[r] }, Region: here, Objects: objects, Jobs: j.Job, Materials: rotate.Sealed{Bucket: bucket, Name: "material"},
			Self: "arn:aws:iam::" + string(account) + ":user/rotator", Defaults: rotate.Wish{Off: true, Every: 365}, Log: slog.New(slog.DiscardHandler), Now: s.lab.World.Now,
		},
		Writers: func(r keyid.Region) rotate.Writer { return clients[r] }, Journal: j, Holder: holder, Lease: lease, MaterialKeys: s.sealer,
		Wait: func(ctx context.Context, d time.Duration) error {
			s.lab.World.Advance(d)
			return ctx.Err()
		},
	}
}

// plan is what a look at the old key comes to.
func (s *stage) plan() (rotate.Key, rotate.Plan) {
	s.Helper()
	r := s.rotator("planner", nil)
	k, err := r.Observe(s.Context(), s.old.Ref())
	s.check(err)
	return k, rotate.PlanFor(k, r.Defaults, r.Now())
}

// due is a plan that is to be applied.
func (s *stage) due() (rotate.Key, rotate.Plan) {
	s.Helper()
	k, p := s.plan()
	if p.Outcome != rotate.Due {
		s.Fatalf("the plan is %s: %s", p.Outcome, p.Why)
	}
	return k, p
}

// wishes are the tags of a key that is to have a successor every 90 days.
func wishes(more ...string) []types.Tag {
	all := []types.Tag{
		{TagKey: aws.String(rotate.TagRotate), TagValue: aws.String("successor")}, {TagKey: aws.String(rotate.TagEvery), TagValue: aws.String("90d")},
		{TagKey: aws.String(rotate.TagAccept), TagValue: aws.String(rotate.UnknownUsers)},
	}
	for i := 0; i < len(more); i += 2 {
		all = append(all, types.Tag{TagKey: &more[i], TagValue: &more[i+1]})
	}
	return all
}

// oldKey makes a symmetric key with all that a successor has to carry, and lets it
// grow old.
func (s *stage) oldKey(replicas ...keyid.Region) {
	s.Helper()
	s.key(&kms.CreateKeyInput{Tags: wishes("team", "shop")}, replicas...)
	s.must(s.owner(here).EnableKeyRotation(s.Context(), &kms.EnableKeyRotationInput{KeyId: aws.String(string(s.old.ID)), RotationPeriodInDays: aws.Int32(400)}))
	for _, r := range s.regions {
		s.must(s.owner(r).CreateGrant(s.Context(), &kms.CreateGrantInput{
			KeyId: aws.String(string(s.old.ID)), Name: aws.String("books"), GranteePrincipal: aws.String("arn:aws:iam::444455556666:root"),
			Operations:  []types.GrantOperation{types.GrantOperationDecrypt},
			Constraints: &types.GrantConstraints{EncryptionContextSubset: map[string]string{"shop": "1"}},
		}))
	}
	s.must(s.owner(here).CreateAlias(s.Context(), &kms.CreateAliasInput{AliasName: aws.String("alias/other"), TargetKeyId: s.another()}))
	s.age()
}

// age lets 91 days pass.
func (s *stage) age() { s.lab.World.Advance(91 * 24 * time.Hour) }

// key makes the old key, with replicas that have tags of their own, and two aliases in
// each Region.
func (s *stage) key(in *kms.CreateKeyInput, replicas ...keyid.Region) {
	s.Helper()
	s.regions = append(s.regions, replicas...)
	in.Description, in.MultiRegion = aws.String("of the shop"), aws.Bool(len(replicas) > 0)
	out, err := s.owner(here).CreateKey(s.Context(), in)
	s.check(err)
	s.old, err = keyid.ParseARN(*out.KeyMetadata.Arn)
	s.check(err)
	bring := func(r keyid.Region) {
		if in.Origin == types.OriginTypeExternal {
			if s.material == nil {
				s.material = bytes.Repeat([]byte("1"), 32)
			}
			s.bring(r, in.KeySpec, s.material)
		}
	}
	bring(here)
	for _, r := range replicas {
		s.must(s.owner(here).ReplicateKey(s.Context(), &kms.ReplicateKeyInput{
			KeyId: out.KeyMetadata.KeyId, ReplicaRegion: aws.String(string(r)), Description: aws.String("of the shop in " + string(r)), Tags: wishes(),
		}))
	}
	s.lab.World.Advance(time.Minute)
	for _, r := range replicas {
		bring(r)
	}
	for _, r := range s.regions {
		for _, name := range []string{"alias/shop", "alias/till"} {
			s.must(s.owner(r).CreateAlias(s.Context(), &kms.CreateAliasInput{AliasName: aws.String(name), TargetKeyId: out.KeyMetadata.KeyId}))
		}
	}
}

// another makes a key that is no successor.
func (s *stage) another() *string {
	s.Helper()
	out, err := s.owner(here).CreateKey(s.Context(), &kms.CreateKeyInput{})
	s.check(err)
	return out.KeyMetadata.KeyId
}

// state tells all that a succession is about, with the names OLD and NEW for the two
// keys, so that two labs can be compared. There must be one successor at most.
func (s *stage) state() string {
	s.Helper()
	var lines []string
	add := func(format string, a ...any) { lines = append(lines, fmt.Sprintf(format, a...)) }
	names := map[string]string{string(s.old.ID): "OLD"}
	for _, r := range s.regions {
		c := s.owner(r)
		keys, err := c.ListKeys(s.Context(), &kms.ListKeysInput{})
		s.check(err)
		for _, k := range keys.Keys {
			tags, err := c.ListResourceTags(s.Context(), &kms.ListResourceTagsInput{KeyId: k.KeyId})
			s.check(err)
			for _, t := range tags.Tags {
				if *t.TagKey == rotate.TagSuccessorOf && r == here {
					names[*k.KeyId] = "NEW"
				}
			}
		}
		if len(names) > 2 {
			add("there are %d successors", len(names)-1)
		}
		for _, k := range keys.Keys {
			if name := names[*k.KeyId]; name != "" {
				s.describe(c, *k.KeyId, func(format string, a ...any) { add(string(r)+" "+name+" "+format, a...) })
			}
		}
		aliases, err := c.ListAliases(s.Context(), &kms.ListAliasesInput{})
		s.check(err)
		for _, a := range aliases.Aliases {
			if a.TargetKeyId != nil && !strings.HasPrefix(*a.AliasName, "alias/aws/") {
				add("%s %s is %s", r, *a.AliasName, names[*a.TargetKeyId])
			}
		}
	}
	slices.Sort(lines)
	text := strings.Join(lines, "\n")
	for id, name := range names {
		text = strings.ReplaceAll(text, id, name)
	}
	return text
}

func (s *stage) describe(c *kms.Client, id string, add func(string, ...any)) {
	s.Helper()
	key, err := c.DescribeKey(s.Context(), &kms.DescribeKeyInput{KeyId: &id})
	s.check(err)
	add("is %s, %q, %s", key.KeyMetadata.KeyState, *key.KeyMetadata.Description, key.KeyMetadata.KeySpec)
	tags, err := c.ListResourceTags(s.Context(), &kms.ListResourceTagsInput{KeyId: &id})
	s.check(err)
	for _, t := range tags.Tags {
		if *t.TagKey != rotate.TagSuccessorJob { // which is another one each time
			add("tag %s=%s", *t.TagKey, *t.TagValue)
		}
	}
	grants, err := c.ListGrants(s.Context(), &kms.ListGrantsInput{KeyId: &id})
	s.check(err)
	for _, g := range grants.Grants {
		add("grant %s to %s: %v in %v", *g.Name, *g.GranteePrincipal, g.Operations, g.Constraints.EncryptionContextSubset)
	}
	if status, err := c.GetKeyRotationStatus(s.Context(), &kms.GetKeyRotationStatusInput{KeyId: &id}); err == nil { // not of every kind
		add("rotates %v every %d", status.KeyRotationEnabled, aws.ToInt32(status.RotationPeriodInDays))
	}
	materials, err := c.ListKeyRotations(s.Context(), &kms.ListKeyRotationsInput{KeyId: &id, IncludeKeyMaterial: types.IncludeKeyMaterialAllKeyMaterial})
	if err != nil {
		return
	}
	for i, m := range materials.Rotations {
		add("material %d is %s %s %s %q", i, m.KeyMaterialState, m.RotationType, m.ImportState, aws.ToString(m.KeyMaterialDescription))
	}
}

// open tells of which keys the journal says that there is unfinished work.
func (s *stage) open() []keyid.ID {
	s.Helper()
	all := []keyid.ID{}
	for id, err := range s.rotator("reader", nil).Journal.Open(s.Context(), here) {
		s.check(err)
		all = append(all, id)
	}
	return all
}

func sorted(text string) string {
	lines := strings.Split(text, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// plant makes a key that claims to be the successor.
func (s *stage) plant() keyid.ID {
	s.Helper()
	out, err := s.owner(here).CreateKey(s.Context(), &kms.CreateKeyInput{Tags: []types.Tag{
		{TagKey: aws.String(rotate.TagSuccessorOf), TagValue: aws.String(string(s.old.ID))}, {TagKey: aws.String(rotate.TagSuccessorJob), TagValue: aws.String("guess")},
	}})
	s.check(err)
	return keyid.ID(*out.KeyMetadata.KeyId)
}
