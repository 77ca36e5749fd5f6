package rotate

import (
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"rekey/shared/keyid"
	"rekey/shared/pace"
)

// Clients gives the clients of AWS KMS, one a Region, that keep to a share of its
// request quotas, which are those of an account in a Region. What runs beside them,
// such as another invocation, takes a share of its own.
func Clients(cfg aws.Config, share float64, clock pace.Clock) (func(keyid.Region) Writer, error) {
	if _, err := pace.NewTable(pace.KMS, share, clock); err != nil {
		return nil, err
	}
	var mu sync.Mutex
	clients := map[keyid.Region]Writer{}
	return func(r keyid.Region) Writer {
		mu.Lock()
		defer mu.Unlock()
		if clients[r] == nil {
			clients[r] = kms.NewFromConfig(cfg, func(o *kms.Options) {
				o.Region = string(r)
				if table, err := pace.NewTable(pace.KMS, share, clock); err == nil { // as above
					o.APIOptions = append(o.APIOptions, table.Middleware)
				}
			})
		}
		return clients[r]
	}, nil
}

// identitiesRate is how often an account's identities are asked for, in calls a second.
// AWS documents no quota of that; it is shared with whoever else reads IAM.
const identitiesRate = 5

// identities gives the client of IAM, which is slow on purpose.
func identities(cfg aws.Config, clock pace.Clock) (Identities, error) {
	table, err := pace.NewTable(map[string]float64{"GetAccountAuthorizationDetails": identitiesRate}, 1, clock)
	if err != nil {
		return nil, err
	}
	return iam.NewFromConfig(cfg, func(o *iam.Options) { o.APIOptions = append(o.APIOptions, table.Middleware) }), nil
}

// trailRate is how often AWS CloudTrail is asked, in calls a second: half of what an
// account has in a Region (API reference, LookupEvents).
const trailRate = 1

// Trails gives the clients of AWS CloudTrail, which tells of each Region there. They are
// for who works by hand: the function itself does not wait for two calls a second.
func Trails(cfg aws.Config, clock pace.Clock) (func(keyid.Region) Trail, error) {
	table, err := pace.NewTable(map[string]float64{"LookupEvents": trailRate}, 1, clock)
	if err != nil {
		return nil, err
	}
	return func(r keyid.Region) Trail {
		return cloudtrail.NewFromConfig(cfg, func(o *cloudtrail.Options) {
			o.Region, o.APIOptions = string(r), append(o.APIOptions, table.Middleware)
		})
	}, nil
}
