package lab_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"rekey/lab"
	"rekey/lab/world"
)

func keys(t *testing.T, l *lab.Lab) int {
	t.Helper()
	return len(ok(t, client(l).ListKeys, &kms.ListKeysInput{}).Keys)
}

func TestFaultBefore(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	l.World.Faults.Add(world.Fault{Service: "kms", Operation: "CreateKey", Times: 2})
	create := client(l).CreateKey
	want(t, "the first answer", code(t, create, &kms.CreateKeyInput{}), "InternalFailure")
	want(t, "the second answer", code(t, create, &kms.CreateKeyInput{}), "InternalFailure")
	want(t, "the number of keys", keys(t, l), 0)
	want(t, "the third answer", code(t, create, &kms.CreateKeyInput{}), "")
	want(t, "the number of keys", keys(t, l), 1)
}

func TestFaultAfter(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	l.World.Faults.Add(world.Fault{Operation: "CreateKey", When: world.After, Times: 1, Error: world.Throttling()})
	want(t, "the answer", code(t, client(l).CreateKey, &kms.CreateKeyInput{}), "ThrottlingException")
	entries := l.World.Trail.Entries()
	last := entries[len(entries)-1]
	if !last.Lost || last.Error != "ThrottlingException" || len(last.Decisions) != 1 {
		t.Errorf("the trail has %+v", last)
	}
	want(t, "the number of keys", keys(t, l), 1)
}

// A call that fails by itself has no answer to lose: it is told its own error,
// and the order waits for the next one.
func TestFaultAfterFailure(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	l.World.Faults.Add(world.Fault{When: world.After, Times: 1})
	want(t, "the answer", code(t, client(l).DescribeKey, &kms.DescribeKeyInput{KeyId: new("none")}), "NotFoundException")
	want(t, "the next answer", code(t, client(l).ListKeys, &kms.ListKeysInput{}), "InternalFailure")
	want(t, "the one after it", code(t, client(l).ListKeys, &kms.ListKeysInput{}), "")
}

// What a service calls on a caller's behalf fails too, and then the caller's
// call does.
func TestFaultWithin(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	sm := secretsmanager.NewFromConfig(l.Config(region, lab.Root(account)))
	ok(t, sm.CreateSecret, &secretsmanager.CreateSecretInput{Name: new("s"), SecretString: new("v")})
	l.World.Faults.Add(world.Fault{Service: "kms", Operation: "Decrypt", Times: 1})
	get := &secretsmanager.GetSecretValueInput{SecretId: new("s")}
	want(t, "the answer", code(t, sm.GetSecretValue, get), "InternalFailure")
	want(t, "the next answer", code(t, sm.GetSecretValue, get), "")
	l.World.Faults.Add(world.Fault{Service: "kms", Operation: "GenerateDataKey", When: world.After, Times: 1, Error: world.Throttling()})
	create := &secretsmanager.CreateSecretInput{Name: new("t"), SecretString: new("v")}
	if got := code(t, sm.CreateSecret, create); got == "" {
		t.Error("the secret was made without a data key")
	}
	ok(t, sm.CreateSecret, create)
}

func TestFaultsThatCannotStrike(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	for name, order := range map[string]world.Fault{
		"an unknown operation":          {Service: "kms", Operation: "DescribeKeyy"},
		"an operation of another":       {Service: "kms", Operation: "GetSecretValue"},
		"an unknown service":            {Service: "s4"},
		"an unknown operation anywhere": {Operation: "Nothing"},
		"a negative number":             {Times: -3},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("the order was taken")
				}
			}()
			l.World.Faults.Add(order)
		})
	}
}

func TestFaultsByServiceAndOrder(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	l.World.Faults.Add(world.Fault{Service: "sts"})
	l.World.Faults.Add(world.Fault{Operation: "ListKeys", Times: 1, Error: world.Throttling()})
	l.World.Faults.Add(world.Fault{Service: "kms", Operation: "ListKeys"})
	list := client(l).ListKeys
	for _, answer := range []string{"ThrottlingException", "InternalFailure", "InternalFailure"} {
		want(t, "the answer", code(t, list, &kms.ListKeysInput{}), answer)
	}
	l.World.Faults.Clear()
	want(t, "the answer without faults", code(t, list, &kms.ListKeysInput{}), "")
}

// A caller that gives up while its call is delayed has caused nothing.
func TestDelayAndCallerGone(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	t.Cleanup(l.World.Trail.Reset) // it has what the lab cannot serve
	l.World.Faults.Add(world.Fault{Operation: "CreateKey", Delay: time.Hour, DelayOnly: true, Times: 1})
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := client(l).CreateKey(ctx, &kms.CreateKeyInput{}); err == nil {
		t.Fatal("the call succeeded")
	}
	want(t, "the number of keys", keys(t, l), 0)
}
