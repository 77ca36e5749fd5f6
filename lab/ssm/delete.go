package ssm

import (
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"rekey/lab/world"
)

// deleteParameter takes effect at once. AWS asks to wait for 30 seconds before
// the name is used again, and does not say what happens before.
func (s *Service) deleteParameter(c *world.Call, in *ssm.DeleteParameterInput) (*ssm.DeleteParameterOutput, error) {
	t, err := s.existing(c, *in.Name, nil)
	if err != nil {
		return nil, err
	}
	s.remove(t)
	return &ssm.DeleteParameterOutput{}, nil
}

func (s *Service) remove(t target) {
	delete(s.make(t.home).parameters, t.key())
	s.tell("Delete", t.parameter)
}

// deleteParameters tells which parameters there were not. A denial of one is a
// denial of all.
func (s *Service) deleteParameters(c *world.Call, in *ssm.DeleteParametersInput) (*ssm.DeleteParametersOutput, error) {
	var targets []target
	for _, given := range in.Names {
		name, err := owned(given)
		if err != nil {
			return nil, err
		}
		t := s.find(c, reference{home: homeOf(c), name: name})
		if err := s.authorize(c, t, nil); err != nil {
			return nil, err
		}
		targets = append(targets, t)
	}
	out := &ssm.DeleteParametersOutput{DeletedParameters: []string{}, InvalidParameters: []string{}}
	for i, t := range targets {
		if t.parameter == nil {
			out.InvalidParameters = append(out.InvalidParameters, in.Names[i])
			continue
		}
		s.remove(t)
		out.DeletedParameters = append(out.DeletedParameters, in.Names[i])
	}
	return out, nil
}
