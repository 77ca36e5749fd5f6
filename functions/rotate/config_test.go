package rotate

import (
	"reflect"
	"strings"
	"testing"

	"rekey/shared/keyid"
)

func env(more map[string]string) func(string) string {
	all := map[string]string{
		"AWS_REGION": "eu-west-1", EnvRole: function, EnvJournal: "rekey-journal-111122223333",
	}
	for name, value := range more {
		all[name] = value
	}
	return func(name string) string { return all[name] }
}

func TestConfigure(t *testing.T) {
	got, err := Configure(env(nil))
	want := Settings{
		Role: function, Home: sampleHome, Journal: "rekey-journal-111122223333", Defaults: Wish{Off: true, Every: 365}, Share: 0.5,
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("without options: %+v, %v", got, err)
	}
	ref, err := keyid.Parse(sampleKey)
	if err != nil {
		t.Fatal(err)
	}
	got, err = Configure(env(map[string]string{
		EnvJournalKey: sampleKey, EnvApply: "true", EnvRotate: "successor", EnvEvery: "3mo", EnvTopic: "arn:aws:sns:eu-west-1:111122223333:t",
		EnvMaterials: "s3://sealed/keys/new/", EnvMaterialKeys: sampleKey + " " + sampleKey, EnvShare: "10",
	}))
	want = Settings{
		Role: function, Home: sampleHome, Journal: "rekey-journal-111122223333", JournalKey: sampleKey, Apply: true, Defaults: Wish{Way: Successor, Every: 90},
		Topic: "arn:aws:sns:eu-west-1:111122223333:t", Materials: Sealed{Bucket: "sealed", Name: "keys/new"}, MaterialKeys: []keyid.Ref{ref, ref}, Share: 0.1,
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("with all options: %+v, %v", got, err)
	}
}

// Each wrong variable is named, also of several.
func TestConfigureNamesWhatIsWrong(t *testing.T) {
	wrong := map[string]string{
		"AWS_REGION": "Ireland", EnvRole: "rekey-rotate", EnvJournal: "", EnvJournalKey: "key", EnvApply: "yes", EnvRotate: "often", EnvEvery: "90",
		EnvTopic: "topic", EnvMaterials: "sealed/keys", EnvMaterialKeys: "key", EnvShare: "0",
	}
	_, err := Configure(env(wrong))
	for name, value := range wrong {
		if err == nil || !strings.Contains(err.Error(), name+": ") {
			t.Errorf("%s is not named: %v", name, err)
		}
		if _, alone := Configure(env(map[string]string{name: value})); alone == nil || !strings.Contains(alone.Error(), name+": ") {
			t.Errorf("%s=%q alone: %v", name, value, alone)
		}
	}
	for name, value := range map[string]string{EnvShare: "101", EnvMaterials: "s3://sealed", EnvRole: "arn:aws:iam::111122223333:user/x", EnvTopic: "arn:aws:sqs:eu-west-1:111122223333:t"} {
		if _, err := Configure(env(map[string]string{name: value, EnvMaterialKeys: sampleKey})); err == nil || !strings.Contains(err.Error(), name+": ") {
			t.Errorf("%s=%q: %v", name, value, err)
		}
	}
	if _, err := Configure(env(map[string]string{EnvMaterials: "s3://sealed/keys"})); err == nil || !strings.Contains(err.Error(), EnvMaterialKeys) {
		t.Errorf("material that is sealed under no key: %v", err)
	}
}
