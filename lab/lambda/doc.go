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
// zip archive in the request or in S3, of this machine's architecture;
// synchronous, asynchronous and dry invocations; retries, event age, destinations
// and dead-letter queues; resource policies; reserved concurrency; event source
// mappings of SQS with partial batches; logs as text and as JSON, which a
// session of the function's role writes; layers and their policies. Not modelled,
// and answered as not implemented: other runtimes and images, versions, aliases,
// functions that use layers (their files belong in /opt, and the code sees this
// machine's), networks, file systems, function URLs, keys of the customer for
// environment variables and for code. GetFunction and GetLayerVersion give no
// place to load from. Traces are not taken, whatever TracingConfig says.
//
// Each environment has a log stream, and each event the id of its request, at
// every attempt. Lambda's own lines come with what the function printed, when it
// has answered, and all have that moment's time; durations are by the world's
// clock. INIT_REPORT and the memory used are not told, and in JSON a line of the
// function keeps its own time to itself. A Go function in place of a binary
// writes no log.
//
// The code runs as the user who runs the lab, on this machine, and is not
// fenced in. So a lab takes code, in requests or in S3, only where Service.Uploads
// says so.
package lambda
