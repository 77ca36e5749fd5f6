package world

import (
	"strings"

	"rekey/shared/keypolicy"
)

// Condition keys, in lower case; one that ends in a slash or a colon stands for
// all that begin so. The lab supplies each wherever AWS does, or it is absent
// for a reason that holds in the lab. A key that is in none of these lists is
// refused, not taken for absent: see Policy.undecidable. Whoever adds an
// operation, or a part of one, supplies its keys, and moves them up from among
// the absent ones.
var knownConditions = map[string][]string{
	// IAM User Guide, "AWS global condition context keys".
	"aws": {
		"aws:currenttime", "aws:epochtime", "aws:principalaccount", "aws:principalarn", "aws:principalisawsservice",
		"aws:principalservicename", "aws:principaltype", "aws:referer", "aws:requestedregion", "aws:requesttag/",
		"aws:resourceaccount", "aws:resourcetag/", "aws:securetransport", "aws:sourceip", "aws:tagkeys",
		"aws:tokenissuetime", "aws:useragent", "aws:userid", "aws:username", "aws:viaawsservice",
		"aws:multifactorauthpresent",
		// Absent: nobody here signs in with a device, as a federated user or from
		// Chatbot, nobody has tags, a source identity or a root session, there is
		// no VPC, no instance, and no organization.
		"aws:multifactorauthage", "aws:federatedprovider", "aws:chatbotsourcearn", "aws:principaltag/", "aws:sourceidentity",
		"aws:assumedroot", "aws:sourcevpc", "aws:sourcevpcarn", "aws:sourcevpce", "aws:vpcsourceip", "aws:vpceaccount",
		"aws:vpceorgid", "aws:vpceorgpaths", "aws:ec2instancesourcevpc", "aws:ec2instancesourceprivateipv4",
		"aws:principalorgid", "aws:principalorgpaths", "aws:resourceorgid", "aws:resourceorgpaths",
		// Absent: only some services pass them on, and Secrets Manager is not one.
		"aws:calledvia", "aws:calledviafirst", "aws:calledvialast",
		// Absent where the caller is no service: see conditionKnown.
		"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths", "aws:principalservicenameslist",
	},
	"kms": kmsConditions,
	// Service Authorization Reference, "AWS Secrets Manager".
	"secretsmanager": {
		"secretsmanager:blockpublicpolicy", "secretsmanager:description", "secretsmanager:forcedeletewithoutrecovery",
		"secretsmanager:kmskeyarn", "secretsmanager:kmskeyid", "secretsmanager:name", "secretsmanager:recoverywindowindays",
		"secretsmanager:resourcetag/", "secretsmanager:secretid", "secretsmanager:secretprimaryregion", "secretsmanager:versionid",
		"secretsmanager:versionstage",
		"secretsmanager:addreplicaregions", "secretsmanager:forceoverwritereplicasecret", "secretsmanager:modifyrotationrules",
		"secretsmanager:resource/allowrotationlambdaarn", "secretsmanager:resource/type", "secretsmanager:rotateimmediately",
		"secretsmanager:rotationlambdaarn", "secretsmanager:type",
	},
	// Service Authorization Reference, "AWS Identity and Access Management":
	// nothing here has tags, a boundary or managed policies, or is passed on.
	"iam": {
		"iam:associatedresourcearn", "iam:awsservicename", "iam:organizationspolicyid", "iam:passedtoservice",
		"iam:permissionsboundary", "iam:policyarn", "iam:resourcetag/",
	},
	// Service Authorization Reference, "AWS Security Token Service".
	"sts": {
		"sts:externalid", "sts:rolesessionname",
		"sts:awsservicename", "sts:requestcontext/", "sts:requestcontextproviders", "sts:sourceidentity", "sts:taskpolicyarn",
		"sts:transitivetagkeys",
	},
	"s3":  s3Conditions,
	"ssm": ssmConditions,
}

// conditionKnown says whether the lab knows what the key is in a request: its
// value, or that it has none.
func conditionKnown(r keypolicy.Request, key string) bool {
	key = strings.ToLower(key)
	of, _, _ := strings.Cut(key, ":")
	action, _, _ := strings.Cut(strings.ToLower(r.Action), ":")
	switch {
	case r.Principal.Kind() == keypolicy.Service && (strings.HasPrefix(key, "aws:source") || key == "aws:principalservicenameslist"):
		return false
	case crossing[of] && of != action:
		return false
	case of != "aws" && of != action:
		return true // a service's keys are absent from the requests of others
	}
	for _, known := range knownConditions[of] {
		if key == known || strings.HasPrefix(key, known) && strings.ContainsAny(known[len(known)-1:], ":/") {
			return true
		}
	}
	return false
}

// crossing are the services whose condition keys travel with the credentials
// that they gave out, into the requests to others, such as
// lambda:SourceFunctionArn.
var crossing = map[string]bool{
	"lambda": true, "ec2": true, "ssm": true, "glue": true, "identitystore": true, "codebuild": true, "sagemaker": true, "bedrock-agentcore": true,
}
