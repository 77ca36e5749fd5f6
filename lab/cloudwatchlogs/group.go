package cloudwatchlogs

import (
	"maps"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"rekey/lab/wire"
	"rekey/lab/world"
)

// groupLimit is how many log groups a Region of an account may have (API
// reference, CreateLogGroup).
const groupLimit = 1000000

// group is one log group.
type group struct {
	owner     home
	name      string
	created   int64
	retention int32  // in days; 0: for ever
	key       string // the ARN of the KMS key that new events are under; "" for none
	tags      map[string]string
	streams   map[string]*stream
	due       *world.Due // when the next events are removed
}

func (g *group) arn() string { return groupARN(g.owner, g.name) }

func (s *Service) createLogGroup(c *world.Call, in *sdk.CreateLogGroupInput) (*sdk.CreateLogGroupOutput, error) {
	if in.LogGroupClass != "" && in.LogGroupClass != types.LogGroupClassStandard {
		return nil, world.Unimplemented("log groups of the class " + string(in.LogGroupClass))
	}
	if in.DeletionProtectionEnabled != nil && *in.DeletionProtectionEnabled {
		return nil, world.Unimplemented("deletion protection of log groups")
	}
	t := s.find(homeOf(c), *in.LogGroupName)
	if strings.HasPrefix(t.name, "aws/") { // API reference, CreateLogGroup; assumption: the wording
		return nil, invalid("Log group names starting with 'aws/' are reserved")
	}
	if err := authorize(c, t, "CreateLogGroup", streamARN(t, ""), requestTags(in.Tags)); err != nil {
		return nil, err
	}
	if err := mayTag(c, t, in.Tags); err != nil {
		return nil, err
	}
	if t.group != nil { // recorded wording
		return nil, &types.ResourceAlreadyExistsException{Message: new("The specified log group already exists")}
	}
	if len(s.groups[t.owner]) >= groupLimit {
		return nil, &types.LimitExceededException{Message: new("Resource limit exceeded.")} // assumption: the wording
	}
	tags, err := withTags(nil, t, in.Tags)
	if err != nil {
		return nil, err
	}
	g := &group{owner: t.owner, name: t.name, created: millis(c.Time), tags: tags, streams: map[string]*stream{}}
	if in.KmsKeyId != nil {
		if g.key, err = s.usable(g, *in.KmsKeyId); err != nil {
			return nil, err
		}
	}
	if s.groups[t.owner] == nil {
		s.groups[t.owner] = map[string]*group{}
	}
	s.groups[t.owner][t.name] = g
	return &sdk.CreateLogGroupOutput{}, nil
}

// mayTag asks for what it takes to make a log group with tags: logs:TagResource
// or logs:TagLogGroup (API reference, CreateLogGroup, tags; reported wording, in
// awslabs/aws-well-architected-labs#747).
func mayTag(c *world.Call, t target, tags map[string]string) error {
	if len(tags) == 0 {
		return nil
	}
	err := authorize(c, t, "TagResource", t.groupARN(), requestTags(tags))
	if err == nil || world.Answer(err).Code != "AccessDeniedException" {
		return err
	}
	err = authorize(c, t, "TagLogGroup", streamARN(t, ""), requestTags(tags))
	if err == nil || world.Answer(err).Code != "AccessDeniedException" {
		return err
	}
	return &wire.Error{Code: "AccessDeniedException", Status: 400, Message: "User with accountId: " + string(c.Account()) + " is not authorized to perform CreateLogGroup with Tags"}
}

func (s *Service) deleteLogGroup(c *world.Call, in *sdk.DeleteLogGroupInput) (*sdk.DeleteLogGroupOutput, error) {
	t := s.find(homeOf(c), *in.LogGroupName)
	if err := s.existing(c, t); err != nil {
		return nil, err
	}
	s.world.Clock.Cancel(t.due)
	delete(s.groups[t.owner], t.name)
	return &sdk.DeleteLogGroupOutput{}, nil
}

// describeLogGroups lists in the order of names. The policies are asked about no
// log group in particular (reported, in hashicorp/terraform-provider-aws#8804).
func (s *Service) describeLogGroups(c *world.Call, in *sdk.DescribeLogGroupsInput) (*sdk.DescribeLogGroupsOutput, error) {
	if len(in.AccountIdentifiers) > 0 || in.IncludeLinkedAccounts != nil && *in.IncludeLinkedAccounts {
		return nil, world.Unimplemented("log groups of linked accounts")
	}
	if in.LogGroupNamePrefix != nil && in.LogGroupNamePattern != nil { // recorded wording
		return nil, invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
	}
	if len(in.LogGroupIdentifiers) > 0 {
		return nil, world.Unimplemented("DescribeLogGroups with logGroupIdentifiers")
	}
	h := homeOf(c)
	if err := authorize(c, target{owner: h}, "DescribeLogGroups", groupARN(h, "")+":log-stream:", nil); err != nil {
		return nil, err
	}
	var all []*group
	for _, g := range world.Sorted(s.groups[h]) {
		if asked(in, g) {
			all = append(all, g)
		}
	}
	some, next, err := page(c, all, func(g *group) string { return g.name }, in.NextToken, in.Limit)
	out := &sdk.DescribeLogGroupsOutput{NextToken: next, LogGroups: []types.LogGroup{}}
	for _, g := range some {
		told := g.describe(c)
		if in.LogGroupNamePattern != nil { // recorded
			told.StoredBytes, told.DeletionProtectionEnabled, told.RetentionInDays, told.KmsKeyId = nil, nil, nil, nil
		}
		out.LogGroups = append(out.LogGroups, told)
	}
	return out, err
}

// asked says whether a listing asked for a log group.
func asked(in *sdk.DescribeLogGroupsInput, g *group) bool {
	switch {
	case in.LogGroupNamePrefix != nil && !strings.HasPrefix(g.name, *in.LogGroupNamePrefix):
		return false
	case in.LogGroupNamePattern != nil && !strings.Contains(g.name, *in.LogGroupNamePattern):
		return false
	}
	return in.LogGroupClass == "" || in.LogGroupClass == types.LogGroupClassStandard
}

// describe has the members that were recorded, and of a log group's bytes those
// that PutLogEvents counts (assumption: AWS counts them compressed, and later).
func (g *group) describe(c *world.Call) types.LogGroup {
	told := types.LogGroup{
		Arn: new(g.arn() + ":*"), LogGroupArn: new(g.arn()), LogGroupName: &g.name, CreationTime: &g.created,
		LogGroupClass: types.LogGroupClassStandard, MetricFilterCount: new(int32(0)), DeletionProtectionEnabled: new(false),
		StoredBytes: new(g.bytes(millis(c.Time))),
	}
	if g.key != "" {
		told.KmsKeyId = &g.key
	}
	if g.retention != 0 {
		told.RetentionInDays = &g.retention
	}
	return told
}

// bytes are those of the events whose retention has not ended (API reference,
// PutRetentionPolicy).
func (g *group) bytes(now int64) (n int64) {
	for st := range maps.Values(g.streams) {
		for _, e := range st.events {
			if !g.expired(e.at, now) {
				n += int64(e.size) + eventOverhead
			}
		}
	}
	return n
}
