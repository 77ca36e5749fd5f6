package secretsmanager

import (
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// replicating is how long it takes to bring a change to a replica; AWS gives no
// time.
const replicating = 5 * time.Second

// touch notes that a secret changed, and brings the change to its replicas.
func (s *Service) touch(c *world.Call, x *secret) {
	x.changed = c.Time
	s.follow(c.Caller, x)
}

// follow brings a change that a caller made to a secret's replicas.
func (s *Service) follow(caller world.Caller, x *secret) {
	for _, r := range world.Sorted(x.replicas) {
		if r.secret != nil {
			r.due = s.world.Clock.After(replicating, func() {
				if x.replicas[r.region] == r {
					s.settle(r, s.copy(caller, x, r.secret))
				}
			})
		}
	}
}

// shared are the labels that replicas have too: those of versions that have a
// value, which a version that rotation is about to make has not, and not that of
// the version by which a configuration is tested, which is soon taken away
// (assumption).
func (x *secret) shared() map[string]string {
	labels := maps.Clone(x.labels)
	maps.DeleteFunc(labels, func(_, id string) bool {
		return x.version(id) == nil || x.testing(id)
	})
	return labels
}

// replicate makes replicas, with the permissions of the caller, in a while.
func (s *Service) replicate(c *world.Call, x *secret, added []types.ReplicaRegionType, force bool) {
	for _, a := range added {
		r := &replica{region: keyid.Region(*a.Region), status: types.StatusTypeInProgress}
		if a.KmsKeyId != nil {
			r.kmsKeyID = keyOf(home{x.owner.account, r.region}, *a.KmsKeyId)
		}
		if x.replicas == nil {
			x.replicas = map[keyid.Region]*replica{}
		}
		x.replicas[r.region] = r
		r.due = s.world.Clock.After(replicating, func() {
			if x.replicas[r.region] == r && s.here(x.owner)[x.name] == x {
				s.makeReplica(c.Caller, x, r, force)
			}
		})
	}
}

// makeReplica fails where the name is taken in the Region, unless what is there is
// to be overwritten (User Guide, "Replicate a secret to other Regions"; the
// message is the API reference's example, ReplicationStatusType). A secret with
// replicas, or a replica of another one, is not overwritten, which is assumed.
func (s *Service) makeReplica(caller world.Caller, x *secret, r *replica, force bool) {
	h := home{x.owner.account, r.region}
	old := s.here(h)[x.name]
	if old != nil && (!force || old.primary != nil || len(old.replicas) > 0) {
		r.status, r.message = types.StatusTypeFailed, "Secret with this name already exists in this region"
		return
	}
	now := s.world.Clock.Now()
	y := &secret{
		owner: h, name: x.name, arn: arnOf(h, x.arn[len(arnOf(x.owner, "")):]), kmsKeyID: r.kmsKeyID,
		created: now, changed: now, labels: map[string]string{}, primary: x,
	}
	if err := s.copy(caller, x, y); err != nil {
		s.settle(r, err)
		return
	}
	if old != nil {
		s.halt(old)
		s.world.Clock.Cancel(old.due)
	}
	s.keep(y)
	r.secret = y
	s.settle(r, nil)
}

// settle notes how it went. The wording of a failure is ours.
func (s *Service) settle(r *replica, err error) {
	if err == nil {
		r.status, r.message = types.StatusTypeInSync, ""
		return
	}
	r.status, r.message = types.StatusTypeFailed, "Replication failed: "+world.Answer(err).Message
}

// copy brings a replica to where its primary is: the description, tags, policy,
// labels, and the values of all versions that have labels, encrypted anew under
// the replica's own key (User Guide, "Replicate a secret to other Regions").
// Policies are copied too (reported: lgallard/terraform-aws-secrets-manager issue
// 188). KMS is asked with the permissions of who made the change.
func (s *Service) copy(caller world.Caller, x, y *secret) error {
	var versions []*version
	labels := x.shared()
	labelled := slices.Collect(maps.Values(labels))
	for _, v := range x.versions {
		if !slices.Contains(labelled, v.id) {
			continue
		}
		if there := y.version(v.id); there != nil {
			versions = append(versions, there)
			continue
		}
		made, err := s.copyVersion(caller, x, y, v)
		if err != nil {
			return err
		}
		versions = append(versions, made)
	}
	y.versions, y.labels = versions, labels
	y.description, y.tags, y.policy, y.changed = x.description, slices.Clone(x.tags), x.policy, s.world.Clock.Now()
	return nil
}

// copyVersion decrypts in the one Region and encrypts in the other.
func (s *Service) copyVersion(caller world.Caller, x, y *secret, v *version) (*version, error) {
	var plain *value
	made := &version{id: v.id, created: v.created}
	err := s.replicated(caller, x, func(c *world.Call) (err error) {
		plain, err = s.open(c, x, v)
		return err
	})
	if err != nil {
		return nil, err
	}
	defer clear(plain.bytes)
	return made, s.replicated(caller, y, func(c *world.Call) (err error) {
		made.sealed, err = s.seal(c, y, v.id, plain)
		return err
	})
}

// replicated acts on a secret in its Region, on a caller's behalf. The name of
// the operation is the lab's own.
func (s *Service) replicated(caller world.Caller, x *secret, do func(*world.Call) error) error {
	return s.world.Act(world.Actor{Caller: caller, Region: x.owner.region}, "secretsmanager", "ReplicateSecretVersion", func(c *world.Call) error {
		c.Within = "ReplicateSecretToRegions"
		return do(c)
	})
}
