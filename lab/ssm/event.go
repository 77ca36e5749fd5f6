package ssm

import "rekey/shared/keyid"

// Events takes what Parameter Store tells of changes.
type Events interface {
	// Emit puts a service's event on the default bus of an account.
	Emit(account keyid.Account, region keyid.Region, source, detailType string, resources []string, detail any)
}

// changed is the detail of a Parameter Store Change (User Guide, "Monitoring
// Parameter Store events using Amazon EventBridge", its sample). What is left out
// where there is no description is assumed.
type changed struct {
	Operation   string `json:"operation"`
	Name        string `json:"name"`
	Type        string `json:"type"`
	Description string `json:"description,omitempty"`
}

// tell tells of an operation: Create, Update, Delete or LabelParameterVersion.
func (s *Service) tell(operation string, p *parameter) {
	if s.Events == nil {
		return
	}
	v := p.latest()
	s.Events.Emit(p.owner.account, p.owner.region, "aws.ssm", "Parameter Store Change", []string{p.arn},
		changed{operation, p.name, string(v.kind), v.description})
}
