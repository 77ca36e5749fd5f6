package secretsmanager

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// kept is a secret of two versions that rotates, with its replica.
type kept struct {
	*Service
	x, y *secret
}

func newKept(t *testing.T) (*bench, kept) {
	t.Helper()
	b, _ := newRotator(t)
	b.broken = true
	s := b.services["secretsmanager"].(*Service)
	me := root(mine)
	b.create(me, "s", "1", b.key(me, ""))
	b.rotate("s", days(30))
	must[replicateOut](b, me, &replicateIn{SecretId: new("s"), AddReplicaRegions: toRegions(string(away))})
	b.world.Advance(replicating)
	k := kept{s, s.regions[home{mine, "us-east-1"}]["s"], s.regions[home{mine, away}]["s"]}
	if bad := b.world.Violations(); len(bad) != 0 || len(k.x.versions) != 2 || k.y == nil {
		t.Fatalf("before: %q", bad)
	}
	return b, k
}

func TestViolations(t *testing.T) {
	later := world.Epoch.Add(time.Hour)
	tag := types.Tag{Key: new("a"), Value: new("b")}
	for want, spoil := range map[string]func(k kept){
		"in mars-north-1, which does not exist": func(k kept) { k.regions[home{mine, "mars-north-1"}] = nil },
		"is kept as s in":                       func(k kept) { k.x.name = "other" },
		"changed at":                            func(k kept) { k.x.changed = later },
		"was read in the future":                func(k kept) { k.x.accessed = later },
		"has 2 tags, or one twice":              func(k kept) { k.x.tags = []types.Tag{tag, tag} },
		"is not marked for deletion, and will":  func(k kept) { k.mark(k.x, k.x.changed, later); k.x.deletion = time.Time{} },
		"and will not be deleted at":            func(k kept) { k.x.deletion = later },
		"waits more than 30 days":               func(k kept) { k.mark(k.x, k.x.changed, later.AddDate(0, 0, 31)) },
		"and is a replica, or has some":         func(k kept) { k.mark(k.y, k.y.changed, later) },
		"twice\n":                               func(k kept) { k.x.versions = append(k.x.versions, k.x.versions[0]) },
		"of the future":                         func(k kept) { k.x.versions[0].created = later },
		"has no value":                          func(k kept) { k.x.versions[0].sealed.wraps = nil },
		"is under a key that never was":         func(k kept) { k.x.versions[0].sealed.wraps[0].blob = nil },
		"and told to be under arn:x":            func(k kept) { k.x.versions[0].sealed.wraps[0].key = "arn:x" },
		"has 102 versions": func(k kept) {
			for n := range versionLimit {
				v := *k.x.versions[0]
				v.id = fmt.Sprint(n)
				k.x.versions = append(k.x.versions, &v)
			}
		},
		"at version x, which does not exist": func(k kept) { k.x.labels["blue"] = "x" },
		"and none that is AWSCURRENT":        func(k kept) { delete(k.x.labels, current) },
		"has AWSPREVIOUS at the version":     func(k kept) { k.x.labels[previous] = k.x.labels[current] },
		"has 21 staging labels": func(k kept) {
			for n := range 21 - len(k.x.labels) {
				k.x.labels[fmt.Sprint(n)] = k.x.labels[current]
			}
		},
		"rotates by no function":                     func(k kept) { k.x.rotation.lambda = "" },
		"was rotated in the future":                  func(k kept) { k.x.rotation.rotated = later },
		"rotates, and is a replica":                  func(k kept) { k.y.rotation = k.x.rotation },
		"does not rotate, and will":                  func(k kept) { k.x.rotation.enabled = false },
		"has no date of the next rotation":           func(k kept) { k.x.rotation.next = time.Time{} },
		"and nothing will do it":                     func(k kept) { k.world.Clock.Cancel(k.x.rotation.due) },
		"is under way, and does not go on":           func(k kept) { k.x.rotation.attempt = &attempt{} },
		"has failed 5 times, and goes on":            func(k kept) { k.x.rotation.attempt = &attempt{failures: attemptLimit} },
		"which does not know it":                     func(k kept) { clear(k.x.replicas) },
		"has replicas":                               func(k kept) { k.y.replicas = map[keyid.Region]*replica{away: {}} },
		"has a replica in ap-east-1, kept as in":     func(k kept) { k.x.replicas[away].region = "ap-east-1" },
		"is being replicated to eu-west-1 for ever":  func(k kept) { k.x.replicas[away].status = types.StatusTypeInProgress },
		"is in sync with eu-west-1, where it is not": func(k kept) { k.x.replicas[away].secret = nil },
		"where another secret is":                    func(k kept) { k.y.primary = nil },
		"is under another key than":                  func(k kept) { k.y.kmsKeyID = "x" },
		"has the staging labels":                     func(k kept) { k.y.labels["blue"] = k.y.labels[current] },
		"has another description, policy or":         func(k kept) { k.x.description = "x" },
	} {
		t.Run(want, func(t *testing.T) {
			b, k := newKept(t)
			b.world.Locked(func() { spoil(k) })
			if bad := strings.Join(b.world.Violations(), "\n") + "\n"; !strings.Contains(bad, want) {
				t.Errorf("the violations are %q", bad)
			}
		})
	}
}

// A secret that is restored after its rotation was given up can rotate again.
func TestRotationGivenUpForADeletion(t *testing.T) {
	b, r := newRotator(t)
	me := root(mine)
	b.create(me, "s", "1", "")
	r.spoil = func(event) error { return world.InternalFailure() }
	b.rotate("s", days(30))
	b.world.Advance(time.Minute)
	must[deleteOut](b, me, &deleteIn{SecretId: new("s")})
	b.world.Advance(retryDelay)
	must[secretsmanager.RestoreSecretOutput](b, me, &secretsmanager.RestoreSecretInput{SecretId: new("s")})
	r.spoil, r.events = nil, nil
	b.refused(me, &rotateIn{SecretId: new("s"), ClientRequestToken: b.token()}, "InvalidRequestException", "will be reattempted")
	b.world.Advance(time.Minute)
	if got := r.steps(); got != "cstf" {
		t.Errorf("the steps were %s", got)
	}
}

// What rotation does to the labels reaches the replicas, and the version that a
// test of its configuration makes does not.
func TestReplicasAndRotation(t *testing.T) {
	b, r := newRotator(t)
	me := root(mine)
	b.create(me, "s", "1", "")
	must[replicateOut](b, me, &replicateIn{SecretId: new("s"), AddReplicaRegions: toRegions(string(away))})
	b.world.Advance(replicating)
	r.before = func(e event, as who) { b.put(as, e.SecretId, e.Step, "blue") }
	must[rotateOut](b, me, &rotateIn{SecretId: new("s"), ClientRequestToken: b.token(), RotationLambdaARN: new(function), RotationRules: days(30), RotateImmediately: new(false)})
	b.world.Advance(time.Minute)
	if bad := b.world.Violations(); len(bad) != 0 {
		t.Errorf("after a test: %q", bad)
	}
	r.before = nil
	for range 2 {
		b.rotate("s", nil)
		b.world.Advance(time.Minute)
	}
	if bad := b.world.Violations(); len(bad) != 0 {
		t.Errorf("after rotations: %q", bad)
	}
	b.refused(me, &secretsmanager.UpdateSecretVersionStageInput{SecretId: new("s"), VersionStage: new(previous), RemoveFromVersionId: r.at("s", previous), MoveToVersionId: r.at("s", current)}, "NotImplemented", "")
	b.refused(me, &putIn{SecretId: new("s"), SecretString: new("x"), ClientRequestToken: b.token(), VersionStages: []string{current, previous}}, "NotImplemented", "")
}

// at gives the version that has a label.
func (r *rotator) at(id, label string) *string {
	for v, labels := range r.b.describe(id).VersionIdsToStages {
		if strings.Contains(fmt.Sprint(labels), label) {
			return &v
		}
	}
	return nil
}
