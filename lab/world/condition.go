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
		"aws:multifactorauthpresent", "aws:principaltag/", "aws:sourceidentity",
		// Of services alone.
		"aws:sourceaccount", "aws:sourcearn", "aws:principalservicenameslist",
		// Absent: nobody here signs in with a device, as a federated user or from
		// Chatbot, nobody has a root session, there is no VPC, no instance, and no
		// organization but for its service control policies.
		"aws:multifactorauthage", "aws:federatedprovider", "aws:chatbotsourcearn", "aws:assumedroot",
		"aws:sourcevpc", "aws:sourcevpcarn", "aws:sourcevpce", "aws:vpcsourceip", "aws:vpceaccount",
		"aws:vpceorgid", "aws:vpceorgpaths", "aws:ec2instancesourcevpc", "aws:ec2instancesourceprivateipv4",
		"aws:principalorgid", "aws:principalorgpaths", "aws:resourceorgid", "aws:resourceorgpaths",
		// Absent: only some services pass them on, and none of those here ("AWS global
		// condition context keys", aws:CalledVia).
		"aws:calledvia", "aws:calledviafirst", "aws:calledvialast",
		"aws:sourceorgid", "aws:sourceorgpaths",
		// Absent: AWS supplies it for the messages of services that the lab has not
		// (SNS Developer Guide, "aws:SourceAccount versus aws:SourceOwner").
		"aws:sourceowner",
	},
	"kms": kmsConditions,
	"sns": snsConditions,
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
	// Service Authorization Reference, "AWS Identity and Access Management".
	// iam:AssociatedResourceArn is not known: whoever passes a role supplies what
	// is needed.
	"iam": {
		"iam:passedtoservice", "iam:permissionsboundary", "iam:policyarn", "iam:resourcetag/",
		"iam:awsservicename", "iam:organizationspolicyid",
	},
	// Service Authorization Reference, "AWS Security Token Service".
	"sts": {
		"sts:externalid", "sts:rolesessionname", "sts:sourceidentity", "sts:transitivetagkeys",
		"sts:awsservicename", "sts:requestcontext/", "sts:requestcontextproviders", "sts:taskpolicyarn",
	},
	"s3":     s3Conditions,
	"lambda": lambdaConditions,
	"events": eventsConditions,
	"ssm":    ssmConditions,
}

// conditionKnown says whether the lab knows what the key is in a request: its
// value, or that it has none. Who a service acts for, and from which address, is
// known only where it was told.
func conditionKnown(r keypolicy.Request, key string) bool {
	key = strings.ToLower(key)
	of, _, _ := strings.Cut(key, ":")
	action, _, _ := strings.Cut(strings.ToLower(r.Action), ":")
	for supplied := range r.Context {
		if strings.EqualFold(supplied, key) {
			return true
		}
	}
	service := r.Principal.Kind() == keypolicy.Service
	switch {
	case key == "aws:sourceip":
		return false
	case service && (key == "aws:sourcearn" || key == "aws:sourceaccount" || key == "aws:principalservicenameslist"):
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
