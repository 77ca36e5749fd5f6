package main

import (
	"fmt"
	"os"
	"path"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"

	"rekey/infra/config"
)

// build adds the stacks of every environment to the app. Without environments
// they are for the account and Region of whoever deploys.
func build(app awscdk.App, c config.Config) error {
	dist := distOf(c)
	for _, function := range []string{"decrypt", "rotate"} {
		if _, err := os.Stat(path.Join(dist, function, "bootstrap")); err != nil {
			return fmt.Errorf("the functions are not built: %w: run make %s", err, map[bool]string{false: "build", true: "fips"}[c.FIPS])
		}
	}
	if len(c.Environments) == 0 {
		addStacks(app, c, dist, nil)
	}
	for _, e := range c.Environments {
		env := &awscdk.Environment{Account: new(string(e.Account)), Region: new(string(e.Region))}
		stage := awscdk.NewStage(app, new(e.String()), &awscdk.StageProps{Env: env})
		addStacks(stage, c, dist, env)
	}
	return nil
}

// distOf is where the functions of a configuration are built.
func distOf(c config.Config) string {
	if c.FIPS {
		return path.Join("dist", "fips", c.Architecture)
	}
	return path.Join("dist", c.Architecture)
}

func addStacks(scope constructs.Construct, c config.Config, dist string, env *awscdk.Environment) {
	ops := newOperations(scope, c, env)
	newDecryptStack(scope, c, ops, dist, env)
	newRotateStack(scope, c, ops, dist, env)
	ops.dashboard()
}

// stackOf makes a stack, of the same name in every environment.
func stackOf(scope constructs.Construct, name, description string, env *awscdk.Environment) awscdk.Stack {
	stack := awscdk.NewStack(scope, &name, &awscdk.StackProps{StackName: &name, Description: &description, Env: env})
	// Not every Region has tags for dashboards.
	awscdk.Tags_Of(stack).Add(new("rekey"), &name, &awscdk.TagProps{ExcludeResourceTypes: &[]*string{new("AWS::CloudWatch::Dashboard")}})
	return stack
}
