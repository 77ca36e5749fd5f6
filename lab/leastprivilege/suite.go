package leastprivilege

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"rekey/lab/cloudformation"
	"rekey/shared/keyid"
)

// Path is one way through what is deployed, end to end. It sets up what it needs
// itself, so that paths can run in any order, each alone.
type Path struct {
	Name string
	// Run goes the way and checks what came of it: the answer, and what must have
	// happened. What is not as it must be is its error.
	Run func(context.Context, *Deployed) error
	// Refused lists the actions, such as kms:Decrypt, that are refused on this way to
	// a principal that the templates grant something.
	Refused []string
}

// Suite is what is proved of an assembly.
type Suite struct {
	// Assembly is the directory that cdk synth wrote.
	Assembly string
	// Stacks are those to deploy, nil for all; Judged those whose statements are
	// proved, nil for all that are deployed.
	Stacks, Judged []string
	Account        keyid.Account
	Region         keyid.Region
	// Start is what the labs' clocks begin with; zero means world.Epoch. Functions go by
	// the wall's clock, so for those that compare times it is shortly before now.
	Start time.Time
	// Prepare makes what has to be there before the stacks: principals and keys that
	// their templates name. What a configuration cannot know beforehand, such as the
	// id of a key, it gives by the text that stands for it in the templates. It may be
	// nil.
	Prepare func(context.Context, *Deployed) (map[string]string, error)
	// Change changes the templates before anything else: for tests of a proof. It
	// may be nil.
	Change     func(stack string, document map[string]any)
	Paths      []Path
	Exemptions []Exemption
}

// templates reads those of the stacks, changed as the suite says.
func (s Suite) templates() ([]*cloudformation.Template, error) {
	assembly, err := cloudformation.ReadAssembly(s.Assembly)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Concat(s.Stacks, s.Judged) {
		if _, err := assembly.Stack(name); err != nil {
			return nil, err
		}
	}
	var all []*cloudformation.Template
	for _, t := range assembly.Stacks() {
		if s.Stacks != nil && !slices.Contains(s.Stacks, t.Name) {
			continue
		}
		t = t.Clone()
		if s.Change != nil {
			s.Change(t.Name, t.Document)
		}
		all = append(all, t)
	}
	return all, s.check()
}

func (s Suite) check() error {
	var names []string
	for _, p := range s.Paths {
		if p.Name == "" || p.Run == nil || slices.Contains(names, p.Name) {
			return fmt.Errorf("the path %q has no name of its own, or nothing to run", p.Name)
		}
		names = append(names, p.Name)
	}
	if len(names) == 0 {
		return errors.New("a suite without paths proves nothing")
	}
	return nil
}

// statements lists those that are judged.
func (s Suite) statements(templates []*cloudformation.Template) ([]Statement, error) {
	var all []Statement
	for _, t := range templates {
		if s.Judged != nil && !slices.Contains(s.Judged, t.Name) {
			continue
		}
		of, err := StatementsOf(t.Name, t.Document)
		if err != nil {
			return nil, err
		}
		all = append(all, of...)
	}
	return all, nil
}

// written is a value of a template as it stands there.
func written(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}

// foreign finds policies that roles, users and groups are given from outside the
// templates, whose statements nothing here can see.
func foreign(t *cloudformation.Template) ([]Finding, error) {
	resources, err := resourcesOf(t.Document)
	if err != nil {
		return nil, err
	}
	var all []Finding
	for _, id := range sortedKeys(resources) {
		r := resources[id]
		list, _ := r.properties()["ManagedPolicyArns"].([]any)
		for _, v := range list {
			if ref, _ := v.(map[string]any); len(ref) == 1 && resources[fmt.Sprint(ref["Ref"])].kind() == "AWS::IAM::ManagedPolicy" {
				continue
			}
			all = append(all, Finding{Kind: NotJudged, Detail: fmt.Sprintf("%s/%s (%s) has the managed policy %s attached, which is none of the template: write out the statements that are needed",
				t.Name, id, r.kind(), written(v))})
		}
	}
	return all, nil
}
