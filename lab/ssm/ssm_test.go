package ssm

import (
	"encoding/base64"
	"strings"
	"sync"
	"testing"

	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keyid"
)

func TestOperationsAreAWSs(t *testing.T) {
	model := wire.MustLoad("ssm")
	for _, op := range newBench(t).services["ssm"].Operations() {
		if !model.Has(op.Name) {
			t.Errorf("AWS has no %s", op.Name)
		}
	}
}

func TestWhatIsNotModelled(t *testing.T) {
	b := newBench(t)
	must[putOut](b, plain("p", "v"))
	with := func(change func(*putIn)) *putIn {
		in := plain("q", "v")
		change(in)
		return in
	}
	for _, in := range []any{
		with(func(in *putIn) { in.Policies = new("[]") }),
		with(func(in *putIn) { in.DataType = new("aws:ec2:image") }),
		with(func(in *putIn) { in.DataType = new("integer") }),
		with(func(in *putIn) { in.AllowedPattern = new("(?=v)v") }),
		with(func(in *putIn) { in.Value, in.AllowedPattern = new("verse"), new("v") }), // a part of it
		&getIn{Name: new("/aws/service/x/y")},
		&ssm.GetParametersInput{Names: []string{"p", "p"}},
		&ssm.GetParametersByPathInput{Path: new("/aws/service")},
		&ssm.GetParameterHistoryInput{Name: new("p:1")},
		&ssm.DescribeParametersInput{Shared: new(true)},
		&ssm.DescribeParametersInput{Filters: []types.ParametersFilter{{Key: types.ParametersFilterKeyName, Values: []string{"p"}}}},
		&ssm.ListTagsForResourceInput{ResourceType: types.ResourceTypeForTaggingDocument, ResourceId: new("d")},
		&ssm.GetServiceSettingInput{SettingId: new("/ssm/opsinsights/opscenter")},
	} {
		b.refused(in, "NotImplemented")
	}
}

// A value that KMS refused to encrypt changes nothing, whether the call failed
// before its effect or after it.
func TestFailuresOfKMSChangeNothing(t *testing.T) {
	for _, tier := range []types.ParameterTier{types.ParameterTierStandard, types.ParameterTierAdvanced} {
		for _, when := range []world.When{world.Before, world.After} {
			b := newBench(t)
			must[putOut](b, secure("p", "first", tier))
			operation := "Encrypt"
			if tier == types.ParameterTierAdvanced {
				operation = "GenerateDataKey"
			}
			b.world.Faults.Add(world.Fault{Service: "kms", Operation: operation, When: when, Times: 1, Error: world.Throttling()})
			b.refused(secure("p", "second", tier), "ThrottlingException")
			if got := b.read("p"); got != "first" {
				t.Errorf("%s, %v: reads %s", tier, when, got)
			}
			if out := must[putOut](b, secure("p", "second", tier)); out.Version != 2 {
				t.Errorf("%s, %v: version %d", tier, when, out.Version)
			}
		}
	}
}

// A call whose answer was lost took effect.
func TestLostAnswers(t *testing.T) {
	b := newBench(t)
	var told events
	b.services["ssm"].(*Service).Events = &told
	b.world.Faults.Add(world.Fault{Service: "ssm", Operation: "PutParameter", When: world.After, Times: 1})
	b.refused(plain("p", "v"), "InternalFailure")
	b.refused(plain("p", "v"), "ParameterAlreadyExists")
	if got := b.read("p"); got != "v" {
		t.Errorf("reads %s", got)
	}
	must[putOut](b, secure("p", "w", ""))
	must[ssm.LabelParameterVersionOutput](b, &ssm.LabelParameterVersionInput{Name: new("p"), Labels: []string{"l"}})
	must[ssm.DeleteParameterOutput](b, &ssm.DeleteParameterInput{Name: new("p")})
	if got := strings.Join(told, " "); got != "Create:String Update:SecureString LabelParameterVersion:SecureString Delete:SecureString" {
		t.Errorf("told %s", got)
	}
}

// events keeps what was told.
type events []string

func (e *events) Emit(_ keyid.Account, _ keyid.Region, _, _ string, _ []string, detail any) {
	d := detail.(changed)
	*e = append(*e, d.Operation+":"+d.Type)
}

func TestManyAtOnce(t *testing.T) {
	b := newBench(t)
	must[putOut](b, secure("p", "0", ""))
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := b.send(secure("p", "n", "")); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if v := must[getOut](b, &getIn{Name: new("p")}).Parameter.Version; v != 21 {
		t.Errorf("version %d", v)
	}
}

// What one parameter holds is of no use for another.
func TestValuesAreBoundToTheirParameter(t *testing.T) {
	for _, tier := range []types.ParameterTier{types.ParameterTierStandard, types.ParameterTierAdvanced} {
		b := newBench(t)
		must[putOut](b, secure("a", "of a", tier))
		must[putOut](b, secure("b", "of b", tier))
		all := b.services["ssm"].(*Service).here(home{mine, "us-east-1"}).parameters
		all["b"].latest().value = all["a"].latest().value
		if out, err := b.send(&getIn{Name: new("b"), WithDecryption: new(true)}); err == nil {
			t.Errorf("%s: reads %s", tier, *out.(*getOut).Parameter.Value)
		}
	}
}

func TestTiers(t *testing.T) {
	b := newBench(t)
	long := strings.Repeat("x", standardSize+1)
	for _, test := range []struct {
		size       int
		asked, was types.ParameterTier
		want       types.ParameterTier // "" where it is refused
	}{
		{standardSize, "", "", types.ParameterTierStandard},
		{standardSize + 1, "", "", ""},
		{standardSize + 1, types.ParameterTierAdvanced, "", types.ParameterTierAdvanced},
		{advancedSize, types.ParameterTierIntelligentTiering, "", types.ParameterTierAdvanced},
		{advancedSize + 1, types.ParameterTierAdvanced, "", ""},
		{1, types.ParameterTierIntelligentTiering, "", types.ParameterTierStandard},
		{1, types.ParameterTierIntelligentTiering, types.ParameterTierAdvanced, types.ParameterTierAdvanced},
		{1, types.ParameterTierStandard, types.ParameterTierAdvanced, ""},
		{1, "", types.ParameterTierAdvanced, types.ParameterTierAdvanced},
		{standardSize + 1, types.ParameterTierIntelligentTiering, types.ParameterTierStandard, types.ParameterTierAdvanced},
	} {
		_, _ = b.send(&ssm.DeleteParameterInput{Name: new("p")}) // there may be none
		if test.was != "" {
			in := plain("p", "v")
			in.Tier = test.was
			must[putOut](b, in)
		}
		in := plain("p", strings.Repeat("x", test.size))
		in.Tier, in.Overwrite = test.asked, new(true)
		out, err := b.send(in)
		switch {
		case test.want == "" && err == nil:
			t.Errorf("%+v: was taken", test)
		case test.want != "" && (err != nil || out.(*putOut).Tier != test.want):
			t.Errorf("%+v: %v %v", test, out, err)
		}
	}
	in := secure("s", long, types.ParameterTierAdvanced)
	must[putOut](b, in)
	if got := b.read("s"); got != long {
		t.Errorf("reads %d characters", len(got))
	}
}

// Without decryption the value is what KMS made of it, and KMS is not asked.
func TestSealedValues(t *testing.T) {
	b := newBench(t)
	must[putOut](b, secure("p", "hidden", ""))
	calls := len(b.world.Trail.Entries())
	sealed := *must[getOut](b, &getIn{Name: new("p")}).Parameter.Value
	if got := len(b.world.Trail.Entries()) - calls; got != 1 {
		t.Errorf("%d calls", got)
	}
	raw, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		t.Fatal(err)
	}
	b.refused(&awskms.DecryptInput{CiphertextBlob: raw}, "AccessDeniedException") // the managed key is for Parameter Store
}

func TestNames(t *testing.T) {
	b := newBench(t)
	for name, code := range map[string]string{
		" padded ": "", "a.b_c-d": "", "/a/b": "", "a/b": "ValidationException", "/a//b": "ValidationException", "/a/": "ValidationException",
		"a b": "ValidationException", "ssm": "ValidationException", "/SSMx/y": "ValidationException", "AwsX": "AccessDeniedException",
		"/aws/x": "AccessDeniedException", "a:1": "ValidationException",
		"/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15": "", "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16": "HierarchyLevelLimitExceededException",
		strings.Repeat("n", 1011-len("arn:aws:ssm:us-east-1:111122223333:parameter/")): "",
		strings.Repeat("n", 1012-len("arn:aws:ssm:us-east-1:111122223333:parameter/")): "ValidationException",
	} {
		if code != "" {
			b.refused(plain(name, "v"), code)
			continue
		}
		must[putOut](b, plain(name, "v"))
		if got := *must[getOut](b, &getIn{Name: &name}).Parameter.Name; got != strings.TrimSpace(name) {
			t.Errorf("%q is called %q", name, got)
		}
	}
	// The same name, with a slash before it or without.
	b.refused(plain("/padded", "v"), "ParameterAlreadyExists")
}

func TestTypes(t *testing.T) {
	b := newBench(t)
	b.refused(&putIn{Name: new("p"), Value: new("v")}, "ValidationException")
	b.refused(&putIn{Name: new("p"), Value: new(""), Type: types.ParameterTypeString}, "ValidationException")
	b.refused(&putIn{Name: new("p"), Value: new("a {{ssm:b}} c"), Type: types.ParameterTypeString}, "ValidationException")
	b.refused(&putIn{Name: new("p"), Value: new("v"), Type: types.ParameterTypeString, KeyId: new("alias/x")}, "ValidationException")
	must[putOut](b, plain("p", "v"))
	must[putOut](b, plain("/deep/p", "v"))
	must[putOut](b, secure("p", "v", ""))
	b.refused(secure("/deep/p", "v", ""), "HierarchyTypeMismatchException")
}
