package rotate_test

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/functions/rotate"
	"rekey/lab"
	"rekey/shared/keyid"
	"rekey/shared/pace"
)

// manyKeys makes keys of which some are due, and says how many.
func (d *deployment) manyKeys(n, old int) {
	d.Helper()
	for _, operation := range []string{"CreateKey"} { // whoever made them took his time
		d.lab.World.SetQuota(owner, irish, "kms", operation, 1e6)
	}
	for i := range n {
		if i == old {
			d.lab.World.Advance(91 * 24 * time.Hour)
		}
		d.must(d.kms.CreateKey(d.Context(), &kms.CreateKeyInput{Description: aws.String("key " + strconv.Itoa(i))}))
	}
	d.lab.World.Advance(time.Minute)
	d.lab.World.Trail.Reset()
}

// Five thousand keys in a Region: a sweep goes over all of them within half of what
// AWS KMS lets an account ask, through as many invocations as it takes.
func TestThousandsOfKeys(t *testing.T) {
	const keys, old = 5000, 40
	d := deploy(t, lab.Options{Quotas: true}, func(s *rotate.Settings) { s.Defaults = rotate.Wish{Way: rotate.OnDemand, Every: 90} })
	d.handler.Log = slog.New(slog.DiscardHandler)
	d.manyKeys(keys, old)
	began, invocations := d.lab.World.Now(), 0
	var last rotate.Answer
	for last.Sweep == nil || last.Sweep.State != "whole" {
		if last = d.invokeIn(d.within(time.Minute), d.samples["scheduled.json"]); last.Sweep.State != "begun" && last.Sweep.State != "whole" {
			t.Fatalf("the sweep is %+v", last.Sweep)
		}
		if invocations++; invocations > 20 {
			t.Fatal("the sweep does not come to its end")
		}
	}
	took := d.lab.World.Now().Sub(began)
	if g := last.Sweep.Digest; g.Looked != keys || g.Due != old || g.Rotated != old || g.Failed != 0 || g.Blocked != 0 {
		t.Errorf("the sweep found %+v", g)
	}
	if invocations < 3 {
		t.Errorf("it took %d invocations", invocations)
	}
	d.withinQuotas(0.5)
	t.Logf("%d keys in %d invocations of a minute, %s of the lab's time", keys, invocations, took.Round(time.Second))
	if n := d.measured(rotate.MetricRotated); sum(n) != old {
		t.Errorf("%v keys were counted as rotated", n)
	}
}

func sum(all []float64) (n float64) {
	for _, v := range all {
		n += v
	}
	return n
}

// withinQuotas holds the calls of KMS, by operation and second, against a share of the
// quotas; what a tenth of a second allows may come in one go.
func (d *deployment) withinQuotas(share float64) {
	d.Helper()
	type second struct {
		operation string
		at        int64
	}
	counts, most, total := map[second]int{}, map[string]int{}, map[string]int{}
	for _, e := range d.lab.World.Trail.Entries() {
		if e.Service != "kms" || e.Within != "" {
			continue
		}
		if e.Error == "ThrottlingException" {
			d.Fatalf("%s was throttled at %s", e.Operation, e.Time)
		}
		at := second{e.Operation, e.Time.Unix()}
		counts[at]++
		most[e.Operation] = max(most[e.Operation], counts[at])
		total[e.Operation]++
	}
	for operation, n := range most {
		if quota := pace.KMS[operation]; quota > 0 && float64(n) > quota*share*1.1+1 {
			d.Errorf("%d calls of %s in a second, and the quota is %v", n, operation, quota)
		}
		d.Logf("%-22s %6d calls, at most %4d a second of %v", operation, total[operation], most[operation], pace.KMS[operation])
	}
}

// endless is a Region with more keys than a lab can hold, all alike, none due.
type endless struct {
	rotate.Rehearser
	keys int
	seen func(n int)
}

func (e endless) key(n int) (id, arn string) {
	id = fmt.Sprintf("%08x-0000-4000-8000-000000000000", n)
	return id, "arn:aws:kms:eu-west-1:111122223333:key/" + id
}

func (e endless) ListKeys(_ context.Context, in *kms.ListKeysInput, _ ...func(*kms.Options)) (*kms.ListKeysOutput, error) {
	from := 0
	if in.Marker != nil {
		from, _ = strconv.Atoi(*in.Marker)
	}
	e.seen(from)
	out := &kms.ListKeysOutput{}
	for n := from; n < min(from+int(*in.Limit), e.keys); n++ {
		id, arn := e.key(n)
		out.Keys = append(out.Keys, types.KeyListEntry{KeyId: &id, KeyArn: &arn})
	}
	if next := from + len(out.Keys); next < e.keys {
		out.NextMarker, out.Truncated = aws.String(strconv.Itoa(next)), true
	}
	return out, nil
}

func (e endless) DescribeKey(_ context.Context, in *kms.DescribeKeyInput, _ ...func(*kms.Options)) (*kms.DescribeKeyOutput, error) {
	arn, err := keyid.ParseARN(*in.KeyId)
	return &kms.DescribeKeyOutput{KeyMetadata: &types.KeyMetadata{
		Arn: in.KeyId, KeyId: aws.String(string(arn.ID)), KeyManager: types.KeyManagerTypeCustomer, KeyState: types.KeyStateEnabled, CreationDate: &time.Time{},
		KeySpec: types.KeySpecSymmetricDefault, KeyUsage: types.KeyUsageTypeEncryptDecrypt, Origin: types.OriginTypeAwsKms,
	}}, err
}

// ListResourceTags gives every key a wish that cannot be met, so that each has a line
// in the digest.
func (e endless) ListResourceTags(_ context.Context, in *kms.ListResourceTagsInput, _ ...func(*kms.Options)) (*kms.ListResourceTagsOutput, error) {
	return &kms.ListResourceTagsOutput{Tags: []types.Tag{{TagKey: aws.String(rotate.TagEvery), TagValue: in.KeyId}}}, nil
}

// However many keys there are, and however many are to be told of, no more than a page
// and a bounded digest is in memory, in the journal, and in the message.
func TestMemoryIsBounded(t *testing.T) {
	const keys = 30_000
	d := deploy(t, lab.Options{}, nil)
	d.handler.Log = slog.New(slog.DiscardHandler)
	var heap []uint64
	region := endless{keys: keys, seen: func(n int) {
		if n%5000 == 0 && n > 0 {
			d.lab.World.Trail.Reset() // the lab's own
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			heap = append(heap, m.HeapAlloc)
		}
	}}
	d.handler.Rotator.KMS = func(keyid.Region) rotate.Rehearser { return region }
	a := d.sweep()
	if g := a.Sweep.Digest; a.Sweep.State != "whole" || g.Looked != keys || g.Blocked != keys || len(g.Lines) > 600 {
		t.Errorf("the sweep is %s: %d of %d keys, %d blocked, %d lines", a.Sweep.State, g.Looked, keys, g.Blocked, len(g.Lines))
	}
	if grown := int64(slices.Max(heap[1:])) - int64(heap[0]); grown > 2<<20 {
		t.Errorf("the heap grew by %d bytes between the %dth key and the %dth: %v", grown, 5000, keys, heap)
	}
	t.Logf("heap by every 5,000 keys: %v", heap)
	told := d.told("notices")
	if len(told) != 1 || len(told[0]) > 256<<10 {
		t.Errorf("there are %d messages", len(told))
	}
}
