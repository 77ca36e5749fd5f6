package samlocal

import (
	"context"
	"errors"

	"rekey/lab"
)

// Both is a function that runs in both ways that SAM CLI has.
type Both struct {
	*Function
	server *Server
}

// Both starts to listen, and makes a deployed function ready to be invoked in both
// ways. Its Close ends everything.
func (s Setup) Both(ctx context.Context, l *lab.Lab, d Deployed) (*Both, error) {
	local, err := s.Start(ctx, l)
	if err != nil {
		return nil, err
	}
	f, err := local.Function(ctx, d)
	if err != nil {
		return nil, errors.Join(err, local.Close())
	}
	server, err := f.Serve(ctx)
	if err != nil {
		return nil, errors.Join(err, local.Close())
	}
	return &Both{f, server}, nil
}

// Run is an answer, and by which way it came.
type Run struct {
	By string
	Answer
}

// Runs gives an event to the function in both ways, the one that tells of a function's
// error by a header last.
func (b *Both) Runs(ctx context.Context, event []byte) ([]Run, error) {
	once, err := b.Invoke(ctx, event)
	served, bad := b.Served(ctx, event)
	return []Run{{"sam local invoke", once}, {"sam local start-lambda", served}}, errors.Join(err, bad)
}

// Served gives an event to the function by the quicker way, sam local start-lambda.
func (b *Both) Served(ctx context.Context, event []byte) (Answer, error) {
	return b.server.Invoke(ctx, event)
}

// Close stops the server, and what is left of the function.
func (b *Both) Close() error { return errors.Join(b.server.Stop(), b.local.Close()) }
