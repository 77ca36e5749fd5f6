package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"rekey/functions/rotate"
)

// planTable is a table of plans. With --output json it is a line for each.
type planTable struct {
	*app
	w       *tabwriter.Writer
	aliases map[string]string // an alias of each key that has one, by its id
	begun   bool
}

func newPlanTable(a *app, aliases map[string]string) *planTable {
	return &planTable{app: a, w: tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0), aliases: aliases}
}

// add adds a plan. What was missing for it is the error.
func (t *planTable) add(p rotate.Plan) error {
	if t.output == "json" {
		if err := t.print(p, ""); err != nil {
			return err
		}
		return unread(p)
	}
	if !t.begun {
		t.begun = true
		if _, err := fmt.Fprintln(t.w, "KEY\tALIAS\tKIND\tWAY\tOUTCOME\tDUE\tWHY"); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(t.w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", p.Key.ID, dash(t.aliases[string(p.Key.ID)]), kindText(p.Kind), dash(string(p.Way)), p.Outcome, dueText(p), legible(p.Why))
	if err != nil {
		return err
	}
	return unread(p)
}

func (t *planTable) flush() error { return t.w.Flush() }

// planText is a plan with all that it says.
func planText(p rotate.Plan) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", p.Key)
	line := func(name, format string, a ...any) {
		fmt.Fprintf(&b, "  %-9s %s\n", name, legible(fmt.Sprintf(format, a...)))
	}
	line("kind", "%s", kindText(p.Kind))
	if p.Way != rotate.None {
		line("way", "%s", p.Way)
	}
	line("outcome", "%s: %s", p.Outcome, p.Why)
	if due := dueText(p); due != "-" {
		line("due", "%s", due)
	}
	for i, s := range p.Steps {
		line(fmt.Sprintf("step %d", i+1), "%s", stepText(s))
	}
	for _, w := range p.Warnings {
		line("warning", "%s", w)
	}
	for _, l := range p.Left {
		line("left", "%s", l)
	}
	for _, ask := range p.Asks {
		line("asks", "--accept %s: %s", ask.Name, ask.Why)
	}
	for _, m := range p.Missing {
		line("missing", "%s", m.Reason)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// stepText is a step in words.
func stepText(s rotate.Step) string {
	var what string
	switch s.Op {
	case rotate.EnableRotation:
		what = fmt.Sprintf("rotate automatically every %d days", s.Days)
	case rotate.RotateNow:
		what = "rotate on demand"
	case rotate.ImportMaterial:
		what = "import key material"
		if s.Material != nil {
			what += " from " + s.Material.String()
		}
	case rotate.CreateKey:
		what = "create the successor"
	case rotate.Replicate:
		what = "replicate the successor"
	case rotate.CreateGrant:
		what = "grant again"
		if s.Grant != nil {
			what = "grant " + s.Grant.Grantee + " again"
		}
	case rotate.TryKey:
		what = "try the successor"
	case rotate.MoveAlias:
		what = "move " + string(s.Alias)
	case rotate.MarkOld:
		what = "mark the old key as succeeded"
	default:
		what = string(s.Op)
	}
	return fmt.Sprintf("%s, in %s: %s", what, s.Region, s.Why)
}

// resultText is what came of applying.
func resultText(r rotate.Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", r.Key)
	line := func(name, format string, a ...any) {
		fmt.Fprintf(&b, "  %-9s %s\n", name, legible(fmt.Sprintf(format, a...)))
	}
	line("ended", "%s", r.Ending)
	if r.Successor.ID != "" {
		line("successor", "%s", r.Successor)
	}
	for _, s := range r.Steps {
		line("did", "%s", s)
	}
	for _, n := range r.Notes {
		line("note", "%s", n)
	}
	for _, left := range r.Residue {
		line("left", "%s: %s; %s", left.What, left.Why, left.Fix)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// statusText is what the journal knows of a key.
func statusText(k rotate.KeyAnswer) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", k.Key)
	line := func(name, format string, a ...any) {
		fmt.Fprintf(&b, "  %-9s %s\n", name, legible(fmt.Sprintf(format, a...)))
	}
	if k.Job == nil && k.InPlace == nil {
		line("journal", "nothing was done with it")
	}
	for _, j := range []*rotate.Job{k.Job, k.InPlace} {
		if j == nil {
			continue
		}
		what := "successor"
		if j == k.InPlace {
			what = "in place"
		}
		line(what, "%s, begun %s%s", j.Phase, timeText(j.Began), ended(j))
		line("old key", "%s", j.Plan.Key)
		if j.Successor.ID != "" {
			line("new key", "%s", j.Successor)
		}
		for _, s := range j.Plan.Steps {
			if s.Op == rotate.MoveAlias {
				line("alias", "%s in %s", s.Alias, s.Region)
			}
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// residueText is what goes on using an old key, a line each.
func residueText(all []rotate.Residue) string {
	var b strings.Builder
	for _, r := range all {
		fmt.Fprintf(&b, "\n  %-9s %s", "left", legible(r.What+": "+r.Why+"; "+r.Fix))
	}
	return b.String()
}

func ended(j *rotate.Job) string {
	if j.Ended.IsZero() {
		return ", not finished"
	}
	return ", ended " + timeText(j.Ended)
}

// kindText is a key's kind, where it is known.
func kindText(k rotate.Kind) string {
	if k.Spec == "" {
		return "unknown"
	}
	text := string(k.Spec)
	if k.Usage != "ENCRYPT_DECRYPT" {
		text += " " + string(k.Usage)
	}
	if k.Origin != "AWS_KMS" {
		text += " " + string(k.Origin)
	}
	return text
}

// dueText is the date of a plan. Of one that is to be done now for another reason than
// its age a later date would only confuse.
func dueText(p rotate.Plan) string {
	if p.Outcome == rotate.Due && p.Due.After(time.Now()) {
		return "-"
	}
	return dateText(p.Due)
}

func dateText(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.DateOnly)
}

func timeText(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
