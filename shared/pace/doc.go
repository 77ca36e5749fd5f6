// Package pace keeps calls inside a share of a quota per second, so that a sweep
// over thousands of keys leaves the rest of the quota to whoever else works in
// the account: AWS's quotas are per account and Region, and what the suite takes
// others do not have.
//
// A Pacer lets calls through one after the other, evenly, at its rate; after a
// pause a few may pass at once (Burst). When the service says that it throttles,
// the rate is halved, at most once per Settle, and comes back slowly while calls
// succeed: somebody else needs the quota too, and the sum has to fit.
//
// A Table plugs pacers into a client of the AWS SDK, one for each operation, that
// all attempts of a call pass, the SDK's own retries too:
//
//	table, err := pace.NewTable(pace.KMS, 0.5, pace.Wall)
//	client := kms.NewFromConfig(cfg, func(o *kms.Options) { o.APIOptions = append(o.APIOptions, table.Middleware) })
//
// Operations that the table does not name are not paced. A Table and its Pacers
// may be used by many goroutines, and one Table by several clients of the same
// account and Region, which then share it.
//
// It is no distributed limit: two functions that run side by side take a share
// each. Sum up the shares, or let one run at a time (shared/journal).
package pace
