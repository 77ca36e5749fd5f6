package lambda

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"slices"
	"strconv"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

// layer is one layer. It stays when all its versions are deleted, so that no
// number comes twice (recorded).
type layer struct {
	home
	name     string
	last     int64
	versions map[int64]*layerVersion
}

// layerVersion is one version of a layer. What its archive holds is not kept: no
// function of the lab can use it, and nobody can load it.
type layerVersion struct {
	*layer
	number               int64
	created              time.Time
	description, license *string
	runtimes             []types.Runtime
	architectures        []types.Architecture
	sha256               string
	size                 int64

	statements []statement
	policy     *world.Policy
	revision   string // of the policy
}

func (l *layer) arn() string {
	return "arn:aws:lambda:" + string(l.region) + ":" + string(l.account) + ":layer:" + l.name
}

func versionARN(layerARN string, number int64) string {
	return layerARN + ":" + strconv.FormatInt(number, 10)
}

func (v *layerVersion) versionARN() string { return versionARN(v.arn(), v.number) }

func (v *layerVersion) createdAt() *string {
	return new(v.created.Format("2006-01-02T15:04:05.000+0000"))
}

// shown is a version in the answers of operations on one.
func (v *layerVersion) shown() sdk.GetLayerVersionOutput {
	return sdk.GetLayerVersionOutput{
		CompatibleArchitectures: v.architectures, CompatibleRuntimes: v.runtimes, CreatedDate: v.createdAt(), Description: v.description,
		Content:  &types.LayerVersionContentOutput{CodeSha256: &v.sha256, CodeSize: v.size},
		LayerArn: new(v.arn()), LayerVersionArn: new(v.versionARN()), LicenseInfo: v.license, Version: v.number,
	}
}

// listed is a version in the answers of listings.
func (v *layerVersion) listed() types.LayerVersionsListItem {
	return types.LayerVersionsListItem{
		CompatibleArchitectures: v.architectures, CompatibleRuntimes: v.runtimes, CreatedDate: v.createdAt(), Description: v.description,
		LayerVersionArn: new(v.versionARN()), LicenseInfo: v.license, Version: v.number,
	}
}

// layerForm is a layer's name or ARN, and a version's ARN where there is a number
// (Lambda API Reference, GetLayerVersion, LayerName).
var layerForm = regexp.MustCompile(`^(?:arn:aws:lambda:([a-z0-9-]+):(\d{12}):layer:)?([a-zA-Z0-9-_]+)(?::(\d+))?$`)

// layerName reads the name of a layer in a request, and gives it as one without
// versions.
func layerName(c *world.Call, text string) (l layer, version int64, err error) {
	m := layerForm.FindStringSubmatch(text)
	if m == nil {
		return l, 0, invalid("Invalid Layer name: " + text) // assumed wording; the model's pattern comes first
	}
	l = layer{home: home{c.Account(), c.Region}, name: m[3]}
	if m[1] != "" {
		l.home = home{keyid.Account(m[2]), keyid.Region(m[1])}
	}
	version, _ = strconv.ParseInt(m[4], 10, 64) // what is too large is not there
	if l.region != c.Region {
		return l, version, notFound(noLayer) // assumed
	}
	return l, version, nil
}

const noLayer = "The resource you requested does not exist." // recorded

func (s *Service) publishLayerVersion(c *world.Call, in *sdk.PublishLayerVersionInput) (*sdk.PublishLayerVersionOutput, error) {
	named, _, err := layerName(c, *in.LayerName)
	if err != nil {
		return nil, err
	}
	if err := s.onLayer(c, named.arn(), named.account, nil); err != nil {
		return nil, err
	}
	archive, err := s.fetch(c, source{in.Content.ZipFile, in.Content.S3Bucket, in.Content.S3Key, in.Content.S3ObjectVersion})
	if err != nil {
		return nil, err
	}
	if err := unpacks(archive); err != nil {
		return nil, err
	}
	l := s.layers[named.home][named.name]
	if l == nil {
		l = &named
		l.versions = map[int64]*layerVersion{}
		if s.layers[l.home] == nil {
			s.layers[l.home] = map[string]*layer{}
		}
		s.layers[l.home][l.name] = l
	}
	sum := sha256.Sum256(archive)
	l.last++
	v := &layerVersion{
		layer: l, number: l.last, created: c.Time, description: in.Description, license: in.LicenseInfo, runtimes: in.CompatibleRuntimes,
		architectures: in.CompatibleArchitectures, sha256: base64.StdEncoding.EncodeToString(sum[:]), size: int64(len(archive)),
	}
	if v.description == nil {
		v.description = new("")
	}
	l.versions[v.number] = v
	out := sdk.PublishLayerVersionOutput(v.shown())
	return &out, nil
}

// unpacks refuses what is no archive, or too large unpacked (assumed to be worded
// as of functions' code, where it is recorded).
func unpacks(archive []byte) error {
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return invalid("Could not unzip uploaded file. Please check your file, then try to upload again.")
	}
	left := uint64(unpackedLimit)
	for _, f := range r.File {
		if f.UncompressedSize64 > left {
			return invalid("Unzipped size must be smaller than 262144000 bytes")
		}
		left -= f.UncompressedSize64
	}
	return nil
}

// layerVersion finds a version for a call of the action, nil where there is none.
func (s *Service) layerVersion(c *world.Call, name string, number int64, action string) (*layerVersion, string, error) {
	l, _, err := layerName(c, name)
	if err != nil {
		return nil, "", err
	}
	v, arn := (*layerVersion)(nil), versionARN(l.arn(), number)
	if has := s.layers[l.home][l.name]; has != nil {
		v = has.versions[number]
	}
	if err := s.onLayerAs(c, action, arn, l.account, v); err != nil {
		return nil, arn, err
	}
	if number < 1 { // recorded wording
		return nil, arn, invalid("Layer Version Cannot be less than 1")
	}
	return v, arn, nil
}

// onLayer asks whether the caller may do the action of the operation to a layer
// or one of its versions.
func (s *Service) onLayer(c *world.Call, arn string, account keyid.Account, v *layerVersion) error {
	return s.onLayerAs(c, c.Operation, arn, account, v)
}

func (s *Service) onLayerAs(c *world.Call, action, arn string, account keyid.Account, v *layerVersion) error {
	a := world.Access{Action: "lambda:" + action, Resource: arn, ResourceAccount: account}
	if v != nil && v.policy != nil {
		a.Policy = &world.Named{Name: "policy of " + arn, Policy: v.policy}
	}
	d, err := c.Decide(a)
	if err != nil || d.Effect == keypolicy.Allowed {
		return err
	}
	return denied(c.Denial(a, d))
}

func (s *Service) getLayerVersion(c *world.Call, in *sdk.GetLayerVersionInput) (*sdk.GetLayerVersionOutput, error) {
	v, _, err := s.layerVersion(c, *in.LayerName, *in.VersionNumber, "GetLayerVersion")
	if err != nil {
		return nil, err
	}
	if v == nil {
		return nil, notFound(noLayer)
	}
	out := v.shown()
	return &out, nil
}

// getLayerVersionByArn needs the permission of GetLayerVersion (Service
// Authorization Reference, AWS Lambda).
func (s *Service) getLayerVersionByArn(c *world.Call, in *sdk.GetLayerVersionByArnInput) (*sdk.GetLayerVersionByArnOutput, error) {
	l, number, err := layerName(c, *in.Arn)
	if err != nil {
		return nil, err
	}
	v, _, err := s.layerVersion(c, l.arn(), number, "GetLayerVersion")
	if err != nil {
		return nil, err
	}
	if v == nil {
		return nil, notFound(noLayer)
	}
	out := sdk.GetLayerVersionByArnOutput(v.shown())
	return &out, nil
}

// deleteLayerVersion succeeds of what is not there (recorded).
func (s *Service) deleteLayerVersion(c *world.Call, in *sdk.DeleteLayerVersionInput) (*sdk.DeleteLayerVersionOutput, error) {
	v, _, err := s.layerVersion(c, *in.LayerName, *in.VersionNumber, "DeleteLayerVersion")
	if err != nil {
		return nil, err
	}
	if v != nil {
		delete(v.versions, v.number)
	}
	return &sdk.DeleteLayerVersionOutput{}, nil
}

func (s *Service) listLayers(c *world.Call, in *sdk.ListLayersInput) (*sdk.ListLayersOutput, error) {
	if err := s.authorizeAll(c); err != nil {
		return nil, err
	}
	var all []*layerVersion
	for _, l := range world.Sorted(s.layers[home{c.Account(), c.Region}]) {
		if fitting := l.fitting(in.CompatibleRuntime, in.CompatibleArchitecture); len(fitting) > 0 {
			all = append(all, fitting[0])
		}
	}
	some, next, ok := world.Page(c, all, func(v *layerVersion) string { return v.name }, in.Marker, in.MaxItems, 50)
	if !ok {
		return nil, invalid("Invalid Marker.") // assumed wording
	}
	out := &sdk.ListLayersOutput{Layers: []types.LayersListItem{}, NextMarker: next}
	for _, v := range some {
		out.Layers = append(out.Layers, types.LayersListItem{LayerArn: new(v.arn()), LayerName: &v.name, LatestMatchingVersion: new(v.listed())})
	}
	return out, nil
}

func (s *Service) listLayerVersions(c *world.Call, in *sdk.ListLayerVersionsInput) (*sdk.ListLayerVersionsOutput, error) {
	named, _, err := layerName(c, *in.LayerName)
	if err != nil {
		return nil, err
	}
	if named.account != c.Account() {
		return nil, world.Unimplemented("lists of another account's layers")
	}
	if err := s.authorizeAll(c); err != nil {
		return nil, err
	}
	var all []*layerVersion
	if l := s.layers[named.home][named.name]; l != nil {
		all = l.fitting(in.CompatibleRuntime, in.CompatibleArchitecture)
	}
	some, next, ok := world.Page(c, all, (*layerVersion).versionARN, in.Marker, in.MaxItems, 50)
	if !ok {
		return nil, invalid("Invalid Marker.") // assumed wording
	}
	out := &sdk.ListLayerVersionsOutput{LayerVersions: []types.LayerVersionsListItem{}, NextMarker: next}
	for _, v := range some {
		out.LayerVersions = append(out.LayerVersions, v.listed())
	}
	return out, nil
}

// fitting are the versions that name a runtime and an architecture, where those
// are given, the newest first.
func (l *layer) fitting(runtime types.Runtime, arch types.Architecture) []*layerVersion {
	all := world.Sorted(l.versions)
	slices.Reverse(all)
	return slices.DeleteFunc(all, func(v *layerVersion) bool {
		return runtime != "" && !slices.Contains(v.runtimes, runtime) || arch != "" && !slices.Contains(v.architectures, arch)
	})
}
