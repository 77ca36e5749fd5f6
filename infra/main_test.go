package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"rekey/infra/config"
)

// The app's paths are those of the repository's root.
func TestMain(m *testing.M) {
	err := errors.Join(os.Chdir(".."), os.Setenv("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	jsii.Close()
	os.Exit(code)
}

// thisMachine is the architecture of functions that run here.
func thisMachine() string {
	if runtime.GOARCH == "arm64" {
		return config.ARM64
	}
	return config.X86_64
}

// synthesised writes the assembly of an app, and gives its directory.
func synthesised(t *testing.T, c config.Config, add func(awscdk.App)) string {
	t.Helper()
	dir := t.TempDir()
	app := awscdk.NewApp(&awscdk.AppProps{AnalyticsReporting: new(false), Outdir: &dir})
	add(app)
	app.Synth(nil)
	return dir
}
