package secretsmanager

import (
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"rekey/lab/world"
)

// updateSecret changes what the request has, all of it or nothing.
func (s *Service) updateSecret(c *world.Call, in *secretsmanager.UpdateSecretInput) (*secretsmanager.UpdateSecretOutput, error) {
	v, err := checkUpdate(in)
	if err != nil {
		return nil, err
	}
	t, err := s.live(c, *in.SecretId, updateConditions(c, in))
	if err != nil {
		return nil, err
	}
	if err := t.updatable(c, in, v); err != nil {
		return nil, err
	}
	x := *t.secret // changed here first, so that an error changes nothing
	if in.Description != nil {
		x.description = *in.Description
	}
	rewrapped, err := s.newKey(c, &x, in.KmsKeyId)
	if err != nil {
		return nil, err
	}
	out := &secretsmanager.UpdateSecretOutput{ARN: &t.secret.arn, Name: &t.name}
	if v != nil {
		box, kept, labels, err := s.newVersion(c, &x, *in.ClientRequestToken, nil, v)
		if err != nil {
			return nil, err
		}
		out.VersionId = in.ClientRequestToken
		x.versions, x.labels = append(kept, &version{id: *in.ClientRequestToken, created: c.Time, sealed: box}), labels
	}
	for old, wraps := range rewrapped {
		old.sealed.wraps = wraps
	}
	if t.primary != nil {
		t.primary.replicas[t.owner.region].kmsKeyID = x.kmsKeyID
	}
	t.description, t.kmsKeyID, t.versions, t.labels = x.description, x.kmsKeyID, x.versions, x.labels
	if v != nil {
		s.superseded(t.secret, *in.ClientRequestToken, true)
	}
	if in.Description != nil || in.KmsKeyId != nil || v != nil {
		s.touch(c, t.secret)
	}
	return out, nil
}

// checkUpdate checks what the request says by itself, and gives its value.
func checkUpdate(in *secretsmanager.UpdateSecretInput) (*value, error) {
	if in.Type != nil {
		return nil, world.Unimplemented("managed external secrets")
	}
	v, err := valueOf(in.SecretString, in.SecretBinary)
	if v != nil && in.ClientRequestToken == nil {
		return nil, noToken()
	}
	return v, err
}

func updateConditions(c *world.Call, in *secretsmanager.UpdateSecretInput) map[string][]string {
	ctx := map[string][]string{}
	given(ctx, "Description", in.Description)
	given(ctx, "KmsKeyId", in.KmsKeyId)
	if in.KmsKeyId != nil {
		given(ctx, "KmsKeyArn", keyARN(homeOf(c), *in.KmsKeyId))
	}
	return ctx
}

// updatable refuses what this secret, or this caller, may not be given. A replica
// takes a new key of its own and nothing else (User Guide, "Promote a replica
// secret to a standalone secret"). A token of a version that there is is an error
// (API reference, UpdateSecret), also with the same value: the User Guide, which
// has the values compared, stands below it.
func (t target) updatable(c *world.Call, in *secretsmanager.UpdateSecretInput, v *value) error {
	if in.KmsKeyId == nil || v != nil || in.Description != nil {
		if err := t.notReplica(); err != nil {
			return err
		}
	}
	if v != nil && t.version(*in.ClientRequestToken) != nil {
		return t.tokenTaken(*in.ClientRequestToken)
	}
	after := *t.secret
	if in.KmsKeyId != nil {
		after.kmsKeyID = keyOf(t.owner, *in.KmsKeyId)
	}
	if v == nil && in.KmsKeyId == nil {
		return nil
	}
	return after.owned(c)
}

// newKey gives a secret another key, where the request has one, after the check
// that every new key is put to. It gives the data keys that are kept under it
// from now on.
func (s *Service) newKey(c *world.Call, x *secret, id *string) (map[*version][]wrapped, error) {
	if id == nil {
		return nil, nil
	}
	x.kmsKeyID = keyOf(x.owner, *id)
	if err := s.validateKey(c, x); err != nil {
		return nil, err
	}
	return s.rewrap(c, x)
}
