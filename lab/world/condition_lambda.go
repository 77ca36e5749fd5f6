package world

// lambdaConditions: Service Authorization Reference, "AWS Lambda". Those of
// layers, networks, signatures, function URLs and sources that the lab refuses
// are absent.
var lambdaConditions = []string{
	"lambda:functionarn",
	"lambda:codesigningconfigarn", "lambda:eventsourcetoken", "lambda:functionurlauthtype", "lambda:invokedviafunctionurl",
	"lambda:layer", "lambda:securitygroupids", "lambda:subnetids", "lambda:vpcids",
}
