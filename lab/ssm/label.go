package ssm

import (
	"regexp"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"rekey/lab/world"
)

// labelLimit is how many labels a version may have (API reference,
// LabelParameterVersion).
const labelLimit = 10

var (
	labelForm     = regexp.MustCompile(`^[A-Za-z_.-][A-Za-z0-9_.-]*$`)
	labelReserved = regexp.MustCompile(`(?i)^(aws|ssm)`)
)

// labelParameterVersion attaches labels to a version, and takes them from where
// they were. Those that break a rule of the API reference are told, and the
// others attached.
func (s *Service) labelParameterVersion(c *world.Call, in *ssm.LabelParameterVersionInput) (*ssm.LabelParameterVersionOutput, error) {
	t, err := s.existing(c, *in.Name, nil)
	if err != nil {
		return nil, err
	}
	v := t.latest()
	if in.ParameterVersion != nil {
		if v, err = t.exactly(*in.ParameterVersion); err != nil {
			return nil, err
		}
	}
	out := &ssm.LabelParameterVersionOutput{InvalidLabels: []string{}, ParameterVersion: v.number}
	valid := map[string]bool{}
	for _, label := range in.Labels {
		if !labelForm.MatchString(label) || labelReserved.MatchString(label) {
			out.InvalidLabels = append(out.InvalidLabels, label)
			continue
		}
		valid[label] = true
	}
	more := len(v.labels)
	for label := range valid {
		if !v.labels[label] {
			more++
		}
	}
	if more > labelLimit { // wording assumed
		return nil, &types.ParameterVersionLabelLimitExceeded{Message: new("A parameter version can have maximum 10 labels. Move one or more labels to another version and try again.")}
	}
	for label := range valid {
		if old := t.labelled(label); old != nil {
			delete(old.labels, label)
		}
		v.labels[label] = true
	}
	if len(valid) > 0 {
		s.tell("LabelParameterVersion", t.parameter)
	}
	return out, nil
}

// exactly finds a version by its number.
func (t target) exactly(n int64) (*version, error) {
	if v := t.numbered(n); v != nil {
		return v, nil
	}
	return nil, versionNotFound("version", strconv.FormatInt(n, 10), t.reference.name)
}

// unlabelParameterVersion removes labels from a version. Those that it does not
// have are told.
func (s *Service) unlabelParameterVersion(c *world.Call, in *ssm.UnlabelParameterVersionInput) (*ssm.UnlabelParameterVersionOutput, error) {
	t, err := s.existing(c, *in.Name, nil)
	if err != nil {
		return nil, err
	}
	v, err := t.exactly(*in.ParameterVersion)
	if err != nil {
		return nil, err
	}
	out := &ssm.UnlabelParameterVersionOutput{RemovedLabels: []string{}, InvalidLabels: []string{}}
	for _, label := range in.Labels {
		if !v.labels[label] {
			out.InvalidLabels = append(out.InvalidLabels, label)
			continue
		}
		delete(v.labels, label)
		out.RemovedLabels = append(out.RemovedLabels, label)
	}
	return out, nil
}
