package cloudformation

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// Assembly is what `cdk synth` wrote: stacks, and the files that they need.
type Assembly struct {
	stacks []*Template // in dependency order
}

// manifest is manifest.json (AWS CDK, "Cloud Assembly Specification").
type manifest struct {
	Version   string              `json:"version"`
	Artifacts map[string]artifact `json:"artifacts"`
}

type artifact struct {
	Type         string     `json:"type"`
	Environment  string     `json:"environment"`
	Dependencies []string   `json:"dependencies"`
	Properties   properties `json:"properties"`
}

// properties are those of all artifact types that matter here.
type properties struct {
	TemplateFile  string            `json:"templateFile"`
	StackName     string            `json:"stackName"`
	Parameters    map[string]string `json:"parameters"`
	Tags          map[string]string `json:"tags"`
	File          string            `json:"file"`
	DirectoryName string            `json:"directoryName"`
}

// Artifact types. Those without effect say something about the assembly only.
const (
	typeStack    = "aws:cloudformation:stack"
	typeAssets   = "cdk:asset-manifest"
	typeAssembly = "cdk:cloud-assembly"
)

var typesWithoutEffect = []string{"cdk:tree", "cdk:feature-flag-report", "cdk:validation-report", "none"}

// ReadAssembly reads a cloud assembly, and those of the stages within it.
func ReadAssembly(dir string) (*Assembly, error) {
	r := reader{done: map[string]bool{}}
	if err := r.assembly(dir); err != nil {
		return nil, fmt.Errorf("read the cloud assembly %s: %w", dir, err)
	}
	seen := map[string]bool{}
	for _, t := range r.stacks {
		if seen[t.Name] {
			return nil, fmt.Errorf("read the cloud assembly %s: two stacks are named %s", dir, t.Name)
		}
		seen[t.Name] = true
	}
	return &Assembly{r.stacks}, nil
}

// Stacks gives the templates, each after those that it depends on.
func (a *Assembly) Stacks() []*Template { return slices.Clone(a.stacks) }

// Stack gives the template of a stack by its name.
func (a *Assembly) Stack(name string) (*Template, error) {
	var names []string
	for _, t := range a.stacks {
		if t.Name == name {
			return t, nil
		}
		names = append(names, t.Name)
	}
	return nil, fmt.Errorf("the assembly has no stack %q; it has %s", name, strings.Join(names, ", "))
}

// reader walks an assembly's artifacts in the order of their dependencies.
type reader struct {
	stacks []*Template
	done   map[string]bool // by directory and artifact; false while it is read
}

func (r *reader) assembly(dir string) error {
	var m manifest
	if err := readJSON(filepath.Join(dir, "manifest.json"), &m); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%w: give the directory that cdk synth wrote", err)
		}
		return err
	}
	if m.Version == "" {
		return errors.New("manifest.json has no version: it is none of a cloud assembly")
	}
	for _, id := range slices.Sorted(maps.Keys(m.Artifacts)) {
		if err := r.artifact(dir, m, id); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) artifact(dir string, m manifest, id string) error {
	a, known := m.Artifacts[id]
	if !known {
		return fmt.Errorf("manifest.json: there is no artifact %s, which another depends on", id)
	}
	key := filepath.Join(dir, id)
	if done, begun := r.done[key]; begun {
		if !done {
			return fmt.Errorf("manifest.json: the artifact %s depends on itself", id)
		}
		return nil
	}
	r.done[key] = false
	for _, d := range a.Dependencies {
		if err := r.artifact(dir, m, d); err != nil {
			return err
		}
	}
	r.done[key] = true
	switch {
	case a.Type == typeStack:
		t, err := readStack(dir, m, id)
		if err == nil {
			r.stacks = append(r.stacks, t)
		}
		return err
	case a.Type == typeAssembly:
		return r.assembly(filepath.Join(dir, a.Properties.DirectoryName))
	case a.Type == typeAssets || slices.Contains(typesWithoutEffect, a.Type):
		return nil
	}
	return fmt.Errorf("manifest.json: the artifact %s has the type %q, which is not known here", id, a.Type)
}

// readStack reads a stack's template, and the manifests of the assets that it
// depends on.
func readStack(dir string, m manifest, id string) (*Template, error) {
	a := m.Artifacts[id]
	t := &Template{Name: id, environment: a.Environment, parameters: a.Properties.Parameters, tags: a.Properties.Tags}
	if a.Properties.StackName != "" {
		t.Name = a.Properties.StackName
	}
	if err := readJSON(filepath.Join(dir, a.Properties.TemplateFile), &t.Document); err != nil {
		return nil, fmt.Errorf("stack %s: %w", t.Name, err)
	}
	for _, d := range a.Dependencies {
		if m.Artifacts[d].Type != typeAssets {
			continue
		}
		files, err := readAssets(dir, m.Artifacts[d].Properties.File)
		if err != nil {
			return nil, fmt.Errorf("stack %s: %w", t.Name, err)
		}
		t.assets = append(t.assets, files...)
	}
	return t, nil
}

// readJSON decodes a file; numbers stay as they are written.
func readJSON(path string, into any) error {
	text, err := readRegular(path)
	if err != nil {
		return err
	}
	if err := decode(text, into); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return nil
}

func decode(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON value")
	}
	return nil
}
