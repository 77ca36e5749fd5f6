package samlocal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"rekey/lab"
	"rekey/lab/cloudformation"
	"rekey/lab/world"
	"rekey/shared/keyid"
)

// Deploy creates all stacks of an assembly in a lab, as the account's root user,
// and gives them by name. The lab's Lambda takes the functions' code.
func Deploy(ctx context.Context, l *lab.Lab, assembly string, account keyid.Account, region keyid.Region) (map[string]*cloudformation.Stack, error) {
	a, err := cloudformation.ReadAssembly(assembly)
	if err != nil {
		return nil, err
	}
	l.Lambda.Uploads = true
	root := l.Config(region, lab.Root(account))
	root.BaseEndpoint = aws.String(lab.SecureEndpoint)
	d := cloudformation.New(cloudformation.Target{Config: root, Account: account, Region: region})
	if err := d.Bootstrap(ctx); err != nil {
		return nil, err
	}
	stacks := map[string]*cloudformation.Stack{}
	for _, t := range a.Stacks() {
		if stacks[t.Name], err = d.Deploy(ctx, t, nil); err != nil {
			return nil, err
		}
	}
	return stacks, nil
}

// Deployed names a function that is in a template, and was deployed.
type Deployed struct {
	Template string     // path of a synthesised template of the setup's architecture
	Name     string     // the function's, in the template and in the lab
	Config   aws.Config // of somebody who may ask the lab's Lambda for its configuration
}

// Function is one that SAM CLI runs.
type Function struct {
	Deployed
	local     *Local
	logicalID string
	variables string // path of the file with the values of its environment variables
	session   world.AccessKey
}

// Function prepares a function to be run under SAM CLI: what its environment
// variables have been deployed with, and a session of its role.
func (l *Local) Function(ctx context.Context, d Deployed) (*Function, error) {
	f := &Function{Deployed: d, local: l}
	err := f.prepare(ctx)
	if err != nil {
		return nil, fmt.Errorf("run %s of %s under SAM CLI: %w", d.Name, d.Template, err)
	}
	return f, nil
}

func (f *Function) prepare(ctx context.Context) error {
	declared, err := f.declaration()
	if err != nil {
		return err
	}
	deployed, err := lambda.NewFromConfig(f.Config).GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &f.Name})
	if err != nil {
		return err
	}
	values := map[string]string{}
	if deployed.Environment != nil {
		values = deployed.Environment.Variables
	}
	if err := f.write(declared, values); err != nil {
		return err
	}
	f.local.lab.World.Locked(func() {
		f.session, err = f.local.lab.STS.AssumeForService("lambda.amazonaws.com", *deployed.Role, f.Name)
	})
	return err
}

// resource is a function as the template has it.
type resource struct {
	Type       string
	Properties struct {
		FunctionName  any
		Architectures []string
		Environment   struct{ Variables map[string]any }
	}
}

// declaration finds the function in its template.
func (f *Function) declaration() (resource, error) {
	var template struct{ Resources map[string]json.RawMessage }
	text, err := os.ReadFile(f.Template)
	if err == nil {
		err = json.Unmarshal(text, &template)
	}
	if err != nil {
		return resource{}, fmt.Errorf("%w (make synth writes the templates)", err)
	}
	for id, raw := range template.Resources {
		var r resource
		if json.Unmarshal(raw, &r) != nil || r.Type != "AWS::Lambda::Function" || r.Properties.FunctionName != f.Name {
			continue // resources of other types have properties of other types
		}
		if got := r.Properties.Architectures; !slices.Equal(got, []string{f.local.setup.Arch}) {
			return r, fmt.Errorf("its architecture is %v, and %s is to be tested", got, f.local.setup.Arch)
		}
		f.logicalID = id
		return r, nil
	}
	return resource{}, errors.New("the template has no function of this name")
}

// write writes the values of the environment variables. SAM CLI passes on those
// that the template declares, and says nothing of others.
func (f *Function) write(declared resource, values map[string]string) error {
	want := slices.Sorted(maps.Keys(declared.Properties.Environment.Variables))
	if got := slices.Sorted(maps.Keys(values)); !slices.Equal(got, want) {
		return fmt.Errorf("its environment variables are %s in the template, and %s where it is deployed", strings.Join(want, ", "), strings.Join(got, ", "))
	}
	text, err := json.Marshal(map[string]map[string]string{f.logicalID: values})
	if err != nil {
		return err
	}
	f.variables = filepath.Join(f.local.dir, f.logicalID+".json")
	return os.WriteFile(f.variables, text, 0o600)
}

// Calls gives the calls of the function's session that the lab's trail has, and of
// what AWS services did on its behalf.
func (f *Function) Calls() []world.Entry {
	return slices.DeleteFunc(f.local.lab.World.Trail.Entries(), func(e world.Entry) bool {
		return e.Caller.ARN() != f.session.Caller.ARN()
	})
}
