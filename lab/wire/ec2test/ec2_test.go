// Package ec2test proves the codec against the EC2 client, in a package of its
// own because that client takes minutes to compile.
package ec2test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
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
		Fit:           fit,
	}.Run(t)
	if want, got := []string{"Snapshot.associatedKmsKeySet"}, service.Beyond(); !slices.Equal(got, want) {
		t.Errorf("members beyond the SDK: %q, want %q", got, want)
	}
}

// fit takes away structures of which nothing is left when empty lists are.
func fit(_ string, in, _ any) {
	switch in := in.(type) {
	case *ec2.ModifyImageAttributeInput:
		if len(in.LaunchPermission.Add) == 0 {
			in.LaunchPermission = nil
		}
	case *ec2.ModifySnapshotAttributeInput:
		if len(in.CreateVolumePermission.Add) == 0 {
			in.CreateVolumePermission = nil
		}
	}
}

// A copy from another Region makes the client presign a request for that Region.
// Other clients say in both where the copy goes; here that is where it was sent.
func TestCopySnapshotBetweenRegions(t *testing.T) {
	service := wire.MustLoad("ec2")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var in ec2.CopySnapshotInput
		if err := service.DecodeInput("CopySnapshot", r, append(body, "&DestinationRegion=eu-west-2"...), &in); err != nil {
			t.Error(err)
		}
		if *in.SourceRegion != "eu-west-1" || in.PresignedUrl == nil {
			t.Errorf("%+v", in)
		}
		_ = service.EncodeOutput("CopySnapshot", w, &ec2.CopySnapshotOutput{SnapshotId: aws.String("snap-1")}, "r")
	}))
	defer server.Close()
	client := ec2.NewFromConfig(aws.Config{Region: "eu-west-2", BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "x", "")})
	if _, err := client.CopySnapshot(t.Context(), &ec2.CopySnapshotInput{SourceRegion: aws.String("eu-west-1"), SourceSnapshotId: aws.String("snap-0")}); err != nil {
		t.Error(err)
	}
}
