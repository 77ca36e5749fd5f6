package delivery

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"rekey/lab/wire"
	"rekey/lab/world"
)

// Every task ends, within its age and after no more attempts than it has.
func TestEnds(t *testing.T) {
	for _, c := range []struct {
		age, attempts *int32
		tried         int
		exhausted     string
		within        time.Duration
	}{
		{nil, nil, 186, "MaximumRetryAttempts", 24 * time.Hour},
		{nil, new(int32(0)), 1, "MaximumRetryAttempts", 0},
		{nil, new(int32(3)), 4, "MaximumRetryAttempts", 7 * time.Second},
		{new(int32(60)), nil, 6, "MaximumEventAgeInSeconds", time.Minute},
		{new(int32(86400)), new(int32(185)), 186, "MaximumRetryAttempts", 24 * time.Hour},
	} {
		w := world.New(world.Options{})
		tried, buried, exhausted := 0, time.Time{}, ""
		task := &Task{World: w, Received: w.Clock.Now()}
		task.Limit(c.age, c.attempts)
		task.Do = func(retries int) error {
			if retries != tried {
				t.Errorf("attempt %d is told of %d before", tried, retries)
			}
			tried++
			return &wire.Error{Code: "ServiceException", Status: 500}
		}
		task.Bury = func(_ *Failure, e string, _ int) { buried, exhausted = w.Clock.Now(), e }
		w.Locked(task.Try)
		w.Advance(48 * time.Hour)
		if tried != c.tried || exhausted != c.exhausted || buried.Sub(world.Epoch) > c.within {
			t.Errorf("%+v: tried %d times, ended after %v for %s", c, tried, buried.Sub(world.Epoch), exhausted)
		}
	}
}

func TestClassify(t *testing.T) {
	for _, c := range []struct {
		err     error
		kind    string
		passing bool
	}{
		{&wire.Error{Code: "AccessDenied", Status: 403}, "NO_PERMISSIONS", false},
		{&wire.Error{Code: "KMS.AccessDeniedException", Status: 400}, "NO_PERMISSIONS", false},
		{&types.ResourceNotFoundException{}, "NO_RESOURCE", false},
		{&wire.Error{Code: "AWS.SimpleQueueService.NonExistentQueue", Status: 400}, "NO_RESOURCE", false},
		{&wire.Error{Code: "InvalidParameterValue", Status: 400}, "INVALID_PARAMETER", false},
		{&types.TooManyRequestsException{}, "THROTTLING", true},
		{world.Throttling(), "THROTTLING", true},
		{&types.ServiceException{}, "ERROR_FROM_TARGET", true},
		{world.InternalFailure(), "ERROR_FROM_TARGET", true},
		{world.Unimplemented("x"), "ERROR_FROM_TARGET", false},
		{errors.New("broken"), "ERROR_FROM_TARGET", true},
		{&Failure{Kind: "INVALID_JSON"}, "INVALID_JSON", false},
	} {
		if f := FailureOf(c.err); f.Kind != c.kind || f.Passing != c.passing || f.Code == "" {
			t.Errorf("%v is %+v", c.err, f)
		}
	}
}
