package rotate

// The metrics, of the namespace and with the one dimension, whose value is rotate.
// None has a key as a dimension: each would be a metric of its own to pay for.
const (
	MetricNamespace = "Rekey/Rotate"
	MetricDimension = "Function"

	// MetricRotated and MetricFailed count keys, when that happens.
	MetricRotated = "KeysRotated"
	MetricFailed  = "KeysFailed"
	// MetricDue, MetricBlocked and MetricOverdue, in days of the key that is past its
	// time by most, are what a whole sweep found.
	MetricDue     = "KeysDue"
	MetricBlocked = "KeysBlocked"
	MetricOverdue = "DaysOverdue"
	// MetricSweeps counts whole sweeps; MetricSweepAge is how long ago the last one
	// ended, told at every scheduled wake-up.
	MetricSweeps   = "SweepsCompleted"
	MetricSweepAge = "SweepAge"
	// MetricUntold counts messages that no topic took.
	MetricUntold = "NoticesFailed"
)
