package leastprivilege

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/aws/smithy-go"

	"rekey/lab/cloudformation"
)

// parallel is how many labs run at a time.
const parallel = 2

// deploying is the name of what is the first path of every suite.
const deploying = "the deployment"

// Proof is what examining a suite came to.
type Proof struct {
	// Findings are what the suite lacks; none make a proof.
	Findings []Finding
	// Needs say of the other statements what fails without them.
	Needs []Need
}

// Need is what failed first without a statement, or without its condition.
type Need struct {
	Statement Statement
	Condition bool
	Path      string
	Err       error
}

// String names resource and statement.
func (n Need) String() string {
	of := ""
	if n.Condition {
		of = "the condition of "
	}
	return fmt.Sprintf("without %s%s: the path %q: %v", of, n.Statement, n.Path, n.Err)
}

// Examine goes all paths with all statements, and without each. Its error is of
// what could not be run at all.
func (s Suite) Examine(ctx context.Context) (Proof, error) {
	return s.examine(ctx, true)
}

// Walk goes all paths with all statements, and finds what is refused, too wide or
// not used. It removes nothing.
func (s Suite) Walk(ctx context.Context) (Proof, error) {
	return s.examine(ctx, false)
}

func (s Suite) examine(ctx context.Context, without bool) (p Proof, err error) {
	templates, err := s.templates()
	if err != nil {
		return p, err
	}
	statements, err := s.statements(templates)
	if err != nil {
		return p, err
	}
	r, findings, err := s.whole(ctx, templates, statements)
	if err != nil {
		return p, err
	}
	for _, t := range templates {
		more, err := foreign(t)
		if err != nil {
			return p, err
		}
		findings = append(findings, more...)
	}
	failed := slices.ContainsFunc(findings, func(f Finding) bool { return f.Kind == Failed })
	if without && !failed {
		var more []Finding
		if more, p.Needs, err = s.without(ctx, templates, r); err != nil {
			return p, err
		}
		findings = append(findings, more...)
	}
	p.Findings = excused(findings, s.Exemptions, without && !failed)
	return p, nil
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
	// A deployment that succeeded was refused nothing that it needs. CloudWatch Logs,
	// for one, tries kms:DescribeKey, which the key policy of its guide does not allow.
	r.refused = nil
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

// removal is one thing that is taken away.
type removal struct {
	*use
	condition bool // of the statement, and not the statement itself
}

// removals are all statements, and the conditions of those that allow.
func (r *reading) removals() []removal {
	var all []removal
	for _, u := range r.uses {
		all = append(all, removal{u, false})
		if u.condition && !u.deny {
			all = append(all, removal{u, true})
		}
	}
	return all
}

// without goes each path alone, and then the paths without each thing that can be
// taken away.
func (s Suite) without(ctx context.Context, templates []*cloudformation.Template, r *reading) ([]Finding, []Need, error) {
	removals := r.removals()
	alone, needs := make([]*Need, len(s.Paths)), make([]*Need, len(removals))
	errs := make([]error, len(alone)+len(needs))
	var wait sync.WaitGroup
	turn := make(chan struct{}, parallel)
	inTurn := func(i int, do func() error) {
		turn <- struct{}{}
		wait.Go(func() {
			defer func() { <-turn }()
			errs[i] = do()
		})
	}
	for i, p := range s.Paths {
		inTurn(i, func() (err error) { alone[i], err = s.try(ctx, templates, []Path{p}); return err })
	}
	for i, away := range removals {
		inTurn(len(alone)+i, func() (err error) { needs[i], err = s.tryWithout(ctx, templates, away); return err })
	}
	wait.Wait()
	findings, found := told(alone, needs, removals)
	return findings, found, errors.Join(errs...)
}

// told says what trying came to.
func told(alone, needs []*Need, removals []removal) (findings []Finding, found []Need) {
	for _, n := range alone {
		if n != nil {
			findings = append(findings, Finding{Kind: Failed, Detail: fmt.Sprintf("the path %q passes after the others, and not alone: %v", n.Path, n.Err)})
		}
	}
	for i, away := range removals {
		switch {
		case needs[i] != nil:
			needs[i].Statement, needs[i].Condition = away.Statement, away.condition
			found = append(found, *needs[i])
		case away.condition:
			findings = append(findings, Finding{Kind: NotBounding, Statement: away.Statement, Detail: "without the condition every path passes: add the path that it refuses"})
		default:
			findings = append(findings, Finding{Kind: NotNeeded, Statement: away.Statement, Detail: "without it the stacks are deployed and every path passes: leave it out, or add the path that needs it"})
		}
	}
	return findings, found
}

// tryWithout goes the paths with something taken away.
func (s Suite) tryWithout(ctx context.Context, templates []*cloudformation.Template, away removal) (*Need, error) {
	take := Without
	if away.condition {
		take = Unconditioned
	}
	mutated := slices.Clone(templates)
	for i, t := range mutated {
		if t.Name != away.Stack {
			continue
		}
		mutated[i] = t.Clone()
		if err := take(mutated[i].Document, away.Statement); err != nil {
			return nil, err
		}
	}
	paths := slices.Clone(s.Paths)
	slices.SortStableFunc(paths, func(a, b Path) int { return away.rank(a) - away.rank(b) })
	need, err := s.try(ctx, mutated, paths)
	if err != nil {
		return nil, fmt.Errorf("without %s: %w", away.Statement, err)
	}
	return need, nil
}

// rank is 0 for the paths that are likely to fail: those that used the statement,
// or, of a condition, those that something is refused on.
func (away removal) rank(p Path) int {
	if away.condition && len(p.Refused) > 0 || !away.condition && slices.Contains(away.paths, p.Name) {
		return 0
	}
	return 1
}

// try deploys templates in a lab of their own, goes the paths, and gives the first
// that failed, or nil. Its error is of what could not be tried.
func (s Suite) try(ctx context.Context, templates []*cloudformation.Template, paths []Path) (need *Need, err error) {
	d, err := begin(ctx, s)
	defer func() { err = errors.Join(err, d.end()) }()
	if err != nil {
		return nil, err
	}
	if err := d.deploy(ctx, templates); err != nil {
		if api := smithy.APIError(nil); !errors.As(err, &api) {
			return nil, err // no service refused it: the template is broken
		}
		return &Need{Path: deploying, Err: err}, nil
	}
	for _, p := range paths {
		if err := p.Run(ctx, d.Deployed); err != nil {
			return &Need{Path: p.Name, Err: err}, nil
		}
	}
	return nil, nil
}
