package secretsmanager

import (
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// replica is a secret's copy in another Region, as its primary knows it.
type replica struct {
	region   keyid.Region
	kmsKeyID string // as it was given; "" for the AWS managed key
	status   types.StatusType
	message  string
	secret   *secret    // nil until it was made
	due      *world.Due // the end of what is brought to it
}

func (x *secret) primaryRegion() keyid.Region {
	if x.primary != nil {
		return x.primary.owner.region
	}
	return x.owner.region
}

// replication is the status of all replicas, by Region; nil where there are none.
// That a replica under the AWS managed key is told with its alias is assumed.
func (x *secret) replication() []types.ReplicationStatusType {
	var all []types.ReplicationStatusType
	for _, r := range world.Sorted(x.replicas) {
		e := types.ReplicationStatusType{Region: new(string(r.region)), KmsKeyId: new(managedAlias), Status: r.status}
		if r.kmsKeyID != "" {
			e.KmsKeyId = new(r.kmsKeyID)
		}
		if r.message != "" {
			e.StatusMessage = new(r.message)
		}
		if r.secret != nil && !r.secret.accessed.IsZero() {
			e.LastAccessedDate = new(r.secret.accessed)
		}
		all = append(all, e)
	}
	return all
}

// lonely refuses to delete a replica, or a secret that has some (reported:
// gruntwork-io/cloud-nuke issue 435).
func (t target) lonely() error {
	if t.secret == nil {
		return nil
	}
	if err := t.notReplica(); err != nil || len(t.replicas) == 0 {
		return err
	}
	var regions []string
	for _, r := range world.Sorted(t.replicas) {
		regions = append(regions, string(r.region))
	}
	return invalidParameter("You can't delete secret " + t.secret.arn + " that still has replica regions [" + strings.Join(regions, ", ") + "].")
}

// addedRegions adds the condition keys of replicas in a request.
func addedRegions(ctx map[string][]string, added []types.ReplicaRegionType, force bool) {
	if len(added) == 0 {
		return
	}
	for _, r := range added {
		if r.Region != nil {
			ctx["secretsmanager:AddReplicaRegions"] = append(ctx["secretsmanager:AddReplicaRegions"], *r.Region)
		}
	}
	ctx["secretsmanager:ForceOverwriteReplicaSecret"] = []string{strconv.FormatBool(force)}
}

// checkRegions refuses Regions that cannot have a new replica. One whose replica
// failed can: that is how it is tried again (User Guide, "Replicate a secret to
// other Regions"). The wordings are ours.
func checkRegions(home keyid.Region, has map[keyid.Region]*replica, added []types.ReplicaRegionType) error {
	seen := map[keyid.Region]bool{}
	for _, a := range added {
		if a.Region == nil {
			return invalidParameter("A replica must have a Region.")
		}
		region := keyid.Region(*a.Region)
		switch {
		case !world.RegionExists(region):
			return invalidParameter("Invalid replica region " + *a.Region + ".")
		case region == home:
			return invalidParameter("A secret can't be replicated to its own Region.")
		case seen[region], has[region] != nil && has[region].status != types.StatusTypeFailed:
			return invalidParameter("The secret is replicated to " + *a.Region + " already.")
		}
		seen[region] = true
	}
	return nil
}

func (s *Service) replicateSecretToRegions(c *world.Call, in *secretsmanager.ReplicateSecretToRegionsInput) (*secretsmanager.ReplicateSecretToRegionsOutput, error) {
	ctx := map[string][]string{}
	addedRegions(ctx, in.AddReplicaRegions, in.ForceOverwriteReplicaSecret)
	t, err := s.writable(c, *in.SecretId, ctx)
	if err != nil {
		return nil, err
	}
	if err := checkRegions(t.owner.region, t.replicas, in.AddReplicaRegions); err != nil {
		return nil, err
	}
	s.replicate(c, t.secret, in.AddReplicaRegions, in.ForceOverwriteReplicaSecret)
	return &secretsmanager.ReplicateSecretToRegionsOutput{ARN: &t.secret.arn, ReplicationStatus: t.replication()}, nil
}

// removeRegionsFromReplication deletes replicas, at once (User Guide, "Delete a
// secret"). The wording is ours.
func (s *Service) removeRegionsFromReplication(c *world.Call, in *secretsmanager.RemoveRegionsFromReplicationInput) (*secretsmanager.RemoveRegionsFromReplicationOutput, error) {
	t, err := s.writable(c, *in.SecretId, nil)
	if err != nil {
		return nil, err
	}
	for _, region := range in.RemoveReplicaRegions {
		if t.replicas[keyid.Region(region)] == nil {
			return nil, invalidParameter("The secret is not replicated to " + region + ".")
		}
	}
	for _, region := range slices.Compact(slices.Sorted(slices.Values(in.RemoveReplicaRegions))) {
		r := t.replicas[keyid.Region(region)]
		if r.secret != nil {
			delete(s.here(r.secret.owner), r.secret.name)
		}
		delete(t.replicas, r.region)
	}
	return &secretsmanager.RemoveRegionsFromReplicationOutput{ARN: &t.secret.arn, ReplicationStatus: t.replication()}, nil
}

// stopReplicationToReplica makes a replica a secret of its own. It is called in
// the replica's Region (API reference). The wording is ours.
func (s *Service) stopReplicationToReplica(c *world.Call, in *secretsmanager.StopReplicationToReplicaInput) (*secretsmanager.StopReplicationToReplicaOutput, error) {
	t, err := s.live(c, *in.SecretId, nil)
	if err != nil {
		return nil, err
	}
	if t.primary == nil {
		return nil, invalidParameter("The secret is not a replica.")
	}
	delete(t.primary.replicas, t.owner.region)
	t.primary, t.changed = nil, c.Time
	return &secretsmanager.StopReplicationToReplicaOutput{ARN: &t.secret.arn}, nil
}
