package cloudformation

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Template is a stack that can be deployed.
type Template struct {
	Name     string         // of the stack
	Document map[string]any // the template's JSON; numbers may be json.Number

	environment string            // aws://ACCOUNT/REGION, or with unknown-account and unknown-region
	parameters  map[string]string // what the assembly gives for them
	tags        map[string]string // of the stack, which its resources get
	assets      []asset
}

// ParseTemplate makes a Template without assets of a template's JSON.
func ParseTemplate(stack, text string) (*Template, error) {
	t := &Template{Name: stack}
	if err := decode([]byte(text), &t.Document); err != nil {
		return nil, fmt.Errorf("read the template of the stack %s: %w", stack, err)
	}
	return t, nil
}

// Clone gives a copy whose document can be changed alone.
func (t *Template) Clone() *Template {
	c := *t
	c.Document = deepCopy(t.Document).(map[string]any)
	c.parameters, c.tags, c.assets = maps.Clone(t.parameters), maps.Clone(t.tags), slices.Clone(t.assets)
	return &c
}

func deepCopy(v any) any {
	switch v := v.(type) {
	case map[string]any:
		c := make(map[string]any, len(v))
		for k, e := range v {
			c[k] = deepCopy(e)
		}
		return c
	case []any:
		c := make([]any, len(v))
		for i, e := range v {
			c[i] = deepCopy(e)
		}
		return c
	}
	return v
}

// sections of a template (CloudFormation User Guide, "CloudFormation template
// sections"); the resources by logical id.
type sections struct {
	AWSTemplateFormatVersion string
	Description              string
	Metadata                 any
	Parameters               map[string]parameter
	Rules                    map[string]rule
	Mappings                 map[string]map[string]map[string]any
	Conditions               map[string]any
	Resources                map[string]declaration
	Outputs                  map[string]output
}

// declaration is a resource as the template has it.
type declaration struct {
	Type                string
	Properties          map[string]any
	DependsOn           any // a logical id, or a list of them
	Condition           string
	DeletionPolicy      string
	UpdateReplacePolicy string
	Metadata            any
}

type output struct {
	Value       any
	Description string
	Condition   string
	Export      *struct{ Name any }
}

// sections reads the document strictly.
func (t *Template) sections() (*sections, error) {
	text, err := json.Marshal(t.Document) // what a test put in becomes what JSON has
	if err != nil {
		return nil, err
	}
	var document any
	if err := decode(text, &document); err != nil {
		return nil, err
	}
	s := new(sections)
	if err := bind("", document, s); err != nil {
		return nil, fmt.Errorf("Template format error: %w", err)
	}
	switch {
	case s.AWSTemplateFormatVersion != "" && s.AWSTemplateFormatVersion != "2010-09-09":
		return nil, fmt.Errorf("Template format error: %s is not a supported value for AWSTemplateFormatVersion", s.AWSTemplateFormatVersion)
	case len(s.Resources) == 0: // recorded wording
		return nil, templateError("Template format error: At least one Resources member must be defined.")
	}
	if err := s.names(); err != nil {
		return nil, err
	}
	return s, s.shape()
}

// alphanumeric is what logical ids are.
var alphanumeric = regexp.MustCompile(`^[A-Za-z0-9]+$`)

// names checks the logical ids, and how many there are (CloudFormation User Guide,
// "CloudFormation quotas").
func (s *sections) names() error {
	for _, section := range []struct {
		noun  string
		names []string
		most  int
	}{
		{"Resource", sortedKeys(s.Resources), 500},
		{"Parameter", sortedKeys(s.Parameters), 200},
		{"Output", sortedKeys(s.Outputs), 200},
	} {
		if n := len(section.names); n > section.most { // reported wording, in aws-cdk
			return templateError("Template format error: Number of %ss, %d, is greater than maximum allowed, %d", strings.ToLower(section.noun), n, section.most)
		}
		for _, name := range section.names {
			if !alphanumeric.MatchString(name) { // recorded wording, but for outputs
				return templateError("Template format error: %s name %s is non alphanumeric.", section.noun, name)
			}
		}
	}
	for name := range s.Parameters {
		if _, twice := s.Resources[name]; twice { // User Guide, Parameters: unique among all logical names
			return fmt.Errorf("Template format error: %s is the name of a parameter and of a resource", name)
		}
	}
	return nil
}

// shape checks what bind cannot: that members that must be there are.
func (s *sections) shape() error {
	for _, id := range slices.Sorted(maps.Keys(s.Resources)) {
		r := s.Resources[id]
		switch {
		case r.Type == "": // recorded wording
			return templateError("Template format error: [/Resources/%s] Every Resources object must contain a Type member.", id)
		case !slices.Contains([]string{"", "Delete", "Retain"}, r.UpdateReplacePolicy):
			return fmt.Errorf("Resources/%s/UpdateReplacePolicy: %q is none that its type supports: Delete or Retain", id, r.UpdateReplacePolicy)
		case !slices.Contains([]string{"", "Delete", "Retain", "RetainExceptOnCreate"}, r.DeletionPolicy):
			return fmt.Errorf("Resources/%s/DeletionPolicy: %q is none that its type supports: Delete, Retain or RetainExceptOnCreate", id, r.DeletionPolicy)
		}
		if _, err := r.dependsOn(); err != nil {
			return fmt.Errorf("Resources/%s/DependsOn: %w", id, err)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(s.Outputs)) {
		if s.Outputs[id].Value == nil { // recorded wording
			return fmt.Errorf("Template format error: Every Outputs member must contain a Value object: Outputs/%s", id)
		}
	}
	return nil
}

// dependsOn gives the logical ids that a resource names itself.
func (r *declaration) dependsOn() ([]string, error) {
	switch v := r.DependsOn.(type) {
	case nil:
		return nil, nil
	case string:
		return []string{v}, nil
	case []any:
		var ids []string
		for _, e := range v {
			id, ok := e.(string)
			if !ok {
				return nil, fmt.Errorf("%v is no logical id", e)
			}
			ids = append(ids, id)
		}
		return ids, nil
	}
	return nil, fmt.Errorf("%v is neither a logical id nor a list of them", r.DependsOn)
}

// templateError is an error in the words of CloudFormation, which begin with a
// capital and may end with a full stop.
func templateError(format string, args ...any) error { return fmt.Errorf(format, args...) }
