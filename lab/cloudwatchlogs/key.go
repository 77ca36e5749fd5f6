package cloudwatchlogs

import (
	"errors"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// Keys is what CloudWatch Logs needs of KMS. The calls are made through
// world.World.Act.
type Keys interface {
	DescribeKey(*world.Call, *kms.DescribeKeyInput) (*kms.DescribeKeyOutput, error)
	Encrypt(*world.Call, *kms.EncryptInput) (*kms.EncryptOutput, error)
	ReEncrypt(*world.Call, *kms.ReEncryptInput) (*kms.ReEncryptOutput, error)
	GenerateDataKey(*world.Call, *kms.GenerateDataKeyInput) (*kms.GenerateDataKeyOutput, error)
	Decrypt(*world.Call, *kms.DecryptInput) (*kms.DecryptOutput, error)
	// Known says whether there is, or was, a key of that ARN.
	Known(arn keyid.ARN) bool
}

func (s *Service) associateKmsKey(c *world.Call, in *sdk.AssociateKmsKeyInput) (*sdk.AssociateKmsKeyOutput, error) {
	t, err := s.associated(c, in.LogGroupName, in.ResourceIdentifier)
	if err != nil {
		return nil, err
	}
	key, err := s.usable(t.group, *in.KmsKeyId)
	if err != nil {
		return nil, err
	}
	t.key = key
	return &sdk.AssociateKmsKeyOutput{}, nil
}

// disassociateKmsKey leaves the events that are there under their key (API
// reference, DisassociateKmsKey).
func (s *Service) disassociateKmsKey(c *world.Call, in *sdk.DisassociateKmsKeyInput) (*sdk.DisassociateKmsKeyOutput, error) {
	t, err := s.associated(c, in.LogGroupName, in.ResourceIdentifier)
	if err != nil {
		return nil, err
	}
	t.key = ""
	return &sdk.DisassociateKmsKeyOutput{}, nil
}

// associated finds the log group whose key is meant: its name or its ARN is given,
// not both (API reference, AssociateKmsKey).
func (s *Service) associated(c *world.Call, name, resource *string) (target, error) {
	if resource != nil && strings.Contains(*resource, ":query-result:") {
		return target{}, world.Unimplemented("keys of query results")
	}
	if resource != nil && !strings.HasPrefix(*resource, "arn:") {
		return target{}, invalid("The specified resource identifier is invalid.") // assumption: the wording
	}
	t, err := s.given(c, name, resource)
	if err != nil {
		return t, err
	}
	return t, s.existing(c, t)
}

// contextOf is the encryption context (User Guide, "Encrypt log data in
// CloudWatch Logs using AWS Key Management Service").
func contextOf(g *group) map[string]string { return map[string]string{"aws:logs:arn": g.arn()} }

// ask has KMS asked by the service as itself, for the log group. The guide names
// neither aws:SourceArn nor aws:SourceAccount for it, so that a key policy that
// asks for either is not decided.
func (s *Service) ask(g *group, operation string, do func(*world.Call) error) error {
	region := string(g.owner.region)
	itself := world.Actor{Caller: world.ServiceCaller("logs." + region + ".amazonaws.com"), Region: g.owner.region}
	if err := s.world.Act(itself, "kms", operation, do); err != nil {
		return keyFailed(g, err)
	}
	return nil
}

// usable says which key a name means, and whether the service can use it for the
// log group. It is named by its ARN (API reference, CreateLogGroup, kmsKeyId;
// reported, in hashicorp/terraform-provider-aws#25258).
func (s *Service) usable(g *group, name string) (string, error) {
	arn, err := keyid.ParseARN(name)
	if err != nil || !s.keys.Known(arn) {
		return "", invalid("The specified KMS Key Id could not be found.") // reported, in aquasecurity/tfsec#771
	}
	err = s.ask(g, "DescribeKey", func(c *world.Call) error {
		out, err := s.keys.DescribeKey(c, &kms.DescribeKeyInput{KeyId: &name})
		if err == nil && out.KeyMetadata.KeySpec != kmstypes.KeySpecSymmetricDefault {
			err = invalid("CloudWatch Logs supports only symmetric KMS keys.") // assumption: the wording
		}
		return err
	})
	// The guide's own key policy allows kms:Describe* under a condition on the
	// encryption context, which DescribeKey has none of: a denial is no hindrance.
	if denied := new(types.AccessDeniedException); err != nil && !errors.As(err, &denied) {
		return "", err
	}
	return name, s.try(g, name)
}

// try makes each call that the key policy has to allow.
func (s *Service) try(g *group, key string) error {
	var blob []byte
	err := s.ask(g, "Encrypt", func(c *world.Call) error {
		out, err := s.keys.Encrypt(c, &kms.EncryptInput{KeyId: &key, Plaintext: []byte("probe"), EncryptionContext: contextOf(g)})
		if err == nil {
			blob = out.CiphertextBlob
		}
		return err
	})
	if err != nil {
		return err
	}
	err = s.ask(g, "ReEncrypt", func(c *world.Call) error {
		out, err := s.keys.ReEncrypt(c, &kms.ReEncryptInput{
			CiphertextBlob: blob, SourceKeyId: &key, SourceEncryptionContext: contextOf(g),
			DestinationKeyId: &key, DestinationEncryptionContext: contextOf(g),
		})
		if err == nil {
			blob = out.CiphertextBlob
		}
		return err
	})
	if err != nil {
		return err
	}
	made, err := s.newDataKey(g, key)
	if err != nil {
		return err
	}
	_, err = s.open(g, made.sealed)
	return err
}

// keyFailed is what the caller is told of a failure in KMS. A key that the
// service may not use is an AccessDeniedException (reported, in
// hashicorp/terraform-provider-aws#29282), one that is disabled an
// InvalidParameterException (API reference, AssociateKmsKey; assumption: any other
// state too, the wording, and that it is the same when events are written or read).
func keyFailed(g *group, err error) error {
	e := world.Answer(err)
	switch {
	case e.Status >= 500 || e.Code == "InvalidParameterException":
		return err
	case e.Code == "ThrottlingException":
		return &types.ThrottlingException{Message: &e.Message}
	case e.Code == "AccessDeniedException":
		return &types.AccessDeniedException{Message: new("The specified KMS key does not exist or is not allowed to be used with Arn '" + g.arn() + "'")}
	}
	return invalid("The specified KMS key cannot be used: " + e.Message)
}
