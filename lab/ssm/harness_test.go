package ssm

import (
	"path"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"rekey/lab/iam"
	"rekey/lab/kms"
	"rekey/lab/secretsmanager"
	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

// The SDK's types, under names that fit a line.
type (
	putIn  = ssm.PutParameterInput
	putOut = ssm.PutParameterOutput
	getIn  = ssm.GetParameterInput
	getOut = ssm.GetParameterOutput
)

const mine = "111122223333"

// bench is a world with the services that these tests need.
type bench struct {
	*testing.T
	world    *world.World
	services map[string]interface{ Operations() []world.Operation }
	broken   bool // on purpose
}

func newBench(t *testing.T) *bench {
	w := world.New(world.Options{})
	k := kms.New(w)
	sm := secretsmanager.New(w, k)
	s := New(w, k, sm)
	for name, operations := range map[string][]world.Operation{"kms": k.Operations(), "ssm": s.Operations(), "secretsmanager": sm.Operations()} {
		w.Faults.Know(name, operations)
	}
	b := &bench{T: t, world: w, services: map[string]interface{ Operations() []world.Operation }{"kms": k, "iam": iam.New(w), "ssm": s}}
	t.Cleanup(func() {
		if bad := w.Violations(); len(bad) != 0 && !b.broken {
			t.Errorf("the state is broken: %q", bad)
		}
	})
	return b
}

// send validates and performs one call of the account's root user, as behind
// the wire.
func (b *bench) send(in any) (any, error) {
	b.Helper()
	typ := reflect.TypeOf(in).Elem()
	service, name := path.Base(typ.PkgPath()), strings.TrimSuffix(typ.Name(), "Input")
	if err := wire.MustLoad(service).Validate(name, in); err != nil {
		return nil, err
	}
	p, err := keypolicy.ParsePrincipal("arn:aws:iam::" + mine + ":root")
	if err != nil {
		b.Fatal(err)
	}
	c := &world.Call{Service: service, Operation: name, RequestID: b.world.RequestID(), Region: "us-east-1", Caller: world.Caller{UserID: mine, Principal: p}}
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

// must gives the answer to a call that has to succeed.
func must[O any](b *bench, in any) *O {
	b.Helper()
	out, err := b.send(in)
	if err != nil {
		b.Fatalf("%T: %v", in, err)
	}
	return out.(*O)
}

// refused checks the answer to a call that has to fail.
func (b *bench) refused(in any, code string) {
	b.Helper()
	if _, err := b.send(in); err == nil || world.Answer(err).Code != code {
		b.Errorf("%T: %v, want %s", in, err, code)
	}
}

func (b *bench) read(name string) string {
	b.Helper()
	return *must[getOut](b, &getIn{Name: &name, WithDecryption: new(true)}).Parameter.Value
}

func plain(name, value string) *putIn {
	return &putIn{Name: &name, Value: &value, Type: types.ParameterTypeString}
}

func secure(name, value string, tier types.ParameterTier) *putIn {
	return &putIn{Name: &name, Value: &value, Type: types.ParameterTypeSecureString, Tier: tier, Overwrite: new(true)}
}
