package rotate_test

import (
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/functions/rotate"
	"rekey/shared/keyid"
)

// line are a subject's keys, the first one first.
func (y *years) line(s *subject) []keyid.ID {
	y.Helper()
	all := []keyid.ID{s.first.ID}
	if s.meta.KeyManager == types.KeyManagerTypeAws {
		return all
	}
	for {
		last := all[len(all)-1]
		var next keyid.ID
		for _, r := range s.regions() { // it is where the primary key was
			next = cmp.Or(next, keyid.ID(y.tags(r, last)[rotate.TagSucceededBy]))
		}
		if next == "" {
			return all
		}
		for _, r := range s.regions() {
			if of := y.tags(r, next)[rotate.TagSuccessorOf]; of != string(last) {
				y.Errorf("%s: %s in %s follows %s, and says it follows %q", s.name, next, r, last, of)
			}
		}
		all = append(all, next)
	}
}

// table holds each subject against its row, and shows all.
func (y *years) table() {
	y.Helper()
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "key\tkind\tway\toutcome\trotations\tsuccessors\tused\twhy")
	for _, s := range y.subjects {
		y.pass(time.Second) // within the quotas of those who look
		line := y.line(s)
		y.handler = y.handlers[cmp.Or(s.seen, s.home)]
		a := y.ask(rotate.Request{Action: rotate.ToPlan, Keys: []string{string(line[len(line)-1])}})
		if len(a.Keys) != 1 || a.Keys[0].Plan == nil {
			y.Fatalf("%s: %+v", s.name, a)
		}
		p := a.Keys[0].Plan
		way := string(p.Way)
		if way == "" {
			way = "-"
		}
		got := fmt.Sprintf("%s %s %d %d", way, p.Outcome, y.rotations(s, line), len(line)-1)
		if got != s.want || !strings.Contains(p.Why, s.why) {
			y.Errorf("%s: it is %q: %s; and was to be %q: %s", s.name, got, p.Why, s.want, s.why)
		}
		fmt.Fprintf(w, "%s\t%s %s\t%s\t%d\t%s\n", s.name, s.meta.KeySpec, s.meta.Origin, strings.ReplaceAll(got, " ", "\t"), len(s.proofs), p.Why)
	}
	y.handler = y.handlers[irish]
	y.check(w.Flush())
	y.Logf("%d calls, %d wake-ups\n%s", y.calls, y.wakes, b.String())
}

// rotations is how often the keys were rotated in place.
func (y *years) rotations(s *subject, line []keyid.ID) (n int) {
	y.Helper()
	for _, id := range line {
		for pages := kms.NewListKeyRotationsPaginator(y.clients[cmp.Or(s.seen, s.home)], &kms.ListKeyRotationsInput{KeyId: aws.String(string(id))}); pages.HasMorePages(); {
			page, err := pages.NextPage(y.Context())
			y.check(err)
			n += len(page.Rotations)
		}
	}
	return n
}

// end looks at what there is after two years.
func (y *years) end() {
	y.Helper()
	members := map[keyid.ID]bool{y.vault.ID: true}
	for _, s := range y.subjects {
		y.pass(time.Second)
		for _, id := range y.line(s) {
			members[id] = true
		}
		y.aliases(s)
		y.holds(s)
		y.young(s)
	}
	for r, h := range y.handlers {
		y.allKnown(r, members)
		for id, err := range h.Rotator.Journal.Open(y.Context(), r) {
			y.check(err)
			y.Errorf("something of %s in %s is unfinished", id, r)
		}
	}
}

// aliases wants every alias to be at the newest key, and all keys to be there.
func (y *years) aliases(s *subject) {
	y.Helper()
	if s.meta.KeyManager == types.KeyManagerTypeAws {
		return
	}
	line := y.line(s)
	for _, r := range s.regions() {
		for n, id := range line {
			key, err := y.clients[r].DescribeKey(y.Context(), &kms.DescribeKeyInput{KeyId: aws.String(string(id))})
			y.check(err)
			if key.KeyMetadata.KeyState != types.KeyStateEnabled {
				y.Errorf("%s: key %d, %s in %s, is %s", s.name, n, id, r, key.KeyMetadata.KeyState)
			}
			out, err := y.clients[r].ListAliases(y.Context(), &kms.ListAliasesInput{KeyId: aws.String(string(id))})
			y.check(err)
			want := 0
			if n == len(line)-1 && !s.nameless {
				want = 1
			}
			if len(out.Aliases) != want {
				y.Errorf("%s: at key %d of %d, %s in %s, there are %d aliases", s.name, n+1, len(line), id, r, len(out.Aliases))
			}
		}
	}
}

// holds wants all that was made in two years to hold, under the key that made it, in
// each Region.
func (y *years) holds(s *subject) {
	y.Helper()
	for _, p := range s.proofs {
		for _, r := range s.regions() {
			if _, err := p.holds(y.clients[r], aws.String(p.key.In(r).String())); err != nil {
				y.Errorf("%s: what %s made on %s does not hold in %s: %v", s.name, p.key, p.made.Format(time.DateOnly), r, err)
			}
		}
	}
}

// young wants nothing to have encrypted for longer than it might.
func (y *years) young(s *subject) {
	y.Helper()
	within := s.within
	if within == 0 {
		within = usual
	}
	for by, at := range s.spans {
		if in := int(at.last.Sub(at.first) / day); in > within {
			y.Errorf("%s: %s encrypted for %d days", s.name, by, in)
		}
	}
}

// allKnown wants no key to be there that is none of a subject's: a successor that
// nothing points at.
func (y *years) allKnown(r keyid.Region, members map[keyid.ID]bool) {
	y.Helper()
	for pages := kms.NewListKeysPaginator(y.clients[r], &kms.ListKeysInput{}); pages.HasMorePages(); {
		page, err := pages.NextPage(y.Context())
		y.check(err)
		for _, k := range page.Keys {
			if !members[keyid.ID(*k.KeyId)] {
				y.Errorf("%s in %s is nobody's: %v", *k.KeyId, r, y.tags(r, keyid.ID(*k.KeyId)))
			}
		}
	}
}
