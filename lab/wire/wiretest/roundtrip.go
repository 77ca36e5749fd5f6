// Package wiretest proves a service's codec against the SDK: what the real
// client sends is decoded to what it was given, and what is encoded reaches
// the client as it was. A service of the lab runs it over its own operations.
package wiretest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"rekey/lab/wire"
)

// Suite is one service to prove.
type Suite struct {
	Service *wire.Service
	// Client makes the SDK's client: func(c aws.Config) any { return kms.NewFromConfig(c) }.
	Client func(aws.Config) any
	// Operations are those to send. Nil stands for all in the model.
	Operations []string
	// Beyond are operations of the model that are not sent: those that the SDK
	// has not, and those that no codec here speaks.
	Beyond []string
	// BeyondErrors are the codes of errors of the model that the SDK has not, or
	// not for an operation: GetSchedule.ServiceQuotaExceededException.
	BeyondErrors []string
	// EmptyIsAbsent says that the client leaves out empty lists and maps.
	EmptyIsAbsent bool
	// Errors has one empty value of every error type of the SDK's types package
	// that is to be sent: &types.NotFoundException{}.
	Errors []smithy.APIError
	// Mute are operations whose errors are not sent, because their answers have no
	// body to tell them in.
	Mute []string
	// Unions has one value of every type of the SDK that holds a member of a
	// union: &types.MetricsFilterMemberTag{}.
	Unions []any
	// Fit makes what was filled into an input and an output something that the
	// client sends and takes: a digest that is one, a name that is allowed.
	Fit func(op string, in, out any)
	// Settle makes a decoded input comparable to what was sent, by what the client
	// is known to add.
	Settle func(op string, sent, decoded any)
	// TLS is for what clients do over HTTPS alone.
	TLS bool
}

const (
	accessKeyID = "AKIAIOSFODNN7EXAMPLE"
	secret      = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	token       = "a/session+token=="
	region      = "eu-west-1"
)

// Run sends every operation through the client, with all members filled and
// with all members present but empty, and every error that an operation
// declares. It logs how many there were.
func (s Suite) Run(t *testing.T) {
	x := newExchange(s)
	server := httptest.NewUnstartedServer(x)
	if s.TLS {
		server.StartTLS()
	} else {
		server.Start()
	}
	defer server.Close()
	client := reflect.ValueOf(s.Client(aws.Config{
		Region:       region,
		BaseEndpoint: aws.String(server.URL),
		HTTPClient:   fromMemory{server.Client()},
		Retryer:      func() aws.Retryer { return aws.NopRetryer{} },
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: accessKeyID, SecretAccessKey: secret, SessionToken: token}, nil
		}),
	}))
	ops := s.Operations
	if ops == nil {
		ops = slices.DeleteFunc(s.Service.Operations(), func(op string) bool { return slices.Contains(s.Beyond, op) })
	}
	members, failures := 0, 0
	for _, op := range ops {
		method := client.MethodByName(op)
		if !method.IsValid() {
			t.Errorf("the SDK's client has no operation %s", op)
			continue
		}
		for _, full := range []bool{true, false} {
			members += x.exchange(t, op, method, x.filler(op, full))
		}
		if !slices.Contains(s.Mute, op) {
			failures += x.errors(t, op, method, s.Errors)
		}
	}
	t.Logf("%s: %d operations in and out, %d members, %d errors", s.Service.Name(), len(ops), members, failures)
}

// fromMemory sends requests from memory of its own: the SDK closes the body of a
// request when the answer's header is there, which ends the connection if the
// transport has not noticed yet that it has sent all of it.
type fromMemory struct{ client *http.Client }

func (c fromMemory) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		data, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(data))
	}
	return c.client.Do(r)
}

// exchange is the server's side of one call at a time.
type exchange struct {
	Suite
	service  *wire.Service
	verifier *wire.Verifier

	input  any   // of the type to decode into; holds what was decoded
	output any   // to be answered
	answer error // to be answered instead
	broke  error // what the server could not do
}

func newExchange(s Suite) *exchange {
	s.Service.Unions(s.Unions...)
	return &exchange{Suite: s, service: s.Service, verifier: &wire.Verifier{Lookup: func(id string) (wire.Credential, bool) {
		return wire.Credential{Secret: secret, SessionToken: token}, id == accessKeyID
	}}}
}

// filler fills for one operation. What headers carry is plain, and times in them
// have whole seconds; a path has no place for what is empty.
func (x *exchange) filler(op string, full bool) filler {
	return filler{full: full, plain: x.service.Protocol().ByPath(), unions: x.Unions, never: x.service.Labels(op)}
}

func (x *exchange) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x.broke = x.serve(w, r)
	if x.broke != nil {
		http.Error(w, x.broke.Error(), http.StatusTeapot)
	}
}

func (x *exchange) serve(w http.ResponseWriter, r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	signature, fault := x.verifier.Verify(x.service.Protocol(), r, body, time.Now())
	if fault != nil {
		return fault
	}
	if signature.Service != x.service.SigningName() || signature.Region != region {
		return wire.WrongScope(x.service.Protocol(), x.service.SigningName())
	}
	body = signature.Body
	op, ok := x.service.Route(r, body)
	if !ok || !x.service.Has(op) {
		return x.service.NoSuchOperation(op)
	}
	if err := x.service.DecodeInput(op, r, body, x.input); err != nil {
		return err
	}
	if x.answer != nil {
		e, ok := wire.FromAPIError(x.answer)
		if !ok {
			return errors.New("not an API error")
		}
		x.service.EncodeError(w, e, "request-1")
		return nil
	}
	return x.service.EncodeOutput(op, w, x.output, "request-1")
}

// exchange makes one call, and compares both ways. It gives how many members
// were filled.
func (x *exchange) exchange(t *testing.T, op string, method reflect.Value, f filler) int {
	t.Helper()
	in := reflect.New(method.Type().In(1).Elem())
	out := reflect.New(method.Type().Out(0).Elem())
	f.fill(in.Elem())
	f.fill(out.Elem())
	if x.Fit != nil {
		x.Fit(op, in.Interface(), out.Interface())
	}
	got, err := x.call(method, in, out, nil)
	if x.broke != nil || err != nil {
		t.Errorf("%s (%v): the server: %v; the client: %v", op, f, x.broke, err)
		return 0
	}
	if x.Settle != nil {
		x.Settle(op, in.Interface(), x.input)
	}
	equal := cmp.Options{options}
	if !f.full && (f.plain || x.EmptyIsAbsent) {
		// Headers, parameters and repeated elements have no way to be there empty.
		equal = append(equal, cmpopts.EquateEmpty())
	}
	if diff := cmp.Diff(in.Interface(), x.input, equal); diff != "" {
		t.Errorf("%s (%v): the decoded input differs (-sent +decoded)\n%s", op, f, diff)
	}
	if diff := cmp.Diff(out.Interface(), got, equal); diff != "" {
		t.Errorf("%s (%v): the answered output differs (-encoded +received)\n%s", op, f, diff)
	}
	return f.count
}

func (x *exchange) call(method, in, out reflect.Value, answer error) (any, error) {
	x.input = reflect.New(in.Type().Elem()).Interface()
	x.output, x.answer, x.broke = out.Interface(), answer, nil
	results := method.Call([]reflect.Value{reflect.ValueOf(context.Background()), in})
	if err, _ := results[1].Interface().(error); err != nil {
		return nil, err
	}
	return results[0].Interface(), keepBodies(results[0].Elem())
}

// keepModelled takes from an error what the SDK's type has and the model has not:
// some errors of the model have no message, and all of the SDK do.
func (x *exchange) keepModelled(code string, v reflect.Value) {
	known := x.service.ErrorMembers(code)
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.IsExported() && !slices.Contains(known, f.Name) {
			v.Field(i).SetZero()
		}
	}
}

// options leave out what the SDK puts beside the members. Nil and empty are
// told apart. Bodies are compared by what is in them.
var options = cmp.Options{
	cmp.FilterPath(func(p cmp.Path) bool {
		field, ok := p.Last().(cmp.StructField)
		return ok && (!ast.IsExported(field.Name()) || field.Name() == "ResultMetadata")
	}, cmp.Ignore()),
	cmp.FilterPath(func(p cmp.Path) bool {
		t := p.Last().Type()
		return t == reflect.TypeFor[io.Reader]() || t == reflect.TypeFor[io.ReadCloser]()
	}, cmp.Transformer("content", content)),
}

// content is what a body has in it, wherever reading stands.
func content(body io.Reader) string {
	if p, ok := body.(*wire.Payload); ok {
		return string(p.Bytes())
	}
	return fmt.Sprintf("not read: %T", body)
}

// keepBodies reads the bodies of an answer, while there is a connection.
func keepBodies(out reflect.Value) error {
	for i := range out.NumField() {
		if out.Type().Field(i).Type != reflect.TypeFor[io.ReadCloser]() || out.Field(i).IsNil() {
			continue
		}
		body := out.Field(i).Interface().(io.ReadCloser)
		data, err := io.ReadAll(body)
		if err != nil {
			return err
		}
		out.Field(i).Set(reflect.ValueOf(wire.NewPayload(data)))
	}
	return nil
}

// errors answers with each error the operation declares, and checks that the
// client gives it back as the type it was.
func (x *exchange) errors(t *testing.T, op string, method reflect.Value, known []smithy.APIError) (count int) {
	t.Helper()
	for _, code := range x.service.OperationErrors(op) {
		if slices.Contains(x.BeyondErrors, code) || slices.Contains(x.BeyondErrors, op+"."+code) {
			continue
		}
		i := slices.IndexFunc(known, func(e smithy.APIError) bool { return e.ErrorCode() == code })
		if i < 0 {
			t.Errorf("%s: no value of error %s was given", op, code)
			continue
		}
		want := reflect.New(reflect.TypeOf(known[i]).Elem())
		f := x.filler(op, true)
		f.fill(want.Elem())
		x.keepModelled(code, want.Elem())

		in, out := reflect.New(method.Type().In(1).Elem()), reflect.New(method.Type().Out(0).Elem())
		f.fill(in.Elem())
		if x.Fit != nil {
			x.Fit(op, in.Interface(), out.Interface())
		}
		_, err := x.call(method, in, out, want.Interface().(error))
		got := reflect.New(want.Type())
		if !errors.As(err, got.Interface()) {
			t.Errorf("%s: %s arrived as %v", op, code, err)
			continue
		}
		ignore := cmpopts.IgnoreFields(want.Elem().Interface(), "ErrorCodeOverride")
		if diff := cmp.Diff(want.Interface(), got.Elem().Interface(), options, ignore); diff != "" {
			t.Errorf("%s: %s differs (-sent +received)\n%s", op, code, diff)
		}
		count++
	}
	return count
}
