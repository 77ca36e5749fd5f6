package ssm

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

const (
	// levelLimit is how many levels a hierarchy may have, the parameter's own
	// name among them (Systems Manager User Guide, "Requirements and constraints
	// for parameter names", by its example).
	levelLimit = 15
	// arnLimit is how long a parameter's ARN may be (API reference,
	// PutParameter, Name: the maximum length is 1011, with the ARN before it).
	arnLimit = 1011
)

var (
	plainName = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)
	pathName  = regexp.MustCompile(`^(/[A-Za-z0-9_.-]+)+$`)
	pathForm  = regexp.MustCompile(`^(/|(/[A-Za-z0-9_.-]+)+/?)$`)
	arnForm   = regexp.MustCompile(`^arn:aws:ssm:([a-z0-9-]+):([0-9]{12}):parameter/(.+)$`)
)

// Reported: the first of GetParameter and PutParameter, in localstack/localstack
// issues 7712 and 11538 and boto/boto3 issue 1499; the second of PutParameter,
// in hashicorp/terraform-provider-aws issue 7251; the third, with its
// backslashes, of GetParametersByPath, in aws/aws-sdk-js-v3 issue 5928.
const (
	badName       = `Parameter name: can't be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_`
	notQualified  = "Parameter name must be a fully qualified name."
	badPath       = `The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash "/". It can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.`
	secretsPrefix = "/aws/reference/secretsmanager/"
)

// reference is a parameter as a request names it.
type reference struct {
	home
	name     string // as given, without its selector; of an ARN what follows "parameter"
	isARN    bool
	selector string // a version or a label; "" for the latest version
}

// key is the name without the slash before it: a parameter x is also found as
// /x, and has the same ARN (reported: localstack/localstack, tests/aws/services/
// ssm, test_put_parameters, which is marked as checked against AWS).
func (r reference) key() string { return strings.TrimPrefix(r.name, "/") }

func (r reference) arn() string { return arnOf(r.home, r.key()) }

func arnOf(h home, key string) string {
	return "arn:aws:ssm:" + string(h.region) + ":" + string(h.account) + ":parameter/" + key
}

// parse reads a name, or an ARN, with a selector behind a colon (API reference,
// GetParameter, Name; that ARNs have selectors too is reported, in
// hashicorp/terraform-provider-aws issue 47577). Blanks around it do not count
// (API reference).
func parse(c *world.Call, given string) (reference, error) {
	given = strings.TrimSpace(given)
	r := reference{home: homeOf(c), name: given}
	if m := arnForm.FindStringSubmatch(given); m != nil {
		r.home, r.name, r.isARN = home{keyid.Account(m[2]), keyid.Region(m[1])}, "/"+m[3], true
	}
	if name, selector, found := strings.Cut(r.name, ":"); found {
		if selector == "" {
			return reference{}, invalid(badName)
		}
		r.name, r.selector = name, selector
	}
	return r, checkRead(r.name)
}

// version gives the number that a selector asks for; not ok: it is a label.
func (r reference) version() (number int64, ok bool) {
	n, err := strconv.ParseInt(r.selector, 10, 64)
	return n, err == nil
}

// checkRead checks a name that is to be read.
func checkRead(name string) error {
	switch {
	case strings.HasPrefix(name, secretsPrefix):
		return nil
	case !pathName.MatchString(name) && !plainName.MatchString(name), prefixed(name, "ssm"):
		return invalid(badName)
	case strings.HasPrefix(name, "/aws/"):
		return world.Unimplemented("public parameters and references: " + name)
	}
	return nil
}

func prefixed(name, with string) bool {
	return strings.HasPrefix(strings.ToLower(strings.TrimPrefix(name, "/")), with)
}

// owned checks a name that is to be written to, and gives it without the blanks
// around it. A reserved name is refused in the words reported for PutParameter,
// in aws-solutions/quota-monitor-for-aws issue 30, and for DeleteParameter, in
// awslabs/aws-deployment-framework issue 119; that its first slash is left out
// there, by aws-cloudformation/cfn-lint issue 4089.
func owned(given string) (string, error) {
	name := strings.TrimSpace(given)
	switch {
	case strings.Contains(name, "/") && !strings.HasPrefix(name, "/"):
		return "", invalid(notQualified)
	case !pathName.MatchString(name) && !plainName.MatchString(name), prefixed(name, "ssm"):
		return "", invalid(badName)
	case prefixed(name, "aws"):
		return "", denied("No access to reserved parameter name: " + strings.TrimPrefix(name, "/") + ".")
	}
	return name, nil
}

// checkSize holds a new name to the limits. The wording is assumed.
func checkSize(r reference) error {
	if strings.Count(r.key(), "/")+1 > levelLimit {
		return &types.HierarchyLevelLimitExceededException{Message: new("A hierarchy can have a maximum of 15 levels.")}
	}
	if len(r.arn()) > arnLimit {
		return invalid("The parameter name, with the ARN before it, can have a maximum of 1011 characters.")
	}
	return nil
}
