package secretsmanager

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
)

type (
	listIn   = secretsmanager.ListSecretsInput
	listOut  = secretsmanager.ListSecretsOutput
	batchIn  = secretsmanager.BatchGetSecretValueInput
	batchOut = secretsmanager.BatchGetSecretValueOutput
)

func (b *bench) list(in *listIn) string {
	b.Helper()
	var names []string
	for {
		out := must[listOut](b, root(mine), in)
		for _, e := range out.SecretList {
			names = append(names, *e.Name)
		}
		if in.NextToken = out.NextToken; in.NextToken == nil {
			return strings.Join(names, " ")
		}
	}
}

// three makes three secrets, an hour apart.
func (b *bench) three() {
	b.Helper()
	for i, name := range []string{"web/db", "app/db", "app/API"} {
		b.world.Advance(time.Hour)
		must[createOut](b, root(mine), &createIn{
			Name: &name, Description: new([]string{"Orders of today", "all orders", ""}[i]), SecretString: &name, ClientRequestToken: b.token(),
			Tags: []types.Tag{{Key: new("team" + fmt.Sprint(i)), Value: new([]string{"Blue", "Red", "Blueish"}[i])}},
		})
	}
}

func TestListSecrets(t *testing.T) {
	b := newBench(t)
	b.three()
	b.world.Advance(24 * time.Hour)
	must[getOut](b, root(mine), &getIn{SecretId: new("app/db")})
	b.put(root(mine), "web/db", "w")
	for _, test := range []struct {
		in   *listIn
		want string
	}{
		{&listIn{}, "web/db app/db app/API"},
		{&listIn{MaxResults: new(int32(1))}, "web/db app/db app/API"},
		{&listIn{MaxResults: new(int32(2)), SortOrder: types.SortOrderTypeDesc}, "app/API app/db web/db"},
		{&listIn{SortBy: types.SortByTypeName}, "app/API app/db web/db"},
		{&listIn{SortBy: types.SortByTypeLastAccessedDate, SortOrder: types.SortOrderTypeDesc}, "app/db app/API web/db"},
		{&listIn{SortBy: types.SortByTypeLastChangedDate}, "app/db app/API web/db"},
	} {
		if got := b.list(test.in); got != test.want {
			t.Errorf("%s lists %s, want %s", show(test.in), got, test.want)
		}
	}
	must[deleteOut](b, root(mine), &deleteIn{SecretId: new("app/db")})
	if got := b.list(&listIn{}); got != "web/db app/API" {
		t.Errorf("without the deleted one: %s", got)
	}
	if got := b.list(&listIn{IncludePlannedDeletion: new(true)}); got != "web/db app/db app/API" {
		t.Errorf("with the deleted one: %s", got)
	}
	b.refused(root(mine), &listIn{NextToken: new("later")}, "InvalidNextTokenException", "")
}

func TestFilters(t *testing.T) {
	b := newBench(t)
	b.three()
	for _, test := range []struct {
		filters, want string
	}{
		{"name=app", "app/db app/API"}, {"name=App", ""}, {"name=db", ""}, {"name=app,web", "web/db app/db app/API"},
		{"name=!app", "web/db"}, {"name=app,!app/A", "app/db"}, {"name=app tag-value=Blue", "app/API"},
		{"description=orders", "web/db"}, {"description=ALL", "app/db"},
		{"tag-key=team", "web/db app/db app/API"}, {"tag-key=team1", "app/db"}, {"tag-key=Team", ""},
		{"tag-value=Blue", "web/db app/API"}, {"tag-value=blue", ""},
		{"all=ORDERS", "web/db app/db"}, {"all=orders+red", "app/db"}, {"all=api", "app/API"},
	} {
		var in listIn
		for _, f := range strings.Fields(test.filters) {
			key, values, _ := strings.Cut(strings.ReplaceAll(f, "+", " "), "=")
			in.Filters = append(in.Filters, types.Filter{Key: types.FilterNameStringType(key), Values: strings.Split(values, ",")})
		}
		if got := b.list(&in); got != test.want {
			t.Errorf("%s lists %q, want %q", test.filters, got, test.want)
		}
	}
	b.refused(root(mine), &listIn{Filters: []types.Filter{{Key: types.FilterNameStringTypeOwningService, Values: []string{"rds"}}}}, "NotImplemented", "")
	b.refused(root(mine), &listIn{Filters: []types.Filter{{Key: types.FilterNameStringTypeName}}}, "InvalidParameterException", "")
}

func TestBatch(t *testing.T) {
	b := newBench(t)
	b.three()
	must[createOut](b, root(mine), &createIn{Name: new("app/empty")})
	const arns = "arn:aws:secretsmanager:us-east-1:" + mine + ":secret:"
	u := b.user(mine, "u", `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"secretsmanager:BatchGetSecretValue","Resource":"*"},
		{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":["`+arns+`app/*","`+arns+`none-*"]}]}`)
	b.world.Trail.Reset()
	out := must[batchOut](b, u, &batchIn{SecretIdList: []string{"app/db", "web/db", "none", "app/empty"}})
	if len(out.SecretValues) != 1 || *out.SecretValues[0].SecretString != "app/db" || out.SecretValues[0].VersionStages[0] != current {
		t.Errorf("the values are %s", show(out))
	}
	var errs []string
	for _, e := range out.Errors {
		errs = append(errs, *e.SecretId+" "+*e.ErrorCode)
	}
	if want := "[web/db AccessDeniedException none ResourceNotFoundException app/empty ResourceNotFoundException]"; fmt.Sprint(errs) != want {
		t.Errorf("the errors are %s, want %s", errs, want)
	}
	var trail []string
	for _, e := range b.world.Trail.Entries() {
		trail = append(trail, e.Operation+e.Error)
	}
	if want := "[Decrypt GetSecretValue GetSecretValueAccessDeniedException GetSecretValueResourceNotFoundException GetSecretValueResourceNotFoundException BatchGetSecretValue]"; fmt.Sprint(trail) != want {
		t.Errorf("the trail has %s, want %s", trail, want)
	}

	app := []types.Filter{{Key: types.FilterNameStringTypeName, Values: []string{"app"}}}
	b.refused(u, &batchIn{Filters: app}, "AccessDeniedException", "secretsmanager:ListSecrets")
	some := must[batchOut](b, root(mine), &batchIn{Filters: app, MaxResults: new(int32(2))})
	rest := must[batchOut](b, root(mine), &batchIn{Filters: app, MaxResults: new(int32(2)), NextToken: some.NextToken})
	if len(some.SecretValues) != 2 || len(rest.SecretValues) != 0 || len(rest.Errors) != 1 || rest.NextToken != nil {
		t.Errorf("the pages are %s and %s", show(some), show(rest))
	}
	lister := b.user(mine, "lister", allow("", "secretsmanager:GetSecretValue secretsmanager:ListSecrets", "*", ""))
	b.refused(lister, &batchIn{SecretIdList: []string{"app/db"}}, "AccessDeniedException", "secretsmanager:BatchGetSecretValue")
	for _, in := range []*batchIn{{}, {SecretIdList: []string{"app/db"}, Filters: app}, {SecretIdList: []string{"app/db"}, MaxResults: new(int32(1))}} {
		b.refused(root(mine), in, "InvalidParameterException", "")
	}
	b.refused(root(mine), &batchIn{SecretIdList: strings.Split(strings.Repeat("x,", 20)+"x", ",")}, "ValidationException", "")
}
