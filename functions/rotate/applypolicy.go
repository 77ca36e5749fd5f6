package rotate

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"rekey/shared/keyid"
)

// policyHolds refuses a move where the old key got another key policy since the plan,
// and the successor has the former one: whoever was shut out since would come in again.
// A job may wait for months, and go forward again a year after it was rolled back.
func (w *work) policyHolds(ctx context.Context, region keyid.Region) error {
	old, next := w.job().Plan.Key.In(region), w.job().Successor.In(region)
	planned := w.job().plannedPolicy(region)
	now, err := w.policyNow(ctx, old)
	if err != nil || samePolicy(ownResource(now, old), planned) {
		return err
	}
	has, err := w.policyNow(ctx, next)
	if err != nil || !samePolicy(has, planned) { // somebody has seen to it
		return err
	}
	return fmt.Errorf("move aliases in %s to %s: %w: put the policy of %s on the successor too, or another one (aws kms put-key-policy), and it goes on by itself; or take back what was done by rekey rotate rollback",
		region, next, ErrPolicyChanged, old)
}

// plannedPolicy is the key policy that the successor was planned with in a Region.
func (j *Job) plannedPolicy(region keyid.Region) string {
	for _, s := range j.Plan.Steps {
		if s.New != nil && s.Region == region {
			return s.New.Policy
		}
	}
	return ""
}

func (r *Rotator) policyNow(ctx context.Context, key keyid.ARN) (string, error) {
	out, err := r.Writers(key.Region).GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: aws.String(string(key.ID))})
	if err != nil {
		return "", failed(err, "read the key policy of "+key.String())
	}
	return aws.ToString(out.Policy), nil
}

// samePolicy compares policies as JSON, however they are spaced.
func samePolicy(a, b string) bool {
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return a == b
	}
	return reflect.DeepEqual(x, y)
}
