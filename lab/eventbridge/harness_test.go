package eventbridge

import (
	"path"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"rekey/lab/iam"
	"rekey/lab/sts"
	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

const (
	mine  = "111122223333"
	other = "444455556666"
)

// received is what a target was given, and by whom.
type received struct {
	to, as, source, body string
	attributes           map[string]string
	group                string
}

// targets take whatever they are given, unless there is an error for the ARN.
type targets struct {
	got  []received
	fail map[string]error
}

func (t *targets) take(c *world.Call, r received) error {
	if err := t.fail[r.to]; err != nil {
		return err
	}
	r.as, r.source = c.Caller.ARN(), c.Source.ARN
	t.got = append(t.got, r)
	return nil
}

type queues struct{ *targets }

func (q queues) Deliver(c *world.Call, arn string, in *sqs.SendMessageInput) error {
	r := received{to: arn, body: *in.MessageBody, attributes: map[string]string{}}
	for name, a := range in.MessageAttributes {
		r.attributes[name] = *a.StringValue
	}
	if in.MessageGroupId != nil {
		r.group = *in.MessageGroupId
	}
	return q.take(c, r)
}

type topics struct{ *targets }

func (t topics) Deliver(c *world.Call, arn string, in *sns.PublishInput) error {
	return t.take(c, received{to: arn, body: *in.Message})
}

type functions struct{ *targets }

func (f functions) Queue(c *world.Call, arn string, payload []byte) error {
	return f.take(c, received{to: arn, body: string(payload)})
}

// bench is a world with EventBridge in it, and targets that remember.
type bench struct {
	*testing.T
	*targets
	world    *world.World
	events   *Service
	services map[string]interface{ Operations() []world.Operation }
	broken   bool // on purpose
}

func newBench(t *testing.T) *bench {
	w := world.New(world.Options{})
	roles := iam.New(w)
	to := &targets{fail: map[string]error{}}
	s := New(w, Others{Roles: sts.New(w, roles), Queues: queues{to}, Topics: topics{to}, Functions: functions{to}})
	b := &bench{T: t, targets: to, world: w, events: s, services: map[string]interface{ Operations() []world.Operation }{"eventbridge": s, "iam": roles}}
	t.Cleanup(func() {
		if bad := w.Violations(); len(bad) != 0 && !b.broken {
			t.Errorf("the state is broken: %q", bad)
		}
	})
	return b
}

// send validates and performs one call of an account's root user, as behind the
// wire.
func (b *bench) send(account string, in any) (any, error) {
	b.Helper()
	typ := reflect.TypeOf(in).Elem()
	service, name := path.Base(typ.PkgPath()), strings.TrimSuffix(typ.Name(), "Input")
	model := strings.Replace(service, "eventbridge", "events", 1)
	if err := wire.MustLoad(model).Validate(name, in); err != nil {
		return nil, err
	}
	p, err := keypolicy.ParsePrincipal("arn:aws:iam::" + account + ":root")
	if err != nil {
		b.Fatal(err)
	}
	c := &world.Call{Service: model, Operation: name, RequestID: b.world.RequestID(), Region: "us-east-1", Caller: world.Caller{UserID: account, Principal: p}}
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

func must[O any](b *bench, in any) *O {
	b.Helper()
	out, err := b.send(mine, in)
	if err != nil {
		b.Fatalf("%T: %v", in, err)
	}
	return out.(*O)
}

func (b *bench) refused(in any, code, message string) {
	b.Helper()
	_, err := b.send(mine, in)
	if err == nil {
		b.Fatalf("%T succeeded; want %s", in, code)
	}
	if e := world.Answer(err); e.Code != code || !strings.Contains(e.Message, message) {
		b.Errorf("%T was refused with %v; want %s: …%s…", in, e, code, message)
	}
}

func sqsARN(name string) string { return "arn:aws:sqs:us-east-1:" + mine + ":" + name }

// rule makes a rule on the default bus for a source, with targets.
func (b *bench) rule(name, source string, all ...types.Target) {
	b.Helper()
	pattern := `{"source":["` + source + `"]}`
	must[eventbridge.PutRuleOutput](b, &eventbridge.PutRuleInput{Name: &name, EventPattern: &pattern})
	if len(all) > 0 {
		must[eventbridge.PutTargetsOutput](b, &eventbridge.PutTargetsInput{Rule: &name, Targets: all})
	}
}

func (b *bench) put(source, detail string) *eventbridge.PutEventsOutput {
	b.Helper()
	return must[eventbridge.PutEventsOutput](b, &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{{Source: &source, DetailType: new("test"), Detail: &detail}}})
}

func target(id, arn string) types.Target { return types.Target{Id: &id, Arn: &arn} }

// role makes a role that EventBridge may assume, with one policy.
func (b *bench) role(name, policy string) string {
	b.Helper()
	trust := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"events.amazonaws.com"}}}`
	out := must[awsiam.CreateRoleOutput](b, &awsiam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trust})
	must[awsiam.PutRolePolicyOutput](b, &awsiam.PutRolePolicyInput{RoleName: &name, PolicyName: new("p"), PolicyDocument: &policy})
	return *out.Role.Arn
}

// bodies lists what arrived at an ARN.
func (b *bench) bodies(arn string) []string {
	var all []string
	b.world.Locked(func() {
		for _, r := range b.got {
			if r.to == arn {
				all = append(all, r.body)
			}
		}
	})
	return all
}

func (b *bench) emit(source string) {
	b.world.Locked(func() {
		b.events.Emit(keyid.Account(mine), "us-east-1", source, "Something Happened", nil, map[string]any{"n": 1})
	})
}
