package ssm

import (
	"fmt"
	"strings"
	"testing"
	"time"

	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"rekey/lab/world"
)

// kept are parameters of each kind.
type kept struct {
	*Service
	r                     *region
	plain, secret, sealed *parameter // plain of two versions, the first labelled; sealed is advanced
}

func newKept(t *testing.T) (*bench, kept) {
	t.Helper()
	b := newBench(t)
	b.broken = true
	key := *must[awskms.CreateKeyOutput](b, &awskms.CreateKeyInput{}).KeyMetadata.Arn
	must[putOut](b, plain("/a/plain", "1"))
	again := plain("/a/plain", "2")
	again.Overwrite = new(true)
	must[putOut](b, again)
	for name, tier := range map[string]types.ParameterTier{"secret": types.ParameterTierStandard, "sealed": types.ParameterTierAdvanced} {
		in := secure(name, "x", tier)
		in.KeyId = &key
		must[putOut](b, in)
	}
	s := b.services["ssm"].(*Service)
	r := s.regions[home{mine, "us-east-1"}]
	k := kept{s, r, r.parameters["a/plain"], r.parameters["secret"], r.parameters["sealed"]}
	k.plain.versions[0].labels["blue"] = true
	if bad := b.world.Violations(); len(bad) != 0 {
		t.Fatalf("before: %q", bad)
	}
	return b, k
}

func TestViolations(t *testing.T) {
	later := world.Epoch.Add(time.Hour)
	const never = "arn:aws:kms:us-east-1:111122223333:key/00000099-0000-4000-8000-000000000099"
	many := func(k kept, n int) {
		for i := range n {
			v := *k.plain.latest()
			v.number, v.labels = int64(i+3), nil
			k.plain.versions = append(k.plain.versions, &v)
		}
	}
	for want, spoil := range map[string]func(k kept){
		"in mars-north-1, which does not exist": func(k kept) { k.make(home{mine, "mars-north-1"}) },
		"is kept as secret in":                  func(k kept) { k.secret.name = "other" },
		"has 51 tags": func(k kept) {
			for n := range 51 {
				k.plain.tags[fmt.Sprint(n)] = ""
			}
		},
		"has no version": func(k kept) { k.plain.versions = nil },
		"there are 10002 standard parameters": func(k kept) {
			for n := range standardLimit {
				k.r.parameters[fmt.Sprint(n)] = k.secret
			}
		},
		"has 102 versions":                   func(k kept) { many(k, 100) },
		"has 1 versions, and begins with":    func(k kept) { k.plain.versions = k.plain.versions[1:] },
		"has version 3 in the place of 2":    func(k kept) { k.plain.versions[1].number = 3 },
		"of the future":                      func(k kept) { k.plain.versions[1].modified = later },
		"is older than the one before":       func(k kept) { k.plain.versions[0].modified = later },
		"was advanced, and version 2 is not": func(k kept) { k.plain.versions[0].tier = types.ParameterTierAdvanced },
		"has another type since version 2":   func(k kept) { k.plain.versions[1].kind = types.ParameterTypeStringList },
		"has 11 labels": func(k kept) {
			for n := range 10 {
				k.plain.versions[0].labels[fmt.Sprint("x", n)] = true
			}
		},
		"has the label blue at several versions":         func(k kept) { k.plain.versions[1].labels["blue"] = true },
		`has the label "aws", which none`:                func(k kept) { k.plain.versions[1].labels["aws"] = true },
		`is of type "Text"`:                              func(k kept) { k.plain.versions[1].kind = "Text" },
		`is of tier "Best"`:                              func(k kept) { k.plain.versions[1].tier = "Best" },
		`a String, has the key "x"`:                      func(k kept) { k.plain.versions[1].keyID = "x" },
		"has 4097 bytes":                                 func(k kept) { k.plain.versions[1].value = make([]byte, 4097) },
		"is no message with one data key":                func(k kept) { k.sealed.versions[0].value = []byte("x") },
		"parameter/secret is under a key that never was": func(k kept) { k.secret.versions[0].value = []byte("x") },
		"and told to be under " + never:                  func(k kept) { k.sealed.versions[0].keyID = never },
	} {
		t.Run(want, func(t *testing.T) {
			b, k := newKept(t)
			b.world.Locked(func() { spoil(k) })
			if bad := strings.Join(b.world.Violations(), "\n"); !strings.Contains(bad, want) {
				t.Errorf("the violations are %q", bad)
			}
		})
	}
}
