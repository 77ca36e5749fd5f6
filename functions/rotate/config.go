package rotate

// The names of the function's environment variables.
const (
	// EnvJournal is the bucket of the journal, and EnvJournalKey the KMS key that its
	// objects are under.
	EnvJournal    = "REKEY_JOURNAL_BUCKET"
	EnvJournalKey = "REKEY_JOURNAL_KEY"
	// EnvApply is true where due plans are applied; without it they are told only.
	EnvApply = "REKEY_APPLY"
	// EnvRotate and EnvEvery are what is wanted of keys without the tags; off and 365d
	// without them.
	EnvRotate = "REKEY_ROTATE"
	EnvEvery  = "REKEY_EVERY"
	// EnvTopic is the SNS topic that is told of plans and results.
	EnvTopic = "REKEY_TOPIC"
	// EnvMaterials is where key material waits: s3://BUCKET/PREFIX. EnvMaterialKeys are
	// the KMS keys that it may be sealed under, separated by spaces.
	EnvMaterials    = "REKEY_MATERIALS"
	EnvMaterialKeys = "REKEY_MATERIAL_KEYS"
	// EnvShare is how many percent of KMS's request quotas may be used; 50 without it.
	EnvShare = "REKEY_QUOTA_SHARE"
)
