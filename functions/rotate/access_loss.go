package rotate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

// statement says what one statement of a holder's policy makes of a successor. The
// actions that it explains are noted.
func (s *succession) statement(h *holder, p *policy, st *statement, explained map[string]bool) []Loss {
	on := s.touched(h, st, s.old)
	next := s.touched(h, st, s.next)
	only, beyond := without(on, next), without(next, on)
	where := fmt.Sprintf("statement %s of %s ", st.name, p.Name)
	var losses []Loss
	add := func(l Loss, actions []string) {
		losses = append(losses, l)
		for _, a := range actions {
			explained[a] = true
		}
	}
	// What others of the holder's policies allow on the successor anyway is no loss.
	missed := slices.DeleteFunc(slices.Clone(only), func(op string) bool {
		d, err := s.decide(h, op, true)
		return err == nil && d.Effect == keypolicy.Allowed
	})
	switch {
	case !st.deny && len(missed) > 0:
		add(Loss{Why: where + "allows " + s.actions(missed) + " on this key by its ARN: add the successor's ARN to it, or allow by alias or tag"}, missed)
	case st.deny && len(beyond) > 0:
		add(Loss{Why: where + "denies " + s.actions(beyond) + " on every key but this one: add the successor's ARN to its NotResource"}, beyond)
	case st.deny && len(only) > 0:
		add(Loss{Gains: true, Why: where + "denies " + s.actions(only) + " on this key by its ARN: add the successor's ARN to it"}, only)
	}
	if len(on) == 0 {
		return losses
	}
	if strings.Contains(st.conditions, string(s.old.ID)) {
		losses = append(losses, Loss{Gains: st.deny, Why: where + namedByCondition})
	}
	if c := s.turning(st); c != "" {
		losses = append(losses, Loss{ByAlias: true, Why: where + s.turns(st.deny, on, c)})
	}
	return losses
}

const namedByCondition = "has a condition that names this key, and would not hold for the successor: name no key in it"

// turns tells what becomes of a statement that goes by aliases.
func (s *succession) turns(deny bool, on []string, key string) string {
	if deny {
		return "denies " + s.actions(on) + " by " + key + ": once the aliases have moved it holds for the successor, and no longer for this key: name this key by its ARN too"
	}
	return "allows " + s.actions(on) + " by " + key + ": once the aliases have moved it holds for the successor, and no longer for this key: name this key by its ARN too, for what is under it"
}

// touched are the actions that the statement is about, for the key.
func (s *succession) touched(h *holder, st *statement, key keyid.ARN) []string {
	var all []string
	for _, op := range s.operations {
		r := request(h.principal, op, key, s.conditions)
		maps.Copy(r.Context, h.conditions)
		d, err := keypolicy.Evaluate(r, keypolicy.Policies{Identity: []keypolicy.Named{st.bare}, Resource: &s.open})
		if err == nil && d.Effect == keypolicy.Allowed {
			all = append(all, op)
		}
	}
	return all
}

// turning is the condition key by which the statement comes to hold, or not to hold,
// when the key's aliases are taken from it, "" where they do not matter to it.
func (s *succession) turning(st *statement) string {
	if len(s.aliases) == 0 {
		return ""
	}
	var names []string
	for _, a := range s.aliases {
		names = append(names, string(a))
	}
	for _, c := range st.byAlias {
		tries := [][]string{names}
		if c.key == requestAlias { // a request has one
			tries = nil
			for _, n := range names {
				tries = append(tries, []string{n})
			}
		}
		without, err := s.holds(c, nil)
		for _, try := range tries {
			with, tried := s.holds(c, try)
			if err != nil || tried != nil || with != without {
				return c.key
			}
		}
	}
	return ""
}

// holds decides a condition by itself.
func (s *succession) holds(c aliasCondition, aliases []string) (bool, error) {
	anybody, err := keypolicy.ParsePrincipal("arn:" + s.old.Partition + ":iam::" + string(s.old.Account) + ":role/anybody")
	if err != nil {
		return false, err
	}
	r := request(anybody, "kms:DescribeKey", s.old, s.conditions)
	r.Context[resourceAliases] = nil
	r.Context[c.key] = aliases
	d, err := keypolicy.Evaluate(r, keypolicy.Policies{Identity: []keypolicy.Named{c.Named}, Resource: &s.open})
	return d.Effect == keypolicy.Allowed, err
}

// actions names actions, or all of them at once.
func (s *succession) actions(some []string) string {
	if len(some) == len(s.operations) {
		return "every use"
	}
	return strings.Join(some, ", ")
}

// without gives what is in a and not in b.
func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}

// ofKey says what the key's own policy and grants make of a successor that has the
// same: conditions that name the key or its aliases, and other accounts, whose own
// policies cannot be read from here.
func (s *succession) ofKey(k Key) ([]Loss, error) {
	before, err := parsePolicy(keypolicy.KeyPolicy, "the key policy", k.Policy.Value)
	if err != nil {
		return nil, err
	}
	after, err := parsePolicy(keypolicy.KeyPolicy, "the key policy", ownResource(k.Policy.Value, k.ARN))
	if err != nil {
		return nil, err
	}
	anybody, err := keypolicy.ParsePrincipal("arn:" + s.old.Partition + ":iam::" + string(s.old.Account) + ":role/anybody")
	if err != nil {
		return nil, err
	}
	h := &holder{principal: anybody}
	var losses []Loss
	for i := range before.statements {
		st := &before.statements[i]
		on := s.touched(h, st, s.old)
		if len(on) == 0 {
			continue
		}
		who, where := strings.Join(st.principals, ", "), "statement "+st.name+" of the key policy "
		add := func(l Loss) { l.Who = who; losses = append(losses, l) }
		if lost := without(on, s.touched(h, &after.statements[i], s.next)); len(lost) > 0 {
			add(Loss{Gains: st.deny, Why: where + "is for " + s.actions(lost) + " on this key by its ARN, and cannot be taken over: let its Resource be *"})
		}
		if strings.Contains(st.conditions, string(s.old.ID)) {
			add(Loss{Gains: st.deny, Why: where + namedByCondition})
		}
		if c := s.turning(st); c != "" {
			add(Loss{ByAlias: true, Why: where + s.turns(st.deny, on, c)})
		}
		if far := s.foreign(st); far != "" {
			losses = append(losses, Loss{Who: far, Why: where + "lets another account use this key, whose own policies and callers name it by its ARN: give its owner the successor's ARN"})
		}
	}
	for _, g := range k.Grants.Value {
		if a := accountOf(g.Grantee); g.Service == "" && a != "" && a != string(s.old.Account) {
			losses = append(losses, Loss{Who: g.Grantee, Why: "grant " + short(g.ID) + " lets another account use this key, whose callers name it by its ARN: give its owner the successor's ARN"})
		}
	}
	return losses, nil
}

// foreign are the principals of other accounts that the statement allows something.
func (s *succession) foreign(st *statement) string {
	if st.deny || st.home(s.old.Account) {
		return ""
	}
	var far []string
	for _, p := range st.principals {
		if a := accountOf(p); p == "*" || a != "" && a != string(s.old.Account) {
			far = append(far, p)
		}
	}
	return strings.Join(far, ", ")
}

// accountOf is the account of a principal as policies name it, "" where it has none.
func accountOf(principal string) string {
	if a, err := keyid.ParseAccount(principal); err == nil {
		return string(a)
	}
	if parts := strings.SplitN(principal, ":", 6); len(parts) == 6 && parts[0] == "arn" {
		return parts[4]
	}
	return ""
}
