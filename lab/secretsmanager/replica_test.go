package secretsmanager

import (
	"testing"
	"time"

	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"rekey/shared/keyid"
)

type (
	replicateIn  = secretsmanager.ReplicateSecretToRegionsInput
	replicateOut = secretsmanager.ReplicateSecretToRegionsOutput
	stopIn       = secretsmanager.StopReplicationToReplicaInput
	stopOut      = secretsmanager.StopReplicationToReplicaOutput
	removeIn     = secretsmanager.RemoveRegionsFromReplicationInput
	removeOut    = secretsmanager.RemoveRegionsFromReplicationOutput
)

const away = keyid.Region("eu-west-1")

func (w who) in(r keyid.Region) who { return who{w.principal, r} }

func toRegions(regions ...string) []types.ReplicaRegionType {
	var all []types.ReplicaRegionType
	for _, r := range regions {
		all = append(all, types.ReplicaRegionType{Region: new(r)})
	}
	return all
}

// status gives the state of a secret's one replica.
func (b *bench) status(id string) types.StatusType {
	b.Helper()
	all := b.describe(id).ReplicationStatus
	if len(all) != 1 {
		b.Fatalf("%d replicas", len(all))
	}
	return all[0].Status
}

func TestReplica(t *testing.T) {
	b := newBench(t)
	admin, there := root(mine), root(mine).in(away)
	s := b.create(admin, "s", "1", "")
	b.put(admin, "s", "2")
	out := must[replicateOut](b, admin, &replicateIn{SecretId: new("s"), AddReplicaRegions: toRegions(string(away))})
	if out.ReplicationStatus[0].Status != types.StatusTypeInProgress || *out.ReplicationStatus[0].KmsKeyId != managedAlias {
		t.Errorf("answered %s", show(out))
	}
	b.refused(there, &getIn{SecretId: new("s")}, "ResourceNotFoundException", "")
	b.world.Advance(replicating)
	if got := b.status("s"); got != types.StatusTypeInSync {
		t.Fatalf("is %s", got)
	}
	got := must[getOut](b, there, &getIn{SecretId: new("s")})
	if *got.SecretString != "2" || *got.ARN != arnOf(home{mine, away}, (*s.ARN)[len(arnOf(home{mine, "us-east-1"}, "")):]) {
		t.Errorf("read %s", show(got))
	}
	if got := must[getOut](b, there, &getIn{SecretId: got.ARN, VersionStage: new(previous)}); *got.SecretString != "1" {
		t.Errorf("read %s", show(got))
	}
	for _, as := range []who{admin, there} {
		if d := must[describeOut](b, as, &describeIn{SecretId: new("s")}); *d.PrimaryRegion != "us-east-1" {
			t.Errorf("described as %s", show(d))
		}
	}
	b.put(admin, "s", "3")
	b.policy(admin, "s", allow("arn:aws:iam::"+other+":root", "secretsmanager:*", "*", ""))
	b.world.Advance(replicating)
	if got := *must[getOut](b, there, &getIn{SecretId: new("s")}).SecretString; got != "3" {
		t.Errorf("after the change it reads %s", got)
	}
	if p := must[secretsmanager.GetResourcePolicyOutput](b, there, &secretsmanager.GetResourcePolicyInput{SecretId: new("s")}); p.ResourcePolicy == nil {
		t.Error("the policy was not copied")
	}
	const message = "Operation not permitted on a replica secret. Call must be made in primary secret's region."
	for _, in := range []any{
		&putIn{SecretId: new("s"), SecretString: new("x"), ClientRequestToken: b.token()}, &deleteIn{SecretId: new("s")},
		&updateIn{SecretId: new("s"), Description: new("x")}, &rotateIn{SecretId: new("s"), ClientRequestToken: b.token()},
		&secretsmanager.TagResourceInput{SecretId: new("s"), Tags: []types.Tag{{Key: new("a"), Value: new("b")}}},
		&secretsmanager.DeleteResourcePolicyInput{SecretId: new("s")}, &replicateIn{SecretId: new("s"), AddReplicaRegions: toRegions("us-west-2")},
	} {
		b.services["secretsmanager"].(*Service).Functions = &rotator{b: b}
		b.refused(there, in, "InvalidParameterException", message)
	}
	b.refused(admin, &deleteIn{SecretId: new("s")}, "InvalidParameterException", "You can't delete secret "+*s.ARN+" that still has replica regions [eu-west-1].")
}

func TestReplicaUnderItsOwnKey(t *testing.T) {
	b := newBench(t)
	admin, there := root(mine), root(mine).in(away)
	key := *must[awskms.CreateKeyOutput](b, there, &awskms.CreateKeyInput{}).KeyMetadata.Arn
	other := *must[awskms.CreateKeyOutput](b, there, &awskms.CreateKeyInput{}).KeyMetadata.Arn
	must[createOut](b, admin, &createIn{Name: new("s"), SecretString: new("v"), ClientRequestToken: b.token(), AddReplicaRegions: []types.ReplicaRegionType{{Region: new(string(away)), KmsKeyId: &key}}})
	b.world.Advance(replicating)
	must[getOut](b, there, &getIn{SecretId: new("s")})
	must[updateOut](b, there, &updateIn{SecretId: new("s"), KmsKeyId: &other})
	if got := b.describe("s").ReplicationStatus[0].KmsKeyId; *got != other {
		t.Errorf("under %s", *got)
	}
	must[awskms.DisableKeyOutput](b, there, &awskms.DisableKeyInput{KeyId: &key})
	must[getOut](b, there, &getIn{SecretId: new("s")})
	must[awskms.DisableKeyOutput](b, there, &awskms.DisableKeyInput{KeyId: &other})
	b.refused(there, &getIn{SecretId: new("s")}, "DecryptionFailure", "")
	must[getOut](b, admin, &getIn{SecretId: new("s")})
	b.put(admin, "s", "w")
	b.world.Advance(replicating)
	if got := b.status("s"); got != types.StatusTypeFailed {
		t.Errorf("is %s", got)
	}
}

func TestReplicaWhoseNameIsTaken(t *testing.T) {
	b := newBench(t)
	admin, there := root(mine), root(mine).in(away)
	b.create(admin, "s", "here", "")
	b.create(there, "s", "there", "")
	in := &replicateIn{SecretId: new("s"), AddReplicaRegions: toRegions(string(away))}
	must[replicateOut](b, admin, in)
	b.world.Advance(replicating)
	if got := b.describe("s").ReplicationStatus[0]; got.Status != types.StatusTypeFailed || *got.StatusMessage != "Secret with this name already exists in this region" {
		t.Errorf("is %s", show(got))
	}
	in.ForceOverwriteReplicaSecret = true
	must[replicateOut](b, admin, in)
	b.world.Advance(replicating)
	if got := *must[getOut](b, there, &getIn{SecretId: new("s")}).SecretString; got != "here" {
		t.Errorf("reads %s", got)
	}
	b.refused(admin, in, "InvalidParameterException", "")
	b.refused(admin, &replicateIn{SecretId: new("s"), AddReplicaRegions: toRegions("us-east-1")}, "InvalidParameterException", "")
	b.refused(admin, &replicateIn{SecretId: new("s"), AddReplicaRegions: toRegions("xx-nowhere-1")}, "InvalidParameterException", "")
}

func TestReplicaThatEnds(t *testing.T) {
	b := newBench(t)
	admin, there := root(mine), root(mine).in(away)
	b.create(admin, "s", "v", "")
	must[replicateOut](b, admin, &replicateIn{SecretId: new("s"), AddReplicaRegions: toRegions(string(away), "us-west-2")})
	b.world.Advance(replicating)
	b.refused(admin, &stopIn{SecretId: new("s")}, "InvalidParameterException", "")
	must[stopOut](b, there, &stopIn{SecretId: new("s")})
	b.put(there, "s", "its own")
	out := must[removeOut](b, admin, &removeIn{SecretId: new("s"), RemoveReplicaRegions: []string{"us-west-2"}})
	if len(out.ReplicationStatus) != 0 {
		t.Errorf("answered %s", show(out))
	}
	b.refused(root(mine).in("us-west-2"), &getIn{SecretId: new("s")}, "ResourceNotFoundException", "")
	b.refused(admin, &removeIn{SecretId: new("s"), RemoveReplicaRegions: []string{"us-west-2"}}, "InvalidParameterException", "")
	b.put(admin, "s", "w")
	b.world.Advance(time.Minute)
	if got := *must[getOut](b, there, &getIn{SecretId: new("s")}).SecretString; got != "its own" {
		t.Errorf("reads %s", got)
	}
	must[deleteOut](b, admin, &deleteIn{SecretId: new("s")})
}
