package conformance

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"rekey/lab"
	"rekey/shared/keypolicy"
)

// bench is what one claim works with.
type bench struct {
	*testing.T
	Own, Other *caller // administrators; Other is nil where there is no second account
	region     string
	away       string // another Region
	lab        *lab.Lab
	name       func(kind string) string // a name that nothing has yet
	patience   time.Duration            // how long a call is repeated until its answer is as expected
}

// advance moves the lab's clock.
func (x *bench) advance(d time.Duration) { x.lab.World.Advance(d) }

// until repeats do until it is content, as long as the target allows.
func (x *bench) until(do func() bool) {
	for end := time.Now().Add(x.patience); !do() && time.Now().Before(end); {
		time.Sleep(time.Second)
	}
}

// cleanup takes back, on AWS, what a claim made. The lab is thrown away.
func cleanup[I, O, F any](x *bench, call func(context.Context, *I, ...func(*F)) (*O, error), in *I) {
	if x.lab != nil {
		return
	}
	x.Cleanup(func() {
		if _, err := call(context.Background(), in); err != nil {
			x.Logf("was not cleaned up: %T %v", in, err)
		}
	})
}

// succeed makes a call that must succeed.
func succeed[I, O, F any](x *bench, call func(context.Context, *I, ...func(*F)) (*O, error), in *I) *O {
	x.Helper()
	var out *O
	var err error
	x.until(func() bool {
		out, err = call(x.Context(), in)
		return err == nil
	})
	if err != nil {
		x.Fatalf("%T: %v", in, err)
	}
	return out
}

// refused makes a call that must fail with a code.
func refused[I, O, F any](x *bench, call func(context.Context, *I, ...func(*F)) (*O, error), in *I, code string) failure {
	x.Helper()
	var api smithy.APIError
	var err error
	x.until(func() bool {
		_, err = call(x.Context(), in)
		return errors.As(err, &api) && api.ErrorCode() == code
	})
	if !errors.As(err, &api) || api.ErrorCode() != code {
		x.Fatalf("%T: got %v, want %s", in, err, code)
	}
	return failure{x, api.ErrorMessage()}
}

// failure is a call that failed as it should.
type failure struct {
	x       *bench
	message string
}

// saying holds the failure to its message.
func (f failure) saying(want string) {
	f.x.Helper()
	if f.message != want {
		f.x.Errorf("the message is\n\t%q, want\n\t%q", f.message, want)
	}
}

// mentioning holds it to a part of its message.
func (f failure) mentioning(part string) {
	f.x.Helper()
	if !strings.Contains(f.message, part) {
		f.x.Errorf("the message is\n\t%q, want it to have\n\t%q", f.message, part)
	}
}

// equal compares what an answer has with what it should have.
func equal[T comparable](x *bench, what string, got, want T) {
	x.Helper()
	if got != want {
		x.Errorf("%s is %v, want %v", what, got, want)
	}
}

// decided looks, on the lab, at the newest question about an action: the effect,
// and the statement that decided, "" for none.
func (x *bench) decided(action string, effect keypolicy.Effect, statement string) {
	x.Helper()
	if x.lab == nil {
		return
	}
	var last *keypolicy.Decision
	for _, e := range x.lab.World.Trail.Entries() {
		for _, d := range e.Decisions {
			if d.Action == action {
				last = &d.Decision
			}
		}
	}
	if last == nil || last.Effect != effect || last.Statement != statement {
		x.Errorf("%s was decided %+v, want %v by statement %q", action, last, effect, statement)
	}
}

// text gives what a pointer of an answer points to.
func text(p *string) string { return aws.ToString(p) }
