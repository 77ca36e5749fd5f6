package rotate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// What a plan needs and the role may not read is named by the plan, which does nothing
// then; and observing itself has done nothing.
func TestObserveDenied(t *testing.T) {
	s := observing(t)
	arn := s.everywhere(symmetric)
	inPlace := s.made(symmetric)
	s.tag(arn, TagRotate, "successor")
	s.lab.World.Advance(91 * day)
	needed := map[string]keyid.ARN{
		describeKey: arn, listTags: arn, getRotation: inPlace, listRotated: inPlace, listAliases: arn, getPolicy: arn, listGrants: arn,
		readAccount: arn, "kms:Encrypt": arn, "kms:Decrypt": arn,
	}
	count := 0
	for _, action := range readActions {
		key, ok := needed[action]
		if !ok {
			continue
		}
		count++
		s.allow(without(readActions, []string{action})...)
		s.lab.World.Trail.Reset()
		_, p := s.observe(key)
		said := p.Why + fmt.Sprint(p.Asks) + fmt.Sprint(p.Missing)
		if p.Outcome != Blocked || !strings.Contains(said, action) || !strings.Contains(said, "allow it") {
			t.Errorf("without %s: %s, %s", action, p.Outcome, said)
		}
		if len(p.Steps) > 0 && len(p.Asks) == 0 {
			t.Errorf("without %s: steps %s", action, ops(p))
		}
		canary := action == "kms:Encrypt" || action == "kms:Decrypt"
		if !canary && !slices.ContainsFunc(p.Missing, func(u Unread) bool { return u.Action == action && u.Denied }) {
			t.Errorf("without %s: missing %+v", action, p.Missing)
		}
		for _, op := range s.calls() {
			if !slices.ContainsFunc(readActions, func(a string) bool { return strings.HasSuffix(a, ":"+op) }) {
				t.Errorf("observing called %s", op)
			}
		}
	}
	if count != len(needed) {
		t.Errorf("%d of %d", count, len(needed))
	}
	s.allow(readActions...)
	if _, p := s.observe(arn); p.Outcome != Due {
		t.Errorf("with everything: %s, %s %+v", p.Outcome, p.Why, p.Asks)
	}
	s.allow(append(slices.Clone(readActions), "kms:Nothing")...)
	text := fmt.Sprintf(`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":%q,"Resource":"*"}}`, getPolicy)
	must(t)(iam.NewFromConfig(s.root).PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{RoleName: new("rekey-rotate"), PolicyName: new("deny"), PolicyDocument: &text}))
	if _, p := s.observe(arn); len(p.Missing) == 0 || !strings.Contains(p.Missing[0].Reason, "take it out of that") {
		t.Errorf("denied by a statement: %s", p.Why)
	}
}

// A replica in a Region where the role may read nothing blocks the whole plan.
func TestObserveDeniedFar(t *testing.T) {
	s := observing(t)
	arn := s.everywhere(signing)
	s.lab.World.Advance(91 * day)
	for _, action := range []string{describeKey, listAliases, getPolicy, listGrants, listTags, "kms:Sign"} {
		text := fmt.Sprintf(`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":%q,"Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":%q}}}}`, action, far)
		must(t)(iam.NewFromConfig(s.root).PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{RoleName: new("rekey-rotate"), PolicyName: new("far"), PolicyDocument: &text}))
		_, p := s.observe(arn)
		if said := p.Why + fmt.Sprint(p.Missing, p.Asks); p.Outcome != Blocked || !strings.Contains(said, action) || !strings.Contains(said, string(far)) {
			t.Errorf("without %s there: %s, %s", action, p.Outcome, said)
		}
	}
}

// A failure that passes is not a permission that is missing, and an unfinished job is
// all that a plan needs.
func TestObserveFailures(t *testing.T) {
	s := observing(t)
	arn := s.made(signing)
	s.lab.World.Advance(91 * day)
	for _, op := range []string{"DescribeKey", "ListResourceTags", "ListAliases", "GetKeyPolicy", "ListGrants", "Sign", "GetAccountAuthorizationDetails"} {
		s.lab.World.Faults.Add(world.Fault{Operation: op, Error: world.Throttling()})
		_, p := s.observe(arn)
		s.lab.World.Faults.Clear()
		if said := p.Why + fmt.Sprint(p.Missing); p.Outcome != Blocked || len(p.Missing) != 1 || p.Missing[0].Denied || !strings.Contains(said, "tried again") {
			t.Errorf("%s throttled: %s, %s", op, p.Outcome, said)
		}
	}
	s.o.Jobs = func(context.Context, keyid.ARN) (*Job, error) { return nil, errors.New("torn") }
	if _, p := s.observe(arn); p.Outcome != Blocked || !strings.Contains(fmt.Sprint(p.Missing), "torn") {
		t.Errorf("a journal that cannot be read: %s, %s", p.Outcome, p.Why)
	}
	s.o.Jobs = func(context.Context, keyid.ARN) (*Job, error) {
		return &Job{Phase: Moving, Plan: Plan{Steps: []Step{{Op: MarkOld}}}}, nil
	}
	s.lab.World.Trail.Reset()
	if _, p := s.observe(arn); p.Outcome != Due || len(p.Steps) != 1 || len(s.calls()) != 2 {
		t.Errorf("an unfinished job: %+v after %v", p, s.calls())
	}
}

// A key that is not there, one that nobody can name, and a time that is up are errors.
func TestObserveErrors(t *testing.T) {
	s := observing(t)
	arn := s.made(symmetric)
	ref := func(text string) keyid.Ref {
		r, err := keyid.Parse(text)
		must(t)(r, err)
		return r
	}
	for _, name := range []string{string(arn.ID), "alias/of-" + string(arn.ID), arn.String(), "arn:aws:kms:eu-west-1:111122223333:alias/of-" + string(arn.ID)} {
		if k, err := s.o.Observe(t.Context(), ref(name)); err != nil || k.ARN != arn {
			t.Errorf("%s is %s, %v", name, k.ARN, err)
		}
	}
	for _, name := range []string{string(keyID), "alias/none", own.String()} {
		if _, err := s.o.Observe(t.Context(), ref(name)); !errors.Is(err, ErrNoKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.o.Observe(ctx, arn.Ref()); !errors.Is(err, context.Canceled) {
		t.Errorf("a time that is up: %v", err)
	}
	s.allow(listTags)
	if _, err := s.o.Observe(t.Context(), ref("alias/of-"+string(arn.ID))); err == nil || !strings.Contains(err.Error(), "allow it") {
		t.Errorf("an alias that may not be looked up: %v", err)
	}
	k, p := s.observe(arn)
	if k.ARN != arn || p.Outcome != Blocked || len(p.Missing) != 1 || p.Missing[0].Action != describeKey || !p.Missing[0].Denied {
		t.Errorf("a key that may not be described: %+v", p)
	}
}
