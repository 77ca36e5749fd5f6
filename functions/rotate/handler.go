package rotate

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"rekey/shared/keyid"
	"rekey/shared/metric"
)

// Handler answers invocations. It is a lambda.Handler: bytes in, bytes out.
type Handler struct {
	// Rotator is what works. Its Holder and Lease are those of each invocation.
	Rotator *Rotator
	Home    Home
	// Apply is whether the function may change keys: whether due plans are applied, and
	// requests to apply and to roll back are answered.
	Apply   bool
	Notices *Notices
	Metrics *metric.Writer
	Log     *slog.Logger
}

// Answer is what came of an event.
type Answer struct {
	// Ignored is why nothing was done.
	Ignored string      `json:"ignored,omitempty"`
	Keys    []KeyAnswer `json:"keys,omitempty"`
	// Resumed are keys whose jobs were unfinished, at a scheduled wake-up.
	Resumed []KeyAnswer `json:"resumed,omitempty"`
	Sweep   *Progress   `json:"sweep,omitempty"`
}

// KeyAnswer is what came of one key.
type KeyAnswer struct {
	Key string `json:"key"` // as it was named
	// Plan is left out where there is a Result, which has the plan that was applied.
	Plan   *Plan   `json:"plan,omitempty"`
	Result *Result `json:"result,omitempty"`
	// Job and InPlace are of a status: the key's successor, and its last rotation in
	// place.
	Job     *Job         `json:"job,omitempty"`
	InPlace *Job         `json:"inPlace,omitempty"`
	Error   *ErrorAnswer `json:"error,omitempty"`
}

// ErrorAnswer is why something was not done.
type ErrorAnswer struct {
	// Type is ForeignKey, NoKey, NoJob, Unfinished, Held or Failed.
	Type    string `json:"type"`
	Message string `json:"message"`
}

// invocation is one event at work.
type invocation struct {
	*Handler
	rotator Rotator // with what is this invocation's own
	// untold is how many messages no topic took.
	untold, rotated, failed int
	metrics                 []metric.Metric
}

const (
	// leaseMargin is for how much longer than an invocation can last a job is held.
	leaseMargin = time.Minute
	// longestRun is how long an invocation lasts of which no deadline is known (Lambda
	// Developer Guide, "Lambda quotas", Function timeout).
	longestRun = 15 * time.Minute
)

// Invoke answers one event. What failed of a single key is in the answer; an error is
// a BadRequest, a ForeignKey, a PlansOnly, or says why the function could not do its work at all.
func (h *Handler) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	w, err := understand(event, h.Home, h.Rotator.Self)
	if err != nil {
		return nil, err
	}
	i := h.begin(ctx)
	i.rotator.Defaults.Now = w.request.Now
	i.rotator.Defaults.Accepts = slices.Concat(h.Rotator.Defaults.Accepts, w.request.Accept)
	defer i.measure(ctx)
	a, err := i.answer(ctx, w)
	if err != nil {
		return nil, err
	}
	h.Log.LogAttrs(ctx, slog.LevelInfo, "answered", slog.String("event", w.by), slog.String("action", string(w.request.Action)),
		slog.Int("keys", len(a.Keys)), slog.Int("rotated", i.rotated), slog.Int("failed", i.failed), slog.String("ignored", a.Ignored))
	return encode(a)
}

// begin makes what is an invocation's own.
func (h *Handler) begin(ctx context.Context) *invocation {
	i := &invocation{Handler: h, rotator: *h.Rotator}
	i.rotator.Roster = &Roster{}
	i.rotator.Holder = "rotate " + rand.Text()
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		i.rotator.Holder = "rotate " + lc.AwsRequestID
	}
	i.rotator.Lease = longestRun + leaseMargin
	if deadline, ok := ctx.Deadline(); ok {
		i.rotator.Lease = max(deadline.Sub(i.now()), 0) + leaseMargin
	}
	return i
}

func (i *invocation) now() time.Time { return i.Rotator.Now() }

// answer does what an event asks for.
func (i *invocation) answer(ctx context.Context, w wake) (Answer, error) {
	switch {
	case w.ignored != "":
		return Answer{Ignored: w.ignored}, nil
	case !i.Apply && (w.request.Action == ToApply || w.request.Action == ToRollBack):
		return Answer{}, PlansOnly{w.request.Action}
	case w.request.Action == ToSweep:
		return i.scheduled(ctx, w.by == "request")
	}
	var a Answer
	for _, ref := range w.keys {
		if i.rotator.short(ctx) {
			a.Keys = append(a.Keys, KeyAnswer{Key: ref.String(), Error: errorAnswer(ErrUnfinished)})
			continue
		}
		a.Keys = append(a.Keys, i.one(ctx, ref, w.request))
	}
	return a, nil
}

// PlansOnly is the error of a request to change keys where the function is deployed to
// plan and tell alone: its role may change nothing, and what it began would stay
// unfinished.
type PlansOnly struct{ Action Action }

func (e PlansOnly) Error() string {
	return fmt.Sprintf("%s: this function plans and tells only: deploy it with rotate.apply (%s), or do it by rekey rotate %s", e.Action, EnvApply, e.Action)
}

// Do does what is asked for with one key, for whoever works by hand.
func (h *Handler) Do(ctx context.Context, ref keyid.Ref, r Request) (KeyAnswer, error) {
	a := KeyAnswer{Key: ref.String()}
	err := h.begin(ctx).do(ctx, ref, r, &a)
	return a, err
}

// do does what is asked for with one key.
func (i *invocation) do(ctx context.Context, ref keyid.Ref, r Request, a *KeyAnswer) error {
	if err := i.Home.check(ref); err != nil {
		return err
	}
	switch r.Action {
	case ToStatus:
		return i.status(ctx, ref, a)
	case ToRollBack:
		return i.rollBack(ctx, ref, a)
	}
	return i.look(ctx, ref, r, a)
}

// one answers for one key.
func (i *invocation) one(ctx context.Context, ref keyid.Ref, r Request) KeyAnswer {
	a := KeyAnswer{Key: ref.String()}
	err := i.do(ctx, ref, r, &a)
	if a.Error = errorAnswer(err); err != nil {
		i.Log.LogAttrs(ctx, slog.LevelWarn, "not done", slog.String("key", a.Key), slog.String("type", a.Error.Type), slog.Any("error", err))
	}
	return a
}

// look observes a key, plans, and where that is wanted applies the plan.
func (i *invocation) look(ctx context.Context, ref keyid.Ref, r Request, a *KeyAnswer) error {
	k, err := i.rotator.Observe(ctx, ref)
	if err != nil {
		return err
	}
	p := PlanFor(k, i.rotator.Defaults, i.now())
	a.Plan = &p
	i.Log.LogAttrs(ctx, slog.LevelInfo, "planned", slog.String("key", p.Key.String()), slog.String("outcome", string(p.Outcome)),
		slog.String("way", string(p.Way)), slog.String("why", p.Why))
	var res Result
	switch j := k.Job.Value; {
	case r.Action == ToPlan, r.Action == "" && !i.Apply:
		return nil
	case r.Again && j != nil && j.Phase == RolledBack:
		res, err = i.rotator.Again(ctx, k.ARN)
	case p.Outcome != Due:
		return nil
	default:
		res, err = i.rotator.Apply(ctx, k, p)
	}
	a.Plan, a.Result = nil, &res
	i.count(res)
	i.tell(ctx, resultNotice(res, err, i.now()), i.Notices.Topic, p.Notify)
	return err
}

// count counts a key's result.
func (i *invocation) count(r Result) {
	switch r.Ending {
	case Finished:
		i.rotated++
	case Failed:
		i.failed++
	}
}

// rollBack takes a key's successor back.
func (i *invocation) rollBack(ctx context.Context, ref keyid.Ref, a *KeyAnswer) error {
	old, _, err := i.jobOf(ctx, ref)
	if err != nil {
		return err
	}
	res, err := i.rotator.Rollback(ctx, old)
	a.Result = &res
	i.tell(ctx, resultNotice(res, err, i.now()), i.Notices.Topic, res.Plan.Notify)
	return err
}

// status tells of a key's jobs.
func (i *invocation) status(ctx context.Context, ref keyid.Ref, a *KeyAnswer) error {
	old, job, err := i.jobOf(ctx, ref)
	if err != nil && !errors.Is(err, ErrNoJob) {
		return err
	}
	a.Job = job
	a.InPlace, err = i.rotator.Journal.InPlace(ctx, old)
	return err
}

// jobOf finds the job of a successor by the old key, or by the successor, which is
// where an alias points. Where there is none it fails with ErrNoJob, and gives the key
// that was named.
func (i *invocation) jobOf(ctx context.Context, ref keyid.Ref) (old keyid.ARN, job *Job, err error) {
	id, byID := ref.ID()
	if byID {
		old = i.Home.key(id)
		if job, err = i.rotator.Journal.Job(ctx, old); job != nil || err != nil {
			return old, job, err
		}
	}
	k, err := i.rotator.Observe(ctx, ref)
	if err != nil {
		return old, nil, err
	}
	if !byID {
		if job, err = i.rotator.Journal.Job(ctx, k.ARN); job != nil || err != nil {
			return k.ARN, job, err
		}
	}
	// Anybody who may tag keys can tag one as a successor: the journal has the last word.
	of, err := keyid.ParseID(k.Tags.Value[TagSuccessorOf])
	if err != nil {
		return k.ARN, nil, ErrNoJob
	}
	old = i.Home.key(of)
	if job, err = i.rotator.Journal.Job(ctx, old); err != nil {
		return old, nil, err
	}
	if job == nil || job.Successor.ID != k.ARN.ID {
		return k.ARN, nil, ErrNoJob
	}
	return old, job, nil
}

// key gives the ARN of a key that is at home.
func (h Home) key(id keyid.ID) keyid.ARN {
	return keyid.ARN{Partition: h.Partition, Region: h.Region, Account: h.Account, ID: id}
}

// measure writes the invocation's metrics.
func (i *invocation) measure(ctx context.Context) {
	for name, n := range map[string]int{MetricRotated: i.rotated, MetricFailed: i.failed, MetricUntold: i.untold} {
		if n > 0 {
			i.metrics = append(i.metrics, metric.Number(name, n))
		}
	}
	if len(i.metrics) == 0 {
		return
	}
	if err := i.Metrics.Write(i.metrics); err != nil {
		i.Log.LogAttrs(ctx, slog.LevelError, "the metrics could not be written", slog.Any("error", err))
	}
}

// answerLimit is below what an answer can have, 6 MB (Lambda Developer Guide,
// "Lambda quotas").
const answerLimit = 5 << 20

// encode writes an answer. Where it would be too large, plans lose what is longest of
// them, the policies of new keys: `plan` for fewer keys at once shows them.
func encode(a Answer) ([]byte, error) {
	b, err := json.Marshal(a)
	if err != nil || len(b) <= answerLimit {
		return b, err
	}
	for _, k := range a.Keys {
		if k.Plan != nil {
			k.Plan.withoutPolicies()
		}
		if k.Result != nil {
			k.Result.Plan.withoutPolicies()
		}
		if k.Job != nil {
			k.Job.Plan.withoutPolicies()
		}
	}
	return json.Marshal(a)
}

func (p *Plan) withoutPolicies() {
	for n := range p.Steps {
		if key := p.Steps[n].New; key != nil {
			key.Policy = "left out: the answer would be too large; ask for fewer keys at once"
		}
	}
}

// errorAnswer says what class of error it is; nil for none.
func errorAnswer(err error) *ErrorAnswer {
	if err == nil {
		return nil
	}
	kind := "Failed"
	switch {
	case errors.As(err, new(ForeignKey)):
		kind = "ForeignKey"
	case errors.Is(err, ErrNoKey):
		kind = "NoKey"
	case errors.Is(err, ErrHeld):
		kind = "Held"
	case errors.Is(err, ErrUnfinished):
		kind = "Unfinished"
	case errors.Is(err, ErrNoJob):
		kind = "NoJob"
	}
	return &ErrorAnswer{kind, err.Error()}
}
