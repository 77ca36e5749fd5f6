package cloudformation_test

import (
	"archive/zip"
	"bytes"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"rekey/lab/cloudformation"
)

type object = map[string]any

// artifacts is a manifest.json.
func artifacts(a object) object { return object{"version": "54.0.0", "artifacts": a} }

func stackArtifact(file string, dependencies ...string) object {
	return object{"type": "aws:cloudformation:stack", "environment": "aws://unknown-account/unknown-region", "properties": object{"templateFile": file}, "dependencies": dependencies}
}

// app is an assembly of three stacks, two of them in a stage, with a directory
// and a file among their assets.
func app(t *testing.T) string {
	dir := t.TempDir()
	late := stackArtifact("Late.template.json", "Early", "Late.assets")
	late["properties"].(object)["stackName"] = "LateByName"
	write(t, dir, map[string]any{
		"manifest.json": artifacts(object{
			"A-Late":      late,
			"Early":       stackArtifact("Early.template.json"),
			"Late.assets": object{"type": "cdk:asset-manifest", "properties": object{"file": "Late.assets.json"}},
			"Tree":        object{"type": "cdk:tree", "properties": object{"file": "tree.json"}},
			"assembly-S":  object{"type": "cdk:cloud-assembly", "properties": object{"directoryName": "assembly-S"}, "dependencies": []string{"Early"}},
		}),
		"Early.template.json": resources(`{` + one + `}`),
		"Late.template.json":  resources(`{` + one + `}`),
		"Late.assets.json": object{"version": "54.0.0", "dockerImages": object{}, "files": object{
			"d": object{"source": object{"path": "asset.d", "packaging": "zip"}, "destinations": object{"here": object{"bucketName": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}", "objectKey": "d.zip"}}},
			"f": object{"source": object{"path": "Late.template.json", "packaging": "file"}, "destinations": object{"here": object{"bucketName": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}", "objectKey": "f.json"}}},
		}},
		"asset.d/bootstrap":          "binary",
		"asset.d/sub/other":          "other",
		"assembly-S/manifest.json":   artifacts(object{"Staged": stackArtifact("S.template.json")}),
		"assembly-S/S.template.json": resources(`{` + one + `}`),
	})
	return dir
}

func TestReadAssembly(t *testing.T) {
	b := newBench(t)
	a := b.assembly(app(t))
	var names []string
	for _, s := range a.Stacks() {
		names = append(names, s.Name)
	}
	equal(b, "the order", strings.Join(names, " "), "Early LateByName Staged")
	s, err := a.Stack("Staged")
	if err != nil || s.Document["Resources"] == nil {
		t.Errorf("%v, %v", s, err)
	}
	_, err = a.Stack("Nope")
	b.refused(err, "no such stack", `no stack "Nope"; it has Early, LateByName, Staged`)
}

func TestAssembliesRefused(t *testing.T) {
	b := newBench(t)
	template, dir, up := resources(`{`+one+`}`), t.TempDir(), strings.Repeat("../", 20)
	_, err := cloudformation.ReadAssembly(dir)
	b.refused(err, "no assembly", "read the cloud assembly "+dir, "give the directory that cdk synth wrote")
	assets := func(manifest object) map[string]any {
		return map[string]any{"manifest.json": artifacts(object{"S": stackArtifact("t.json", "A"), "A": object{"type": "cdk:asset-manifest", "properties": object{"file": "a.json"}}}), "t.json": template, "a.json": manifest}
	}
	for want, files := range map[string]map[string]any{
		"manifest.json: invalid character":          {"manifest.json": "x"},
		"manifest.json has no version":              {"manifest.json": object{}},
		"manifest.json: something follows":          {"manifest.json": "{} {}"},
		"t.json: something follows":                 {"manifest.json": artifacts(object{"S": stackArtifact("t.json")}), "t.json": "{}}"},
		"/dev/zero is no regular file":              {"manifest.json": artifacts(object{"S": stackArtifact(up + "dev/zero")})},
		`the artifact X has the type "aws:nothing"`: {"manifest.json": artifacts(object{"X": object{"type": "aws:nothing"}})},
		"there is no artifact Nope":                 {"manifest.json": artifacts(object{"S": stackArtifact("t.json", "Nope")}), "t.json": template},
		"the artifact A depends on itself":          {"manifest.json": artifacts(object{"A": stackArtifact("t.json", "B"), "B": stackArtifact("t.json", "A")}), "t.json": template},
		"stack S: open ":                            {"manifest.json": artifacts(object{"S": stackArtifact("none.json")})},
		"two stacks are named S":                    {"manifest.json": artifacts(object{"S": stackArtifact("t.json"), "T": object{"type": "cdk:cloud-assembly", "properties": object{"directoryName": "t"}}}), "t/manifest.json": artifacts(object{"S": stackArtifact("../t.json")}), "t.json": template},
		"stack S: a.json: it has images":            assets(object{"dockerImages": object{"i": object{}}}),
		"a.json: x is made by a command":            assets(object{"files": object{"x": object{"source": object{"executable": []string{"make"}}}}}),
	} {
		dir := t.TempDir()
		write(t, dir, files)
		_, err := cloudformation.ReadAssembly(dir)
		b.refused(err, want, want)
	}
}

// Bootstrap makes the bucket of the assets and the version, once.
func TestBootstrap(t *testing.T) {
	b := newBench(t)
	late, err := b.assembly(app(t)).Stack("LateByName")
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.d.Deploy(t.Context(), late, nil)
	b.refused(err, "without Bootstrap", "asset d: put s3://cdk-hnb659fds-assets-111122223333-eu-west-1/d.zip, in the bucket that Bootstrap makes", "NoSuchBucket")
	for _, d := range []*cloudformation.Deployer{b.d, b.d, b.deployer(account, region)} {
		if err := d.Bootstrap(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.d.Deploy(t.Context(), late, nil); err != nil {
		t.Fatal(err)
	}
	c, bucket := s3.NewFromConfig(b.config, func(o *s3.Options) { o.UsePathStyle = true }), "cdk-hnb659fds-assets-111122223333-eu-west-1"
	rule := got(b, c.GetBucketEncryption, &s3.GetBucketEncryptionInput{Bucket: &bucket}).ServerSideEncryptionConfiguration.Rules[0]
	equal(b, "the encryption", rule.ApplyServerSideEncryptionByDefault.SSEAlgorithm, types.ServerSideEncryptionAwsKms)
	equal(b, "versioning", got(b, c.GetBucketVersioning, &s3.GetBucketVersioningInput{Bucket: &bucket}).Status, "Enabled")
	got(b, ssm.NewFromConfig(b.config).GetParameter, &ssm.GetParameterInput{Name: new("/cdk-bootstrap/hnb659fds/version")})
	file, err := io.ReadAll(got(b, c.GetObject, &s3.GetObjectInput{Bucket: &bucket, Key: new("f.json")}).Body)
	equal(b, "the file", string(file), resources(`{`+one+`}`))
	archive, readErr := io.ReadAll(got(b, c.GetObject, &s3.GetObjectInput{Bucket: &bucket, Key: new("d.zip")}).Body)
	if err != nil || readErr != nil {
		t.Fatal(err, readErr)
	}
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	modes := map[string]string{}
	for _, f := range z.File {
		modes[f.Name] = f.Mode().String()
	}
	equal(b, "the files", strings.Join(slices.Sorted(maps.Keys(modes)), " "), "bootstrap sub/other")
	equal(b, "the mode", modes["bootstrap"], "-rwxr-xr-x")
}

// The same directory gives the same archive, whenever its files were written.
func TestArchivesAreTheSame(t *testing.T) {
	var archives [][]byte
	for range 2 {
		b := newBench(t)
		dir := app(t)
		if err := os.Chtimes(filepath.Join(dir, "asset.d", "bootstrap"), b.lab.World.Now().AddDate(-len(archives), 0, 0), b.lab.World.Now().AddDate(-len(archives), 0, 0)); err != nil {
			t.Fatal(err)
		}
		late, err := b.assembly(dir).Stack("LateByName")
		if err == nil {
			err = b.d.Bootstrap(t.Context())
		}
		if err == nil {
			_, err = b.d.Deploy(t.Context(), late, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		c := s3.NewFromConfig(b.config, func(o *s3.Options) { o.UsePathStyle = true })
		archive, err := io.ReadAll(got(b, c.GetObject, &s3.GetObjectInput{Bucket: new("cdk-hnb659fds-assets-111122223333-eu-west-1"), Key: new("d.zip")}).Body)
		if err != nil {
			t.Fatal(err)
		}
		archives = append(archives, archive)
	}
	if !bytes.Equal(archives[0], archives[1]) {
		t.Error("the archives differ")
	}
}

func TestAssetsRefused(t *testing.T) {
	for want, file := range map[string]object{
		"neither file nor zip":   {"source": object{"path": "t.json", "packaging": "tar"}},
		"its source has no path": {"source": object{"packaging": "zip"}},
		"is no regular file":     {"source": object{"path": "/dev/zero", "packaging": "file"}},
		"is no directory":        {"source": object{"path": "t.json", "packaging": "zip"}},
		"asset x: open ":         {"source": object{"path": "none", "packaging": "file"}},
		"asset x: stat ":         {"source": object{"path": "none", "packaging": "zip"}},
		"is in the Region us-east-1, and the stack in eu-west-1": {"source": object{"path": "t.json", "packaging": "file"}, "destinations": object{"d": object{"bucketName": "b", "objectKey": "k", "region": "us-east-1"}}},
	} {
		b := newBench(t)
		dir := t.TempDir()
		write(t, dir, map[string]any{
			"manifest.json": artifacts(object{"S": stackArtifact("t.json", "A"), "A": object{"type": "cdk:asset-manifest", "properties": object{"file": "a.json"}}}),
			"t.json":        resources(`{` + one + `}`), "a.json": object{"files": object{"x": file}},
		})
		_, err := b.d.Deploy(t.Context(), b.assembly(dir).Stacks()[0], nil)
		b.refused(err, want, "deploy the stack S: asset x: ", want)
	}
}

// A stack that is for one account and Region is deployed there only.
func TestEnvironments(t *testing.T) {
	for environment, fits := range map[string]bool{
		"aws://111122223333/eu-west-1": true, "aws://unknown-account/unknown-region": true, "aws://111122223333/unknown-region": true,
		"aws://444455556666/eu-west-1": false, "aws://111122223333/us-east-1": false,
	} {
		b := newBench(t)
		dir, s := t.TempDir(), stackArtifact("t.json")
		s["environment"] = environment
		write(t, dir, map[string]any{"manifest.json": artifacts(object{"S": s}), "t.json": resources(`{` + one + `}`)})
		_, err := b.d.Deploy(t.Context(), b.assembly(dir).Stacks()[0], nil)
		if fits && err != nil {
			t.Errorf("%s: %v", environment, err)
		} else if !fits {
			b.refused(err, environment, "it is for "+environment+", not for aws://111122223333/eu-west-1")
		}
	}
}

// What an assembly gives for a parameter goes before its default, and what Deploy
// is given before that.
func TestParametersOfAnAssembly(t *testing.T) {
	dir, s := t.TempDir(), stackArtifact("t.json")
	s["properties"].(object)["parameters"] = object{"P": "assembly"}
	write(t, dir, map[string]any{"manifest.json": artifacts(object{"S": s}), "t.json": `{"Parameters": {"P": {"Type": "String", "Default": "default"}}, "Resources": {` + one + `}, "Outputs": {"P": {"Value": {"Ref": "P"}}}}`})
	for want, given := range map[string]map[string]string{"assembly": nil, "given": {"P": "given"}} {
		b := newBench(t)
		stack, err := b.d.Deploy(t.Context(), b.assembly(dir).Stacks()[0], given)
		if err != nil {
			t.Fatal(err)
		}
		equal(b, "P", stack.Outputs["P"], want)
	}
}
