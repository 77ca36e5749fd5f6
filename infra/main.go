// Command infra is the CDK app: it writes the cloud assembly of the suite's
// stacks. What it is told is the context value "rekey" of cdk.json (package
// config), and:
//
//	-c arch=x86_64   another architecture than the configured one
//	-c nag=true      check with cdk-nag; the reports are files of the assembly
//
// The functions' code is taken from dist/, where `make build` puts it.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"rekey/infra/config"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "infra:", err)
		os.Exit(1)
	}
}

func run() error {
	defer jsii.Close()
	app := awscdk.NewApp(&awscdk.AppProps{AnalyticsReporting: new(false), StackTraces: new(false)})
	c, err := configured(app)
	if err != nil {
		return err
	}
	if err := build(app, c); err != nil {
		return err
	}
	if nag, _ := app.Node().TryGetContext(new("nag")).(string); nag == "true" {
		check(app)
	}
	app.Synth(nil)
	return nil
}

// check has cdk-nag look at all stacks. Aspects of an app do not reach into its
// stages, so each stage has them of its own.
func check(app awscdk.App) {
	scopes := []constructs.IConstruct{app}
	for _, c := range *app.Node().Children() {
		if *awscdk.Stage_IsStage(c) {
			scopes = append(scopes, c)
		}
	}
	for _, c := range scopes {
		awscdk.Aspects_Of(c).Add(cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{Verbose: new(true)}), nil)
	}
}

// configured reads the configuration from the app's context.
func configured(app awscdk.App) (config.Config, error) {
	given := app.Node().TryGetContext(new("rekey"))
	if given == nil {
		given = map[string]any{}
	}
	text, err := json.Marshal(given)
	if err != nil {
		return config.Config{}, fmt.Errorf("the context value rekey: %w", err)
	}
	arch, _ := app.Node().TryGetContext(new("arch")).(string)
	c, err := config.Parse(text, arch)
	if err != nil {
		return config.Config{}, fmt.Errorf("the context value rekey (cdk.json) is wrong:\n%w", err)
	}
	return c, nil
}
