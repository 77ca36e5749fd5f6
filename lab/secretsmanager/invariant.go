package secretsmanager

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"rekey/lab/world"
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
	for h, secrets := range s.regions {
		bad.If(!world.RegionExists(h.region), "there are secrets in %s, which does not exist", h.region)
		for name, x := range secrets {
			suffix, found := strings.CutPrefix(x.arn, arnOf(h, x.name+"-"))
			bad.If(x.owner != h || x.name != name || !found || len(suffix) != 6, "%s is kept as %s in %s of %s", x.arn, name, h.region, h.account)
			s.checkSecret(&bad, x)
			s.checkVersions(&bad, x)
			checkLabels(&bad, x)
			s.checkRotation(&bad, x)
			s.checkReplication(&bad, x)
		}
	}
	return bad
}

func (s *Service) checkSecret(bad *world.Findings, x *secret) {
	now := s.world.Clock.Now()
	bad.If(x.changed.After(now) || x.changed.Before(x.created), "%s changed at %s, and was created at %s", x.arn, x.changed, x.created)
	bad.If(x.accessed.After(now), "%s was read in the future", x.arn)
	bad.If(len(x.tags) > 50 || doubled(x.tags), "%s has %d tags, or one twice", x.arn, len(x.tags))
	if x.deletion.IsZero() {
		bad.If(x.due.Waits(), "%s is not marked for deletion, and will be deleted", x.arn)
		return
	}
	bad.If(!x.due.Is(x.deletion), "%s is marked for deletion, and will not be deleted at %s", x.arn, x.deletion)
	bad.If(x.deletion.After(now.AddDate(0, 0, 30)), "%s waits more than 30 days for its deletion", x.arn)
	bad.If(x.primary != nil || len(x.replicas) > 0, "%s is marked for deletion, and is a replica, or has some", x.arn)
}

func doubled(tags []types.Tag) bool {
	seen := map[string]bool{}
	for _, t := range tags {
		if seen[*t.Key] {
			return true
		}
		seen[*t.Key] = true
	}
	return false
}

func (s *Service) checkVersions(bad *world.Findings, x *secret) {
	keys, _ := s.keys.(KnownKeys)
	seen, n := map[string]bool{}, 0
	for _, v := range x.versions {
		bad.If(seen[v.id], "%s has version %s twice", x.arn, v.id)
		seen[v.id] = true
		if !x.testing(v.id) {
			n++
		}
		bad.If(v.created.After(s.world.Clock.Now()), "%s has version %s of the future", x.arn, v.id)
		bad.If(len(v.sealed.wraps) == 0 || len(v.sealed.text) < 16, "version %s of %s has no value", v.id, x.arn)
		for _, w := range v.sealed.wraps {
			if keys == nil {
				continue
			}
			under, ok := keys.Under(w.blob, x.owner.region)
			bad.If(!ok, "version %s of %s is under a key that never was in %s: %s", v.id, x.arn, x.owner.region, w.key)
			bad.If(ok && strings.HasPrefix(w.key, "arn:") && w.key != under.String(), "version %s of %s is under %s, and told to be under %s", v.id, x.arn, under, w.key)
		}
	}
	bad.If(n > versionLimit, "%s has %d versions", x.arn, n)
}

// checkLabels: a label is at one version, which exists, but for AWSPENDING of a
// version that rotation is to make.
func checkLabels(bad *world.Findings, x *secret) {
	for label, id := range x.labels {
		toMake := label == pending && x.rotation != nil
		bad.If(x.version(id) == nil && !toMake, "%s has %s at version %s, which does not exist", x.arn, label, id)
	}
	at := x.labels[current]
	bad.If(len(x.versions) > 0 && at == "", "%s has values, and none that is AWSCURRENT", x.arn)
	bad.If(at != "" && x.labels[previous] == at, "%s has AWSPREVIOUS at the version that is AWSCURRENT, %s", x.arn, at)
	bad.If(len(x.labels) > labelLimit, "%s has %d staging labels", x.arn, len(x.labels))
}

// checkRotation: whether a secret rotates, the date of the next time, and what
// will be done belong together.
func (s *Service) checkRotation(bad *world.Findings, x *secret) {
	r := x.rotation
	if r == nil {
		return
	}
	bad.If(r.lambda == "", "%s rotates by no function", x.arn)
	bad.If(r.rotated.After(s.world.Clock.Now()), "%s was rotated in the future", x.arn)
	bad.If(x.primary != nil, "%s rotates, and is a replica", x.arn)
	if !r.enabled {
		bad.If(r.due.Waits() || !r.next.IsZero() || r.attempt != nil, "%s does not rotate, and will", x.arn)
		return
	}
	_, window := r.rules.start(s.world.Clock.Now())
	bad.If(window && r.next.IsZero(), "%s rotates, and has no date of the next rotation", x.arn)
	bad.If(window != r.due.Waits(), "%s is to rotate on %s, and nothing will do it", x.arn, r.next)
	if a := r.attempt; a != nil {
		bad.If(!a.due.Waits() && !s.world.Busy(), "the rotation of %s to version %s is under way, and does not go on", x.arn, a.token)
		bad.If(a.failures >= attemptLimit, "the rotation of %s has failed %d times, and goes on", x.arn, a.failures)
	}
}

func (s *Service) checkReplication(bad *world.Findings, x *secret) {
	if p := x.primary; p != nil {
		r := p.replicas[x.owner.region]
		bad.If(r == nil || r.secret != x || s.here(p.owner)[p.name] != p, "%s is a replica of %s, which does not know it", x.arn, p.arn)
		bad.If(len(x.replicas) > 0, "the replica %s has replicas", x.arn)
	}
	for region, r := range x.replicas {
		bad.If(r.region != region || region == x.owner.region || !world.RegionExists(region), "%s has a replica in %s, kept as in %s", x.arn, r.region, region)
		bad.If(r.status == types.StatusTypeInProgress && !r.due.Waits(), "%s is being replicated to %s for ever", x.arn, region)
		y := r.secret
		if y == nil {
			bad.If(r.status == types.StatusTypeInSync, "%s is in sync with %s, where it is not", x.arn, region)
			continue
		}
		bad.If(y.primary != x || s.here(y.owner)[y.name] != y || y.owner != home{x.owner.account, region}, "%s is replicated to %s, where another secret is", x.arn, region)
		bad.If(r.kmsKeyID != y.kmsKeyID, "%s is under another key than %s tells", y.arn, x.arn)
		if r.status == types.StatusTypeInSync && !r.due.Waits() {
			x.checkReplica(bad, y)
		}
	}
}

// checkReplica: a replica that is in sync is what its primary is.
func (x *secret) checkReplica(bad *world.Findings, y *secret) {
	labels := x.shared()
	bad.If(!maps.Equal(labels, y.labels), "%s has the staging labels %v, and its replica in %s %v", x.arn, labels, y.owner.region, y.labels)
	bad.If(x.description != y.description || x.policy != y.policy || !slices.EqualFunc(x.tags, y.tags, func(a, b types.Tag) bool { return reflect.DeepEqual(a, b) }),
		"%s has another description, policy or other tags than its replica in %s", x.arn, y.owner.region)
}
