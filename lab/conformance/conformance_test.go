package conformance

import (
	"regexp"
	"strings"
	"testing"
)

// need is what a claim asks of a target beyond one account.
type need int

const (
	otherAccount need = 1 << iota // x.Other
	clock                         // x.advance
	inside                        // x.lab: the trail, the lab itself
)

// claim is one sentence about AWS.
type claim struct {
	says   string
	source string
	needs  need
	check  func(*bench)
}

// subjects are all claims, by what they are about.
var subjects = []struct {
	name   string
	claims []claim
}{
	{"kms/crypto", kmsCrypto},
	{"kms/kinds", kmsKinds},
	{"kms/kinds-in-use", kmsKindsInUse},
	{"kms/asymmetric", kmsAsymmetric},
	{"kms/sign", kmsSign},
	{"kms/mac", kmsMac},
	{"kms/kem", kmsKem},
	{"kms/names", kmsNames},
	{"kms/states", kmsStates},
	{"kms/policy", kmsPolicy},
	{"kms/across", kmsAcross},
	{"kms/conditions", kmsConditions},
	{"kms/alias", kmsAlias},
	{"kms/tags", kmsTags},
	{"kms/grants", kmsGrants},
	{"kms/multi-region", kmsMultiRegion},
	{"kms/dry-run", kmsDryRun},
	{"kms/rotation", kmsRotation},
	{"kms/rotation-states", kmsRotationStates},
	{"kms/rotation-on-demand", kmsRotationOnDemand},
	{"kms/import", kmsImport},
	{"kms/import-states", kmsImportStates},
	{"kms/import-rotation", kmsImportRotation},
	{"kms/import-multi-region", kmsImportMultiRegion},
	{"kms/import-kinds", kmsImportKinds},
	{"kms/limits", kmsLimits},
	{"kms/key-stores", kmsKeyStores},
	{"kms/key-store-states", kmsKeyStoreStates},
	{"kms/key-store-keys", kmsKeyStoreKeys},
	{"kms/unavailable", kmsUnavailable},
	{"kms/trail", kmsTrail},
	{"cloudtrail", trailClaims},
	{"logs/groups", logGroupClaims},
	{"logs/streams", logStreamClaims},
	{"logs/events", logEventClaims},
	{"logs/search", logSearchClaims},
	{"logs/keys", logKeyClaims},
	{"logs/access", logAccessClaims},
	{"sqs/messages", sqsMessages},
	{"sqs/queues", sqsQueues},
	{"sqs/keys", sqsKeys},
	{"sqs/fifo", sqsFIFO},
	{"sns/topics", snsTopics},
	{"sns/messages", snsMessages},
	{"sns/subscriptions", snsSubscriptions},
	{"sns/retries", snsRetries},
	{"events/buses", eventBuses},
	{"events/rules", eventRules},
	{"events/patterns", eventPatterns},
	{"events/targets", eventTargets},
	{"events/across", eventsAcross},
	{"scheduler", schedules},
	{"sts", stsClaims},
	{"iam", iamClaims},
	{"iam/limits", iamLimits},
	{"iam/managed", iamManaged},
	{"iam/boundary", iamBoundary},
	{"iam/groups", iamGroups},
	{"iam/instance-profiles", iamInstanceProfiles},
	{"iam/details", iamDetails},
	{"sts/session-policies", stsSessionPolicies},
	{"sts/tags", stsTags},
	{"sts/ended", endedClaims},
	{"conditions", globalConditions},
	{"principals", principalClaims},
	{"secretsmanager", secretClaims},
	{"secretsmanager/update", secretUpdateClaims},
	{"secretsmanager/replica", secretReplicaClaims},
	{"secretsmanager/rotation", secretRotationClaims},
	{"ssm", parameterClaims},
	{"ssm/lists", parameterListClaims},
	{"ssm/access", parameterAccessClaims},
	{"lambda/functions", lambdaFunctions},
	{"lambda/code", lambdaCode},
	{"lambda/logging", lambdaLogging},
	{"lambda/logs", lambdaLogs},
	{"lambda/layers", lambdaLayers},
	{"lambda/invocations", lambdaInvocations},
	{"lambda/permissions", lambdaPermissions},
	{"lambda/mappings", lambdaMappings},
	{"lambda/tags", lambdaTags},
	{"s3/buckets", s3Buckets},
	{"s3/regions", s3Regions},
	{"s3/policy", s3Policy},
	{"s3/public", s3Public},
	{"s3/notifications", s3Notifications},
	{"s3/objects", s3Objects},
	{"s3/copies", s3Copies},
	{"s3/versions", s3Versions},
	{"s3/conditions", s3Conditions},
	{"s3/encryption", s3Encryption},
	{"s3/list", s3List},
	{"s3/checksums", s3Checksums},
	{"s3/authorization", s3Authorization},
	{"cloudformation/resources", stackReturns},
	{"cloudformation/templates", stackFunctions},
	{"wire", wireClaims},
}

// target is where claims are checked.
type target interface {
	// gives says which needs it can meet.
	gives() need
	// open makes what one claim works with.
	open(*testing.T) *bench
}

func TestConformance(t *testing.T) {
	at := theTarget(t)
	run, out := 0, 0
	for _, s := range subjects {
		var can []claim
		for _, c := range s.claims {
			if c.needs&^at.gives() == 0 {
				can = append(can, c)
			}
		}
		run, out = run+len(can), out+len(s.claims)-len(can)
		t.Run(s.name, func(t *testing.T) {
			if at.gives()&inside != 0 { // each has a lab of its own; an account is throttled
				t.Parallel()
			}
			for _, c := range can {
				t.Run(c.says, func(t *testing.T) { c.check(at.open(t)) })
			}
		})
	}
	t.Logf("%d claims checked, %d left out for what the target lacks", run, out)
}

// TestClaims holds every claim to having one sentence of its own and a source.
func TestClaims(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range subjects {
		for _, c := range s.claims {
			switch {
			case c.says == "" || c.check == nil:
				t.Errorf("%s has a claim that says or checks nothing", s.name)
			case seen[c.says]:
				t.Errorf("%s: %q is claimed twice", s.name, c.says)
			case !sourced(c.source):
				t.Errorf("%s: %q: the source %q is none of those that the package's documentation names", s.name, c.says, c.source)
			}
			seen[c.says] = true
		}
	}
}

// place is a page of a guide, an operation of a reference, a recorded or
// asserted test by name, a report with where it stands, or an assumption.
var place = regexp.MustCompile(`^(?:[A-Za-z ]+ (?:Guide|API Reference)|Service Authorization Reference), .*\S` +
	`|^(?:recorded|asserted): (?:kms|secretsmanager|sts|iam|s3|ssm|sqs|sns|events|scheduler|lambda|cloudformation|cloudtrail|logs) tests?_\w+(?:, tests?_\w+)*$` +
	`|^reported: .+, in \S.*|^assumption: .*\S`)

// sourced says whether a source begins with a place, and each report in it says
// where it stands.
func sourced(s string) bool {
	for i, part := range strings.Split(s, "; ") {
		named, _, found := strings.Cut(part, ": ")
		kind := found && (named == "recorded" || named == "asserted" || named == "reported" || named == "assumption")
		if (i == 0 || kind) && !place.MatchString(part) {
			return false
		}
	}
	return true
}

func TestSources(t *testing.T) {
	for source, want := range map[string]bool{
		"KMS Developer Guide, Key states; reported: the message, in aws-cdk": true,
		"recorded: kms test_create_key, test_other":                          true,
		"assumption: the code":                                               true,
		"reported: the message":                                              false,
		"KMS Developer Guide; assumption: all":                               false,
		"recorded: kms something":                                            false,
		"somewhere recorded: kms test_create_key":                            false,
		"IAM User Guide, Roles; reported: all":                               false,
		"":                                                                   false,
	} {
		if sourced(source) != want {
			t.Errorf("%q is taken for a source: %v", source, !want)
		}
	}
}
