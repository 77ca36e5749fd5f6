package template

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Assembly is the templates of one cloud assembly, which may import from each
// other.
type Assembly struct {
	Stacks []*Stack
	index  map[string]*Resource // by ARN, and by URL, key id and alias
}

// Stack is one template.
type Stack struct {
	Name     string
	Document map[string]any
	// Account and Region are "" where the stack is for any.
	Account, Region string
	Resources       []*Resource // by logical id
}

// Resource is one resource of a stack.
type Resource struct {
	Stack      *Stack
	ID         string // logical id
	Type       string
	Properties map[string]any
	entry      map[string]any
}

// Path gives the path of the construct that made the resource, or "".
func (r *Resource) Path() string {
	path, _ := object(r.entry["Metadata"])["aws:cdk:path"].(string)
	return path
}

// Read reads the stacks that the manifest of an assembly's directory names. A
// Stage of the CDK is an assembly in a directory of its own, assembly-….
func Read(dir string) (*Assembly, error) {
	var manifest struct {
		Artifacts map[string]struct {
			Type        string
			Environment string
			Properties  struct{ TemplateFile, StackName string }
		}
	}
	if err := readJSON(filepath.Join(dir, "manifest.json"), &manifest); err != nil {
		return nil, err
	}
	var stacks []*Stack
	for _, name := range slices.Sorted(maps.Keys(manifest.Artifacts)) {
		artifact := manifest.Artifacts[name]
		if artifact.Type != "aws:cloudformation:stack" {
			continue
		}
		var document map[string]any
		if err := readJSON(filepath.Join(dir, artifact.Properties.TemplateFile), &document); err != nil {
			return nil, err
		}
		s, err := newStack(cmp.Or(artifact.Properties.StackName, name), document)
		if err != nil {
			return nil, fmt.Errorf("template %s: %w", filepath.Join(dir, artifact.Properties.TemplateFile), err)
		}
		s.Account, s.Region = environment(artifact.Environment)
		stacks = append(stacks, s)
	}
	if len(stacks) == 0 {
		return nil, fmt.Errorf("the cloud assembly %s has no stack: write it with make synth", dir)
	}
	return New(stacks...), nil
}

// New makes an assembly of stacks.
func New(stacks ...*Stack) *Assembly {
	a := &Assembly{Stacks: stacks, index: map[string]*Resource{}}
	for r := range a.resources() {
		if arn := a.arn(r); arn != "" {
			a.index[arn] = r
		}
		if kinds[r.Type].ref != "" || strings.HasPrefix(r.Type, "AWS::KMS::") {
			a.index[a.reference(r)] = r // other types' names may be the same
		}
	}
	return a
}

func readJSON(path string, into any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the cloud assembly, which make synth writes: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%s is no JSON document: write it again with make synth: %w", path, err)
	}
	return nil
}

// environment reads aws://ACCOUNT/REGION, in which either may be unknown.
func environment(text string) (account, region string) {
	account, region, _ = strings.Cut(strings.TrimPrefix(text, "aws://"), "/")
	if strings.HasPrefix(account, "unknown") {
		account = ""
	}
	if strings.HasPrefix(region, "unknown") {
		region = ""
	}
	return account, region
}

func newStack(name string, document map[string]any) (*Stack, error) {
	s := &Stack{Name: name, Document: document}
	entries := object(document["Resources"])
	if len(entries) == 0 {
		return nil, fmt.Errorf("there are no Resources in it: write it again with make synth")
	}
	for _, id := range slices.Sorted(maps.Keys(entries)) {
		entry := object(entries[id])
		kind, _ := entry["Type"].(string)
		if kind == "" {
			return nil, fmt.Errorf("the resource %s has no Type", id)
		}
		s.Resources = append(s.Resources, &Resource{Stack: s, ID: id, Type: kind, Properties: object(entry["Properties"]), entry: entry})
	}
	return s, nil
}

// resources gives every resource of the assembly.
func (a *Assembly) resources() func(yield func(*Resource) bool) {
	return func(yield func(*Resource) bool) {
		for _, s := range a.Stacks {
			for _, r := range s.Resources {
				if !yield(r) {
					return
				}
			}
		}
	}
}

// of gives the resources of the types.
func (a *Assembly) of(types ...string) []*Resource {
	var out []*Resource
	for r := range a.resources() {
		if slices.Contains(types, r.Type) {
			out = append(out, r)
		}
	}
	return out
}

// object gives a JSON object, or nil where v is none.
func object(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

// list gives a JSON array, one value as an array of it, and nothing as none.
func list(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

// at follows names into nested objects.
func at(v any, names ...string) any {
	for _, name := range names {
		v = object(v)[name]
	}
	return v
}
