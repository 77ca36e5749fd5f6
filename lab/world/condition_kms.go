package world

// kmsConditions are from the KMS Developer Guide, "AWS KMS condition keys" and
// "Controlling access to grants".
var kmsConditions = []string{
	"kms:bypasspolicylockoutsafetycheck", "kms:calleraccount", "kms:datakeypairspec", "kms:encryptionalgorithm", "kms:encryptioncontext:",
	"kms:encryptioncontextkeys", "kms:expirationmodel", "kms:grantconstraintsourcearn", "kms:grantconstrainttype", "kms:granteeprincipal",
	"kms:granteeserviceprincipal", "kms:grantisforawsresource", "kms:grantoperations", "kms:keyagreementalgorithm", "kms:keyorigin", "kms:keyspec",
	"kms:keyusage", "kms:macalgorithm", "kms:messagetype", "kms:multiregion", "kms:multiregionkeytype", "kms:primaryregion", "kms:reencryptonsamekey",
	"kms:replicaregion", "kms:requestalias", "kms:resourcealiases", "kms:retiringprincipal", "kms:retiringserviceprincipal",
	"kms:rotationperiodindays", "kms:schedulekeydeletionpendingwindowindays", "kms:signingalgorithm", "kms:validto", "kms:viaservice",
	"kms:wrappingalgorithm", "kms:wrappingkeyspec",
	// Absent: those of operations and of kinds of keys that the lab refuses.
	"kms:recipientattestation:",
}
