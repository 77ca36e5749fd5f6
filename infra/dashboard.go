package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudwatch"
)

// dashboard shows each function in a row, below the state of all alarms. It names
// functions and alarms by their names, so that no stack waits for another.
func (o *operations) dashboard() {
	d := awscloudwatch.NewDashboard(o.stack, new("Dashboard"), &awscloudwatch.DashboardProps{DashboardName: new("rekey-" + *o.stack.Region())})
	var alarms []interfacesawscloudwatch.IAlarmRef
	for _, f := range o.functions {
		for _, id := range f.alarms {
			name := f.name + "-" + id
			alarms = append(alarms, awscloudwatch.Alarm_FromAlarmArn(o.stack, new(name), new("arn:"+*o.stack.Partition()+":cloudwatch:"+*o.stack.Region()+":"+*o.stack.Account()+":alarm:"+name)))
		}
	}
	d.AddWidgets(awscloudwatch.NewAlarmStatusWidget(&awscloudwatch.AlarmStatusWidgetProps{Title: new("Alarms"), Alarms: &alarms, Width: new(24.0)}))
	for _, f := range o.functions {
		d.AddWidgets(
			f.graph("events", "Invocations", "Errors", "Throttles"),
			f.graph("duration", "Duration"),
			f.graph("asynchronous events", "AsyncEventsReceived", "AsyncEventsDropped", "DestinationDeliveryFailures"),
		)
	}
}

func (f *function) graph(title string, metrics ...string) awscloudwatch.GraphWidget {
	var left []awscloudwatch.IMetric
	for _, m := range metrics {
		statistic := "Sum"
		if m == "Duration" {
			statistic = "p95"
		}
		left = append(left, awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
			Namespace: new("AWS/Lambda"), MetricName: &m, Statistic: &statistic, Period: awscdk.Duration_Minutes(new(5.0)),
			DimensionsMap: &map[string]*string{"FunctionName": &f.name},
		}))
	}
	return awscloudwatch.NewGraphWidget(&awscloudwatch.GraphWidgetProps{Title: new(f.name + ": " + title), Left: &left, Width: new(8.0)})
}
