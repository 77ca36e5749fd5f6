package secretsmanager

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"rekey/lab/world"
)

type (
	deleteIn  = secretsmanager.DeleteSecretInput
	deleteOut = secretsmanager.DeleteSecretOutput
)

const marked = "You can't perform this operation on the secret because it was marked for deletion."

func TestDeleteAndRestore(t *testing.T) {
	b := newBench(t)
	admin, id := root(mine), new("s")
	b.create(admin, "s", "v", "")
	if out := must[deleteOut](b, admin, &deleteIn{SecretId: id}); !out.DeletionDate.Equal(world.Epoch.AddDate(0, 0, 30)) {
		t.Errorf("deleted on %v", out.DeletionDate)
	}
	for _, in := range []any{
		&getIn{SecretId: id}, &putIn{SecretId: id, SecretString: new("w"), ClientRequestToken: b.token()}, &deleteIn{SecretId: id},
		&secretsmanager.TagResourceInput{SecretId: id, Tags: []types.Tag{{Key: new("a"), Value: new("b")}}},
		&secretsmanager.UntagResourceInput{SecretId: id, TagKeys: []string{"a"}},
		&secretsmanager.GetResourcePolicyInput{SecretId: id}, &secretsmanager.DeleteResourcePolicyInput{SecretId: id},
		&secretsmanager.PutResourcePolicyInput{SecretId: id, ResourcePolicy: new(allow("*", "secretsmanager:*", "*", ""))},
		b.move("blue", 0, 1),
	} {
		b.refused(admin, in, "InvalidRequestException", marked)
	}
	b.refused(admin, &createIn{Name: id}, "InvalidRequestException", "You can't create this secret because a secret with this name is already scheduled for deletion.")
	describe := &secretsmanager.DescribeSecretInput{SecretId: id}
	if out := must[secretsmanager.DescribeSecretOutput](b, admin, describe); out.DeletedDate == nil {
		t.Error("DescribeSecret does not tell of the deletion")
	}
	b.world.Advance(29 * 24 * time.Hour)
	must[secretsmanager.RestoreSecretOutput](b, admin, &secretsmanager.RestoreSecretInput{SecretId: id})
	b.world.Advance(2 * 24 * time.Hour)
	if out := must[secretsmanager.DescribeSecretOutput](b, admin, describe); out.DeletedDate != nil {
		t.Error("DescribeSecret still tells of the deletion")
	}
	must[getOut](b, admin, &getIn{SecretId: id})

	must[deleteOut](b, admin, &deleteIn{SecretId: id, RecoveryWindowInDays: new(int64(7))})
	b.world.Advance(7*24*time.Hour - time.Second)
	must[secretsmanager.DescribeSecretOutput](b, admin, describe)
	b.world.Advance(time.Second)
	b.refused(admin, describe, "ResourceNotFoundException", "")
	b.refused(admin, &secretsmanager.RestoreSecretInput{SecretId: id}, "ResourceNotFoundException", "")
	b.refused(admin, &deleteIn{SecretId: id}, "ResourceNotFoundException", "")
}

func TestDeleteWithoutRecovery(t *testing.T) {
	b := newBench(t)
	admin, id := root(mine), new("s")
	first := b.create(admin, "s", "v", "")
	must[deleteOut](b, admin, &deleteIn{SecretId: id})
	forced := &deleteIn{SecretId: id, ForceDeleteWithoutRecovery: new(true)}
	must[deleteOut](b, admin, forced)
	// It takes a moment.
	b.refused(admin, &createIn{Name: id}, "InvalidRequestException", "already scheduled for deletion")
	b.refused(admin, &secretsmanager.RestoreSecretInput{SecretId: id}, "InvalidRequestException", marked)
	b.world.Advance(forcedDelay)
	if again := b.create(admin, "s", "v", ""); *again.ARN == *first.ARN {
		t.Errorf("the new secret has the old one's ARN %s", *again.ARN)
	}
	// The old window's end is not the new secret's.
	b.world.Advance(31 * 24 * time.Hour)
	must[getOut](b, admin, &getIn{SecretId: id})
	must[deleteOut](b, admin, &deleteIn{SecretId: new("none"), ForceDeleteWithoutRecovery: new(true)})
}

func TestWindows(t *testing.T) {
	b := newBench(t)
	for _, days := range []int64{0, 6, 31} {
		b.refused(root(mine), &deleteIn{SecretId: new("s"), RecoveryWindowInDays: &days}, "InvalidParameterException", "between 7 and 30 days")
	}
	b.refused(root(mine), &deleteIn{SecretId: new("s"), RecoveryWindowInDays: new(int64(7)), ForceDeleteWithoutRecovery: new(true)}, "InvalidParameterException", "in conjunction with")
}
