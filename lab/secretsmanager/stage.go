package secretsmanager

import (
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"rekey/lab/world"
)

// The staging labels that mean something to Secrets Manager itself.
const (
	current  = "AWSCURRENT"
	pending  = "AWSPENDING"
	previous = "AWSPREVIOUS"
)

// labelLimit is how many labels all versions of a secret may have together
// (User Guide, "Secrets Manager quotas").
const labelLimit = 20

// promote moves AWSCURRENT, and AWSPREVIOUS to the version that it leaves,
// which is returned ("" if none).
func promote(labels map[string]string, to string) string {
	from := labels[current]
	if from == to {
		return ""
	}
	if from != "" {
		labels[previous] = from
	}
	labels[current] = to
	return from
}

// labelled gives the labels as they are once a new version has the stages that
// PutSecretValue was given: AWSCURRENT if none, and always for a secret's first
// version (API reference). A label has one place: where it was, it goes. The
// version that AWSCURRENT leaves also loses AWSPENDING (recorded).
func (x *secret) labelled(id string, stages []string) (map[string]string, error) {
	labels := maps.Clone(x.labels)
	if len(stages) == 0 || len(x.versions) == 0 || slices.Contains(stages, current) {
		if from := promote(labels, id); from != "" && labels[pending] == from {
			delete(labels, pending)
		}
	}
	for _, stage := range stages {
		labels[stage] = id
	}
	if err := apart(labels); err != nil {
		return nil, err
	}
	if len(labels) > labelLimit {
		return nil, limitExceeded("The request failed because it would exceed the quota of staging labels of a secret.")
	}
	return labels, nil
}

// apart refuses AWSPREVIOUS at the current version: what AWS answers to who asks
// for that is not known, and by itself it keeps the two apart.
func apart(labels map[string]string) error {
	if at := labels[current]; at != "" && labels[previous] == at {
		return world.Unimplemented("AWSPREVIOUS at the version that is AWSCURRENT")
	}
	return nil
}

// updateSecretVersionStage moves one label, attaches it or removes it.
func (s *Service) updateSecretVersionStage(c *world.Call, in *secretsmanager.UpdateSecretVersionStageInput) (*secretsmanager.UpdateSecretVersionStageOutput, error) {
	ctx := map[string][]string{}
	given(ctx, "VersionStage", in.VersionStage)
	t, err := s.writable(c, *in.SecretId, ctx)
	if err != nil {
		return nil, err
	}
	if err := t.checkMove(*in.VersionStage, in.RemoveFromVersionId, in.MoveToVersionId); err != nil {
		return nil, err
	}
	labels := maps.Clone(t.labels)
	switch to := in.MoveToVersionId; {
	case to == nil:
		delete(labels, *in.VersionStage)
	case *in.VersionStage == current:
		promote(labels, *to)
	default:
		labels[*in.VersionStage] = *to
	}
	if err := apart(labels); err != nil {
		return nil, err
	}
	if len(labels) > labelLimit {
		return nil, limitExceeded("The request failed because it would exceed the quota of staging labels of a secret.")
	}
	t.labels = labels
	s.touch(c, t.secret)
	return &secretsmanager.UpdateSecretVersionStageOutput{ARN: &t.secret.arn, Name: &t.name}, nil
}

// checkMove holds a move to the rules of the API reference,
// UpdateSecretVersionStage. The wordings are assumed.
func (x *secret) checkMove(stage string, from, to *string) error {
	at := x.labels[stage]
	for _, id := range []*string{from, to} {
		empty := id == from && id != nil && *id == at // of a rotation that made no value
		if id != nil && x.version(*id) == nil && !empty {
			return notFound(" value for VersionId: " + *id)
		}
	}
	switch {
	case from == nil && to == nil:
		return invalidParameter("You must provide RemoveFromVersionId, MoveToVersionId or both.")
	case from != nil && *from != at:
		return invalidParameter("Staging label " + stage + " is not attached to version " + *from + ", which RemoveFromVersionId names.")
	case to == nil && stage == current:
		return invalidParameter("You can only move staging label AWSCURRENT to a different secret version. It can’t be completely removed.")
	case to != nil && from == nil && at != "" && at != *to:
		return invalidParameter("The parameter RemoveFromVersionId can't be empty. Staging label " + stage + " is currently attached to version " +
			at + ", so you must explicitly reference that version in RemoveFromVersionId.")
	}
	return nil
}
