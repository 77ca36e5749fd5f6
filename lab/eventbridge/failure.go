package eventbridge

import (
	"net/http"
	"strings"

	"github.com/aws/smithy-go"

	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

// classify finds the dead letter's code for a target's answer. Tried again is
// what is answered with 5xx or throttled, and nothing else (reported, in
// repost.aws "eventbridge-resolve-failedinvocation-errors"; EventBridge User
// Guide, "Using dead-letter queues": missing permissions and resources are not).
// The codes are of the guide's list; which stands for what is assumed where the
// name does not say.
func classify(e *wire.Error) *failure {
	f := &failure{code: "ERROR_FROM_TARGET", message: e.Message}
	has := func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(e.Code, p) {
				return true
			}
		}
		return false
	}
	switch {
	case e.Status == http.StatusNotImplemented: // not modelled: the trail tells
	case e.Status == http.StatusTooManyRequests || has("Throttl", "TooManyRequests"):
		f.code, f.passing = "THROTTLING", true
	case e.Status >= 500 || e.Fault == smithy.FaultServer:
		f.passing = true
	case has("AccessDenied", "AuthorizationError", "NotAuthorized"):
		f.code = "NO_PERMISSIONS"
	case has("NotFound", "NonExistent", "DoesNotExist"):
		f.code = "NO_RESOURCE"
	case has("Invalid", "Validation"):
		f.code = "INVALID_PARAMETER"
	}
	return f
}

// root is an account as a whole.
func root(account keyid.Account) world.Caller {
	p, err := keypolicy.ParsePrincipal("arn:aws:iam::" + string(account) + ":root")
	if err != nil {
		panic(err) // an account that a signature named
	}
	return world.Caller{UserID: string(account), Principal: p}
}
