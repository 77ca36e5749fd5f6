package pace

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/smithy-go/middleware"

	"rekey/shared/awserr"
)

// KMS are KMS's quotas for what manages keys, in requests a second of an account
// in a Region (KMS Developer Guide, "Request quotas"). Cryptographic operations
// are not in it: their quota depends on the Region, and is shared among them.
var KMS = map[string]float64{
	"CancelKeyDeletion": 5, "CreateAlias": 5, "CreateGrant": 50, "CreateKey": 5, "DeleteAlias": 15, "DeleteImportedKeyMaterial": 15,
	"DescribeCustomKeyStores": 5, "DescribeKey": 2000, "DisableKey": 5, "DisableKeyRotation": 5, "EnableKey": 5, "EnableKeyRotation": 15,
	"GetKeyLastUsage": 5, "GetKeyPolicy": 1000, "GetKeyRotationStatus": 1000, "GetParametersForImport": 1, "GetPublicKey": 2000,
	"ImportKeyMaterial": 15, "ListAliases": 500, "ListGrants": 100, "ListKeyPolicies": 100, "ListKeyRotations": 100, "ListKeys": 500,
	"ListResourceTags": 2000, "ListRetirableGrants": 100, "PutKeyPolicy": 15, "ReplicateKey": 5, "RetireGrant": 50, "RevokeGrant": 50,
	"RotateKeyOnDemand": 5, "ScheduleKeyDeletion": 15, "TagResource": 10, "UntagResource": 5, "UpdateAlias": 5,
	"UpdateKeyDescription": 5, "UpdatePrimaryRegion": 5,
}

// Table has a pacer for each operation that it names.
type Table struct{ pacers map[string]*Pacer }

// NewTable paces each operation of quotas at a share of it, such as 0.5.
func NewTable(quotas map[string]float64, share float64, clock Clock) (*Table, error) {
	if !(share > 0 && share <= 1) {
		return nil, fmt.Errorf("pace: a share of %v of a quota: it is more than 0 and at most 1", share)
	}
	t := &Table{map[string]*Pacer{}}
	for _, operation := range slices.Sorted(maps.Keys(quotas)) {
		p, err := New(quotas[operation]*share, clock)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", operation, err)
		}
		t.pacers[operation] = p
	}
	return t, nil
}

// Pacer gives the pacer of an operation, or nil for one that is not paced.
func (t *Table) Pacer(operation string) *Pacer { return t.pacers[operation] }

// Middleware has a client's attempts of the table's operations wait for their
// turns. It is an element of the APIOptions of any client of the SDK.
func (t *Table) Middleware(stack *middleware.Stack) error {
	// After the SDK's retries, so that each attempt passes; before the signing, which
	// has a time in it.
	return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("Pace", t.attempt), "Retry", middleware.After)
}

func (t *Table) attempt(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
	p := t.pacers[middleware.GetOperationName(ctx)]
	if p == nil {
		return next.HandleFinalize(ctx, in)
	}
	if err := p.Wait(ctx); err != nil {
		return middleware.FinalizeOutput{}, middleware.Metadata{}, fmt.Errorf("wait for the quota of %s: %w", middleware.GetOperationName(ctx), err)
	}
	out, metadata, err := next.HandleFinalize(ctx, in)
	switch awserr.Classify(err) {
	case awserr.Throttled:
		p.Throttled()
	case awserr.None:
		p.Succeeded()
	}
	return out, metadata, err
}
