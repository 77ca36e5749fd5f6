// Package samlocal runs a function as it is deployed, from the same synthesised
// template, under AWS SAM CLI (sam local invoke and sam local start-lambda), with a
// lab as its AWS:
//
//	setup, err := samlocal.FromEnvironment(os.Getenv) // what scripts/sam-test tells
//	stacks, err := samlocal.Deploy(ctx, l, assembly, account, region)
//	local, err := setup.Start(ctx, l)                  // the lab listens where containers reach it
//	f, err := local.Function(ctx, samlocal.Deployed{Template: …, Name: …, Config: …})
//	answer, err := f.Invoke(ctx, event)                // sam local invoke
//	server, err := f.Serve(ctx)                        // sam local start-lambda
//	answer, err = server.Invoke(ctx, event)
//
// From the template come the function's code, architecture, runtime, memory,
// timeout and the names of its environment variables. Their values are those of the
// function that was deployed into the lab, for SAM CLI cannot work out what refers to
// other resources. It runs with a session of its own role, as Lambda would give it,
// so it may do what its template grants and nothing more; the lab's trail has its
// calls (Function.Calls).
//
// SAM CLI's image for the runtime provided.al2023 is in a registry. The image here
// has a static shell, with which SAM CLI sets its runtime emulator up, and nothing
// else: enough for bootstraps that are static, as those of Go are. The lab's address
// is a variable of the image, so the template stays the one that is deployed.
//
// What SAM CLI does otherwise than Lambda: it does not pass on the log format, nor
// layers that are in the template and on no function; sam local invoke tells of a
// function's error by the payload alone. Its times are no measure of anything.
package samlocal
