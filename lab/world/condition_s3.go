package world

// s3Conditions are the condition keys of Service Authorization Reference,
// "Amazon S3".
var s3Conditions = []string{
	"s3:authtype", "s3:delimiter", "s3:existingobjecttag/", "s3:if-match", "s3:if-none-match", "s3:locationconstraint", "s3:max-keys",
	"s3:objectcreationoperation", "s3:prefix", "s3:requestobjecttag/", "s3:requestobjecttagkeys", "s3:resourceaccount", "s3:signatureage",
	"s3:signatureversion", "s3:versionid", "s3:x-amz-acl", "s3:x-amz-content-sha256", "s3:x-amz-copy-source",
	"s3:x-amz-grant-full-control", "s3:x-amz-grant-read", "s3:x-amz-grant-read-acp", "s3:x-amz-grant-write",
	"s3:x-amz-grant-write-acp", "s3:x-amz-metadata-directive", "s3:x-amz-object-ownership",
	"s3:x-amz-server-side-encryption", "s3:x-amz-server-side-encryption-aws-kms-key-id",
	"s3:x-amz-server-side-encryption-customer-algorithm", "s3:x-amz-storage-class", "s3:x-amz-website-redirect-location",
	// Absent: requests are over plain HTTP, and there are no access points, no
	// Object Lock, no inventory, no batch jobs, no grants and no replication.
	"s3:tlsversion", "s3:accessgrantsinstancearn", "s3:accesspointnetworkorigin", "s3:accesspointtag/", "s3:dataaccesspointaccount",
	"s3:dataaccesspointarn", "s3:destinationregion", "s3:existingjoboperation", "s3:existingjobpriority",
	"s3:inventoryaccessibleoptionalfields", "s3:isreplicationpauserequest", "s3:jobsuspendedcause",
	"s3:object-lock-legal-hold", "s3:object-lock-mode", "s3:object-lock-remaining-retention-days",
	"s3:object-lock-retain-until-date", "s3:requestjoboperation", "s3:requestjobpriority",
}
