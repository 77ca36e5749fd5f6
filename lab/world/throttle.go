package world

import "rekey/lab/wire"

// throttling is what Throttling gives: each service's own words take its place
// where it strikes.
var throttling = &wire.Error{Code: "ThrottlingException", Message: "Rate exceeded", Status: 400}

// Throttling is an order to throttle, in the words of the service that it
// strikes.
func Throttling() *wire.Error { return throttling }

// throttled words a refusal of a service whose quota is exceeded. The code of
// SQS is its model's; that of IAM and STS is the common one of Query services
// (IAM API Reference, "Common Error Types").
func throttled(service string) *wire.Error {
	switch service {
	case "kms": // KMS Developer Guide, "Throttling AWS KMS requests"
		return &wire.Error{Code: "ThrottlingException", Message: "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.", Status: 400}
	case "s3": // S3 API Reference, "List of error codes"
		return &wire.Error{Code: "SlowDown", Message: "Please reduce your request rate.", Status: 503}
	case "sqs": // SQS API Reference; assumption: the message
		return &wire.Error{Code: "RequestThrottled", Message: "Rate exceeded", Status: 400}
	case "lambda": // Lambda API Reference, Common Errors; reported: the message
		return &wire.Error{Code: "TooManyRequestsException", Message: "Rate exceeded", Status: 429}
	case "scheduler": // EventBridge Scheduler API Reference
		return &wire.Error{Code: "ThrottlingException", Message: "Rate exceeded", Status: 429}
	case "iam", "sts", "rds":
		return &wire.Error{Code: "Throttling", Message: "Rate exceeded", Status: 400}
	case "ec2": // EC2 API Reference, "Error codes"
		return &wire.Error{Code: "RequestLimitExceeded", Message: "Request limit exceeded.", Status: 503}
	}
	return throttling // SNS: AWS re:Post, "sns-throttling-exception-errors"
}
