// Package ec2test proves the codec against the EC2 client, in a package of its
// own because that client takes minutes to compile.
package ec2test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"rekey/lab/wire"
	"rekey/lab/wire/wiretest"
)

func TestEC2(t *testing.T) {
	service := wire.MustLoad("ec2")
	wiretest.Suite{
		Service:       service,
		Client:        func(c aws.Config) any { return ec2.NewFromConfig(c) },
		EmptyIsAbsent: true,
	}.Run(t)
	if beyond := service.Beyond(); len(beyond) > 0 {
		t.Errorf("members beyond the SDK: %q", beyond)
	}
}
