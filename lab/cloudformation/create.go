package cloudformation

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// creation is one resource being created.
type creation struct {
	*clients
	target    Target
	stack     string
	stackID   string
	id        string // logical
	stackTags map[string]string
	undo      []func(context.Context) error // in the order of what they undo
}

// undone tells how to take back what was just created.
func (c *creation) undone(f func(context.Context) error) { c.undo = append(c.undo, f) }

// arn gives an ARN of this account and Region.
func (c *creation) arn(service, resource string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", partition, service, c.target.Region, c.target.Account, resource)
}

// until looks until something has come about; where nobody waits, it does not
// look.
func (c *creation) until(ctx context.Context, look func(context.Context) (bool, error)) error {
	if c.target.Wait == nil {
		return nil
	}
	for range 300 {
		if done, err := look(ctx); err != nil || done {
			return err
		}
		if err := c.target.Wait(ctx, time.Second); err != nil {
			return err
		}
	}
	return errors.New("it did not stabilize within five minutes")
}

// create creates the resources, and deletes them again if one fails.
func (p *prepared) create(ctx context.Context, d *Deployer, t *Template) (*Stack, error) {
	stack := &Stack{Name: t.Name, ID: p.stackID, Outputs: map[string]string{}, resources: p.scope.made}
	var begun []*creation
	err := func() error {
		for _, id := range p.ids {
			c := &creation{clients: d.api, target: d.target, stack: t.Name, stackID: p.stackID, id: id, stackTags: t.tags}
			begun = append(begun, c)
			if err := p.one(ctx, c); err != nil {
				return err
			}
		}
		return p.outputs(d, stack)
	}()
	if err != nil {
		return nil, errors.Join(err, p.rollback(ctx, begun))
	}
	d.stacks[t.Name] = true
	return stack, nil
}

// one creates one resource.
func (p *prepared) one(ctx context.Context, c *creation) error {
	declared := p.body.Resources[c.id]
	path := "Resources/" + c.id
	properties := declared.Properties
	if properties == nil {
		properties = map[string]any{}
	}
	v, err := p.scope.value(join(path, "Properties"), properties)
	if err != nil {
		return err
	}
	r, err := kinds[declared.Type].create(ctx, c, join(path, "Properties"), v)
	if err != nil {
		return fmt.Errorf("%s (%s): CREATE_FAILED: %w", path, declared.Type, err)
	}
	r.kind = declared.Type
	r.properties, _ = v.(map[string]any)
	p.scope.made[c.id] = r
	return nil
}

// rollback deletes what was created, in reverse order, and goes on where
// something cannot be deleted. Retain holds in a rollback too, RetainExceptOnCreate
// does not (CloudFormation Template Reference Guide, "DeletionPolicy attribute").
func (p *prepared) rollback(ctx context.Context, begun []*creation) error {
	ctx = context.WithoutCancel(ctx)
	var failed []error
	for _, c := range slices.Backward(begun) {
		if p.body.Resources[c.id].DeletionPolicy == "Retain" {
			continue
		}
		for _, f := range slices.Backward(c.undo) {
			if err := f(ctx); err != nil {
				failed = append(failed, fmt.Errorf("ROLLBACK_FAILED: delete Resources/%s (%s): %w", c.id, p.body.Resources[c.id].Type, err))
			}
		}
	}
	return errors.Join(failed...)
}

// outputs fills the stack's outputs and exports.
func (p *prepared) outputs(d *Deployer, stack *Stack) error {
	exports := map[string]export{}
	for _, name := range slices.Sorted(maps.Keys(p.body.Outputs)) {
		o, path := p.body.Outputs[name], join("Outputs", name)
		if o.Condition != "" && !p.scope.conditions[o.Condition] {
			continue
		}
		v, err := p.scope.text(join(path, "Value"), o.Value)
		if err != nil {
			return err
		}
		stack.Outputs[name] = v
		if o.Export == nil {
			continue
		}
		as, err := p.scope.text(join(path, "Export/Name"), o.Export.Name)
		if err != nil {
			return err
		}
		if other, taken := d.exports[as]; taken { // reported wording, in aws-cdk
			return fmt.Errorf("%s: Export with name %s is already exported by stack %s. Rename the export or don't export it", path, as, other.stack)
		}
		if _, twice := exports[as]; twice {
			return fmt.Errorf("%s: Export with name %s is exported twice by this stack", path, as)
		}
		exports[as] = export{stack.Name, v}
	}
	maps.Copy(d.exports, exports)
	return nil
}
