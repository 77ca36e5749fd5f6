package lambda

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// Sessions gives the credentials that Lambda assumes a role for; sts.Service
// does. It fails where the role's trust policy does not let Lambda in.
type Sessions interface {
	AssumeFor(source world.Source, service, roleARN, name string) (world.AccessKey, error)
}

// assume gives a session of a function's role: it has the function's name, and
// its trust policy may ask for the function's ARN and account: that is
// assumed, as AWS says it of other services.
func assume(s Sessions, function, role string) (world.AccessKey, error) {
	parts := strings.SplitN(function, ":", 7)
	return s.AssumeFor(world.Source{ARN: function, Account: keyid.Account(parts[4])}, "lambda.amazonaws.com", role, parts[6])
}

// Function is what is deployed.
type Function struct {
	Name      string
	Region    keyid.Region
	Account   keyid.Account
	Bootstrap string // path of the binary
	// Run is called in place of a Bootstrap, with the session of the role.
	Run      func(ctx context.Context, session world.AccessKey, event []byte) ([]byte, error)
	Role     string // ARN
	Env      map[string]string
	Timeout  time.Duration // 3 seconds where zero, as Lambda's default
	MemoryMB int           // 128 where zero
	Log      io.Writer     // what the function prints; nil: nowhere

	handler string // "" is bootstrap
	runtime types.Runtime
	logging logging
}

// ErrTooLarge is for an event over Lambda's limit.
var ErrTooLarge = errors.New("the payload is over 6 MB")

// ErrInvalidEvent is for an event that is not JSON (Lambda API Reference,
// Invoke, InvalidRequestContentException).
var ErrInvalidEvent = errors.New("InvalidRequestContentException: Could not parse request body into json")

// maxPayload is the limit of a synchronous invocation's event and of its answer
// (Lambda Developer Guide, "Lambda quotas").
const maxPayload = 6 << 20

// Result is what an invocation came to.
type Result struct {
	Payload []byte
	// FunctionError is "Unhandled" where the function failed; Payload is then
	// {"errorMessage": …, "errorType": …}.
	FunctionError string
	// Log is the end of the log of this event, 4 KiB at most.
	Log []byte

	fault, message string // of an error that Lambda tells of, and not the function
}

// Instance is one execution environment. It starts the bootstrap on its first
// invocation, and anew after one that ended it.
type Instance struct {
	function Function
	endpoint string
	sessions Sessions
	world    *world.World
	logs     Logs // nil: none

	life    context.Context // ends with Stop
	stop    context.CancelFunc
	one     sync.Mutex // one event at a time
	process *process
}

// NewInstance prepares an execution environment. The endpoint is the lab's URL.
func NewInstance(w *world.World, s Sessions, endpoint string, f Function) *Instance {
	if f.Timeout == 0 {
		f.Timeout = 3 * time.Second
	}
	if f.MemoryMB == 0 {
		f.MemoryMB = 128
	}
	if f.Log == nil {
		f.Log = io.Discard
	}
	i := &Instance{function: f, endpoint: endpoint, sessions: s, world: w}
	i.life, i.stop = context.WithCancel(context.Background())
	return i
}

// Invoke sends one event and waits for the answer. The error says that the
// function could not be run at all; what the function itself made of the event
// is in the result.
func (i *Instance) Invoke(ctx context.Context, event []byte) (Result, error) {
	var id string
	i.world.Locked(func() { id = i.world.UUID("invocation") })
	return i.invoke(ctx, id, event)
}

func (i *Instance) invoke(ctx context.Context, id string, event []byte) (Result, error) {
	if len(event) > maxPayload {
		return Result{}, ErrTooLarge
	}
	if !json.Valid(event) {
		return Result{}, ErrInvalidEvent
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(i.life, cancel)()
	i.one.Lock()
	defer i.one.Unlock()
	for fresh := false; ; {
		if i.life.Err() != nil {
			return Result{}, errClosed
		}
		if i.process != nil && i.ending(i.process) {
			i.retire()
		}
		if i.process == nil {
			fresh = true
			p, err := i.start()
			if err != nil {
				return Result{}, fmt.Errorf("start %s: %w", i.function.Name, err)
			}
			i.process = p
		}
		p, c, begun := i.process, newCall(id, event, i.function.Timeout), i.world.Now()
		result, end := p.invoke(ctx, c, i.function.Timeout)
		// An environment that had ended between two events never saw this one.
		if end == unused && !fresh {
			i.retire()
			continue
		}
		i.tell(c, &result, end, fresh, begun)
		return result, nil
	}
}

// tell writes the log of an event, and gives the result its end. An environment
// that must not be used again ends.
func (i *Instance) tell(c *call, result *Result, end end, fresh bool, begun time.Time) {
	p, now := i.process, i.world.Now()
	v := invocation{id: c.id, fresh: fresh, fault: result.fault, message: result.message}
	if ready := p.ready.Load(); fresh && ready != nil {
		begun = *ready
		v.init = begun.Sub(p.began)
	}
	if v.took = now.Sub(begun); result.fault == timedOut {
		v.took = i.function.Timeout
	}
	if end == alive {
		v.before, v.during = p.output.drain(i.function.Log, c.printed.Load())
	} else {
		v.before, v.during = i.end(c.printed.Load())
	}
	beginning, lines := i.function.log(now, v)
	i.write(p, append(beginning, lines...))
	result.Log = tail(lines)
}

// write puts lines into the environment's log stream. What the role may not
// write is lost, as at AWS, and the trail has the refusal.
func (i *Instance) write(p *process, lines []string) {
	if i.logs == nil || len(lines) == 0 {
		return
	}
	f := &i.function
	_ = i.logs.Print(p.caller, f.Region, f.logging.groupOf(f.Name), p.stream, i.world.Now(), lines)
}

// ending says whether an environment's credentials are over, or will be before
// an event could be served with them; Lambda replaces environments in time.
func (i *Instance) ending(p *process) bool {
	return !p.expires.IsZero() && p.expires.Sub(i.world.Now()) <= max(i.function.Timeout, time.Minute)
}

// end ends the environment, and gives what it printed, before and after its
// output had a size.
func (i *Instance) end(at int64) (before, after []byte) {
	i.process.stop()
	before, after = i.process.output.drain(i.function.Log, at)
	_ = i.process.output.file.Close() // it was read to its end
	i.process = nil
	return before, after
}

// retire ends an environment between two events.
func (i *Instance) retire() {
	p := i.process
	_, printed := i.end(0)
	i.write(p, i.function.logging.printed(printed))
}

func (i *Instance) of() Function { return i.function }

// Stop ends the environment, with the event that it handles, for good.
func (i *Instance) Stop() {
	i.stop()
	i.one.Lock()
	defer i.one.Unlock()
	if i.process != nil {
		i.retire()
	}
}

// start assumes the role and runs the bootstrap under a Runtime API of its own.
func (i *Instance) start() (*process, error) {
	var key world.AccessKey
	var err error
	var began time.Time
	var stream string
	i.world.Locked(func() {
		began = i.world.Clock.Now()
		stream = i.function.logging.stream(i.function.Name, began, i.world.UUID("environment"))
		key, err = assume(i.sessions, i.function.arn(), i.function.Role)
	})
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := newProcess(i.function.arn())
	p.expires, p.caller, p.stream, p.now, p.began = key.Expires, key.Caller, stream, i.world.Now, began
	p.server = &http.Server{Handler: p.api(), ReadHeaderTimeout: 10 * time.Second}
	p.cmd = exec.Command(i.function.Bootstrap)
	p.cmd.Env = i.environment(key, l.Addr().String(), stream)
	if p.output, err = newOutput(); err == nil {
		p.cmd.Stdout, p.cmd.Stderr = p.output.file, p.output.file
		go func() { _ = p.server.Serve(l) }() // ends with ErrServerClosed in stop
		if err = p.start(); err != nil {
			_ = p.output.file.Close() // nothing was written
		}
	}
	if err != nil {
		_, _ = p.server.Close(), l.Close()
		return nil, err
	}
	return p, nil
}

func (f *Function) arn() string {
	return fmt.Sprintf("arn:aws:lambda:%s:%s:function:%s", f.Region, f.Account, f.Name)
}

// environment is all that the function sees: Lambda's own variables win over
// the function's (Lambda Developer Guide, "Defined runtime environment
// variables"). The runtimes of the lab have no AWS_EXECUTION_ENV (recorded).
func (i *Instance) environment(key world.AccessKey, api, stream string) []string {
	f := i.function
	env := maps.Clone(f.Env)
	if env == nil {
		env = map[string]string{}
	}
	maps.Copy(env, map[string]string{
		"AWS_LAMBDA_RUNTIME_API": api, "_HANDLER": cmp.Or(f.handler, "bootstrap"), "LAMBDA_TASK_ROOT": "/var/task", "TZ": ":UTC", "PATH": "/usr/local/bin:/usr/bin:/bin",
		"AWS_REGION": string(f.Region), "AWS_DEFAULT_REGION": string(f.Region), "AWS_ENDPOINT_URL": i.endpoint,
		"AWS_ACCESS_KEY_ID": key.ID, "AWS_SECRET_ACCESS_KEY": key.Secret, "AWS_SESSION_TOKEN": key.SessionToken,
		"AWS_LAMBDA_FUNCTION_NAME": f.Name, "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(f.MemoryMB),
		"AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
	})
	maps.Copy(env, f.logging.variables(f.Name, stream))
	list := make([]string, 0, len(env))
	for _, name := range slices.Sorted(maps.Keys(env)) {
		list = append(list, name+"="+env[name])
	}
	return list
}
