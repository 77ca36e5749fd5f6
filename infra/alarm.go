package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
)

// lateness is the age of an asynchronous event that somebody should look at.
const lateness = 15 * 60 * 1000 // milliseconds

// watch makes the alarms of a function.
func (f *function) watch() {
	minutes := func(n float64) awscdk.Duration { return awscdk.Duration_Minutes(&n) }
	f.alarm("Errors", "An event failed: see the log, and the queue of failures for asynchronous ones",
		f.MetricErrors(&awscloudwatch.MetricOptions{Period: minutes(5), Statistic: new("Sum")}), 0)
	f.alarm("Throttles", "Events were refused since too many were handled at once",
		f.MetricThrottles(&awscloudwatch.MetricOptions{Period: minutes(5), Statistic: new("Sum")}), 0)
	f.alarm("Late", "Asynchronous events wait for longer than 15 minutes",
		f.Metric(new("AsyncEventAge"), &awscloudwatch.MetricOptions{Period: minutes(5), Statistic: new("Maximum")}), lateness)
	f.alarm("Lost", "Asynchronous events could not be sent to the queue of failures",
		f.Metric(new("DestinationDeliveryFailures"), &awscloudwatch.MetricOptions{Period: minutes(5), Statistic: new("Sum")}), 0)
	f.watchQueue("Failed", "Asynchronous events failed for good: they are in the queue of failures", f.failures)
}

// watchQueue makes the alarm of a queue that should be empty.
func (f *function) watchQueue(id, says string, q awssqs.Queue) {
	f.alarm(id, says, q.MetricApproximateNumberOfMessagesVisible(&awscloudwatch.MetricOptions{
		Period: awscdk.Duration_Minutes(new(float64(5))), Statistic: new("Maximum"),
	}), 0)
}

// alarm tells the topic when a metric is over a threshold, and when it no longer
// is. Without data nothing happened.
func (f *function) alarm(id, says string, metric awscloudwatch.IMetric, threshold float64) {
	f.alarmBy(id, &awscloudwatch.AlarmProps{
		AlarmDescription: &says, Metric: metric, Threshold: &threshold,
		ComparisonOperator: awscloudwatch.ComparisonOperator_GREATER_THAN_THRESHOLD, EvaluationPeriods: new(1.0),
		TreatMissingData: awscloudwatch.TreatMissingData_NOT_BREACHING,
	})
}

// alarmAlive is an alarm of a metric that is there for as long as the function is
// woken: that it is there no more is told too. Before it was there for the first time
// nobody is told anything.
func (f *function) alarmAlive(id, says string, metric awscloudwatch.IMetric, threshold float64) {
	a := f.alarmBy(id, &awscloudwatch.AlarmProps{
		AlarmDescription: &says, Metric: metric, Threshold: &threshold,
		ComparisonOperator: awscloudwatch.ComparisonOperator_GREATER_THAN_THRESHOLD, EvaluationPeriods: new(2.0),
		TreatMissingData: awscloudwatch.TreatMissingData_MISSING,
	})
	a.AddInsufficientDataAction(awscloudwatchactions.NewSnsAction(f.ops.topic))
}

func (f *function) alarmBy(id string, p *awscloudwatch.AlarmProps) awscloudwatch.Alarm {
	p.AlarmName = new(f.name + "-" + id)
	a := awscloudwatch.NewAlarm(f.scope, new(id+"Alarm"), p)
	action := awscloudwatchactions.NewSnsAction(f.ops.topic)
	a.AddAlarmAction(action)
	a.AddOkAction(action)
	f.alarms = append(f.alarms, id)
	return a
}
