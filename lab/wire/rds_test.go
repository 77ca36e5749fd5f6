package wire_test

import (
	"reflect"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/smithy-go"

	"rekey/lab/wire"
	"rekey/lab/wire/wiretest"
)

func TestRDS(t *testing.T) {
	service := wire.MustLoad("rds")
	wiretest.Suite{
		Service: service,
		Client:  func(c aws.Config) any { return rds.NewFromConfig(c) },
		Fit:     fitRDS,
		Errors: []smithy.APIError{
			&types.AuthorizationNotFoundFault{},
			&types.BackupPolicyNotFoundFault{},
			&types.BlueGreenDeploymentNotFoundFault{},
			&types.CertificateNotFoundFault{},
			&types.CustomAvailabilityZoneNotFoundFault{},
			&types.DBCapacityReservationNotFoundFault{},
			&types.DBClusterAlreadyExistsFault{},
			&types.DBClusterAutomatedBackupQuotaExceededFault{},
			&types.DBClusterNotFoundFault{},
			&types.DBClusterParameterGroupNotFoundFault{},
			&types.DBClusterQuotaExceededFault{},
			&types.DBClusterRoleQuotaExceededFault{},
			&types.DBClusterSnapshotAlreadyExistsFault{},
			&types.DBClusterSnapshotNotFoundFault{},
			&types.DBInstanceAlreadyExistsFault{},
			&types.DBInstanceAutomatedBackupQuotaExceededFault{},
			&types.DBInstanceNotFoundFault{},
			&types.DBParameterGroupNotFoundFault{},
			&types.DBProxyEndpointNotFoundFault{},
			&types.DBProxyNotFoundFault{},
			&types.DBProxyTargetGroupNotFoundFault{},
			&types.DBSecurityGroupNotFoundFault{},
			&types.DBShardGroupNotFoundFault{},
			&types.DBSnapshotAlreadyExistsFault{},
			&types.DBSnapshotNotFoundFault{},
			&types.DBSnapshotTenantDatabaseNotFoundFault{},
			&types.DBSubnetGroupDoesNotCoverEnoughAZs{},
			&types.DBSubnetGroupNotFoundFault{},
			&types.DomainNotFoundFault{},
			&types.GlobalClusterNotFoundFault{},
			&types.InstanceQuotaExceededFault{},
			&types.InsufficientDBInstanceCapacityFault{},
			&types.InsufficientStorageClusterCapacityFault{},
			&types.IntegrationNotFoundFault{},
			&types.InvalidDBCapacityReservationStateFault{},
			&types.InvalidDBClusterEndpointStateFault{},
			&types.InvalidDBClusterSnapshotStateFault{},
			&types.InvalidDBClusterStateFault{},
			&types.InvalidDBInstanceStateFault{},
			&types.InvalidDBSnapshotStateFault{},
			&types.InvalidDBSubnetGroupFault{},
			&types.InvalidDBSubnetGroupStateFault{},
			&types.InvalidGlobalClusterStateFault{},
			&types.InvalidSubnet{},
			&types.InvalidVPCNetworkStateFault{},
			&types.KMSKeyNotAccessibleFault{},
			&types.NetworkTypeNotSupported{},
			&types.OptionGroupNotFoundFault{},
			&types.ProvisionedIopsNotAvailableInAZFault{},
			&types.SharedSnapshotQuotaExceededFault{},
			&types.SnapshotQuotaExceededFault{},
			&types.StorageQuotaExceededFault{},
			&types.StorageTypeNotSupportedFault{},
			&types.TenantDatabaseNotFoundFault{},
			&types.TenantDatabaseQuotaExceededFault{},
			&types.VpcEncryptionControlViolationException{},
		},
	}.Run(t)
	checkBeyond(t, service)
}

// fitRDS takes away what the client does not send, but makes a presigned URL of.
func fitRDS(_ string, in, _ any) {
	if f := reflect.ValueOf(in).Elem().FieldByName("SourceRegion"); f.IsValid() {
		f.SetZero()
	}
}
