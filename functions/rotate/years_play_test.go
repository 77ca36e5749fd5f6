package rotate_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/functions/rotate"
	"rekey/lab"
	"rekey/shared/keyid"
	"rekey/shared/wiring"
)

const (
	virginia = keyid.Region("us-east-1")
	day      = 24 * time.Hour
	// between is from one sweep to the next: the first wake-up of the schedule, which is
	// every quarter of an hour, that is a day later.
	between = day + 15*time.Minute
	// usual is for how many days nothing may be encrypted with the same material, if the
	// policy is of 90 days and looked after once a day.
	usual = 92
	ever  = 10_000
)

// years is a deployment in two Regions under a policy of 90 days, and those who use
// its keys.
type years struct {
	*deployment
	handlers map[keyid.Region]*rotate.Handler
	clients  map[keyid.Region]*kms.Client
	subjects []*subject
	// lines are what the digests of sweeps said of a key, each text once.
	lines map[keyid.ID]map[rotate.Group][]string
	vault keyid.ARN // what next material is sealed under
	calls int       // of AWS
	wakes int
}

// subject is a key of one kind, with those that succeed it.
type subject struct {
	name string
	// want is its row: the way, the outcome of the plan at the end, how many rotations
	// in place there were, and how many successors.
	want string
	// home and replica are the Regions of the primary key, irish if it is "", and of its
	// replica, if any.
	home, replica keyid.Region
	// seen is the Region whose function is asked for the plan; home if it is "".
	seen      keyid.Region
	why       string // what the plan says at the end
	within    int    // days that material may encrypt; usual if it is 0
	nameless  bool   // no alias points at it: users name the key
	away      bool   // nobody can use it at present
	first     keyid.ARN
	meta      *types.KeyMetadata // of the first
	proofs    []proof
	spans     map[string]*span // of what has encrypted
	materials [][]byte         // of imported keys, the first one first
}

// span is when something encrypted first, and last.
type span struct{ first, last time.Time }

func (s *subject) id() *string { return aws.String(string(s.first.ID)) }

func (s *subject) regions() []keyid.Region {
	if s.replica == "" {
		return []keyid.Region{s.home}
	}
	return []keyid.Region{s.home, s.replica}
}

// alias is what users name the key by.
func (s *subject) alias() string {
	if s.nameless {
		return *s.id()
	}
	return "alias/" + strings.NewReplacer(" ", "-", ",", "").Replace(s.name)
}

func newYears(t *testing.T) *years {
	t.Helper()
	y := &years{deployment: deploy(t, lab.Options{Quotas: true}, func(s *rotate.Settings) { s.Defaults = rotate.Wish{Every: 90} })}
	y.lines = map[keyid.ID]map[rotate.Group][]string{}
	y.clients = map[keyid.Region]*kms.Client{irish: y.kms, virginia: kms.NewFromConfig(y.lab.Config(virginia, lab.Root(owner)))}
	y.must(iam.NewFromConfig(y.root).PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{
		RoleName: aws.String("rekey-rotate"), PolicyName: aws.String("families"), // API reference, CreateKey, MultiRegion
		PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:CreateServiceLinkedRole","Resource":"*"}}`),
	}))
	y.onlySchedule()
	y.newBucket(irish, "materials")
	y.newBucket(virginia, "journal-"+string(virginia))
	y.vault = y.newKey(kms.CreateKeyInput{}, rotate.TagRotate, "off")
	y.handlers = map[keyid.Region]*rotate.Handler{}
	for _, r := range []keyid.Region{irish, virginia} {
		s := y.settings
		s.Home.Region = r
		if r != irish {
			s.Journal = "journal-" + string(r)
		}
		s.Materials, s.MaterialKeys = rotate.Sealed{Bucket: "materials", Name: "next"}, []keyid.Ref{y.vault.Ref()}
		cfg := y.lab.Config(r, y.credentials())
		h, err := rotate.New(s, cfg, &y.metrics, slog.New(slog.NewJSONHandler(&y.log, nil)), labClock{y.lab.World})
		y.check(err)
		y.handlers[r] = h
	}
	y.handler = y.handlers[irish]
	return y
}

// onlySchedule takes away the rules of all other events.
func (y *years) onlySchedule() {
	y.Helper()
	c := eventbridge.NewFromConfig(y.root)
	rules, err := c.ListRules(y.Context(), &eventbridge.ListRulesInput{})
	y.check(err)
	for _, r := range rules.Rules {
		targets, err := c.ListTargetsByRule(y.Context(), &eventbridge.ListTargetsByRuleInput{Rule: r.Name})
		y.check(err)
		for _, t := range targets.Targets {
			y.must(c.RemoveTargets(y.Context(), &eventbridge.RemoveTargetsInput{Rule: r.Name, Ids: []string{*t.Id}}))
		}
		y.must(c.DeleteRule(y.Context(), &eventbridge.DeleteRuleInput{Name: r.Name}))
	}
}

func (y *years) newBucket(r keyid.Region, name string) {
	y.Helper()
	in := &s3.CreateBucketInput{Bucket: &name}
	if r != virginia { // which is where a bucket is without it
		in.CreateBucketConfiguration = &s3types.CreateBucketConfiguration{LocationConstraint: s3types.BucketLocationConstraint(r)}
	}
	y.must(s3.NewFromConfig(y.lab.Config(r, lab.Root(owner)), wiring.PathStyle).CreateBucket(y.Context(), in))
}

// add makes a key, its replica and its aliases, and uses it.
func (y *years) add(of subject, in kms.CreateKeyInput, tags ...string) *subject {
	y.Helper()
	s := &of
	if s.home == "" {
		s.home = irish
	}
	in.MultiRegion = aws.Bool(s.replica != "")
	for n := 0; n < len(tags); n += 2 {
		in.Tags = append(in.Tags, types.Tag{TagKey: &tags[n], TagValue: &tags[n+1]})
	}
	out, err := y.clients[s.home].CreateKey(y.Context(), &in)
	y.check(err)
	y.know(s, *out.KeyMetadata.Arn)
	if in.Origin == types.OriginTypeExternal {
		s.materials = [][]byte{fresh()}
		y.bring(s, s.home, 0)
	}
	if s.replica != "" {
		y.must(y.clients[s.home].ReplicateKey(y.Context(), &kms.ReplicateKeyInput{KeyId: s.id(), ReplicaRegion: aws.String(string(s.replica)), Tags: in.Tags}))
		y.pass(time.Minute)
		if in.Origin == types.OriginTypeExternal {
			y.bring(s, s.replica, 0)
		}
	}
	for _, r := range s.regions() {
		if !s.nameless {
			y.must(y.clients[r].CreateAlias(y.Context(), &kms.CreateAliasInput{AliasName: aws.String(s.alias()), TargetKeyId: s.id()}))
		}
	}
	y.use(s)
	y.pass(time.Second) // within the quota of CreateKey
	return s
}

// addManaged adds the AWS managed key of a service, which nobody uses directly.
func (y *years) addManaged(of subject, alias string) {
	y.Helper()
	s := &of
	s.home, s.away = irish, true
	out, err := y.kms.DescribeKey(y.Context(), &kms.DescribeKeyInput{KeyId: &alias})
	y.check(err)
	y.know(s, *out.KeyMetadata.Arn)
}

// know takes a subject in, whose first key has that ARN.
func (y *years) know(s *subject, arn string) {
	y.Helper()
	var err error
	s.first, err = keyid.ParseARN(arn)
	y.check(err)
	out, err := y.clients[s.home].DescribeKey(y.Context(), &kms.DescribeKeyInput{KeyId: s.id()})
	y.check(err)
	s.meta, s.spans = out.KeyMetadata, map[string]*span{}
	y.subjects = append(y.subjects, s)
}

// movePrimary has a subject's newest key change places with its replica.
func (y *years) movePrimary(s *subject) {
	y.Helper()
	line := y.line(s)
	y.must(y.clients[s.home].UpdatePrimaryRegion(y.Context(), &kms.UpdatePrimaryRegionInput{
		KeyId: aws.String(string(line[len(line)-1])), PrimaryRegion: aws.String(string(s.replica)),
	}))
	s.home, s.replica = s.replica, s.home
	y.pass(time.Minute)
}

func (y *years) pass(d time.Duration) { y.lab.World.Advance(d) }

// inCluster is a request for a key in a CloudHSM key store, and inProxy for one in an
// external key store.
func (y *years) inCluster() kms.CreateKeyInput {
	y.Helper()
	store := y.store(kms.CreateCustomKeyStoreInput{
		CustomKeyStoreName: aws.String("cluster"), CloudHsmClusterId: aws.String("cluster-" + strings.Repeat("a", 11)),
		TrustAnchorCertificate: aws.String("-----BEGIN CERTIFICATE-----"), KeyStorePassword: aws.String("kmsPswd1"),
	})
	return kms.CreateKeyInput{Origin: types.OriginTypeAwsCloudhsm, CustomKeyStoreId: store}
}

func (y *years) inProxy() kms.CreateKeyInput {
	y.Helper()
	store := y.store(kms.CreateCustomKeyStoreInput{
		CustomKeyStoreName: aws.String("proxy"), CustomKeyStoreType: types.CustomKeyStoreTypeExternalKeyStore,
		XksProxyConnectivity: types.XksProxyConnectivityTypePublicEndpoint, XksProxyUriEndpoint: aws.String("https://xks.example.com"),
		XksProxyUriPath: aws.String("/kms/xks/v1"), XksProxyAuthenticationCredential: &types.XksProxyAuthenticationCredentialType{
			AccessKeyId: aws.String("ABCDE23456EXAMPLEABC"), RawSecretAccessKey: aws.String(strings.Repeat("s", 43)),
		},
	})
	return kms.CreateKeyInput{Origin: types.OriginTypeExternalKeyStore, CustomKeyStoreId: store, XksKeyId: aws.String("bb8562717f809024")}
}

// store makes a custom key store and connects it.
func (y *years) store(in kms.CreateCustomKeyStoreInput) *string {
	y.Helper()
	out, err := y.kms.CreateCustomKeyStore(y.Context(), &in)
	y.check(err)
	y.must(y.kms.ConnectCustomKeyStore(y.Context(), &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: out.CustomKeyStoreId}))
	y.pass(20 * time.Minute)
	return out.CustomKeyStoreId
}

// live lets two years pass. Each day people do what they do, the function is woken in
// each Region, and now and then all keys are used.
func (y *years) live(people func(today int)) {
	y.Helper()
	begin := y.lab.World.Now()
	for n, end := 0, begin.AddDate(2, 0, 0); y.lab.World.Now().Before(end); n++ {
		people(int(y.lab.World.Now().Sub(begin) / day))
		next := y.lab.World.Now().Add(between)
		for _, r := range []keyid.Region{irish, virginia} {
			y.wake(r)
		}
		y.pass(time.Minute) // a rotation on demand takes a while
		if n%5 == 0 {
			for _, s := range y.subjects {
				y.use(s)
			}
		}
		y.watch()
		y.pass(next.Sub(y.lab.World.Now()))
	}
}

// wake wakes the function of a Region until nothing is unfinished.
func (y *years) wake(r keyid.Region) {
	y.Helper()
	y.handler = y.handlers[r]
	defer func() { y.handler = y.handlers[irish] }()
	for again := 0; ; again++ {
		y.wakes++
		a := y.sweep()
		if again == 0 {
			y.listen(r, a.Sweep)
		}
		open := a.Sweep.Digest != nil && a.Sweep.Digest.Unfinished > 0
		for _, k := range a.Resumed {
			open = open || k.Result.Ending != rotate.Finished
		}
		if !open {
			return
		}
		if again == 8 {
			y.Fatalf("%s: after two hours something is still not finished: %+v", r, a)
		}
		y.pass(15 * time.Minute)
	}
}

// listen keeps what a sweep says of keys.
func (y *years) listen(r keyid.Region, p *rotate.Progress) {
	y.Helper()
	if p == nil || p.State != "whole" {
		y.Fatalf("the sweep over %s is %+v", r, p)
	}
	for _, l := range p.Digest.Lines {
		if l.Group == rotate.IsFailed {
			y.Errorf("%s: %s failed: %s", y.lab.World.Now().Format(time.DateOnly), l.Key, l.Text)
		}
		of := y.lines[l.Key.ID]
		if of == nil {
			of = map[rotate.Group][]string{}
			y.lines[l.Key.ID] = of
		}
		if !slices.Contains(of[l.Group], l.Text) {
			of[l.Group] = append(of[l.Group], l.Text)
		}
	}
}

// heard wants the digests to have said texts of a subject's first key.
func (y *years) heard(s *subject, group rotate.Group, texts ...string) {
	y.Helper()
	said := strings.Join(y.lines[s.first.ID][group], "\n")
	for _, text := range texts {
		if !strings.Contains(said, text) {
			y.Errorf("%s: nobody was told %q, but\n%s", s.name, text, said)
		}
	}
}

// watch looks at the calls since it last did: none was throttled or denied.
func (y *years) watch() {
	y.Helper()
	for _, e := range y.lab.World.Trail.Entries() {
		y.calls++
		for _, bad := range []string{"Throttl", "SlowDown", "TooManyRequests", "AccessDenied"} {
			if strings.Contains(e.Error, bad) {
				y.Errorf("%s: %s of %s in %s: %s", e.Time.Format(time.RFC3339), e.Operation, e.Service, e.Region, e.Error)
			}
		}
	}
	y.lab.World.Trail.Reset()
}

func (y *years) state(s *subject) types.KeyState {
	y.Helper()
	out, err := y.clients[s.home].DescribeKey(y.Context(), &kms.DescribeKeyInput{KeyId: s.id()})
	y.check(err)
	return out.KeyMetadata.KeyState
}

func (y *years) tags(r keyid.Region, id keyid.ID) map[string]string {
	y.Helper()
	all := map[string]string{}
	for pages := kms.NewListResourceTagsPaginator(y.clients[r], &kms.ListResourceTagsInput{KeyId: aws.String(string(id))}); pages.HasMorePages(); {
		page, err := pages.NextPage(y.Context())
		y.check(err)
		for _, t := range page.Tags {
			all[*t.TagKey] = *t.TagValue
		}
	}
	return all
}
