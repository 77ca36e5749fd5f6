package decrypt

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rekey/shared/keyid"
)

const keyA = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

func refs(t testing.TB, texts ...string) []keyid.Ref {
	t.Helper()
	var out []keyid.Ref
	for _, s := range texts {
		r, err := keyid.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

func TestPlanRefuses(t *testing.T) {
	some := Policy{References: []string{"sm://prod/*", "kms://*"}, Keys: refs(t, keyA, "alias/app"), MaxItems: 10}
	for _, c := range []struct {
		name   string
		policy Policy
		item   Item
		want   Class
	}{
		{"the zero policy allows nothing", Policy{}, Item{Reference: "sm://prod/db"}, NotAllowed},
		{"a plain value is no reference", some, Item{Reference: "s3://b/k"}, Malformed},
		{"nor is nothing", some, Item{}, Malformed},
		{"a parameter that is not listed", some, Item{Reference: "ssm:///a"}, NotAllowed},
		{"a key for a parameter", Policy{References: []string{"ssm://*"}}, Item{Reference: "ssm:///a", Key: keyA}, Malformed},
		{"an object outside the pattern", Policy{References: []string{"envelope+s3://bucket/a/*"}}, Item{Reference: "envelope+s3://bucket/b"}, NotAllowed},
		{"an object, and no key is allowed", Policy{References: []string{"envelope+s3://bucket/*"}}, Item{Reference: "envelope+s3://bucket/b"}, NotAllowed},
		{"a secret outside the pattern", some, Item{Reference: "sm://test/db"}, NotAllowed},
		{"a pattern is anchored", some, Item{Reference: "sm://x/sm://prod/db"}, Malformed},
		{"a kind that is not listed", some, Item{Reference: "envelope://AQ=="}, NotAllowed},
		{"no key is allowed", Policy{References: []string{"*"}}, Item{Reference: "kms://AQ=="}, NotAllowed},
		{"a key that is not listed", some, Item{Reference: "kms://AQ==", Key: "alias/other"}, NotAllowed},
		{"a context for a secret", some, Item{Reference: "sm://prod/db", Context: map[string]string{"a": "b"}}, Malformed},
		{"a key for a secret", some, Item{Reference: "sm://prod/db", Key: keyA}, Malformed},
	} {
		p := planFor([]Item{c.item}, c.policy)
		if len(p.fetches) != 0 || p.refused[0] == nil || p.refused[0].Class != c.want {
			t.Errorf("%s: %d fetches, refused %v; want %s", c.name, len(p.fetches), p.refused[0], c.want)
		}
	}
}

func TestPlanFetchesEachThingOnce(t *testing.T) {
	all := Policy{References: []string{"*"}, Keys: refs(t, keyA, "alias/app"), MaxItems: 100}
	p := planFor([]Item{
		{Reference: "sm://db#user"}, {Reference: "sm://db#password"}, {Reference: "sm://db"}, {Reference: "sm://db@AWSPREVIOUS"},
		{Reference: "kms://AQ==", Context: map[string]string{"a": "1", "b": "2"}},
		{Reference: "kms://AQ", Context: map[string]string{"b": "2", "a": "1"}},
		{Reference: "kms://AQ==", Context: map[string]string{"a": "2"}},
		{Reference: "kms://AQ==", Context: map[string]string{"a": "2"}, Key: "alias/app"},
	}, all)
	if len(p.refused) != 0 || len(p.fetches) != 5 {
		t.Fatalf("%d fetches, refused %v", len(p.fetches), p.refused)
	}
	if got := len(p.fetches[0].items); got != 3 {
		t.Errorf("the secret's current version serves %d items", got)
	}
	if got := p.fetches[2].items; len(got) != 2 {
		t.Errorf("the same ciphertext under the same context serves items %v", got)
	}
	if got := p.fetches[4].keys; len(got) != 1 || got[0].String() != "alias/app" {
		t.Errorf("an item that names its key is tried under %v", got)
	}
}

// Every item is either refused or in exactly one fetch, and nothing that the
// policy does not list is fetched.
func TestPlanIsTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOf(rapid.SampledFrom([]string{"sm://a", "sm://a#k", "sm://b@x", "kms://AQ==", "envelope://AQ==", "x", "sm://%"})).Draw(t, "items")
		allowed := rapid.SampledFrom([]string{"sm://a", "sm://*", "kms://*", "*", "sm://b"}).Draw(t, "allowed")
		items := make([]Item, len(texts))
		for i := range texts {
			items[i].Reference = texts[i]
		}
		p := planFor(items, Policy{References: []string{allowed}, Keys: []keyid.Ref{{}}, MaxItems: 100})
		served := map[int]int{}
		for _, f := range p.fetches {
			for _, i := range f.items {
				served[i]++
				if prefix := strings.TrimSuffix(allowed, "*"); !strings.HasPrefix(items[i].Reference, prefix) {
					t.Fatalf("%s was fetched under %s", items[i].Reference, allowed)
				}
			}
		}
		for i := range items {
			if _, refused := p.refused[i]; refused == (served[i] > 0) || served[i] > 1 {
				t.Fatalf("item %d: refused %v, served %d times", i, refused, served[i])
			}
		}
	})
}

func TestConfigure(t *testing.T) {
	env := map[string]string{EnvReferences: " sm://a  sm://b ", EnvKeys: keyA, EnvMaxItems: "5"}
	r, err := Configure(func(n string) string { return env[n] })
	if err != nil || len(r.Policy.References) != 2 || len(r.Policy.Keys) != 1 || r.Policy.MaxItems != 5 || r.Parallel != DefaultParallel {
		t.Errorf("%+v, %v", r, err)
	}
	env = map[string]string{EnvMaxItems: "0", EnvParallel: "many", EnvKeys: "x", EnvReferences: "prod/*"}
	_, err = Configure(func(n string) string { return env[n] })
	for _, name := range []string{EnvMaxItems, EnvParallel, EnvKeys, EnvReferences} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("the error does not name %s: %v", name, err)
		}
	}
}

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true}, {"", "a", false}, {"*", "", true}, {"a", "ab", false}, {"a*", "ab", true}, {"a*b", "ab", true}, {"a*b", "aab", true},
		{"a*a", "a", false}, {"a*b*c", "abbc", true}, {"a*b*c", "acb", false}, {"*b", "ab", true}, {"**", "x", true}, {"a.c", "abc", false},
	} {
		if got := glob(c.pattern, c.text); got != c.want {
			t.Errorf("glob(%q, %q) = %v", c.pattern, c.text, got)
		}
	}
}

// Keys that cannot be used together are found when the function starts.
func TestConfigureKeys(t *testing.T) {
	const mrk = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab"
	for keys, good := range map[string]bool{
		keyA + " alias/a": true,
		keyA + " " + keyA: false,
		mrk + " " + strings.Replace(mrk, "west-1", "west-2", 1): false,
	} {
		_, err := Configure(func(n string) string { return map[string]string{EnvKeys: keys}[n] })
		if good != (err == nil) {
			t.Errorf("%s: %v", keys, err)
		}
	}
}

// No part of a reference passes for another in a pattern.
func TestPatternsTellPartsApart(t *testing.T) {
	for _, c := range []struct {
		pattern, reference string
		want               bool
	}{
		{"sm://prod/db@AWSPREVIOUS", "sm://prod/db@AWSPREVIOUS", true},
		{"sm://prod/db@AWSPREVIOUS", "sm://prod/db%40AWSPREVIOUS", false},
		{"sm://shared/*#user", "sm://shared/x#user", true},
		{"sm://shared/*#user", "sm://shared/x#password@l%23user", false},
		{"kms://*", "KMS://AQ==", true},
	} {
		p := planFor([]Item{{Reference: c.reference}}, Policy{References: []string{c.pattern}, Keys: refs(t, keyA)})
		if got := len(p.fetches) == 1; got != c.want {
			t.Errorf("%s allows %s: %v", c.pattern, c.reference, got)
		}
	}
}

// A pattern of names is none of ARNs, which all begin with an a.
func TestPatternsTellNamesFromARNs(t *testing.T) {
	const secret, parameter = "sm://arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf", "ssm://arn:aws:ssm:eu-west-1:111122223333:parameter/db"
	for _, c := range []struct {
		pattern, reference string
		want               bool
	}{
		{"sm://a*", secret, false}, {"sm://ar*", secret, false}, {"sm://arn*", secret, false}, {"ssm://a*", parameter, false}, {"ssm://a*/db", parameter, false},
		{"sm://a*", "sm://app", true}, {"ssm://a*", "ssm://app", true},
		{"*", secret, true}, {"sm://*", secret, true}, {secret, secret, true}, {"sm://arn:aws:secretsmanager:eu-west-1:*", secret, true},
		{"ssm://arn:*/db", parameter, true}, {"ssm://*/db", parameter, true},
	} {
		p := planFor([]Item{{Reference: c.reference}}, Policy{References: []string{c.pattern}})
		if got := len(p.fetches) == 1; got != c.want {
			t.Errorf("%s matches %s: %v, want %v", c.pattern, c.reference, got, c.want)
		}
	}
}
