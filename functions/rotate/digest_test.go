package rotate

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"rekey/shared/journal"
	"rekey/shared/keyid"
)

func keyNumber(n int) keyid.ARN {
	return sampleHome.key(keyid.ID(fmt.Sprintf("%08x-0000-400-8000-000000000000", n)))
}

// A digest of very many keys, all with very long texts, fits where it has to.
func TestDigestIsBounded(t *testing.T) {
	var d Digest
	long := strings.Repeat("<<<ü<<<\n\"", 1000)
	for n := range 2000 {
		f := finding{key: keyNumber(n), now: time.Unix(1e9, 0), plan: Plan{Key: keyNumber(n), Outcome: Due, Why: long, Warnings: []string{long}}}
		switch n % 5 {
		case 0:
			f.ending, f.did = Finished, long
		case 1:
			f.ending, f.err = Failed, errors.New(long)
		case 2:
			f.ending, f.err = Unfinished, errors.New(long)
		case 3:
			f.plan.Outcome = Blocked
		}
		d.add(f)
	}
	if d.Looked != 2000 || d.Rotated != 400 || d.Failed != 400 || d.Unfinished != 400 || d.Blocked != 400 || d.Due != 1600 || d.Warned != 2000 {
		t.Errorf("%+v", d)
	}
	if n := groupBytes / lineLimit; len(d.Lines) != 6*n {
		t.Errorf("%d lines, of %d in each of six groups", len(d.Lines), n)
	}
	for _, l := range d.Lines {
		if len(l.Text) > lineLimit || strings.Contains(l.Text, "\n") {
			t.Errorf("a line has %d bytes: %q", len(l.Text), l.Text)
		}
	}
	b, err := json.Marshal(Sweep{Digest: d})
	if err != nil || len(b) > journal.Limit {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	n := digestNotice(d, sampleHome, true)
	if len(n.body) > 256<<10 || !strings.Contains(n.body, "and 375 more") || !strings.Contains(n.body, "and 1975 more") {
		t.Errorf("the message has %d bytes and begins %q", len(n.body), n.body[:500])
	}
}

func TestNoticesAreBounded(t *testing.T) {
	r := Result{Key: keyNumber(1), Ending: Finished, Steps: []Did{{Op: MoveAlias, Region: "eu-west-1", Alias: "alias/a"}}}
	for range 10_000 {
		r.Notes = append(r.Notes, strings.Repeat("note ", 50))
	}
	n := resultNotice(r, nil, time.Unix(1e9, 0))
	if len(n.body) > 256<<10 || !strings.Contains(n.body, " more lines: see") || !strings.Contains(n.body, "alias/a moved in eu-west-1") {
		t.Errorf("%d bytes, and the end is %q", len(n.body), n.body[len(n.body)-200:])
	}
	for text, want := range map[string]string{
		"rekey: due":                                     "rekey: due",
		"rekey: ü\n" + strings.Repeat("x", 200):          "rekey: ??" + strings.Repeat("x", 90),
		digestNotice(Digest{}, sampleHome, true).subject: "rekey: eu-west-1: 0 due, 0 rotated, 0 failed, 0 blocked",
	} {
		if got := subject(text); got != want {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}

// What is not final is not told.
func TestResultNotice(t *testing.T) {
	did := []Did{{Op: RotateNow, Region: "eu-west-1"}}
	for _, c := range []struct {
		r    Result
		err  error
		want string
	}{
		{Result{Key: keyNumber(1), Ending: Finished, Steps: did}, nil, "rekey: done: 00000001-0000-400-8000-000000000000 in eu-west-1"},
		{Result{Key: keyNumber(1), Ending: Failed}, errors.New("it was denied"), "rekey: FAILED: 00000001-0000-400-8000-000000000000 in eu-west-1"},
		{Result{Key: keyNumber(1), Ending: Finished}, nil, ""},
		{Result{Key: keyNumber(1), Ending: Unfinished, Steps: did}, ErrUnfinished, ""},
		{Result{Key: keyNumber(1), Ending: HeldByOther}, ErrHeld, ""},
	} {
		n := resultNotice(c.r, c.err, time.Unix(1e9, 0))
		if n.subject != c.want || (n.body == "") != (c.want == "") || c.r.Ending == Failed && !strings.Contains(n.body, "it was denied") {
			t.Errorf("%s: %+v", c.r.Ending, n)
		}
	}
}

// A key that was rotated is not overdue any more; one that is gone is none.
func TestDigestCounts(t *testing.T) {
	now := time.Unix(1e9, 0)
	late := func(n int) Plan { return Plan{Outcome: Due, Due: now.AddDate(0, 0, -n)} }
	var d Digest
	for _, f := range []finding{
		{plan: late(9), ending: Finished}, {plan: late(5), ending: Failed, err: errors.New("no")}, {plan: late(3)},
		{plan: Plan{Outcome: Current, Due: now.AddDate(0, 0, 3)}}, {err: fmt.Errorf("%w: gone", ErrNoKey)}, {err: errors.New("denied")},
	} {
		f.now = now
		d.add(f)
	}
	d.Lines = nil
	if got, want := fmt.Sprintf("%+v", d), fmt.Sprintf("%+v", Digest{Looked: 5, Due: 3, Rotated: 1, Failed: 2, Overdue: 5}); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// An answer that would be too large for Lambda goes without the key policies.
func TestAnswerIsBounded(t *testing.T) {
	var a Answer
	for n := range mostKeys {
		p := Plan{Key: keyNumber(n), Outcome: Due}
		for range 10 {
			p.step(Step{Op: Replicate, New: &NewKey{Policy: strings.Repeat("p", 32<<10)}})
		}
		a.Keys = append(a.Keys, KeyAnswer{Key: p.Key.String(), Plan: &p})
	}
	b, err := encode(a)
	if err != nil || len(b) > 6_000_000 || !strings.Contains(string(b), keyNumber(mostKeys-1).String()) || !strings.Contains(string(b), "ask for fewer keys") {
		t.Errorf("the answer has %d bytes, %v", len(b), err)
	}
	if b, err = encode(Answer{Keys: a.Keys[:1]}); err != nil || len(b) > 6_000_000 {
		t.Errorf("the answer has %d bytes, %v", len(b), err)
	}
}
