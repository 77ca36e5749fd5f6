package pace_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"rekey/lab"
	"rekey/lab/world"
	"rekey/shared/awserr"
	"rekey/shared/pace"
)

const account = "111122223333"

// labClock is the lab's: sleeping moves it.
type labClock struct{ w *world.World }

func (c labClock) Now() time.Time { return c.w.Now() }
func (c labClock) Sleep(ctx context.Context, d time.Duration) error {
	c.w.Advance(d)
	return ctx.Err()
}

func paced(t *testing.T, share float64) (*lab.Lab, *kms.Client, *pace.Table) {
	t.Helper()
	l := lab.ForTest(t, lab.Options{Quotas: true})
	table, err := pace.NewTable(pace.KMS, share, labClock{l.World})
	if err != nil {
		t.Fatal(err)
	}
	return l, client(l, table, 1), table
}

func client(l *lab.Lab, table *pace.Table, attempts int) *kms.Client {
	return kms.NewFromConfig(l.Config("us-east-1", lab.Root(account)), func(o *kms.Options) {
		o.RetryMaxAttempts = attempts
		o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) {
			o.RateLimiter = ratelimit.None
			o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
		})
		if table != nil {
			o.APIOptions = append(o.APIOptions, table.Middleware)
		}
	})
}

func list(t *testing.T, c *kms.Client) error {
	_, err := c.ListKeys(t.Context(), &kms.ListKeysInput{})
	return err
}

// Within its whole quota nothing is throttled, in the time that the rate says;
// without a pacer it is.
func TestStaysWithinTheQuota(t *testing.T) {
	for share, want := range map[float64]time.Duration{1: 3 * time.Second, 0.5: 6 * time.Second} {
		l, c, table := paced(t, share)
		begun := l.World.Now()
		for range 1500 {
			if err := list(t, c); err != nil {
				t.Fatal(err)
			}
		}
		if took := l.World.Now().Sub(begun); took > want || took < want-time.Second/4 {
			t.Errorf("at a share of %v, 1500 calls took %v", share, took)
		}
		if rate := table.Pacer("ListKeys").Rate(); rate != 500*share {
			t.Errorf("the rate is %v", rate)
		}
		slow, err := c.CreateKey(t.Context(), &kms.CreateKeyInput{})
		if err != nil {
			t.Fatal(err)
		}
		begun = l.World.Now()
		for range 11 {
			if _, err := c.GetKeyLastUsage(t.Context(), &kms.GetKeyLastUsageInput{KeyId: slow.KeyMetadata.KeyId}); err != nil {
				t.Fatal(err)
			}
		}
		if took := l.World.Now().Sub(begun); took != time.Duration(float64(2*time.Second)/share) {
			t.Errorf("at a share of %v, 11 calls of 5 a second took %v", share, took)
		}
	}
	l, _, _ := paced(t, 1)
	c := client(l, nil, 1)
	throttled := 0
	for range 1500 {
		if awserr.Classify(list(t, c)) == awserr.Throttled {
			throttled++
		}
	}
	if throttled != 1000 {
		t.Errorf("unpaced, %d calls were throttled", throttled)
	}
}

// Somebody else has the greater part of the quota: the pacer finds the rest, and
// the SDK's own retries are paced too.
func TestFindsTheRestOfTheQuota(t *testing.T) {
	l, _, table := paced(t, 1)
	c := client(l, table, 10)
	l.World.SetQuota(account, "us-east-1", "kms", "ListKeys", 100)
	begun := l.World.Now()
	for range 5000 {
		if err := list(t, c); err != nil {
			t.Fatal(err)
		}
	}
	took := l.World.Now().Sub(begun)
	calls, refused := l.World.Trail.Count("kms", "ListKeys"), 0
	for _, e := range l.World.Trail.Entries() {
		if e.Error != "" {
			refused++
		}
	}
	t.Logf("%d of %d calls were refused, in %v", refused, calls, took)
	if calls != 5000+refused || refused == 0 || refused > calls/10 || took > 90*time.Second {
		t.Errorf("%d of %d calls were refused, in %v", refused, calls, took)
	}
	l.World.SetQuota(account, "us-east-1", "kms", "ListKeys", 1000)
	l.World.Advance(time.Minute)
	for range 5 {
		if err := list(t, c); err != nil {
			t.Fatal(err)
		}
	}
	if rate := table.Pacer("ListKeys").Rate(); rate != 500 {
		t.Errorf("it came back to %v calls a second", rate)
	}
}

// A failure that is no throttling changes nothing, and what the table does not
// name is not paced.
func TestOthersAreLeftAlone(t *testing.T) {
	l, c, table := paced(t, 0.5)
	l.World.Faults.Add(world.Fault{Operation: "ListKeys", Times: 1})
	if err := list(t, c); awserr.Classify(err) != awserr.ServiceFault {
		t.Fatal(err)
	}
	if rate := table.Pacer("ListKeys").Rate(); rate != 250 {
		t.Errorf("the rate is %v", rate)
	}
	begun := l.World.Now()
	for range 100 {
		if _, err := c.GenerateRandom(t.Context(), &kms.GenerateRandomInput{NumberOfBytes: aws.Int32(8)}); err != nil {
			t.Fatal(err)
		}
	}
	if !l.World.Now().Equal(begun) || table.Pacer("GenerateRandom") != nil {
		t.Error("GenerateRandom is paced")
	}
}

func TestTellsWhoWaitedInVain(t *testing.T) {
	_, c, _ := paced(t, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.ListKeys(ctx, &kms.ListKeysInput{})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
