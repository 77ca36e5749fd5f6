package world

// snsConditions: Service Authorization Reference, "Amazon SNS".
var snsConditions = []string{"sns:endpoint", "sns:protocol"}
