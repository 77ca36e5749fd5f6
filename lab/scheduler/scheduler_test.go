package scheduler

import (
	"path"
	"reflect"
	"strings"
	"testing"
	"time"

	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"rekey/lab/iam"
	"rekey/lab/sts"
	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

const (
	mine   = "111122223333"
	queue1 = "arn:aws:sqs:us-east-1:" + mine + ":q"
	dead   = "arn:aws:sqs:us-east-1:" + mine + ":dead"
)

// received is what a target was given, by whom and when.
type received struct {
	to, as, body string
	at           time.Time
	attributes   map[string]string
}

// bench is a world with Scheduler in it, and targets that remember.
type bench struct {
	*testing.T
	world *world.World
	s     *Service
	roles *iam.Service
	role  string
	got   []received
	fail  map[string]error

	broken bool // on purpose
}

func (b *bench) take(c *world.Call, to, body string, attributes map[string]string) error {
	if err := b.fail[to]; err != nil {
		return err
	}
	b.got = append(b.got, received{to, c.Caller.ARN(), body, c.Time, attributes})
	return nil
}

type queues struct{ *bench }

func (b queues) Deliver(c *world.Call, arn string, in *sqs.SendMessageInput) error {
	all := map[string]string{}
	for name, a := range in.MessageAttributes {
		all[name] = *a.StringValue
	}
	return b.take(c, arn, *in.MessageBody, all)
}

type topics struct{ *bench }

func (b topics) Deliver(c *world.Call, arn string, in *sns.PublishInput) error {
	return b.take(c, arn, *in.Message, nil)
}

type functions struct{ *bench }

func (b functions) Queue(c *world.Call, arn string, payload []byte) error {
	return b.take(c, arn, string(payload), nil)
}

type buses struct{ *bench }

func (b buses) Put(c *world.Call, arn string, e ebtypes.PutEventsRequestEntry) error {
	return b.take(c, arn, *e.Source+" "+*e.DetailType+" "+*e.Detail, nil)
}

func newBench(t *testing.T) *bench {
	w := world.New(world.Options{})
	b := &bench{T: t, world: w, roles: iam.New(w), fail: map[string]error{}}
	b.s = New(w, Others{sts.New(w, b.roles), queues{b}, topics{b}, functions{b}, buses{b}})
	b.role = b.trusting("runner", "scheduler.amazonaws.com", "")
	t.Cleanup(func() {
		if bad := b.world.Violations(); len(bad) != 0 && !b.broken {
			t.Errorf("the state is broken: %q", bad)
		}
	})
	return b
}

func (b *bench) trusting(name, service, condition string) string {
	trust := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"` + service + `"}` + condition + `}}`
	return *must[awsiam.CreateRoleOutput](b, &awsiam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trust}).Role.Arn
}

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
	operations := b.s.Operations()
	if service == "iam" {
		operations = b.roles.Operations()
	}
	c := &world.Call{Service: service, Operation: name, RequestID: b.world.RequestID(), Region: "us-east-1", Caller: world.Caller{UserID: mine, Principal: p}}
	for _, op := range operations {
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
	out, err := b.send(in)
	if err != nil {
		b.Fatalf("%T: %v", in, err)
	}
	return out.(*O)
}

func (b *bench) refused(in any, code, message string) {
	b.Helper()
	if _, err := b.send(in); err == nil || world.Answer(err).Code != code || !strings.Contains(world.Answer(err).Message, message) {
		b.Errorf("%T: %v; want %s: …%s…", in, err, code, message)
	}
}

// create makes a schedule; configure changes the request.
func (b *bench) create(expression string, configure ...func(*scheduler.CreateScheduleInput)) *scheduler.CreateScheduleInput {
	in := &scheduler.CreateScheduleInput{
		Name: new("s"), ScheduleExpression: &expression, FlexibleTimeWindow: &types.FlexibleTimeWindow{Mode: types.FlexibleTimeWindowModeOff},
		Target: &types.Target{Arn: new(queue1), RoleArn: &b.role, Input: new("hello")},
	}
	for _, f := range configure {
		f(in)
	}
	return in
}

// times gives when the target was invoked, from the world's beginning.
func (b *bench) times() (all []time.Duration) {
	for _, r := range b.got {
		all = append(all, r.at.Sub(world.Epoch)-500*time.Millisecond)
	}
	return all
}

func TestTimes(t *testing.T) {
	at := func(d time.Duration) *time.Time { return new(world.Epoch.Add(d)) }
	for _, c := range []struct {
		name, expression string
		configure        func(*scheduler.CreateScheduleInput)
		within           time.Duration
		want             []time.Duration
	}{
		{"a rate begins at once", "rate(2 hours)", nil, 5 * time.Hour, []time.Duration{0, 2 * time.Hour, 4 * time.Hour}},
		{"a rate begins at its start", "rate(1 hour)", func(in *scheduler.CreateScheduleInput) {
			in.StartDate, in.EndDate = at(90*time.Minute), at(3*time.Hour)
		}, 9 * time.Hour, []time.Duration{90 * time.Minute, 150 * time.Minute}},
		{"a start in the past", "rate(1 hour)", func(in *scheduler.CreateScheduleInput) { in.StartDate = at(-20 * time.Minute) }, 2 * time.Hour, []time.Duration{40 * time.Minute, 100 * time.Minute}},
		{"cron in a zone", "cron(0 9 * * ? *)", func(in *scheduler.CreateScheduleInput) { in.ScheduleExpressionTimezone = new("Asia/Tokyo") }, 25 * time.Hour, []time.Duration{24 * time.Hour}},
		{"cron between dates", "cron(0 * * * ? *)", func(in *scheduler.CreateScheduleInput) { in.StartDate, in.EndDate = at(2*time.Hour), at(4*time.Hour) }, 9 * time.Hour, []time.Duration{2 * time.Hour, 3 * time.Hour, 4 * time.Hour}},
		{"once", "at(2026-01-01T01:00:00)", func(in *scheduler.CreateScheduleInput) { in.EndDate = at(time.Minute) }, 48 * time.Hour, []time.Duration{time.Hour}},
		{"once, and past", "at(2025-01-01T01:00:00)", nil, 48 * time.Hour, nil},
		{"disabled", "rate(1 hour)", func(in *scheduler.CreateScheduleInput) { in.State = types.ScheduleStateDisabled }, 48 * time.Hour, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			in := b.create(c.expression)
			if c.configure != nil {
				c.configure(in)
			}
			must[scheduler.CreateScheduleOutput](b, in)
			b.world.Advance(c.within)
			if got := b.times(); !reflect.DeepEqual(got, c.want) {
				t.Errorf("invoked at %v, want %v", got, c.want)
			}
		})
	}
}

func TestFlexibleWindow(t *testing.T) {
	b := newBench(t)
	must[scheduler.CreateScheduleOutput](b, b.create("cron(0 * * * ? *)", func(in *scheduler.CreateScheduleInput) {
		in.FlexibleTimeWindow = &types.FlexibleTimeWindow{Mode: types.FlexibleTimeWindowModeFlexible, MaximumWindowInMinutes: new(int32(15))}
	}))
	b.world.Advance(50*time.Hour + 20*time.Minute)
	seen := map[time.Duration]bool{}
	for i, at := range b.times() {
		late := at - time.Duration(i+1)*time.Hour
		if late < 0 || late >= 15*time.Minute {
			t.Errorf("invocation %d was %v late", i, late)
		}
		seen[late] = true
	}
	if len(b.got) != 50 || len(seen) < 10 {
		t.Errorf("%d invocations at %d different moments", len(b.got), len(seen))
	}
}

func TestCompletion(t *testing.T) {
	b := newBench(t)
	must[scheduler.CreateScheduleOutput](b, b.create("at(2026-01-01T01:00:00)", func(in *scheduler.CreateScheduleInput) {
		in.ActionAfterCompletion = types.ActionAfterCompletionDelete
	}))
	b.world.Advance(2 * time.Hour)
	b.refused(&scheduler.GetScheduleInput{Name: new("s")}, "ResourceNotFoundException", "Schedule s does not exist.")
	must[scheduler.CreateScheduleOutput](b, b.create("rate(1 hour)", func(in *scheduler.CreateScheduleInput) {
		in.ActionAfterCompletion, in.EndDate = types.ActionAfterCompletionDelete, new(world.Epoch.Add(210*time.Minute))
	}))
	b.world.Advance(time.Minute)
	must[scheduler.GetScheduleOutput](b, &scheduler.GetScheduleInput{Name: new("s")})
	b.world.Advance(2 * time.Hour)
	b.refused(&scheduler.GetScheduleInput{Name: new("s")}, "ResourceNotFoundException", "")
	if len(b.got) != 3 {
		t.Errorf("invoked %d times", len(b.got))
	}
}

func TestTargets(t *testing.T) {
	for arn, c := range map[string]struct{ input, want string }{
		queue1: {"plain <aws.scheduler.attempt-number> <aws.scheduler.scheduled-time> <aws.scheduler.schedule-arn>", "plain 1 2026-01-01T00:00:00Z arn:aws:scheduler:us-east-1:" + mine + ":schedule/default/s"},
		"arn:aws:lambda:us-east-1:" + mine + ":function:f":      {`{"n":<aws.scheduler.attempt-number>}`, `{"n":1}`},
		"arn:aws:sns:us-east-1:" + mine + ":t":                  {"text", "text"},
		"arn:aws:events:us-east-1:" + mine + ":event-bus/b":     {`{"a":1}`, `app Done {"a":1}`},
		"arn:aws:lambda:us-east-1:" + mine + ":function:silent": {"", `"detail-type":"Scheduled Event","source":"aws.scheduler","account":"` + mine + `","time":"2026-01-01T00:00:00Z","region":"us-east-1"`},
	} {
		b := newBench(t)
		must[scheduler.CreateScheduleOutput](b, b.create("rate(1 day)", func(in *scheduler.CreateScheduleInput) {
			in.Target.Arn, in.Target.Input = &arn, &c.input
			if c.input == "" {
				in.Target.Input = nil
			}
			if strings.Contains(arn, "event-bus") {
				in.Target.EventBridgeParameters = &types.EventBridgeParameters{Source: new("app"), DetailType: new("Done")}
			}
		}))
		b.world.Advance(time.Second)
		if len(b.got) != 1 || b.got[0].to != arn || !strings.Contains(b.got[0].body, c.want) || !strings.HasPrefix(b.got[0].as, "arn:aws:sts::"+mine+":assumed-role/runner/") {
			t.Errorf("%s: %+v", arn, b.got)
		}
	}
}

func TestDeadLetters(t *testing.T) {
	b := newBench(t)
	b.fail[queue1] = &wire.Error{Code: "InternalError", Message: "oh", Status: 500}
	must[scheduler.CreateScheduleOutput](b, b.create("at(2026-01-01T01:00:00)", func(in *scheduler.CreateScheduleInput) {
		in.Target.RetryPolicy = &types.RetryPolicy{MaximumRetryAttempts: new(int32(1))}
		in.Target.DeadLetterConfig = &types.DeadLetterConfig{Arn: new(dead)}
	}))
	b.world.Advance(2 * time.Hour)
	if len(b.got) != 1 || b.got[0].to != dead || b.got[0].body != "hello" {
		t.Fatalf("arrived: %+v", b.got)
	}
	for name, want := range map[string]string{
		"SCHEDULE_ARN": "arn:aws:scheduler:us-east-1:" + mine + ":schedule/default/s", "TARGET_ARN": queue1, "ERROR_CODE": "InternalError", "ERROR_MESSAGE": "oh",
		"RETRY_ATTEMPTS": "1", "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts", "SCHEDULED_TIME": "2026-01-01T01:00:00Z", "IS_PAYLOAD_TRUNCATED": "false",
	} {
		if b.got[0].attributes[name] != want {
			t.Errorf("%s is %q, want %q", name, b.got[0].attributes[name], want)
		}
	}
}

// The role's trust counts when the schedule is saved, and when it is due; it may
// ask for the schedule group.
func TestTrust(t *testing.T) {
	b := newBench(t)
	other := b.trusting("other", "lambda.amazonaws.com", "")
	words := "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
	b.refused(b.create("rate(1 hour)", func(in *scheduler.CreateScheduleInput) { in.Target.RoleArn = &other }), "ValidationException", words)
	group := "arn:aws:scheduler:us-east-1:" + mine + ":schedule-group/"
	condition := func(name string) string {
		return `,"Condition":{"StringEquals":{"aws:SourceArn":"` + group + name + `","aws:SourceAccount":"` + mine + `"}}`
	}
	wrong, right := b.trusting("wrong", "scheduler.amazonaws.com", condition("x")), b.trusting("right", "scheduler.amazonaws.com", condition("default"))
	b.refused(b.create("rate(1 hour)", func(in *scheduler.CreateScheduleInput) { in.Target.RoleArn = &wrong }), "ValidationException", words)
	must[scheduler.CreateScheduleOutput](b, b.create("rate(1 hour)", func(in *scheduler.CreateScheduleInput) { in.Target.RoleArn = &right }))
	b.world.Advance(time.Second)
	must[awsiam.DeleteRoleOutput](b, &awsiam.DeleteRoleInput{RoleName: new("right")})
	b.world.Advance(5 * time.Hour)
	if len(b.got) != 1 {
		t.Errorf("invoked %d times", len(b.got))
	}
}

func TestTokens(t *testing.T) {
	b := newBench(t)
	with := func(token, expression string) *scheduler.CreateScheduleInput {
		return b.create(expression, func(in *scheduler.CreateScheduleInput) { in.ClientToken = &token })
	}
	first := must[scheduler.CreateScheduleOutput](b, with("t", "rate(1 hour)"))
	if again := must[scheduler.CreateScheduleOutput](b, with("t", "rate(1 hour)")); *again.ScheduleArn != *first.ScheduleArn {
		t.Error("another answer to the same request")
	}
	b.refused(with("t", "rate(2 hours)"), "ConflictException", "")
	b.refused(with("u", "rate(1 hour)"), "ConflictException", "Schedule s already exists.")
	for range 2 {
		must[scheduler.DeleteScheduleOutput](b, &scheduler.DeleteScheduleInput{Name: new("s"), ClientToken: new("d")})
	}
	b.refused(&scheduler.DeleteScheduleInput{Name: new("s"), ClientToken: new("e")}, "ResourceNotFoundException", "")
}

func TestGroupsEnd(t *testing.T) {
	b := newBench(t)
	must[scheduler.CreateScheduleGroupOutput](b, &scheduler.CreateScheduleGroupInput{Name: new("g")})
	inGroup := func(in *scheduler.CreateScheduleInput) { in.GroupName = new("g") }
	must[scheduler.CreateScheduleOutput](b, b.create("rate(1 minute)", inGroup))
	must[scheduler.DeleteScheduleGroupOutput](b, &scheduler.DeleteScheduleGroupInput{Name: new("g")})
	if g := must[scheduler.GetScheduleGroupOutput](b, &scheduler.GetScheduleGroupInput{Name: new("g")}); g.State != types.ScheduleGroupStateDeleting {
		t.Error(g.State)
	}
	b.refused(b.create("rate(1 minute)", inGroup, func(in *scheduler.CreateScheduleInput) { in.Name = new("late") }), "ConflictException", "")
	b.world.Advance(time.Hour)
	b.refused(&scheduler.GetScheduleGroupInput{Name: new("g")}, "ResourceNotFoundException", "")
	if len(b.got) != 1 {
		t.Errorf("invoked %d times", len(b.got))
	}
	b.refused(&scheduler.DeleteScheduleGroupInput{Name: new("default")}, "ValidationException", "")
}

func TestNotModelled(t *testing.T) {
	b := newBench(t)
	for _, arn := range []string{"arn:aws:scheduler:::aws-sdk:sqs:sendMessage", "arn:aws:states:us-east-1:" + mine + ":stateMachine:m", "arn:aws:sqs:eu-west-1:" + mine + ":q"} {
		b.refused(b.create("rate(1 hour)", func(in *scheduler.CreateScheduleInput) { in.Target.Arn = &arn }), "NotImplemented", "")
	}
	b.refused(b.create("rate(1 hour)", func(in *scheduler.CreateScheduleInput) {
		in.KmsKeyArn = new("arn:aws:kms:us-east-1:" + mine + ":key/x")
	}), "NotImplemented", "")
}
