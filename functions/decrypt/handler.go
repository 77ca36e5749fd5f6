package decrypt

import (
	"context"
	"log/slog"
	"time"
)

// Handler answers invocations. It is a lambda.Handler: bytes in, bytes out, so
// that values are encoded in one place of this package and nowhere else.
type Handler struct {
	Resolver *Resolver
	Log      *slog.Logger
}

// reserve is kept back before the invocation's deadline to encode and send the
// answer.
const reserve = 500 * time.Millisecond

// Invoke answers one event. Failures of items are in the answer; the error is
// a BadRequest, or that of encoding.
func (h *Handler) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	started := time.Now()
	request, err := ParseRequest(event)
	if err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-reserve))
		defer cancel()
	}
	results, err := h.Resolver.Resolve(ctx, request.Items)
	if err != nil {
		return nil, err
	}
	answer, counts, err := encode(request, results)
	for _, r := range results {
		r.Value.Wipe()
	}
	if err != nil {
		return nil, err
	}
	h.Log.LogAttrs(ctx, slog.LevelInfo, "answered", slog.Int("items", len(results)), slog.Int("decrypted", counts.decrypted),
		slog.Any("failed", counts.failed), slog.Bool("sealed", request.PublicKey != nil), slog.Duration("took", time.Since(started)))
	return answer, nil
}
