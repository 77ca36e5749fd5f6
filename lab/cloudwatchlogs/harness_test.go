package cloudwatchlogs

import (
	"path"
	"reflect"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"rekey/lab/iam"
	"rekey/lab/kms"
	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

const mine = "111122223333"

// bench is a world with the services that these tests need.
type bench struct {
	*testing.T
	world    *world.World
	logs     *Service
	services map[string]interface{ Operations() []world.Operation }
	broken   bool // on purpose
}

func newBench(t *testing.T) *bench {
	w := world.New(world.Options{})
	k := kms.New(w)
	s := New(w, k)
	b := &bench{T: t, world: w, logs: s, services: map[string]interface{ Operations() []world.Operation }{"kms": k, "iam": iam.New(w), "logs": s}}
	t.Cleanup(func() {
		if bad := w.Violations(); len(bad) != 0 && !b.broken {
			t.Errorf("the state is broken: %q", bad)
		}
	})
	return b
}

func (b *bench) root() world.Caller {
	p, err := keypolicy.ParsePrincipal("arn:aws:iam::" + mine + ":root")
	if err != nil {
		b.Fatal(err)
	}
	return world.Caller{UserID: mine, Principal: p}
}

// must makes one call of the account's root user, as behind the wire, that has to
// succeed.
func must[O any](b *bench, in any) *O {
	b.Helper()
	typ := reflect.TypeOf(in).Elem()
	service, name := path.Base(typ.PkgPath()), strings.TrimSuffix(typ.Name(), "Input")
	if service == "cloudwatchlogs" {
		service = "logs"
	}
	if err := wire.MustLoad(service).Validate(name, in); err != nil {
		b.Fatal(err)
	}
	c := &world.Call{Service: service, Operation: name, RequestID: b.world.RequestID(), Region: "us-east-1", Caller: b.root()}
	for _, op := range b.services[service].Operations() {
		if op.Name == name {
			var answer any
			if err := b.world.Perform(b.Context(), c, op, in, func(out any) error { answer = out; return nil }); err != nil {
				b.Fatalf("%T: %v", in, err)
			}
			return answer.(*O)
		}
	}
	b.Fatalf("no operation %s", name)
	return nil
}

// user makes a user who may do these actions, and gives it as a caller.
func (b *bench) user(name string, actions ...string) world.Caller {
	b.Helper()
	must[awsiam.CreateUserOutput](b, &awsiam.CreateUserInput{UserName: &name})
	policy := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["` + strings.Join(actions, `","`) + `"],"Resource":"*"}}`
	must[awsiam.PutUserPolicyOutput](b, &awsiam.PutUserPolicyInput{UserName: &name, PolicyName: &name, PolicyDocument: &policy})
	k := must[awsiam.CreateAccessKeyOutput](b, &awsiam.CreateAccessKeyInput{UserName: &name})
	key, ok := b.world.AccessKey(*k.AccessKey.AccessKeyId)
	if !ok {
		b.Fatal("the user has no access key")
	}
	return key.Caller
}

// read gives the messages of a stream.
func (b *bench) read(group, stream string) (all []string) {
	b.Helper()
	out := must[sdk.GetLogEventsOutput](b, &sdk.GetLogEventsInput{LogGroupName: &group, LogStreamName: &stream, StartFromHead: new(true)})
	for _, e := range out.Events {
		all = append(all, *e.Message)
	}
	return all
}
