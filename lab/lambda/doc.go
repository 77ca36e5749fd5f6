// Package lambda is AWS Lambda: functions that are created, invoked by callers
// and by other services, fed from SQS queues, and run as their role.
//
// A function's code is a real bootstrap binary. It runs under the Runtime API
// (Lambda Developer Guide, "Using the Lambda runtime API for custom runtimes"),
// with the credentials of its role and nothing of the host's environment, one
// event at a time in an environment, within its timeout. A test may give a Go
// function in its place.
//
// Modelled are functions of the runtimes provided.al2023 and provided.al2 from a
// zip archive in the request, of this machine's architecture; synchronous,
// asynchronous and dry invocations; retries, event age, destinations and
// dead-letter queues; resource policies; reserved concurrency; event source
// mappings of SQS with partial batches. Not modelled, and answered as not
// implemented: other runtimes and images, code in S3, versions, aliases, layers,
// networks, file systems, function URLs, keys of the customer for environment
// variables. GetFunction gives no place to load the code from.
//
// The code runs as the user who runs the lab, on this machine, and is not
// fenced in. So a lab takes code in requests only where Service.Uploads says so.
package lambda
