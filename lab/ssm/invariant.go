package ssm

import (
	"bytes"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"rekey/lab/world"
	"rekey/shared/envelope"
	"rekey/shared/keyid"
)

// KnownKeys knows the KMS keys that there are or were. What Keys is, is asked
// for it.
type KnownKeys interface {
	// Under gives the key of a Region that a ciphertext is under.
	Under(ciphertext []byte, region keyid.Region) (keyid.ARN, bool)
}

// broken says what is in the state that AWS rules out, whatever is called.
func (s *Service) broken() []string {
	var bad world.Findings
	for h, r := range s.regions {
		bad.If(!world.RegionExists(h.region), "there are parameters in %s, which does not exist", h.region)
		standard := 0
		for key, p := range r.parameters {
			bad.If(p.owner != h || strings.TrimPrefix(p.name, "/") != key || p.arn != arnOf(h, key), "%s is kept as %s in %s of %s", p.arn, key, h.region, h.account)
			bad.If(len(p.tags) > 50, "%s has %d tags", p.arn, len(p.tags))
			if len(p.versions) == 0 {
				bad.If(true, "%s has no version", p.arn)
				continue
			}
			if p.latest().tier == types.ParameterTierStandard {
				standard++
			}
			s.checkVersions(&bad, p)
		}
		bad.If(standard > standardLimit, "there are %d standard parameters in %s of %s", standard, h.region, h.account)
	}
	return bad
}

// checkVersions: their numbers follow each other, the oldest are gone only where
// there are as many as there may be, a label is at one version, and an advanced
// parameter stays one.
func (s *Service) checkVersions(bad *world.Findings, p *parameter) {
	first := p.versions[0].number
	bad.If(len(p.versions) > versionLimit, "%s has %d versions", p.arn, len(p.versions))
	bad.If(first < 1 || first > 1 && len(p.versions) < versionLimit, "%s has %d versions, and begins with version %d", p.arn, len(p.versions), first)
	labels := map[string]bool{}
	for i, v := range p.versions {
		bad.If(v.number != first+int64(i), "%s has version %d in the place of %d", p.arn, v.number, first+int64(i))
		bad.If(v.modified.After(s.world.Clock.Now()), "%s has version %d of the future", p.arn, v.number)
		if i > 0 {
			before := p.versions[i-1]
			bad.If(v.modified.Before(before.modified), "%s has version %d that is older than the one before", p.arn, v.number)
			bad.If(before.tier == types.ParameterTierAdvanced && v.tier != before.tier, "%s was advanced, and version %d is not", p.arn, v.number)
			bad.If(v.kind != before.kind && strings.Contains(strings.TrimPrefix(p.name, "/"), "/"), "%s is in a hierarchy, and has another type since version %d", p.arn, v.number)
		}
		bad.If(len(v.labels) > labelLimit, "%s has %d labels at version %d", p.arn, len(v.labels), v.number)
		for label := range v.labels {
			bad.If(labels[label], "%s has the label %s at several versions", p.arn, label)
			bad.If(!labelForm.MatchString(label) || labelReserved.MatchString(label), "%s has the label %q, which none can be", p.arn, label)
			labels[label] = true
		}
		s.checkValue(bad, p, v)
	}
}

func (s *Service) checkValue(bad *world.Findings, p *parameter, v *version) {
	bad.If(!slices.Contains(v.kind.Values(), v.kind), "version %d of %s is of type %q", v.number, p.arn, v.kind)
	bad.If(v.tier != types.ParameterTierStandard && v.tier != types.ParameterTierAdvanced, "version %d of %s is of tier %q", v.number, p.arn, v.tier)
	secret := v.kind == types.ParameterTypeSecureString
	bad.If(secret != (v.keyID != ""), "version %d of %s, a %s, has the key %q", v.number, p.arn, v.kind, v.keyID)
	if !secret {
		most := map[types.ParameterTier]int{types.ParameterTierStandard: standardSize, types.ParameterTierAdvanced: advancedSize}[v.tier]
		bad.If(len(v.value) == 0 || len(v.value) > most, "version %d of %s has %d bytes", v.number, p.arn, len(v.value))
		return
	}
	keys, known := s.keys.(KnownKeys)
	if !known {
		return
	}
	sealed := v.value
	if v.tier == types.ParameterTierAdvanced {
		h, err := envelope.ReadHeader(bytes.NewReader(v.value))
		if err != nil || len(h.EncryptedDataKeys) != 1 {
			bad.If(true, "version %d of %s is no message with one data key", v.number, p.arn)
			return
		}
		sealed = h.EncryptedDataKeys[0].Ciphertext
	}
	under, ok := keys.Under(sealed, p.owner.region)
	bad.If(!ok, "version %d of %s is under a key that never was in %s: %s", v.number, p.arn, p.owner.region, v.keyID)
	bad.If(ok && strings.HasPrefix(v.keyID, "arn:") && strings.Contains(v.keyID, ":key/") && v.keyID != under.String(), "version %d of %s is under %s, and told to be under %s", v.number, p.arn, under, v.keyID)
}
