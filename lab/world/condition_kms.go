package world

// kmsConditions are from the KMS Developer Guide, "AWS KMS condition keys" and
// "Controlling access to grants".
var kmsConditions = []string{
	"kms:bypasspolicylockoutsafetycheck", "kms:calleraccount", "kms:encryptionalgorithm", "kms:encryptioncontext:",
	"kms:encryptioncontextkeys", "kms:grantconstraintsourcearn", "kms:grantconstrainttype", "kms:granteeprincipal",
	"kms:granteeserviceprincipal", "kms:grantisforawsresource", "kms:grantoperations", "kms:keyorigin", "kms:keyspec",
	"kms:keyusage", "kms:multiregion", "kms:multiregionkeytype", "kms:primaryregion", "kms:reencryptonsamekey",
	"kms:replicaregion", "kms:requestalias", "kms:resourcealiases", "kms:retiringprincipal", "kms:retiringserviceprincipal",
	"kms:schedulekeydeletionpendingwindowindays", "kms:viaservice",
	// Absent: those of operations and of kinds of keys that the lab refuses.
	"kms:datakeypairspec", "kms:expirationmodel", "kms:keyagreementalgorithm", "kms:macalgorithm", "kms:messagetype",
	"kms:recipientattestation:", "kms:rotationperiodindays", "kms:signingalgorithm", "kms:validto", "kms:wrappingalgorithm",
	"kms:wrappingkeyspec",
}
