package s3

import (
	"path"
	"reflect"
	"strings"
	"testing"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"

	"rekey/lab/iam"
	"rekey/lab/kms"
	"rekey/lab/world"
	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

const (
	mine  = "111122223333"
	other = "444455556666"
	here  = "us-east-1"
)

// bench is a world with the services that these tests need.
type bench struct {
	*testing.T
	world    *world.World
	s3       *Service
	services map[string]interface{ Operations() []world.Operation }
	broken   bool // on purpose
}

func newBench(t *testing.T) *bench {
	w := world.New(world.Options{})
	k := kms.New(w)
	s := New(w, k)
	b := &bench{T: t, world: w, s3: s, services: map[string]interface{ Operations() []world.Operation }{"kms": k, "iam": iam.New(w), "s3": s}}
	t.Cleanup(func() {
		if bad := w.Violations(); len(bad) != 0 && !b.broken {
			t.Errorf("the state is broken: %q", bad)
		}
	})
	return b
}

// bucket makes a bucket of the account mine directly, as CreateBucket does.
func (b *bench) bucket(name string, configure ...func(*bucket)) *bucket {
	var made *bucket
	b.world.Locked(func() {
		made = b.s3.newBucket(name, mine, here, b.world.Clock.Now())
		for _, f := range configure {
			f(made)
		}
	})
	return made
}

// who calls, and where.
type who struct {
	principal string
	region    keyid.Region
}

func root(account string) who { return who{"arn:aws:iam::" + account + ":root", here} }

// send performs one call, as behind the wire. The operation is the one that the
// input's type belongs to.
func (b *bench) send(as who, in any) (any, error) {
	b.Helper()
	p, err := keypolicy.ParsePrincipal(as.principal)
	if err != nil {
		b.Fatal(err)
	}
	return b.sendAs(world.Caller{UserID: b.userID(as.principal), Principal: p}, as.region, in)
}

func (b *bench) sendAs(caller world.Caller, region keyid.Region, in any) (any, error) {
	b.Helper()
	typ := reflect.TypeOf(in).Elem()
	service, name := path.Base(typ.PkgPath()), strings.TrimSuffix(typ.Name(), "Input")
	c := &world.Call{Service: service, Operation: name, RequestID: b.world.RequestID(), Region: region, Caller: caller}
	for _, op := range b.services[service].Operations() {
		if op.Name == name {
			var answer any
			err := b.world.Perform(b.Context(), c, op, in, func(out any) error { answer = out; return nil })
			return answer, err
		}
	}
	b.Fatalf("no operation %s", name)
	return nil, nil
}

// userID gives the unique id of a user; a root user has none.
func (b *bench) userID(arn string) (id string) {
	b.world.Locked(func() { id, _ = b.services["iam"].(*iam.Service).Identity(arn) })
	return id
}

// must gives the answer to a call that has to succeed.
func must[O any](b *bench, as who, in any) *O {
	b.Helper()
	out, err := b.send(as, in)
	if err != nil {
		b.Fatalf("%T: %v", in, err)
	}
	return out.(*O)
}

// refused checks the answer to a call that has to fail: its code, and a part of
// its message.
func (b *bench) refused(as who, in any, code, message string) {
	b.Helper()
	out, err := b.send(as, in)
	if err == nil {
		b.Errorf("%T was answered %+v; want %s", in, reflect.Indirect(reflect.ValueOf(out)), code)
		return
	}
	if e := world.Answer(err); e.Code != code || !strings.Contains(e.Message, message) {
		b.Errorf("%T was refused with %v; want %s: …%s…", in, e, code, message)
	}
}

// key makes a KMS key, with KMS's default policy if none is given.
func (b *bench) key(as who, policy string) string {
	b.Helper()
	in := &awskms.CreateKeyInput{}
	if policy != "" {
		in.Policy, in.BypassPolicyLockoutSafetyCheck = &policy, true
	}
	return *must[awskms.CreateKeyOutput](b, as, in).KeyMetadata.Arn
}

// user makes a user with one policy.
func (b *bench) user(account, name, policy string) who {
	b.Helper()
	admin := root(account)
	must[awsiam.CreateUserOutput](b, admin, &awsiam.CreateUserInput{UserName: &name})
	must[awsiam.PutUserPolicyOutput](b, admin, &awsiam.PutUserPolicyInput{UserName: &name, PolicyName: new("p"), PolicyDocument: &policy})
	return who{"arn:aws:iam::" + account + ":user/" + name, here}
}

// allow is a policy of one statement; principal "" makes it an identity policy.
func allow(principal, actions, resource, condition string) string {
	text := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["` + strings.ReplaceAll(actions, " ", `","`) + `"],"Resource":"` + resource + `"`
	if principal != "" {
		text += `,"Principal":{"AWS":"` + principal + `"}`
	}
	if condition != "" {
		text += `,"Condition":` + condition
	}
	return text + `}]}`
}
