package decrypt_test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"rekey/functions/decrypt"
	"rekey/lab/world"
)

// parameter puts a SecureString, and gives its ARN.
func (s *scene) parameter(name, value, key string) string {
	s.t.Helper()
	ok[*ssm.PutParameterOutput](s.t)(ssm.NewFromConfig(s.root).PutParameter(s.t.Context(), &ssm.PutParameterInput{
		Name: &name, Value: &value, Type: types.ParameterTypeSecureString, KeyId: &key, Overwrite: aws.Bool(true)}))
	return "arn:aws:ssm:" + region + ":" + string(own) + ":parameter" + name
}

func TestParameters(t *testing.T) {
	s := newScene(t)
	admin := ssm.NewFromConfig(s.root)
	arn := s.parameter("/prod/db", `{"user":"shop"}`, s.key)
	s.parameter("/prod/db", `{"user":"newer"}`, s.key)
	ok[*ssm.LabelParameterVersionOutput](t)(admin.LabelParameterVersion(t.Context(), &ssm.LabelParameterVersionInput{
		Name: new("/prod/db"), ParameterVersion: aws.Int64(1), Labels: []string{"stable"}}))
	ok[*ssm.PutParameterOutput](t)(admin.PutParameter(t.Context(), &ssm.PutParameterInput{Name: new("/prod/plain"), Value: new("text"), Type: types.ParameterTypeString}))
	s.parameter("/test/db", "x", s.key)
	disabled := s.newKey(s.root)
	s.parameter("/prod/off", "x", disabled)
	ok[*kms.DisableKeyOutput](t)(kms.NewFromConfig(s.root).DisableKey(t.Context(), &kms.DisableKeyInput{KeyId: &disabled}))
	want := map[string]string{
		"ssm:///prod/db":           `{"user":"newer"}`,
		"ssm:///prod/db@1":         `{"user":"shop"}`,
		"ssm:///prod/db@stable":    `{"user":"shop"}`,
		"ssm:///prod/db#user":      "newer",
		"ssm://" + arn + "#user@1": "shop",
		"ssm:///prod/plain":        "text",
		"ssm:///prod/none":         "!notFound",
		"ssm:///prod/db@99":        "!notFound",
		"ssm:///test/db":           "!denied",
		"ssm:///prod/off":          "!keyDisabled",
	}
	r := s.resolver()
	var items []decrypt.Item
	for reference, value := range want {
		items = append(items, decrypt.Item{ID: reference, Reference: reference})
		if got := s.one(r, items[len(items)-1]); got != value {
			t.Errorf("%s alone is %q, want %q", reference, got, value)
		}
	}
	// All at once: one call fails as a whole for those that are denied or under a
	// disabled key, and must not take the others with it.
	for i, result := range ok[[]decrypt.Result](t)(r.Resolve(t.Context(), items)) {
		got := string(result.Value.Reveal())
		if result.Failure != nil {
			got = "!" + string(result.Failure.Class)
		}
		if got != want[items[i].ID] {
			t.Errorf("%s among others is %q, want %q", items[i].ID, got, want[items[i].ID])
		}
	}
}

// Ten parameters are one call, and a denied or throttled one is not ten more.
func TestParametersAreFetchedTogether(t *testing.T) {
	s := newScene(t)
	var items []decrypt.Item
	for n := range 10 {
		s.parameter(fmt.Sprintf("/prod/%d", n), "v", s.key)
		items = append(items, decrypt.Item{Reference: fmt.Sprintf("ssm:///prod/%d", n)})
	}
	s.lab.World.Trail.Reset()
	for i, result := range ok[[]decrypt.Result](t)(s.resolver().Resolve(t.Context(), items)) {
		if result.Failure != nil {
			t.Errorf("item %d: %v", i, result.Failure)
		}
	}
	if n := s.lab.World.Trail.Count("ssm", ""); n != 1 {
		t.Errorf("%d calls for ten parameters", n)
	}
	s.lab.World.Trail.Reset()
	s.lab.World.Faults.Add(world.Fault{Service: "ssm", Error: world.Throttling()})
	for i, result := range ok[[]decrypt.Result](t)(s.resolver().Resolve(t.Context(), items)) {
		if result.Failure == nil || result.Failure.Class != decrypt.Throttled {
			t.Errorf("item %d: %v", i, result.Failure)
		}
	}
	if n := s.lab.World.Trail.Count("ssm", "GetParameter"); n != 0 {
		t.Errorf("%d more calls while the service throttles", n)
	}
}
