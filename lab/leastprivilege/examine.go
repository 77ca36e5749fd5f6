package leastprivilege

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"rekey/lab/cloudformation"
	"rekey/shared/keyid"
)

// parallel is how many labs run at a time.
const parallel = 2

// deploying is the name of what is the first path of every suite.
const deploying = "the deployment"

// Examine proves a suite, and gives what it lacks; nothing is a proof. Its error is
// of what could not be run at all.
func (s Suite) Examine(ctx context.Context) ([]Finding, error) {
	templates, err := s.templates()
	if err != nil {
		return nil, err
	}
	statements, err := s.statements(templates)
	if err != nil {
		return nil, err
	}
	var findings []Finding
	for _, t := range templates {
		more, err := foreign(t)
		if err != nil {
			return nil, err
		}
		findings = append(findings, more...)
	}
	r, more, err := s.whole(ctx, templates, statements)
	if err != nil {
		return nil, err
	}
	findings = append(findings, more...)
	if !slices.ContainsFunc(more, func(f Finding) bool { return f.Kind == Failed }) {
		more, err := s.without(ctx, templates, r)
		if err != nil {
			return nil, err
		}
		findings = append(findings, more...)
	}
	return excused(findings, s.Exemptions), nil
}

// whole runs all paths with all statements.
func (s Suite) whole(ctx context.Context, templates []*cloudformation.Template, statements []Statement) (r *reading, findings []Finding, err error) {
	d, err := begin(ctx, s)
	defer func() { err = errors.Join(err, d.end()) }()
	if err != nil {
		return nil, nil, err
	}
	if err := d.deploy(ctx, templates); err != nil {
		return nil, nil, err
	}
	if r, findings, err = d.reading(templates, statements); err != nil {
		return nil, nil, err
	}
	r.read(deploying, d.Lab.World.Trail.Entries(), d.counted)
	r.refused = nil // CloudFormation may do everything; what it was refused it was refused by its own account
	delete(d.counts, deployerARN(s.Account))
	names := d.names(templates)
	for _, p := range s.Paths {
		findings = append(findings, d.run(ctx, p, r, names)...)
	}
	for _, u := range r.uses {
		findings = append(findings, u.findings()...)
	}
	return r, findings, nil
}

// reading starts to read what the statements are used for.
func (d *deployment) reading(templates []*cloudformation.Template, statements []Statement) (*reading, []Finding, error) {
	r := new(reading)
	var findings []Finding
	for _, t := range templates {
		p := place{d.stacks[t.Name], string(d.Account), string(d.Region)}
		for _, st := range statements {
			if st.Stack != t.Name {
				continue
			}
			g, err := p.grantOf(st, t.Document)
			if err != nil {
				return nil, nil, fmt.Errorf("%s: %w", st, err)
			}
			if g == nil {
				findings = append(findings, Finding{Kind: NotJudged, Statement: st, Detail: "a condition of the template leaves it out"})
				continue
			}
			r.uses = append(r.uses, newUse(g))
		}
	}
	return r, findings, nil
}

// run goes one path with all statements there.
func (d *deployment) run(ctx context.Context, p Path, r *reading, names map[string]string) []Finding {
	var findings []Finding
	start := len(d.Lab.World.Trail.Entries())
	if err := p.Run(ctx, d.Deployed); err != nil {
		findings = append(findings, Finding{Kind: Failed, Detail: fmt.Sprintf("the path %q: %v", p.Name, err)})
	}
	r.refused = nil
	r.read(p.Name, d.Lab.World.Trail.Entries()[start:], d.counted)
	expected := map[string]bool{}
	seen := map[string]bool{}
	for _, f := range r.refused {
		if i := slices.IndexFunc(p.Refused, func(a string) bool { return strings.EqualFold(a, f.Action) }); i >= 0 {
			expected[p.Refused[i]] = true
			continue
		}
		if found := r.finding(f, names); !seen[found.Detail] {
			seen[found.Detail] = true
			findings = append(findings, found)
		}
	}
	for _, a := range p.Refused {
		if !expected[a] {
			findings = append(findings, Finding{Kind: NotExcusing, Detail: fmt.Sprintf("the path %q lists %s as refused, and it was not", p.Name, a)})
		}
	}
	return findings
}

// without runs the paths without each statement in turn.
func (s Suite) without(ctx context.Context, templates []*cloudformation.Template, r *reading) ([]Finding, error) {
	var wait sync.WaitGroup
	turn := make(chan struct{}, parallel)
	passes := make([]bool, len(r.uses))
	errs := make([]error, len(r.uses))
	for i, u := range r.uses {
		turn <- struct{}{}
		wait.Go(func() {
			defer func() { <-turn }()
			passes[i], errs[i] = s.passesWithout(ctx, templates, u.Statement, u.paths)
		})
	}
	wait.Wait()
	var findings []Finding
	for i, u := range r.uses {
		if passes[i] {
			findings = append(findings, Finding{Kind: NotNeeded, Statement: u.Statement, Detail: "without it the stacks are deployed and every path passes: leave it out, or add the path that needs it"})
		}
	}
	return findings, errors.Join(errs...)
}

// passesWithout says whether everything passes without a statement. The paths that
// used it go first.
func (s Suite) passesWithout(ctx context.Context, templates []*cloudformation.Template, st Statement, used []string) (passes bool, err error) {
	mutated := make([]*cloudformation.Template, len(templates))
	for i, t := range templates {
		mutated[i] = t
		if t.Name == st.Stack {
			mutated[i] = t.Clone()
			if err := Without(mutated[i].Document, st); err != nil {
				return false, err
			}
		}
	}
	d, err := begin(ctx, s)
	defer func() {
		if bad := d.end(); bad != nil {
			err = errors.Join(err, fmt.Errorf("without %s: %w", st, bad))
		}
	}()
	if err != nil {
		return false, err
	}
	if d.deploy(ctx, mutated) != nil {
		return false, nil
	}
	delete(d.counts, deployerARN(keyid.Account(s.Account)))
	paths := slices.Clone(s.Paths)
	slices.SortStableFunc(paths, func(a, b Path) int { return rank(used, a) - rank(used, b) })
	for _, p := range paths {
		if p.Run(ctx, d.Deployed) != nil {
			return false, nil
		}
	}
	return true, nil
}

func rank(used []string, p Path) int {
	if slices.Contains(used, p.Name) {
		return 0
	}
	return 1
}
