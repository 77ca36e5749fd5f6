package world

// ssmConditions are the condition keys of Systems Manager (Service Authorization
// Reference, "AWS Systems Manager"). Those of documents, sessions, inventories
// and access requests, which the lab does not have, and of parameter policies,
// which it refuses, are absent.
var ssmConditions = []string{
	"ssm:overwrite", "ssm:recursive", "ssm:resourcetag/",
	"ssm:accessrequestid", "ssm:autoapprove", "ssm:documentcategories", "ssm:policies", "ssm:sessiondocumentaccesscheck", "ssm:synctype",
}
