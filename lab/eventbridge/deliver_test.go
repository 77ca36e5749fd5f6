package eventbridge

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"rekey/lab/wire"
	"rekey/lab/world"
)

func TestWhoCalls(t *testing.T) {
	b := newBench(t)
	role := b.role("sender", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"*"}}`)
	fn, topic := "arn:aws:lambda:us-east-1:"+mine+":function:f", "arn:aws:sns:us-east-1:"+mine+":t"
	withRole := target("role", sqsARN("q"))
	withRole.RoleArn = &role
	b.rule("r", "app", target("fn", fn), target("topic", topic), withRole)
	b.put("app", `{"a":1}`)
	if len(b.got) != 0 {
		t.Error("the targets got it before a moment had passed")
	}
	b.world.Advance(time.Second)
	want := map[string]string{fn: "events.amazonaws.com", topic: "events.amazonaws.com", sqsARN("q"): "arn:aws:sts::" + mine + ":assumed-role/sender/"}
	for _, r := range b.got {
		if !strings.HasPrefix(r.as, want[r.to]) || (r.source != "") != (r.to != sqsARN("q")) {
			t.Errorf("%s was called by %s for %q", r.to, r.as, r.source)
		}
		delete(want, r.to)
	}
	if len(want) > 0 {
		t.Errorf("not called: %v", want)
	}
}

// What may pass is tried again, with growing delays, and what does not is not.
func TestRetries(t *testing.T) {
	b := newBench(t)
	tried := func() int { return b.world.Trail.Count("sqs", "SendMessage") }
	b.fail[sqsARN("q")] = &wire.Error{Code: "InternalError", Status: 500}
	b.rule("r", "app", target("q", sqsARN("q")))
	b.put("app", `{}`)
	b.world.Advance(500 * time.Millisecond)
	for i, wait := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second} {
		b.world.Advance(wait - time.Millisecond)
		if tried() != i+1 {
			t.Fatalf("tried %d times, want %d", tried(), i+1)
		}
		b.world.Advance(time.Millisecond)
		if tried() != i+2 {
			t.Fatalf("tried %d times, want %d", tried(), i+2)
		}
	}
	b.world.Locked(func() { delete(b.fail, sqsARN("q")) })
	b.world.Advance(time.Hour)
	if got := b.bodies(sqsARN("q")); len(got) != 1 {
		t.Errorf("the queue got %d events", len(got))
	}
	for code, again := range map[string]bool{"AccessDenied": false, "AWS.SimpleQueueService.NonExistentQueue": false, "ThrottlingException": true} {
		b := newBench(t)
		b.fail[sqsARN("q")] = &wire.Error{Code: code, Status: 400}
		b.rule("r", "app", target("q", sqsARN("q")))
		b.put("app", `{}`)
		b.world.Advance(time.Minute)
		if n := b.world.Trail.Count("sqs", "SendMessage"); (n > 1) != again {
			t.Errorf("%s was tried %d times", code, n)
		}
	}
}

func TestDeadLetters(t *testing.T) {
	for _, c := range []struct {
		name   string
		err    *wire.Error
		policy *types.RetryPolicy
		after  time.Duration
		want   map[string]string
	}{
		{"by default", &wire.Error{Code: "InternalError", Message: "oh", Status: 500}, nil, 24 * time.Hour,
			map[string]string{"ERROR_CODE": "ERROR_FROM_TARGET", "ERROR_MESSAGE": "oh", "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts", "RETRY_ATTEMPTS": "185"}},
		{"attempts", &wire.Error{Code: "InternalError", Message: "oh", Status: 500}, &types.RetryPolicy{MaximumRetryAttempts: new(int32(2))}, time.Minute,
			map[string]string{"EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts", "RETRY_ATTEMPTS": "2"}},
		{"none", &wire.Error{Code: "ThrottlingException", Message: "slow", Status: 400}, &types.RetryPolicy{MaximumRetryAttempts: new(int32(0))}, time.Minute,
			map[string]string{"ERROR_CODE": "THROTTLING", "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts", "RETRY_ATTEMPTS": "0"}},
		{"age", &wire.Error{Code: "InternalError", Message: "oh", Status: 500}, &types.RetryPolicy{MaximumEventAgeInSeconds: new(int32(60))}, 61 * time.Second,
			map[string]string{"EXHAUSTED_RETRY_CONDITION": "MaximumEventAgeInSeconds", "RETRY_ATTEMPTS": "5"}},
		{"permission", &wire.Error{Code: "AccessDenied", Message: "no", Status: 403}, nil, time.Second,
			map[string]string{"ERROR_CODE": "NO_PERMISSIONS", "ERROR_MESSAGE": "no", "EXHAUSTED_RETRY_CONDITION": "", "RETRY_ATTEMPTS": "0"}},
		{"gone", &wire.Error{Code: "ResourceNotFoundException", Message: "none", Status: 404}, nil, time.Second, map[string]string{"ERROR_CODE": "NO_RESOURCE"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.fail[sqsARN("q")] = c.err
			to := target("q", sqsARN("q"))
			to.RetryPolicy, to.DeadLetterConfig = c.policy, &types.DeadLetterConfig{Arn: new(sqsARN("dead"))}
			b.rule("r", "app", to)
			id := *b.put("app", `{"a":1}`).Entries[0].EventId
			b.world.Advance(c.after)
			if len(b.got) != 1 || b.got[0].to != sqsARN("dead") {
				t.Fatalf("arrived: %+v", b.got)
			}
			dead := b.got[0]
			c.want["RULE_ARN"], c.want["TARGET_ARN"] = "arn:aws:events:us-east-1:"+mine+":rule/r", sqsARN("q")
			for name, want := range c.want {
				if dead.attributes[name] != want {
					t.Errorf("%s is %q, want %q", name, dead.attributes[name], want)
				}
			}
			var e struct{ ID string }
			if json.Unmarshal([]byte(dead.body), &e) != nil || e.ID != id || dead.source != c.want["RULE_ARN"] {
				t.Errorf("the dead letter is %s for %s", dead.body, dead.source)
			}
		})
	}
}

// An event that is lost on the way is never there, and a doubled one twice.
func TestMishaps(t *testing.T) {
	for mishap, want := range map[world.Mishap]int{world.Lost: 0, world.Doubled: 2, world.Delayed: 0} {
		b := newBench(t)
		b.rule("r", "app", target("q", sqsARN("q")))
		o := world.DeliveryFault{From: "events", Mishap: mishap, Times: 1}
		if mishap == world.Delayed {
			o.Delay = time.Hour
		}
		b.world.DeliverBadly(o)
		b.put("app", `{}`)
		b.world.Advance(time.Minute)
		if got := len(b.bodies(sqsARN("q"))); got != want {
			t.Errorf("mishap %d: %d events arrived, want %d", mishap, got, want)
		}
	}
	b := newBench(t)
	b.rule("r", "app", target("q", sqsARN("q")))
	b.world.DeliverBadly(world.DeliveryFault{From: "events", Mishap: world.Overtaken, Times: 1})
	b.put("app", `{"n":1}`)
	b.put("app", `{"n":2}`)
	b.world.Advance(time.Minute)
	got := b.bodies(sqsARN("q"))
	if len(got) != 2 || !strings.Contains(got[0], `{"n":2}`) {
		t.Errorf("the events came as %q", got)
	}
}

// A target that took the event and failed to say so gets it again.
func TestFailureAfterEffect(t *testing.T) {
	b := newBench(t)
	b.rule("r", "app", target("q", sqsARN("q")))
	b.world.Faults.Add(world.Fault{Service: "sqs", Operation: "SendMessage", When: world.After, Times: 1})
	b.put("app", `{}`)
	b.world.Advance(time.Minute)
	if got := b.bodies(sqsARN("q")); len(got) != 2 || got[0] != got[1] {
		t.Errorf("the queue got %q", got)
	}
}

func TestSchedules(t *testing.T) {
	b := newBench(t)
	put := func(expression string) {
		must[eventbridge.PutRuleOutput](b, &eventbridge.PutRuleInput{Name: new("tick"), ScheduleExpression: &expression})
	}
	put("rate(5 minutes)")
	must[eventbridge.PutTargetsOutput](b, &eventbridge.PutTargetsInput{Rule: new("tick"), Targets: []types.Target{target("q", sqsARN("q"))}})
	count := func(after time.Duration, want int) {
		t.Helper()
		b.world.Advance(after)
		if got := len(b.bodies(sqsARN("q"))); got != want {
			t.Errorf("after %v there are %d events, want %d", after, got, want)
		}
	}
	count(5*time.Minute, 0)
	count(time.Second, 1)
	count(5*time.Minute, 2)
	must[eventbridge.DisableRuleOutput](b, &eventbridge.DisableRuleInput{Name: new("tick")})
	count(time.Hour, 2)
	must[eventbridge.EnableRuleOutput](b, &eventbridge.EnableRuleInput{Name: new("tick")})
	count(4*time.Minute, 2)
	count(2*time.Minute, 3)
	put("cron(0 12 * * ? *)")
	count(10*time.Hour, 3)
	count(time.Hour, 4)
	if last := b.got[3].body; !strings.Contains(last, `"time":"2026-01-01T12:00:00Z"`) || !strings.Contains(last, `"detail-type":"Scheduled Event","source":"aws.events"`) {
		t.Error(last)
	}
	must[eventbridge.RemoveTargetsOutput](b, &eventbridge.RemoveTargetsInput{Rule: new("tick"), Ids: []string{"q"}})
	must[eventbridge.DeleteRuleOutput](b, &eventbridge.DeleteRuleInput{Name: new("tick")})
	count(48*time.Hour, 4)
}

// AWS's own events come from Emit alone; those that only read reach the rules
// that ask for them.
func TestEmit(t *testing.T) {
	b := newBench(t)
	b.rule("r", "aws.s3", target("q", sqsARN("q")))
	b.emit("aws.s3")
	b.world.Advance(time.Second)
	got := b.bodies(sqsARN("q"))
	if len(got) != 1 || !strings.Contains(got[0], `"resources":[],"detail":{"n":1}}`) {
		t.Fatalf("arrived: %q", got)
	}
	if out := b.put("aws.s3", `{}`); out.FailedEntryCount != 1 || *out.Entries[0].ErrorCode != "NotAuthorizedForSource" {
		t.Errorf("put by a customer: %+v", out)
	}
	pattern := `{"source":["aws.kms"]}`
	for state, want := range map[types.RuleState]int{types.RuleStateEnabled: 1, types.RuleStateEnabledWithAllCloudtrailManagementEvents: 2} {
		name := strings.ToLower(string(state))
		must[eventbridge.PutRuleOutput](b, &eventbridge.PutRuleInput{Name: &name, EventPattern: &pattern, State: state})
		must[eventbridge.PutTargetsOutput](b, &eventbridge.PutTargetsInput{Rule: &name, Targets: []types.Target{target("q", sqsARN(name))}})
		for _, reads := range []bool{true, false} {
			b.world.Locked(func() {
				b.events.Emit(mine, "us-east-1", "aws.kms", "AWS API Call via CloudTrail", nil, map[string]any{"readOnly": reads})
			})
		}
		b.world.Advance(time.Second)
		if got := b.bodies(sqsARN(name)); len(got) != want {
			t.Errorf("%s: %d events", state, len(got))
		}
		must[eventbridge.DisableRuleOutput](b, &eventbridge.DisableRuleInput{Name: &name})
	}
}

// An event goes over one other bus, and no further.
func TestThirdBus(t *testing.T) {
	b := newBench(t)
	role := b.role("sender", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"events:PutEvents","Resource":"*"}}`)
	pattern := `{"source":["app"]}`
	for i, from := range []string{"one", "two", "three"} {
		must[eventbridge.CreateEventBusOutput](b, &eventbridge.CreateEventBusInput{Name: &from})
		must[eventbridge.PutRuleOutput](b, &eventbridge.PutRuleInput{Name: new("r"), EventBusName: &from, EventPattern: &pattern})
		next := target("bus", "arn:aws:events:us-east-1:"+mine+":event-bus/"+[]string{"two", "three", "one"}[i])
		next.RoleArn, next.DeadLetterConfig = &role, &types.DeadLetterConfig{Arn: new(sqsARN("dead"))}
		must[eventbridge.PutTargetsOutput](b, &eventbridge.PutTargetsInput{Rule: new("r"), EventBusName: &from, Targets: []types.Target{next, target("q", sqsARN(from))}})
	}
	must[eventbridge.PutEventsOutput](b, &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{{EventBusName: new("one"), Source: new("app"), DetailType: new("t"), Detail: new("{}")}}})
	b.world.Advance(time.Minute)
	one, two := b.bodies(sqsARN("one")), b.bodies(sqsARN("two"))
	if len(one) != 1 || len(two) != 1 || one[0] != two[0] || len(b.bodies(sqsARN("three"))) != 0 {
		t.Errorf("one got %q, two %q, three %q", one, two, b.bodies(sqsARN("three")))
	}
	for _, r := range b.got {
		if r.to == sqsARN("dead") && r.attributes["ERROR_CODE"] == "THIRD_ACCOUNT_HOP_DETECTED" {
			return
		}
	}
	t.Errorf("there is no dead letter among %+v", b.got)
}

func TestQuotas(t *testing.T) {
	b := newBench(t)
	for i := range wildcardQuota + 1 {
		in := &eventbridge.PutRuleInput{Name: new("w" + strconv.Itoa(i)), EventPattern: new(`{"source":[{"wildcard":"a*b"}]}`)}
		if i < wildcardQuota {
			must[eventbridge.PutRuleOutput](b, in)
		} else {
			b.refused(in, "LimitExceededException", "The requested resource exceeds the maximum number allowed.")
		}
	}
	for i := range ruleQuota - wildcardQuota {
		b.rule("r"+strconv.Itoa(i), "x")
	}
	b.refused(&eventbridge.PutRuleInput{Name: new("more"), EventPattern: new(`{"source":["x"]}`)}, "LimitExceededException", "")
	b.rule("r1", "changed")
}

func TestNotModelled(t *testing.T) {
	b := newBench(t)
	b.rule("r", "app")
	for _, arn := range []string{
		"arn:aws:logs:us-east-1:" + mine + ":log-group:/aws/events/x", "arn:aws:states:us-east-1:" + mine + ":stateMachine:m",
		"arn:aws:kinesis:us-east-1:" + mine + ":stream/s", "arn:aws:events:us-east-1:" + mine + ":api-destination/a/b", "arn:aws:sqs:eu-west-1:" + mine + ":q",
	} {
		b.refused(&eventbridge.PutTargetsInput{Rule: new("r"), Targets: []types.Target{target("t", arn)}}, "NotImplemented", "")
	}
	b.refused(&eventbridge.CreateEventBusInput{Name: new("b"), KmsKeyIdentifier: new("alias/x")}, "NotImplemented", "customer managed key")
	b.refused(&eventbridge.DescribeRuleInput{Name: new("r"), EventBusName: new("arn:aws:events:us-east-1:" + other + ":event-bus/default")}, "NotImplemented", "")
}
