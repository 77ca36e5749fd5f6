package cloudformation

import "context"

// Types without effect in the lab, each with the reason. Their properties are
// resolved, so that what they refer to must be there, and they can be referred
// to.
var (
	// The lab measures nothing, so no alarm is ever raised.
	cloudWatchAlarm = define(nameAlarm, "Arn")
	// Nor does it raise those that are made of others.
	cloudWatchCompositeAlarm = define(nameCompositeAlarm, "Arn")
	// A dashboard is for people to look at, and the lab has no console.
	cloudWatchDashboard = define(nameDashboard)
	// It tells the CDK's makers which of its constructs are used.
	cdkMetadata = define(nameMetadata)
)

type cloudWatchAlarmProperties struct {
	ActionsEnabled                   *bool
	AlarmActions                     []string
	AlarmDescription                 *string
	AlarmName                        *string
	ComparisonOperator               *string
	DatapointsToAlarm                *int32
	Dimensions                       []struct{ Name, Value string }
	EvaluateLowSampleCountPercentile *string
	EvaluationPeriods                *int32
	ExtendedStatistic                *string
	InsufficientDataActions          []string
	MetricName                       *string
	Metrics                          []any
	Namespace                        *string
	OKActions                        []string
	Period                           *int32
	Statistic                        *string
	Tags                             []tag
	Threshold                        *float64
	ThresholdMetricId                *string
	TreatMissingData                 *string
	Unit                             *string
}

func nameAlarm(_ context.Context, c *creation, p cloudWatchAlarmProperties) (*resource, error) {
	name := c.named(p.AlarmName, 255)
	return made(name, map[string]string{"Arn": c.arn("cloudwatch", "alarm:"+name)})
}

type cloudWatchCompositeAlarmProperties struct {
	ActionsEnabled                   *bool
	ActionsSuppressor                *string
	ActionsSuppressorExtensionPeriod *int32
	ActionsSuppressorWaitPeriod      *int32
	AlarmActions                     []string
	AlarmDescription                 *string
	AlarmName                        *string
	AlarmRule                        *string
	InsufficientDataActions          []string
	OKActions                        []string
	Tags                             []tag
}

func nameCompositeAlarm(_ context.Context, c *creation, p cloudWatchCompositeAlarmProperties) (*resource, error) {
	name := c.named(p.AlarmName, 255)
	return made(name, map[string]string{"Arn": c.arn("cloudwatch", "alarm:"+name)})
}

type cloudWatchDashboardProperties struct {
	DashboardBody *string
	DashboardName *string
	Tags          []tag
}

func nameDashboard(_ context.Context, c *creation, p cloudWatchDashboardProperties) (*resource, error) {
	return made(c.named(p.DashboardName, 255), nil)
}

type cdkMetadataProperties struct{ Analytics *string }

func nameMetadata(_ context.Context, c *creation, _ cdkMetadataProperties) (*resource, error) {
	return made(c.name(255), nil)
}
