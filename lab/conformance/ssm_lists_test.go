package conformance

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// names gives the names of parameters in one line.
func names(all []types.Parameter) string {
	var texts []string
	for _, p := range all {
		texts = append(texts, text(p.Name))
	}
	return strings.Join(texts, " ")
}

var parameterListClaims = []claim{
	{
		says:   "GetParameters lists what there is by name, and names what there is not",
		source: "Systems Manager API Reference, GetParameters, Names; recorded: ssm test_parameters_with_path",
		check: func(x *bench) {
			one, two := x.Own.parameter(x.name("b")), x.Own.parameter(x.name("a"))
			none := x.name("none")
			out := succeed(x, x.Own.SSM.GetParameters, &ssm.GetParametersInput{Names: []string{one, none, two, one + ":7"}})
			want := one + " " + two
			if two < one {
				want = two + " " + one
			}
			equal(x, "the parameters", names(out.Parameters), want)
			equal(x, "InvalidParameters", strings.Join(out.InvalidParameters, " "), none+" "+one+":7")
		},
	},
	{
		says:   "a path lists one level, or with Recursive all below it",
		source: "Systems Manager API Reference, GetParametersByPath, Recursive",
		check: func(x *bench) {
			top := "/" + x.name("top")
			a, b, c := x.Own.parameter(top+"/a"), x.Own.parameter(top+"/b/c"), x.Own.parameter(top+"x/y")
			in := &ssm.GetParametersByPathInput{Path: &top}
			equal(x, "one level", names(succeed(x, x.Own.SSM.GetParametersByPath, in).Parameters), a)
			in.Recursive = new(true)
			equal(x, "all levels", names(succeed(x, x.Own.SSM.GetParametersByPath, in).Parameters), a+" "+b)
			in.Path = &a
			equal(x, "below a leaf", len(succeed(x, x.Own.SSM.GetParametersByPath, in).Parameters), 0)
			_ = c
		},
	},
	{
		says:   "a path begins with a slash",
		source: "reported: the message, in aws/aws-sdk-js-v3 issue 5928",
		check: func(x *bench) {
			refused(x, x.Own.SSM.GetParametersByPath, &ssm.GetParametersByPathInput{Path: new("top")}, "ValidationException").mentioning(
				`The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash "/".`)
		},
	},
	{
		says:   "a listing by path goes on after its token",
		source: "Systems Manager API Reference, GetParametersByPath, MaxResults and NextToken",
		check: func(x *bench) {
			top := "/" + x.name("top")
			x.Own.parameter(top + "/a")
			x.Own.parameter(top + "/b")
			seen, in := 0, &ssm.GetParametersByPathInput{Path: &top, MaxResults: new(int32(1))}
			for {
				out := succeed(x, x.Own.SSM.GetParametersByPath, in)
				seen += len(out.Parameters)
				if in.NextToken = out.NextToken; in.NextToken == nil {
					break
				}
			}
			equal(x, "the number of parameters", seen, 2)
		},
	},
	{
		says:   "below a path, a filter by label finds the version that has it",
		source: "reported: test_get_parameters_by_path_and_filter_by_labels, marked as checked against AWS, in localstack/localstack tests/aws/services/ssm; assumption: that it is that version's value",
		check: func(x *bench) {
			top := "/" + x.name("top")
			name := x.Own.parameter(top + "/a")
			x.Own.overwrite(name, "second")
			succeed(x, x.Own.SSM.LabelParameterVersion, &ssm.LabelParameterVersionInput{Name: &name, ParameterVersion: new(int64(1)), Labels: []string{"stable"}})
			in := &ssm.GetParametersByPathInput{Path: &top, ParameterFilters: []types.ParameterStringFilter{{Key: new("Label"), Values: []string{"stable"}}}}
			out := succeed(x, x.Own.SSM.GetParametersByPath, in)
			if equal(x, "the parameters", names(out.Parameters), name); len(out.Parameters) == 1 {
				equal(x, "Value", text(out.Parameters[0].Value), "value")
			}
			in.ParameterFilters[0].Values = []string{"none"}
			equal(x, "the number of parameters without the label", len(succeed(x, x.Own.SSM.GetParametersByPath, in).Parameters), 0)
		},
	},
	{
		says:   "a path takes no filter by name, and DescribeParameters none by label",
		source: "Systems Manager API Reference, ParameterStringFilter, Key; assumption: the code",
		check: func(x *bench) {
			by := func(key string) []types.ParameterStringFilter {
				return []types.ParameterStringFilter{{Key: &key, Values: []string{"x"}}}
			}
			refused(x, x.Own.SSM.GetParametersByPath, &ssm.GetParametersByPathInput{Path: new("/x"), ParameterFilters: by("Name")}, "InvalidFilterKey")
			refused(x, x.Own.SSM.DescribeParameters, &ssm.DescribeParametersInput{ParameterFilters: by("Label")}, "InvalidFilterKey")
		},
	},
	{
		says:   "DescribeParameters finds by name, path, type and tag",
		source: "Systems Manager API Reference, ParameterStringFilter, Key and Option",
		check: func(x *bench) {
			top, tag := "/"+x.name("top"), x.name("tag")
			one := x.Own.parameter(top+"/one", func(in *ssm.PutParameterInput) { in.Tags = []types.Tag{{Key: &tag, Value: new("1")}} })
			two := x.Own.parameter(top+"/deep/two", func(in *ssm.PutParameterInput) { in.Type = types.ParameterTypeStringList })
			for _, test := range []struct {
				key, option, value string
				want               string
			}{
				{"Name", "Equals", one, one},
				{"Name", "BeginsWith", top, one + " " + two},
				{"Name", "Contains", strings.TrimPrefix(top, "/") + "/deep", two},
				{"Path", "OneLevel", top, one},
				{"Path", "Recursive", top, one + " " + two},
				{"tag:" + tag, "Equals", "1", one},
				{"tag:" + tag, "Equals", "2", ""},
			} {
				in := &ssm.DescribeParametersInput{ParameterFilters: []types.ParameterStringFilter{{Key: &test.key, Option: &test.option, Values: []string{test.value}}}}
				found := map[string]bool{}
				for _, p := range succeed(x, x.Own.SSM.DescribeParameters, in).Parameters {
					found[text(p.Name)] = true
				}
				for _, name := range []string{one, two} {
					equal(x, test.key+" "+test.option+" "+test.value+" finding "+name, found[name], strings.Contains(" "+test.want+" ", " "+name+" "))
				}
			}
		},
	},
	{
		says:   "DescribeParameters tells who changed a parameter last, and never its value",
		source: "Systems Manager API Reference, ParameterMetadata",
		check: func(x *bench) {
			name := x.Own.parameter(x.name("parameter"), func(in *ssm.PutParameterInput) { in.Description = new("mine") })
			x.Own.overwrite(name, "second")
			out := succeed(x, x.Own.SSM.DescribeParameters, &ssm.DescribeParametersInput{ParameterFilters: []types.ParameterStringFilter{{Key: new("Name"), Values: []string{name}}}})
			if len(out.Parameters) != 1 {
				x.Fatalf("%d parameters", len(out.Parameters))
			}
			p := out.Parameters[0]
			equal(x, "LastModifiedUser", text(p.LastModifiedUser), x.Own.arn)
			equal(x, "Version", p.Version, 2)
			equal(x, "Description", text(p.Description), "mine")
			equal(x, "Tier", p.Tier, types.ParameterTierStandard)
		},
	},
	{
		says:   "the history has every version with its value and labels",
		source: "Systems Manager API Reference, GetParameterHistory",
		check: func(x *bench) {
			name := x.Own.parameter(x.name("parameter"))
			x.Own.overwrite(name, "second")
			succeed(x, x.Own.SSM.LabelParameterVersion, &ssm.LabelParameterVersionInput{Name: &name, ParameterVersion: new(int64(1)), Labels: []string{"old"}})
			var all []string
			for _, v := range succeed(x, x.Own.SSM.GetParameterHistory, &ssm.GetParameterHistoryInput{Name: &name}).Parameters {
				all = append(all, text(v.Value)+"/"+strings.Join(v.Labels, "+"))
			}
			equal(x, "the history", strings.Join(all, " "), "value/old second/")
		},
	},
	{
		says:   "a label is at one version: attached to another it moves",
		source: "Systems Manager API Reference, LabelParameterVersion",
		check: func(x *bench) {
			name := x.Own.parameter(x.name("parameter"))
			x.Own.overwrite(name, "second")
			label := &ssm.LabelParameterVersionInput{Name: &name, ParameterVersion: new(int64(1)), Labels: []string{"stable"}}
			succeed(x, x.Own.SSM.LabelParameterVersion, label)
			equal(x, "Value", text(succeed(x, x.Own.SSM.GetParameter, fetch(name+":stable")).Parameter.Value), "value")
			label.ParameterVersion = nil
			equal(x, "ParameterVersion", succeed(x, x.Own.SSM.LabelParameterVersion, label).ParameterVersion, 2)
			equal(x, "Value", text(succeed(x, x.Own.SSM.GetParameter, fetch(name+":stable")).Parameter.Value), "second")
			out := succeed(x, x.Own.SSM.UnlabelParameterVersion, &ssm.UnlabelParameterVersionInput{Name: &name, ParameterVersion: new(int64(2)), Labels: []string{"stable", "never"}})
			equal(x, "RemovedLabels", strings.Join(out.RemovedLabels, " "), "stable")
			equal(x, "InvalidLabels", strings.Join(out.InvalidLabels, " "), "never")
			refused(x, x.Own.SSM.GetParameter, fetch(name+":stable"), "ParameterVersionNotFound")
		},
	},
	{
		says:   "labels that begin with a digit, aws or ssm are told to be invalid, and the others attached",
		source: "Systems Manager API Reference, LabelParameterVersion",
		check: func(x *bench) {
			name := x.Own.parameter(x.name("parameter"))
			out := succeed(x, x.Own.SSM.LabelParameterVersion, &ssm.LabelParameterVersionInput{Name: &name, Labels: []string{"1st", "AWSome", "ssmall", "good"}})
			equal(x, "the number of invalid labels", len(out.InvalidLabels), 3)
			succeed(x, x.Own.SSM.GetParameter, fetch(name+":good"))
		},
	},
	{
		says:   "a version has at most ten labels",
		source: "Systems Manager API Reference, LabelParameterVersion, ParameterVersionLabelLimitExceeded",
		check: func(x *bench) {
			name := x.Own.parameter(x.name("parameter"))
			succeed(x, x.Own.SSM.LabelParameterVersion, &ssm.LabelParameterVersionInput{Name: &name, Labels: strings.Split("abcdefghij", "")})
			refused(x, x.Own.SSM.LabelParameterVersion, &ssm.LabelParameterVersionInput{Name: &name, Labels: []string{"k"}}, "ParameterVersionLabelLimitExceeded")
		},
	},
	{
		says:   "a hundred versions are kept, and the oldest makes room unless it has a label",
		source: "Systems Manager API Reference, PutParameter, ParameterMaxVersionLimitExceeded",
		check: func(x *bench) {
			name := x.Own.parameter(x.name("parameter"))
			for range 100 {
				x.Own.overwrite(name, "more")
			}
			refused(x, x.Own.SSM.GetParameter, fetch(name+":1"), "ParameterVersionNotFound")
			succeed(x, x.Own.SSM.LabelParameterVersion, &ssm.LabelParameterVersionInput{Name: &name, ParameterVersion: new(int64(2)), Labels: []string{"keep"}})
			refused(x, x.Own.SSM.PutParameter, &ssm.PutParameterInput{Name: &name, Value: new("last"), Overwrite: new(true)}, "ParameterMaxVersionLimitExceeded").mentioning(
				"Version 2, the oldest version, can't be deleted because it has a label associated with it.")
		},
	},
}
