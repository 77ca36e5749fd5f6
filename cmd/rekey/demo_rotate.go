//go:build !nolab

package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/functions/rotate"
	"rekey/lab"
	"rekey/shared/keyid"
)

const (
	managedAlias = "alias/aws/s3"
	otherRegion  = keyid.Region("us-east-1")
	// wakeEvery is how often the function is woken here: once for each of its sweeps.
	// Deployed it is woken every quarter of an hour, to go on with what is unfinished.
	wakeEvery = 24*time.Hour + 15*time.Minute
)

// year is the chapter on rotation: a lab of its own, whose clock is moved by hand.
type year struct {
	*story
	lab        *lab.Lab
	started    time.Time // by the wall
	begin      time.Time
	shop, bank *tenant
	keys       []*rotated
	partners   *rotated // with imported material
	sessions   *rotated // whose rotation crashes
	contracts  *rotated // whose rotation is taken back
	wakes      int
	resumed    int // jobs that were found unfinished
	calls      int
	uses       int // months in which the keys were used
	quarters   int // for which material was made ready
}

// rotation is the chapter.
func (s *story) rotation(ctx context.Context) {
	y := &year{story: s, lab: lab.New(lab.Options{}), started: time.Now()}
	defer y.lab.Close()
	y.begin = y.lab.World.Now()
	y.people(ctx)
	y.until(ctx, 1)
	y.prolonged(ctx)
	y.until(ctx, 89)
	y.crash(ctx)
	y.takeBack(ctx)
	y.until(ctx, 372)
	y.table(ctx)
	y.whole(ctx)
}

// people sets up the accounts and their keys.
func (y *year) people(ctx context.Context) {
	y.shop, y.bank = y.tenant(ctx, "shop", "111122223333"), y.tenant(ctx, "bank", "444455556666")
	orders := y.key(ctx, y.shop, rotated{aliases: []string{"alias/orders"}, kind: "symmetric", end: "automatic 4 1"}, kms.CreateKeyInput{})
	customers := y.key(ctx, y.shop, rotated{aliases: []string{"alias/customers"}, kind: "symmetric, yearly before", end: "automatic 4 1"}, kms.CreateKeyInput{})
	got(y.shop.kms.EnableKeyRotation(ctx, &kms.EnableKeyRotationInput{KeyId: customers.id()}))
	y.shop.settings.Materials, y.shop.settings.MaterialKeys = rotate.Sealed{Bucket: y.shop.bucket(ctx, "materials"), Name: "next"}, []keyid.Ref{orders.first.Ref()}
	y.partners = y.key(ctx, y.shop, rotated{aliases: []string{"alias/partners"}, kind: "imported material", end: "import 4 1"}, kms.CreateKeyInput{Origin: types.OriginTypeExternal})
	y.partners.bring(ctx)
	catalog := y.key(ctx, y.shop, rotated{aliases: []string{"alias/catalog"}, kind: "multi-Region, a replica", end: "automatic 4 1"}, kms.CreateKeyInput{MultiRegion: new(true)})
	got(y.shop.kms.ReplicateKey(ctx, &kms.ReplicateKeyInput{KeyId: catalog.id(), ReplicaRegion: new(string(otherRegion))}))

	y.sessions = y.key(ctx, y.bank, rotated{aliases: []string{"alias/sessions", "alias/sign-in"}, kind: "HMAC", end: "successor 4 5"},
		kms.CreateKeyInput{KeySpec: types.KeySpecHmac256, KeyUsage: types.KeyUsageTypeGenerateVerifyMac})
	y.contracts = y.key(ctx, y.bank, rotated{aliases: []string{"alias/contracts"}, kind: "RSA, signatures", end: "successor 4 5"},
		kms.CreateKeyInput{KeySpec: types.KeySpecRsa2048, KeyUsage: types.KeyUsageTypeSignVerify})
	y.key(ctx, y.bank, rotated{aliases: []string{"alias/ledger"}, kind: "in a CloudHSM key store", end: "successor 4 5"}, y.inCluster(ctx, y.bank))
	y.managed(ctx, y.bank, rotated{aliases: []string{managedAlias}, kind: "AWS managed", end: "reported 1 1"})

	y.start(y.shop)
	y.start(y.bank)
	y.line("A lab of its own, whose clock is moved by hand, begins on %s. The policy: rotate every 90 days.", y.date())
	y.line("The shop and the bank have four keys each, each of another kind. Those who use a key name it by an alias.")
	y.line("In both accounts a schedule wakes the rotate function, as a role that may not disable or delete any key.")
	y.line("Where AWS KMS can rotate a key, its id stays. Other keys get a successor: a key like it, to which the aliases move.")
}

// until lets the days pass up to one. Each day the function of each account is woken.
func (y *year) until(ctx context.Context, day int) {
	for y.lab.World.Now().Before(y.begin.AddDate(0, 0, day)) {
		y.day(ctx)
	}
}

// day is one day: what people do, what the function does, and what is left of it.
func (y *year) day(ctx context.Context) {
	next, today := y.lab.World.Now().Add(wakeEvery), y.today()
	if today/30 >= y.uses {
		y.uses++
		for _, k := range y.keys {
			k.used(ctx, 0)
		}
	}
	if (today+10)/90 > y.quarters { // ten days before it is due
		y.quarters++
		y.partners.ready(ctx, y.quarters)
	}
	for _, t := range []*tenant{y.shop, y.bank} {
		y.wake(ctx, t)
	}
	y.watch()
	y.lab.World.Advance(next.Sub(y.lab.World.Now()))
}

func (y *year) today() int { return int(y.lab.World.Now().Sub(y.begin) / (24 * time.Hour)) }

func (y *year) date() string { return y.lab.World.Now().Format("2 January 2006") }

// watch looks at the calls since it last did.
func (y *year) watch() {
	for _, e := range y.lab.World.Trail.Entries() {
		y.calls++
		expect(!e.Unknown && e.Error != "AccessDeniedException" && e.Error != "AccessDenied",
			"%s of %s by %s: %s", e.Operation, e.Service, e.Caller.ARN(), e.Error)
	}
	y.lab.World.Trail.Reset()
}

// prolonged tells what was done at once.
func (y *year) prolonged(ctx context.Context) {
	for _, k := range y.keys {
		if !strings.HasPrefix(k.end, "automatic") {
			continue
		}
		status := got(k.of.kms.GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: k.id()}))
		expect(status.KeyRotationEnabled && *status.RotationPeriodInDays == 90, "%s is not rotated every 90 days", k.aliases[0])
	}
	y.line("Day %d: AWS KMS now rotates alias/customers every 90 days, not 365; and alias/orders and alias/catalog, not at all before.", y.today())
}

// crash has the process of the bank's function end in the midst of moving the two
// aliases of a key.
func (y *year) crash(ctx context.Context) {
	k, today := y.sessions, 0
	for y.bank.process.fatal = "UpdateAlias"; !y.bank.process.gone; y.day(ctx) {
		today = y.today()
		expect(today < 95, "by day %d no alias was moved", today)
	}
	old, next := k.first, k.target(ctx, 0)
	expect(next != old && k.target(ctx, 1) == old, "the first alias is at %s, the second at %s", next, k.target(ctx, 1))
	y.line("Day %d: a successor of the key of alias/sessions is made and tried, and the alias moved. Then the process is gone.", today)
	expect(k.used(ctx, 0) == next.String() && k.used(ctx, 1) == old.String(), "the aliases are answered by other keys")
	y.line("alias/sign-in, which the key has too, is at the old key still. Both aliases go on making MACs.")

	y.start(y.bank)
	today = y.today()
	y.day(ctx)
	expect(k.target(ctx, 0) == next && k.target(ctx, 1) == next, "the aliases are at %s and %s, not at %s", k.target(ctx, 0), k.target(ctx, 1), next)
	n := y.successors(ctx, old)
	expect(n == 1 && y.resumed == 1, "%s has %d successors, and %d jobs were resumed", old, n, y.resumed)
	y.line("Day %d: the next wake-up went on from the function's journal: both aliases are at that successor, the only one.", today)
	imported := y.shop.rotations(ctx, y.partners.first)
	expect(imported == 1, "alias/partners was rotated %d times", imported)
	y.line("Meanwhile alias/partners went over to new key material, which had waited in S3, encrypted for that key alone.")
}

// successors counts the keys that were made to succeed one of the bank's.
func (y *year) successors(ctx context.Context, old keyid.ARN) (n int) {
	for _, key := range got(y.bank.kms.ListKeys(ctx, &kms.ListKeysInput{})).Keys {
		if y.bank.tags(ctx, got(keyid.ParseARN(*key.KeyArn)))[rotate.TagSuccessorOf] == string(old.ID) {
			n++
		}
	}
	return n
}

// takeBack has a rotation rolled back, and made again.
func (y *year) takeBack(ctx context.Context) {
	k, alias := y.contracts, y.contracts.aliases[0]
	next := k.target(ctx, 0)
	by := k.used(ctx, 0)
	expect(next != k.first && by == next.String(), "%s was signed under by %s", alias, by)
	y.line("Day %d: alias/contracts signs with its successor, whose public key a partner does not have yet.", y.today())

	back := y.request(ctx, y.bank, rotate.Request{Action: rotate.ToRollBack, Keys: []string{alias}}).Result
	expect(back != nil && back.Ending == rotate.Finished, "the rollback came to %+v", back)
	y.day(ctx) // its sweep leaves the key alone
	by = k.used(ctx, 0)
	expect(by == k.first.String(), "after the rollback %s signed", by)
	y.line("The bank asked for a rollback: the old key signs again under its alias, and the next sweep left it so.")

	y.until(ctx, y.today()+7)
	again := y.request(ctx, y.bank, rotate.Request{Action: rotate.ToApply, Keys: []string{alias}, Again: true}).Result
	by = k.used(ctx, 0)
	expect(again != nil && again.Ending == rotate.Finished && by == next.String(), "again came to %+v, and %s signed", again, by)
	y.line("Day %d: the partner is ready. Asked to go forward again, the function moved the alias to the same successor.", y.today())
}

// table shows what a year has come to.
func (y *year) table(ctx context.Context) {
	y.line("Day %d, %s, after %d wake-ups:", y.today(), y.date(), y.wakes)
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "KEY\tOF\tKIND\tWAY\tTIMES ROTATED\tKEYS NOW")
	for _, k := range y.keys {
		line := k.line(ctx)
		plan := y.request(ctx, k.of, rotate.Request{Action: rotate.ToPlan, Keys: []string{string(line[len(line)-1].ID)}}).Plan
		expect(plan != nil, "there is no plan of %s", k.aliases[0])
		way, rotations := string(plan.Way), len(line)-1
		if plan.Outcome == rotate.Report {
			way = "reported"
		}
		for _, key := range line {
			rotations += k.of.rotations(ctx, key)
		}
		row := fmt.Sprintf("%s %d %d", way, rotations, len(line))
		expect(row == k.end, "%s is %q after the year, and was to be %q", k.aliases[0], row, k.end)
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%d\n", strings.Join(k.aliases, " "), k.of.name, k.kind, way, rotations, len(line))
	}
	must(w.Flush())
	for row := range strings.Lines(b.String()) {
		y.line("  %s", strings.TrimRight(row, " \n"))
	}
}

// whole wants nothing to be lost: what was made in the year, an alias, a key.
func (y *year) whole(ctx context.Context) {
	made, keys := 0, map[*tenant]int{}
	for _, k := range y.keys {
		line := k.line(ctx)
		keys[k.of] += len(line)
		for place := range k.aliases {
			expect(k.target(ctx, place) == line[len(line)-1], "%s is not at its newest key", k.aliases[place])
		}
		for _, key := range line {
			state := got(k.of.kms.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: new(string(key.ID))})).KeyMetadata.KeyState
			expect(state == types.KeyStateEnabled, "%s is %s", key, state)
		}
		for _, holds := range k.proofs {
			must(holds(ctx))
			made++
		}
	}
	for t, n := range keys {
		all := len(got(t.kms.ListKeys(ctx, &kms.ListKeysInput{})).Keys)
		expect(all == n, "the %s has %d keys, and %d are known", t.name, all, n)
	}
	y.watch()
	expect(len(y.lab.World.Violations()) == 0, "the lab's state is broken: %q", y.lab.World.Violations())
	y.line("Every alias is at its newest key, every old key is still enabled, and no key is left over.")
	y.line("All %d ciphertexts, signatures and MACs, from the first day on, can be decrypted or verified.", made)
	y.line("The year took %d calls, none of which was denied, %s.", y.calls, took(y.started))
}
