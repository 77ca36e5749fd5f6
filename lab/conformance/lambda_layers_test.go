package conformance

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// shelved is a small archive.
func shelved(x *bench) []byte {
	x.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	if _, err := z.Create("file"); err != nil {
		x.Fatal(err)
	}
	if err := z.Close(); err != nil {
		x.Fatal(err)
	}
	return b.Bytes()
}

// layer publishes a version of a layer.
func (c *caller) layer(name string, configure ...func(*lambda.PublishLayerVersionInput)) *lambda.PublishLayerVersionOutput {
	c.x.Helper()
	in := &lambda.PublishLayerVersionInput{LayerName: &name, Content: &types.LayerVersionContentInput{ZipFile: shelved(c.x)}}
	for _, f := range configure {
		f(in)
	}
	out := succeed(c.x, c.Lambda.PublishLayerVersion, in)
	cleanup(c.x, c.Lambda.DeleteLayerVersion, &lambda.DeleteLayerVersionInput{LayerName: &name, VersionNumber: &out.Version})
	return out
}

func layerVersion(name string, number int64) *lambda.GetLayerVersionInput {
	return &lambda.GetLayerVersionInput{LayerName: &name, VersionNumber: &number}
}

func sharing(name string, number int64, sid, principal string) *lambda.AddLayerVersionPermissionInput {
	return &lambda.AddLayerVersionPermissionInput{LayerName: &name, VersionNumber: &number, StatementId: &sid, Principal: &principal, Action: new("lambda:GetLayerVersion")}
}

// versions are the numbers of a layer's versions, as they are listed.
func (c *caller) versions(in *lambda.ListLayerVersionsInput) (all []int64) {
	c.x.Helper()
	for _, v := range succeed(c.x, c.Lambda.ListLayerVersions, in).LayerVersions {
		all = append(all, v.Version)
	}
	return all
}

var lambdaLayers = []claim{
	{
		says:   "versions of a layer are numbered, and no number comes again",
		source: "recorded: lambda test_layer_lifecycle",
		check: func(x *bench) {
			name := x.name("layer")
			described := func(in *lambda.PublishLayerVersionInput) {
				in.Description, in.LicenseInfo = new("some"), new("MIT")
				in.CompatibleRuntimes, in.CompatibleArchitectures = []types.Runtime{types.RuntimePython312}, []types.Architecture{types.ArchitectureX8664}
			}
			arn := "arn:aws:lambda:" + x.region + ":" + x.Own.account + ":layer:" + name
			first, second := x.Own.layer(name, described), x.Own.layer(name, described)
			sum := sha256.Sum256(shelved(x))
			equal(x, "the digest", text(first.Content.CodeSha256), base64.StdEncoding.EncodeToString(sum[:]))
			equal(x, "the size", first.Content.CodeSize, int64(len(shelved(x))))
			equal(x, "the layer", text(second.LayerArn), arn)
			equal(x, "the version", text(second.LayerVersionArn), arn+":2")
			for _, got := range []*lambda.GetLayerVersionOutput{
				succeed(x, x.Own.Lambda.GetLayerVersion, layerVersion(name, 1)),
				succeed(x, x.Own.Lambda.GetLayerVersion, layerVersion(arn, 1)),
				(*lambda.GetLayerVersionOutput)(succeed(x, x.Own.Lambda.GetLayerVersionByArn, &lambda.GetLayerVersionByArnInput{Arn: first.LayerVersionArn})),
			} {
				equal(x, "the number", got.Version, 1)
				equal(x, "the description", text(got.Description)+text(got.LicenseInfo), "someMIT")
				equal(x, "the runtime", got.CompatibleRuntimes[0], types.RuntimePython312)
				equal(x, "the architecture", got.CompatibleArchitectures[0], types.ArchitectureX8664)
			}
			list := &lambda.ListLayerVersionsInput{LayerName: &name}
			if all := x.Own.versions(list); len(all) != 2 || all[0] != 2 || all[1] != 1 {
				x.Errorf("the versions are %v", all)
			}
			for n := range int64(2) {
				succeed(x, x.Own.Lambda.DeleteLayerVersion, &lambda.DeleteLayerVersionInput{LayerName: &name, VersionNumber: new(n + 1)})
			}
			equal(x, "the number of versions", len(x.Own.versions(list)), 0)
			equal(x, "the next version", x.Own.layer(name).Version, 3)
		},
	},
	{
		says:   "a version that is not there is not found, and deleting it succeeds",
		source: "recorded: lambda test_layer_exceptions",
		check: func(x *bench) {
			name, none := x.name("layer"), x.name("none")
			made := x.Own.layer(name, func(in *lambda.PublishLayerVersionInput) {
				in.CompatibleRuntimes, in.CompatibleArchitectures = []types.Runtime{}, []types.Architecture{}
			})
			equal(x, "the number of runtimes", len(made.CompatibleRuntimes), 0)
			equal(x, "the description", text(made.Description), "")
			const missing, low = "The resource you requested does not exist.", "Layer Version Cannot be less than 1"
			refused(x, x.Own.Lambda.GetLayerVersion, layerVersion(none, 1), "ResourceNotFoundException").saying(missing)
			refused(x, x.Own.Lambda.GetLayerVersion, layerVersion(name, 2), "ResourceNotFoundException").saying(missing)
			refused(x, x.Own.Lambda.GetLayerVersionByArn, &lambda.GetLayerVersionByArnInput{Arn: new(text(made.LayerArn) + ":2")}, "ResourceNotFoundException").saying(missing)
			refused(x, x.Own.Lambda.GetLayerVersionByArn, &lambda.GetLayerVersionByArnInput{Arn: made.LayerArn}, "ValidationException").mentioning("at 'arn' failed to satisfy constraint")
			for _, n := range []int64{0, -1} {
				refused(x, x.Own.Lambda.GetLayerVersion, layerVersion(name, n), "InvalidParameterValueException").saying(low)
			}
			refused(x, x.Own.Lambda.DeleteLayerVersion, &lambda.DeleteLayerVersionInput{LayerName: &name, VersionNumber: new(int64(-1))}, "InvalidParameterValueException").saying(low)
			equal(x, "the number of versions", len(x.Own.versions(&lambda.ListLayerVersionsInput{LayerName: &none})), 0)
			for _, n := range []int64{2, 1, 1} {
				succeed(x, x.Own.Lambda.DeleteLayerVersion, &lambda.DeleteLayerVersionInput{LayerName: &name, VersionNumber: &n})
			}
			succeed(x, x.Own.Lambda.DeleteLayerVersion, &lambda.DeleteLayerVersionInput{LayerName: &none, VersionNumber: new(int64(1))})
		},
	},
	{
		says:   "a layer's content may be in S3",
		source: "recorded: lambda test_layer_s3_content",
		check: func(x *bench) {
			bucket, name := x.Own.bucket(), x.name("layer")
			x.Own.store(bucket, "/layercontent.zip", string(shelved(x)))
			made := x.Own.layer(name, func(in *lambda.PublishLayerVersionInput) {
				in.Content = &types.LayerVersionContentInput{S3Bucket: &bucket, S3Key: new("/layercontent.zip")}
			})
			equal(x, "the digest", text(made.Content.CodeSha256), text(x.Own.layer(name).Content.CodeSha256))
			in := &lambda.PublishLayerVersionInput{LayerName: &name, Content: &types.LayerVersionContentInput{S3Bucket: &bucket, S3Key: new("/layercontent.zip")}}
			limited := x.Own.session(document(may("lambda:PublishLayerVersion", "*")))
			refused(x, limited.Lambda.PublishLayerVersion, in, "AccessDeniedException").mentioning("Your access has been denied by S3")
		},
	},
	{
		says:   "listings have the layers of a runtime and of an architecture, each by its newest version that fits",
		source: "Lambda API Reference, ListLayers; Lambda API Reference, ListLayerVersions",
		check: func(x *bench) {
			name, other := x.name("layer"), x.name("layer")
			arm := func(in *lambda.PublishLayerVersionInput) {
				in.CompatibleRuntimes, in.CompatibleArchitectures = []types.Runtime{types.RuntimeProvidedal2023}, []types.Architecture{types.ArchitectureArm64}
			}
			x.Own.layer(name, arm)
			x.Own.layer(name)
			x.Own.layer(other)
			newest := func(in *lambda.ListLayersInput) map[string]int64 {
				all := map[string]int64{}
				for _, l := range succeed(x, x.Own.Lambda.ListLayers, in).Layers {
					all[text(l.LayerName)] = l.LatestMatchingVersion.Version
				}
				return all
			}
			all, fitting := newest(&lambda.ListLayersInput{}), newest(&lambda.ListLayersInput{CompatibleRuntime: types.RuntimeProvidedal2023, CompatibleArchitecture: types.ArchitectureArm64})
			equal(x, "the newest version", all[name], 2)
			equal(x, "the other layer's", all[other], 1)
			equal(x, "the newest that fits", fitting[name], 1)
			equal(x, "the other layer's that fits", fitting[other], 0)
			if some := x.Own.versions(&lambda.ListLayerVersionsInput{LayerName: &name, CompatibleArchitecture: types.ArchitectureArm64}); len(some) != 1 || some[0] != 1 {
				x.Errorf("the versions that fit are %v", some)
			}
		},
	},
	{
		says:   "a version's policy has the permissions that were added to it, and a revision",
		source: "recorded: lambda test_layer_policy_lifecycle, test_layer_policy_exceptions",
		check: func(x *bench) {
			name := x.name("layer")
			arn := text(x.Own.layer(name).LayerVersionArn)
			get := &lambda.GetLayerVersionPolicyInput{LayerName: &name, VersionNumber: new(int64(1))}
			remove := &lambda.RemoveLayerVersionPermissionInput{LayerName: &name, VersionNumber: new(int64(1)), StatementId: new("s1"), RevisionId: new("wrong")}
			refused(x, x.Own.Lambda.GetLayerVersionPolicy, get, "ResourceNotFoundException").saying("No policy is associated with the given resource.")
			added := succeed(x, x.Own.Lambda.AddLayerVersionPermission, sharing(name, 1, "s1", "*"))
			const statement = `{"Sid":"s1","Effect":"Allow","Principal":"*","Action":"lambda:GetLayerVersion","Resource":"`
			equal(x, "the statement", text(added.Statement), statement+arn+`"}`)
			policy := succeed(x, x.Own.Lambda.GetLayerVersionPolicy, get)
			equal(x, "the policy", text(policy.Policy), `{"Version":"2012-10-17","Id":"default","Statement":[`+statement+arn+`"}]}`)
			equal(x, "the revision", text(policy.RevisionId), text(added.RevisionId))
			refused(x, x.Own.Lambda.AddLayerVersionPermission, sharing(name, 1, "s1", "*"), "ResourceConflictException").
				saying("The statement id (s1) provided already exists. Please provide a new statement id, or remove the existing statement.")
			const stale = "The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy API to retrieve the latest Revision Id"
			late := sharing(name, 1, "s2", "*")
			late.RevisionId = new("wrong")
			refused(x, x.Own.Lambda.AddLayerVersionPermission, late, "PreconditionFailedException").saying(stale)
			refused(x, x.Own.Lambda.RemoveLayerVersionPermission, remove, "PreconditionFailedException").saying(stale)
			wrong := sharing(name, 1, "s3", "*")
			wrong.Action = new("*")
			refused(x, x.Own.Lambda.AddLayerVersionPermission, wrong, "ValidationException")
			refused(x, x.Own.Lambda.AddLayerVersionPermission, sharing(name, 2, "s1", "*"), "ResourceNotFoundException").
				saying("Layer version " + strings.TrimSuffix(arn, "1") + "2 does not exist.")
			remove.StatementId, remove.RevisionId = new("doesnotexist"), nil
			refused(x, x.Own.Lambda.RemoveLayerVersionPermission, remove, "ResourceNotFoundException").saying("Statement doesnotexist is not found in resource policy.")
			remove.StatementId, remove.RevisionId = new("s1"), policy.RevisionId
			succeed(x, x.Own.Lambda.RemoveLayerVersionPermission, remove)
			refused(x, x.Own.Lambda.GetLayerVersionPolicy, get, "ResourceNotFoundException")
		},
	},
	{
		says:   "another account reads a version of a layer that lets it, and no other version",
		source: "Lambda Developer Guide, Granting Lambda layer access to other accounts",
		needs:  otherAccount,
		check: func(x *bench) {
			name := x.name("layer")
			arn := text(x.Own.layer(name).LayerArn)
			x.Own.layer(name)
			refused(x, x.Other.Lambda.GetLayerVersion, layerVersion(arn, 1), "AccessDeniedException")
			added := succeed(x, x.Own.Lambda.AddLayerVersionPermission, sharing(name, 1, "other", x.Other.account))
			var st struct{ Principal map[string]string }
			if err := json.Unmarshal([]byte(text(added.Statement)), &st); err != nil {
				x.Fatal(err)
			}
			equal(x, "the principal", st.Principal["AWS"], x.Other.root())
			equal(x, "the version", succeed(x, x.Other.Lambda.GetLayerVersion, layerVersion(arn, 1)).Version, 1)
			succeed(x, x.Other.Lambda.GetLayerVersionByArn, &lambda.GetLayerVersionByArnInput{Arn: new(arn + ":1")})
			refused(x, x.Other.Lambda.GetLayerVersion, layerVersion(arn, 2), "AccessDeniedException")
			refused(x, x.Other.Lambda.DeleteLayerVersion, &lambda.DeleteLayerVersionInput{LayerName: &arn, VersionNumber: new(int64(1))}, "AccessDeniedException")
		},
	},
	{
		says:   "publishing is allowed on the layer, and reading and deleting on its version",
		source: "Service Authorization Reference, AWS Lambda",
		check: func(x *bench) {
			name := x.name("layer")
			made := x.Own.layer(name)
			arn := text(made.LayerArn)
			publish := &lambda.PublishLayerVersionInput{LayerName: &name, Content: &types.LayerVersionContentInput{ZipFile: shelved(x)}}
			onLayer := x.Own.session(document(may("lambda:PublishLayerVersion lambda:GetLayerVersion lambda:DeleteLayerVersion", arn)))
			onVersion := x.Own.session(document(may("lambda:PublishLayerVersion lambda:GetLayerVersion lambda:DeleteLayerVersion", arn+":1")))
			remove := &lambda.DeleteLayerVersionInput{LayerName: &name, VersionNumber: new(int64(1))}
			refused(x, onVersion.Lambda.PublishLayerVersion, publish, "AccessDeniedException")
			refused(x, onLayer.Lambda.GetLayerVersion, layerVersion(name, 1), "AccessDeniedException")
			refused(x, onLayer.Lambda.DeleteLayerVersion, remove, "AccessDeniedException")
			succeed(x, onVersion.Lambda.GetLayerVersionByArn, &lambda.GetLayerVersionByArnInput{Arn: made.LayerVersionArn})
			succeed(x, onVersion.Lambda.DeleteLayerVersion, remove)
			second := succeed(x, onLayer.Lambda.PublishLayerVersion, publish)
			cleanup(x, x.Own.Lambda.DeleteLayerVersion, &lambda.DeleteLayerVersionInput{LayerName: &name, VersionNumber: &second.Version})
		},
	},
}
