package cloudwatchlogs

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// target is a log group as a request named it; nil where there is none.
type target struct {
	*group
	owner home
	name  string
}

func groupARN(h home, name string) string {
	return "arn:aws:logs:" + string(h.region) + ":" + string(h.account) + ":log-group:" + name
}

func (t target) groupARN() string { return groupARN(t.owner, t.name) }

func (s *Service) find(h home, name string) target { return target{s.groups[h][name], h, name} }

var arnForm = regexp.MustCompile(`^arn:aws:logs:([a-z0-9-]+):([0-9]{12}):log-group:([.\-_/#A-Za-z0-9]+)$`)

// byARN finds the log group that an ARN names; not ok for what is none of a log
// group of this Region. It must not end in ":*" (API reference, LogGroup,
// logGroupArn; GetLogEvents, logGroupIdentifier).
func (s *Service) byARN(c *world.Call, arn string) (target, bool) {
	m := arnForm.FindStringSubmatch(arn)
	if m == nil || m[1] != string(c.Region) {
		return target{}, false
	}
	return s.find(home{keyid.Account(m[2]), c.Region}, m[3]), true
}

// given finds the log group of the operations that take its name, or its name or
// ARN, but not both (recorded: logs test_describe_log_streams_with_log_group_identifier).
// That neither is worded alike is assumed.
func (s *Service) given(c *world.Call, name, identifier *string) (target, error) {
	switch {
	case name != nil && identifier != nil:
		return target{}, &types.ValidationException{Message: new("LogGroup name and LogGroup ARN are mutually exclusive parameters.")}
	case name != nil:
		return s.find(homeOf(c), *name), nil
	case identifier == nil:
		return target{}, &types.ValidationException{Message: new("LogGroup name or LogGroup ARN must be specified.")}
	case !strings.HasPrefix(*identifier, "arn:"):
		return s.find(homeOf(c), *identifier), nil
	}
	t, ok := s.byARN(c, *identifier)
	if !ok {
		return t, invalid("The specified log group identifier is invalid.") // assumption: the wording
	}
	if t.owner.account != c.Account() {
		return t, world.Unimplemented("log groups of other accounts")
	}
	return t, nil
}

// existing authorizes the call on a log group, and only then says that there is
// none.
func (s *Service) existing(c *world.Call, t target) error {
	if err := authorize(c, t, c.Operation, streamARN(t, ""), nil); err != nil {
		return err
	}
	if t.group == nil {
		return noSuchGroup()
	}
	return nil
}

// streamARN is what the policies are asked about: the stream, or with no name the
// log group (reported, in vectordotdev/vector#714).
func streamARN(t target, stream string) string { return t.groupARN() + ":log-stream:" + stream }

// authorize asks the policies whether the caller may do the action on the
// resource, which is of the log group. more has the condition keys of this
// request.
func authorize(c *world.Call, t target, action, resource string, more map[string][]string) error {
	a := world.Access{Action: "logs:" + action, Resource: resource, ResourceAccount: t.owner.account, Context: map[string][]string{}}
	if t.group != nil {
		for k, v := range t.tags {
			a.Context["aws:ResourceTag/"+k] = []string{v}
		}
	}
	maps.Copy(a.Context, more)
	return c.Authorize("AccessDeniedException", a)
}

// requestTags are the condition keys of the tags in a request.
func requestTags(tags map[string]string) map[string][]string {
	ctx := map[string][]string{}
	for k, v := range tags {
		ctx["aws:RequestTag/"+k] = []string{v}
	}
	if len(tags) > 0 {
		ctx["aws:TagKeys"] = slices.Sorted(maps.Keys(tags))
	}
	return ctx
}
