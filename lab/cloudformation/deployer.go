package cloudformation

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"rekey/shared/keyid"
)

// Target is where stacks are deployed, and as whom.
type Target struct {
	Config  aws.Config // the deployer's credentials and Region
	Account keyid.Account
	Region  keyid.Region
	// Wait waits while AWS brings something about: a function that becomes active,
	// a replica that becomes usable. By default nobody waits, as the clock of a
	// lab may stand, and such things may be going on when Deploy returns.
	Wait func(context.Context, time.Duration) error
}

// Deployer deploys stacks into one account and Region. It is used by one
// goroutine at a time.
type Deployer struct {
	target  Target
	api     *clients
	exports map[string]export
	stacks  map[string]bool // by name; false after a deployment that failed
	tries   int
}

// New makes a Deployer that has deployed nothing.
func New(t Target) *Deployer {
	t.Config = t.Config.Copy()
	t.Config.Region = string(t.Region)
	return &Deployer{target: t, api: newClients(t.Config), exports: map[string]export{}, stacks: map[string]bool{}}
}

// Stack is one that was deployed.
type Stack struct {
	Name    string
	ID      string // its ARN
	Outputs map[string]string

	resources map[string]*resource
}

// Physical gives what Ref gives of a resource, its physical id; "" if the stack
// has none of that logical id.
func (s *Stack) Physical(logicalID string) string {
	if r := s.resources[logicalID]; r != nil {
		return r.ref
	}
	return ""
}

// Attribute gives what Fn::GetAtt gives of a resource.
func (s *Stack) Attribute(logicalID, name string) (string, error) {
	r := s.resources[logicalID]
	if r == nil {
		return "", fmt.Errorf("the stack %s has no resource %s; it has %s", s.Name, logicalID, strings.Join(slices.Sorted(maps.Keys(s.resources)), ", "))
	}
	v, ok := r.attributes[name]
	if !ok {
		return "", fmt.Errorf("%s is a %s, which has no attribute %s", logicalID, r.kind, name)
	}
	return v, nil
}

// Properties gives a resource's properties without references: as it was
// created. It is nil if the stack has no such resource.
func (s *Stack) Properties(logicalID string) map[string]any {
	if r := s.resources[logicalID]; r != nil {
		return r.properties
	}
	return nil
}

// Resources gives the logical ids of a type's resources, in order.
func (s *Stack) Resources(kind string) []string {
	var ids []string
	for id, r := range s.resources {
		if r.kind == kind {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

var stackName = regexp.MustCompile(`^[a-zA-Z][-a-zA-Z0-9]{0,127}$`)

// Deploy publishes a stack's assets and creates its resources. parameters are
// for those of the template; they go before what the assembly gives for them. An
// error names the stack and the place in the template. Then what was created is
// deleted again, and Deploy may be tried anew.
func (d *Deployer) Deploy(ctx context.Context, t *Template, parameters map[string]string) (*Stack, error) {
	s, err := d.deploy(ctx, t, parameters)
	if err != nil {
		return nil, fmt.Errorf("deploy the stack %s: %w", t.Name, err)
	}
	return s, nil
}

func (d *Deployer) deploy(ctx context.Context, t *Template, parameters map[string]string) (*Stack, error) {
	switch {
	case !stackName.MatchString(t.Name):
		return nil, fmt.Errorf("its name %q does not satisfy %s", t.Name, stackName)
	case d.stacks[t.Name]: // recorded wording
		return nil, fmt.Errorf("Stack [%s] already exists; stacks are not updated here", t.Name)
	}
	if err := d.fits(t.environment); err != nil {
		return nil, err
	}
	body, err := t.sections()
	if err != nil {
		return nil, err
	}
	given := maps.Clone(t.parameters)
	if given == nil {
		given = map[string]string{}
	}
	maps.Copy(given, parameters)
	d.tries++
	id := fmt.Sprintf("arn:%s:cloudformation:%s:%s:stack/%s/", partition, d.target.Region, d.target.Account, t.Name)
	id += uuid(fmt.Sprint(id, d.tries))
	p, err := d.prepare(ctx, t.Name, id, body, given)
	if err != nil {
		return nil, err
	}
	if err := d.publish(ctx, t); err != nil {
		return nil, err
	}
	return p.create(ctx, d, t)
}

// fits says whether a stack that is for an account or Region is for this one.
func (d *Deployer) fits(environment string) error {
	account, region, _ := strings.Cut(strings.TrimPrefix(environment, "aws://"), "/")
	if environment == "" || (account == "unknown-account" || account == string(d.target.Account)) && (region == "unknown-region" || region == string(d.target.Region)) {
		return nil
	}
	return fmt.Errorf("it is for %s, not for aws://%s/%s", environment, d.target.Account, d.target.Region)
}

// prepared is a stack that was checked as far as it can be before anything is
// created.
type prepared struct {
	scope   *scope
	body    *sections
	ids     []string // of the resources, in the order of their creation
	stackID string
}

func (d *Deployer) prepare(ctx context.Context, stack, id string, body *sections, given map[string]string) (*prepared, error) {
	s := &scope{
		mappings: body.Mappings, declared: body.Resources, expressions: body.Conditions, exports: d.exports,
		pseudo: d.pseudo(stack, id), conditions: map[string]bool{}, made: map[string]*resource{},
	}
	if err := mapped(body.Mappings); err != nil {
		return nil, err
	}
	var err error
	if s.parameters, err = d.values(ctx, body.Parameters, given); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(body.Rules)) {
		if err := s.hold(name, body.Rules[name]); err != nil {
			return nil, err
		}
	}
	if err := s.decide(); err != nil {
		return nil, err
	}
	ids, err := s.order()
	if err != nil {
		return nil, err
	}
	return &prepared{s, body, ids, id}, s.examineOutputs(body.Outputs)
}

// examineOutputs checks what outputs refer to.
func (s *scope) examineOutputs(outputs map[string]output) error {
	for _, name := range slices.Sorted(maps.Keys(outputs)) {
		o, path := outputs[name], join("Outputs", name)
		if o.Condition != "" {
			if there, err := s.condition(o.Condition); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			} else if !there {
				continue
			}
		}
		if _, err := s.needs(join(path, "Value"), o.Value); err != nil {
			return err
		}
		if o.Export != nil {
			if _, err := s.needs(join(path, "Export/Name"), o.Export.Name); err != nil {
				return err
			}
		}
	}
	return nil
}
