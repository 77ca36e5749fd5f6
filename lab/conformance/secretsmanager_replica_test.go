package conformance

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
)

// replicate copies a secret to the other Region and waits until that ended.
func (x *bench) replicate(s *secretsmanager.CreateSecretOutput, in *secretsmanager.ReplicateSecretToRegionsInput) types.ReplicationStatusType {
	x.Helper()
	in.SecretId = s.ARN
	if in.AddReplicaRegions == nil {
		in.AddReplicaRegions = []types.ReplicaRegionType{{Region: &x.away}}
	}
	out := succeed(x, x.Own.Secrets.ReplicateSecretToRegions, in)
	equal(x, "the status at first", out.ReplicationStatus[0].Status, types.StatusTypeInProgress)
	x.unreplicated(s)
	return x.replicated(s)
}

// unreplicated takes the replica back.
func (x *bench) unreplicated(s *secretsmanager.CreateSecretOutput) {
	cleanup(x, x.Own.Secrets.RemoveRegionsFromReplication, &secretsmanager.RemoveRegionsFromReplicationInput{SecretId: s.ARN, RemoveReplicaRegions: []string{x.away}})
}

// replicated waits until a replica is made, or failed.
func (x *bench) replicated(s *secretsmanager.CreateSecretOutput) types.ReplicationStatusType {
	x.Helper()
	x.pass(time.Minute)
	var status types.ReplicationStatusType
	x.until(func() bool {
		if all := x.described(s.ARN).ReplicationStatus; len(all) == 1 {
			status = all[0]
		}
		return status.Status != types.StatusTypeInProgress
	})
	return status
}

const (
	replicaGuide  = "Secrets Manager User Guide, Replicate AWS Secrets Manager secrets across Regions"
	replicaMark   = "Operation not permitted on a replica secret. Call must be made in primary secret's region."
	replicaReport = "reported: the message, in lgallard/terraform-aws-secrets-manager issue 188 and gruntwork-io/cloud-nuke issue 435"
)

var secretReplicaClaims = []claim{
	{
		says:   "a replica has the primary's ARN but for the Region, its value and its labels",
		source: replicaGuide,
		check: func(x *bench) {
			s := x.Own.secret()
			x.put(s.ARN, "second")
			equal(x, "the status", x.replicate(s, &secretsmanager.ReplicateSecretToRegionsInput{}).Status, types.StatusTypeInSync)
			there := x.Own.in(x.away)
			got := succeed(x, there.Secrets.GetSecretValue, get(s.Name))
			equal(x, "ARN", text(got.ARN), strings.Replace(text(s.ARN), x.region, x.away, 1))
			equal(x, "the value", text(got.SecretString), "second")
			equal(x, "the value before", text(succeed(x, there.Secrets.GetSecretValue, &secretsmanager.GetSecretValueInput{SecretId: s.Name, VersionStage: new("AWSPREVIOUS")}).SecretString), "value")
			equal(x, "PrimaryRegion", text(succeed(x, there.Secrets.DescribeSecret, &secretsmanager.DescribeSecretInput{SecretId: s.Name}).PrimaryRegion), x.region)
			equal(x, "PrimaryRegion of the primary", text(x.described(s.ARN).PrimaryRegion), x.region)
		},
	},
	{
		says:   "a new value reaches the replica",
		source: replicaGuide,
		check: func(x *bench) {
			s := x.Own.secret()
			x.replicate(s, &secretsmanager.ReplicateSecretToRegionsInput{})
			x.put(s.ARN, "second")
			x.pass(time.Minute)
			there, value := x.Own.in(x.away), ""
			x.until(func() bool {
				value = text(succeed(x, there.Secrets.GetSecretValue, get(s.Name)).SecretString)
				return value == "second"
			})
			equal(x, "the value", value, "second")
		},
	},
	{
		says:   "a replica is changed in its primary's Region only",
		source: replicaReport + "; assumption: that it is the same for all operations that change it",
		check: func(x *bench) {
			s := x.Own.secret()
			x.replicate(s, &secretsmanager.ReplicateSecretToRegionsInput{})
			there := x.Own.in(x.away)
			policy := document(allow("", x.Own.root(), "secretsmanager:GetSecretValue"))
			refused(x, there.Secrets.PutResourcePolicy, &secretsmanager.PutResourcePolicyInput{SecretId: s.Name, ResourcePolicy: &policy}, "InvalidParameterException").saying(replicaMark)
			refused(x, there.Secrets.DeleteSecret, &secretsmanager.DeleteSecretInput{SecretId: s.Name}, "InvalidParameterException").saying(replicaMark)
			refused(x, there.Secrets.PutSecretValue, &secretsmanager.PutSecretValueInput{SecretId: s.Name, SecretString: new("x")}, "InvalidParameterException").saying(replicaMark)
			refused(x, there.Secrets.TagResource, &secretsmanager.TagResourceInput{SecretId: s.Name, Tags: []types.Tag{{Key: new("a"), Value: new("b")}}}, "InvalidParameterException").saying(replicaMark)
		},
	},
	{
		says:   "a secret that has replicas is not deleted",
		source: "reported: the message, in gruntwork-io/cloud-nuke issue 435; Secrets Manager User Guide, Delete an AWS Secrets Manager secret",
		check: func(x *bench) {
			s := x.Own.secret()
			x.replicate(s, &secretsmanager.ReplicateSecretToRegionsInput{})
			refused(x, x.Own.Secrets.DeleteSecret, &secretsmanager.DeleteSecretInput{SecretId: s.ARN}, "InvalidParameterException").saying(
				"You can't delete secret " + text(s.ARN) + " that still has replica regions [" + x.away + "].")
		},
	},
	{
		says:   "a removed replica is gone at once",
		source: "Secrets Manager User Guide, Delete an AWS Secrets Manager secret",
		check: func(x *bench) {
			s := x.Own.secret()
			in := &secretsmanager.ReplicateSecretToRegionsInput{SecretId: s.ARN, AddReplicaRegions: []types.ReplicaRegionType{{Region: &x.away}}}
			succeed(x, x.Own.Secrets.ReplicateSecretToRegions, in)
			x.replicated(s)
			out := succeed(x, x.Own.Secrets.RemoveRegionsFromReplication, &secretsmanager.RemoveRegionsFromReplicationInput{SecretId: s.ARN, RemoveReplicaRegions: []string{x.away}})
			equal(x, "the number of replicas", len(out.ReplicationStatus), 0)
			refused(x, x.Own.in(x.away).Secrets.GetSecretValue, get(s.Name), "ResourceNotFoundException")
		},
	},
	{
		says:   "replication to a Region where the name is taken fails, unless it is to be overwritten",
		source: "Secrets Manager API Reference, ReplicationStatusType, StatusMessage: the example; " + replicaGuide,
		check: func(x *bench) {
			s, there := x.Own.secret(), x.Own.in(x.away)
			made := succeed(x, there.Secrets.CreateSecret, &secretsmanager.CreateSecretInput{Name: s.Name, SecretString: new("taken")})
			status := x.replicate(s, &secretsmanager.ReplicateSecretToRegionsInput{})
			equal(x, "the status", status.Status, types.StatusTypeFailed)
			equal(x, "the message", text(status.StatusMessage), "Secret with this name already exists in this region")
			equal(x, "the value there", text(succeed(x, there.Secrets.GetSecretValue, get(made.ARN)).SecretString), "taken")
			equal(x, "the status", x.replicate(s, &secretsmanager.ReplicateSecretToRegionsInput{ForceOverwriteReplicaSecret: true}).Status, types.StatusTypeInSync)
			equal(x, "the value there", text(succeed(x, there.Secrets.GetSecretValue, get(s.Name)).SecretString), "value")
		},
	},
	{
		says:   "a promoted replica is a secret of its own",
		source: "Secrets Manager User Guide, Promote a replica secret to a standalone secret in AWS Secrets Manager",
		check: func(x *bench) {
			s, there := x.Own.secret(), x.Own.in(x.away)
			in := &secretsmanager.ReplicateSecretToRegionsInput{SecretId: s.ARN, AddReplicaRegions: []types.ReplicaRegionType{{Region: &x.away}}}
			succeed(x, x.Own.Secrets.ReplicateSecretToRegions, in)
			x.replicated(s)
			arn := succeed(x, there.Secrets.StopReplicationToReplica, &secretsmanager.StopReplicationToReplicaInput{SecretId: s.Name}).ARN
			cleanup(x, there.Secrets.DeleteSecret, &secretsmanager.DeleteSecretInput{SecretId: arn, ForceDeleteWithoutRecovery: new(true)})
			succeed(x, there.Secrets.PutSecretValue, &secretsmanager.PutSecretValueInput{SecretId: arn, SecretString: new("its own")})
			equal(x, "the number of replicas", len(x.described(s.ARN).ReplicationStatus), 0)
			equal(x, "the value", text(succeed(x, x.Own.Secrets.GetSecretValue, get(s.ARN)).SecretString), "value")
		},
	},
	{
		says:   "a policy is replicated too",
		source: "reported: what is found in the other Regions, in lgallard/terraform-aws-secrets-manager issue 188; " + replicaGuide,
		check: func(x *bench) {
			s := x.Own.secret()
			policy := document(allow("Replicated", x.Own.root(), "secretsmanager:GetSecretValue"))
			succeed(x, x.Own.Secrets.PutResourcePolicy, &secretsmanager.PutResourcePolicyInput{SecretId: s.ARN, ResourcePolicy: &policy})
			x.replicate(s, &secretsmanager.ReplicateSecretToRegionsInput{})
			got := succeed(x, x.Own.in(x.away).Secrets.GetResourcePolicy, &secretsmanager.GetResourcePolicyInput{SecretId: s.Name}).ResourcePolicy
			if !strings.Contains(text(got), "Replicated") {
				x.Errorf("the policy is %s", text(got))
			}
		},
	},
	{
		says:   "a replica is under a key of its own Region, which its readers need",
		source: replicaGuide + "; Secrets Manager API Reference, ReplicaRegionType, KmsKeyId",
		check: func(x *bench) {
			there := x.Own.in(x.away)
			k := there.key("")
			s := x.Own.secret()
			status := x.replicate(s, &secretsmanager.ReplicateSecretToRegionsInput{AddReplicaRegions: []types.ReplicaRegionType{{Region: &x.away, KmsKeyId: &k.arn}}})
			equal(x, "the status", status.Status, types.StatusTypeInSync)
			equal(x, "KmsKeyId", text(status.KmsKeyId), k.arn)
			reader := x.Own.session(document(may("secretsmanager:GetSecretValue", "*"))).in(x.away)
			refused(x, reader.Secrets.GetSecretValue, get(s.Name), "AccessDeniedException")
			succeed(x, x.Own.reader(k).in(x.away).Secrets.GetSecretValue, get(s.Name))
		},
	},
	{
		says:   "a secret may be made with replicas, by whoever may replicate it",
		source: "Secrets Manager API Reference, CreateSecret, AddReplicaRegions",
		check: func(x *bench) {
			in := &secretsmanager.CreateSecretInput{Name: new(x.name("secret")), SecretString: new("value"), AddReplicaRegions: []types.ReplicaRegionType{{Region: &x.away}}}
			refused(x, x.Own.session(document(may("secretsmanager:CreateSecret", "*"))).Secrets.CreateSecret, in, "AccessDeniedException").mentioning("secretsmanager:ReplicateSecretToRegions")
			s := succeed(x, x.Own.Secrets.CreateSecret, in)
			cleanup(x, x.Own.Secrets.DeleteSecret, &secretsmanager.DeleteSecretInput{SecretId: s.ARN, ForceDeleteWithoutRecovery: new(true)})
			x.unreplicated(s)
			equal(x, "the status at first", s.ReplicationStatus[0].Status, types.StatusTypeInProgress)
			equal(x, "the status", x.replicated(s).Status, types.StatusTypeInSync)
		},
	},
	{
		says:   "secretsmanager:AddReplicaRegions limits where to a secret is replicated",
		source: "Service Authorization Reference, AWS Secrets Manager: condition keys",
		check: func(x *bench) {
			s := x.Own.secret()
			writer := x.Own.session(document(may("secretsmanager:*", "*", when("ForAllValues:StringEquals", "secretsmanager:AddReplicaRegions", "ap-south-1"))))
			in := &secretsmanager.ReplicateSecretToRegionsInput{SecretId: s.ARN, AddReplicaRegions: []types.ReplicaRegionType{{Region: &x.away}}}
			refused(x, writer.Secrets.ReplicateSecretToRegions, in, "AccessDeniedException")
		},
	},
}
