package ssm

import (
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"rekey/lab/world"
)

// The settings of Parameter Store.
const (
	defaultTier    = "/ssm/parameter-store/default-parameter-tier"
	highThroughput = "/ssm/parameter-store/high-throughput-enabled"
)

// settings are the values that each may have, the default first (API reference,
// UpdateServiceSetting).
var settings = map[string][]string{
	defaultTier:    {"Standard", "Advanced", "Intelligent-Tiering"},
	highThroughput: {"false", "true"},
}

// setting is a setting with the value that somebody gave it.
type setting struct {
	value    string
	user     string // "" for the default
	modified time.Time
}

// setting gives what a setting is, or its default.
func (s *Service) setting(h home, id string) setting {
	if own, ok := s.here(h).settings[id]; ok {
		return own
	}
	return setting{value: settings[id][0]}
}

// settingOf finds a setting by its id or ARN, and authorizes the call on it.
func (s *Service) settingOf(c *world.Call, given string) (id, arn string, err error) {
	prefix := "arn:aws:ssm:" + string(c.Region) + ":" + string(c.Account()) + ":servicesetting"
	id = strings.TrimPrefix(given, prefix)
	if settings[id] == nil {
		return "", "", world.Unimplemented("the service setting " + given)
	}
	arn = prefix + id
	return id, arn, c.Authorize("AccessDeniedException", world.Access{Action: "ssm:" + c.Operation, Resource: arn, ResourceAccount: c.Account()})
}

func (s *Service) getServiceSetting(c *world.Call, in *ssm.GetServiceSettingInput) (*ssm.GetServiceSettingOutput, error) {
	id, arn, err := s.settingOf(c, *in.SettingId)
	if err != nil {
		return nil, err
	}
	return &ssm.GetServiceSettingOutput{ServiceSetting: s.setting(homeOf(c), id).told(id, arn)}, nil
}

// told leaves out who changed it and when where nobody did: AWS tells of itself
// there, in a form that is not recorded.
func (x setting) told(id, arn string) *types.ServiceSetting {
	out := &types.ServiceSetting{SettingId: &id, ARN: &arn, SettingValue: &x.value, Status: new("Default")}
	if x.user != "" {
		out.Status, out.LastModifiedUser, out.LastModifiedDate = new("Customized"), &x.user, &x.modified
	}
	return out
}

func (s *Service) updateServiceSetting(c *world.Call, in *ssm.UpdateServiceSettingInput) (*ssm.UpdateServiceSettingOutput, error) {
	id, _, err := s.settingOf(c, *in.SettingId)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(settings[id], *in.SettingValue) { // wording ours
		return nil, invalid("The value " + *in.SettingValue + " is not valid for the setting " + id + ".")
	}
	s.make(homeOf(c)).settings[id] = setting{*in.SettingValue, c.Caller.ARN(), c.Time}
	return &ssm.UpdateServiceSettingOutput{}, nil
}

func (s *Service) resetServiceSetting(c *world.Call, in *ssm.ResetServiceSettingInput) (*ssm.ResetServiceSettingOutput, error) {
	id, arn, err := s.settingOf(c, *in.SettingId)
	if err != nil {
		return nil, err
	}
	delete(s.make(homeOf(c)).settings, id)
	return &ssm.ResetServiceSettingOutput{ServiceSetting: s.setting(homeOf(c), id).told(id, arn)}, nil
}
