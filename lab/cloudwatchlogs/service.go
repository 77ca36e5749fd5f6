package cloudwatchlogs

import (
	"errors"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keyid"
)

// Service is CloudWatch Logs in every Region of every account.
type Service struct {
	world  *world.World
	keys   Keys
	groups map[home]map[string]*group // by name
	count  int64                      // of the events that there ever were
}

// home is one Region of one account.
type home struct {
	account keyid.Account
	region  keyid.Region
}

// New adds CloudWatch Logs to a world.
func New(w *world.World, keys Keys) *Service {
	s := &Service{world: w, keys: keys, groups: map[home]map[string]*group{}}
	w.Invariant(s.Name(), s.broken)
	return s
}

// Name is the service's name in its model.
func (s *Service) Name() string { return "logs" }

// Operations is all that the lab's CloudWatch Logs can do.
func (s *Service) Operations() []world.Operation {
	return []world.Operation{
		world.Op("AssociateKmsKey", s.associateKmsKey),
		world.Op("CreateLogGroup", s.createLogGroup),
		world.Op("CreateLogStream", s.createLogStream),
		world.Op("DeleteLogGroup", s.deleteLogGroup),
		world.Op("DeleteLogStream", s.deleteLogStream),
		world.Op("DeleteRetentionPolicy", s.deleteRetentionPolicy),
		world.Op("DescribeLogGroups", s.describeLogGroups),
		world.Op("DescribeLogStreams", s.describeLogStreams),
		world.Op("DisassociateKmsKey", s.disassociateKmsKey),
		world.Op("FilterLogEvents", s.filterLogEvents),
		world.Op("GetLogEvents", s.getLogEvents),
		world.Op("ListTagsForResource", s.listTagsForResource),
		world.Op("PutLogEvents", s.putLogEvents),
		world.Op("PutRetentionPolicy", s.putRetentionPolicy),
		world.Op("TagResource", s.tagResource),
		world.Op("UntagResource", s.untagResource),
	}
}

func homeOf(c *world.Call) home { return home{c.Account(), c.Region} }

// millis is a time as CloudWatch Logs tells it.
func millis(t time.Time) int64 { return t.UnixMilli() }

func invalid(message string) error {
	return &types.InvalidParameterException{Message: &message}
}

func noSuchGroup() error { // recorded wording
	return &types.ResourceNotFoundException{Message: new("The specified log group does not exist.")}
}

func noSuchStream() error { // recorded wording
	return &types.ResourceNotFoundException{Message: new("The specified log stream does not exist.")}
}

func badToken() error { return invalid("The specified nextToken is invalid.") } // recorded wording

// tooLong is what the model says of a name that is too long.
var tooLong = regexp.MustCompile(`at 'log(Group|Stream)Name' failed to satisfy constraint: Member must have length less than or equal to 512`)

// Violation words what the model's constraints found in an input: the code is
// InvalidParameterException (recorded: logs test_get_log_events_limit_validation),
// and names that are too long have words of their own (recorded: logs
// test_create_log_group_invalid_name_length).
func (s *Service) Violation(_ any, err error) error {
	var found *wire.Error
	if !errors.As(err, &found) {
		return err
	}
	if tooLong.MatchString(found.Message) {
		return invalid("Invalid LogGroup or LogStream, both must have length less than or equal to 512.")
	}
	return invalid(found.Message)
}

// page is world.Page with the error of CloudWatch Logs; 50 is its size (API
// reference, DescribeLogGroups).
func page[T any](c *world.Call, all []T, name func(T) string, token *string, limit *int32) ([]T, *string, error) {
	some, next, ok := world.Page(c, all, name, token, limit, 50)
	if !ok {
		return nil, nil, badToken()
	}
	return some, next, nil
}
