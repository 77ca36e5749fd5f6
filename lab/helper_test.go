package lab_test

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/smithy-go"

	"rekey/lab"
)

const (
	account = "111111111111"
	region  = "us-east-1"
)

func client(l *lab.Lab) *kms.Client {
	return kms.NewFromConfig(l.Config(region, lab.Root(account)))
}

// ok makes a call that must succeed.
func ok[I, O, F any](t *testing.T, call func(context.Context, *I, ...func(*F)) (*O, error), in *I) *O {
	t.Helper()
	out, err := call(t.Context(), in)
	if err != nil {
		t.Fatalf("%T: %v", in, err)
	}
	return out
}

// code makes a call and gives the code of its error, "" for none.
func code[I, O, F any](t *testing.T, call func(context.Context, *I, ...func(*F)) (*O, error), in *I) string {
	t.Helper()
	_, err := call(t.Context(), in)
	var api smithy.APIError
	if err != nil && !errors.As(err, &api) {
		t.Fatalf("%T: %v is no error of the service", in, err)
	}
	if api == nil {
		return ""
	}
	return api.ErrorCode()
}

func want[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}
