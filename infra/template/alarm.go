package template

import "slices"

// actionLists are the properties of an alarm that say whom it tells.
var actionLists = []string{"AlarmActions", "OKActions", "InsufficientDataActions"}

// metric is what an alarm watches, dimensions rendered.
type metric struct {
	namespace, name string
	dimensions      map[string]string
}

// watched tells whether some alarm watches a metric of what a dimension names.
func (a *Assembly) watched(namespace string, names []string, dimension, value string) bool {
	return slices.ContainsFunc(a.of("AWS::CloudWatch::Alarm"), func(alarm *Resource) bool {
		return slices.ContainsFunc(a.metrics(alarm), func(m metric) bool {
			return m.namespace == namespace && slices.Contains(names, m.name) && m.dimensions[dimension] == value
		})
	})
}

// metrics gives the one metric of an alarm, or all of its expression.
func (a *Assembly) metrics(alarm *Resource) []metric {
	found := []metric{a.metric(alarm, alarm.Properties)}
	for _, m := range branches(alarm.Properties["Metrics"]) {
		found = append(found, a.metric(alarm, object(at(m, "MetricStat", "Metric"))))
	}
	return found
}

func (a *Assembly) metric(alarm *Resource, said map[string]any) metric {
	m := metric{a.text(alarm.Stack, said["Namespace"]), a.text(alarm.Stack, said["MetricName"]), map[string]string{}}
	for _, d := range branches(said["Dimensions"]) {
		m.dimensions[a.text(alarm.Stack, at(d, "Name"))] = a.text(alarm.Stack, at(d, "Value"))
	}
	return m
}

// checkAlarms asks of every alarm whether it tells somebody. That it may, the
// topic's policy and its key's, is among the uses of checkSinks.
func (a *Assembly) checkAlarms(out *report) {
	for _, alarm := range a.of("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm") {
		if enabled := alarm.Properties["ActionsEnabled"]; enabled != nil && a.text(alarm.Stack, enabled) != "true" {
			out.add("alarm", alarm, "", "remove ActionsEnabled", "the alarm's actions are not enabled")
		}
		actions := branches(alarm.Properties["AlarmActions"])
		if len(actions) == 0 {
			out.add("alarm", alarm, "", "give it a topic in AlarmActions", "the alarm tells nobody")
		}
		for _, action := range actions {
			if topic := a.find(alarm.Stack, action); topic == nil || topic.Type != "AWS::SNS::Topic" {
				out.add("alarm", alarm, "", "name a topic of these templates in AlarmActions", "the alarm's action %s is no topic of the templates", a.text(alarm.Stack, action))
			}
		}
	}
}
