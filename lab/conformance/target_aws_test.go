package conformance

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"flag"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
)

var (
	onAWS        = flag.Bool("aws", false, "check the claims against AWS instead of the lab")
	profile      = flag.String("aws-profile", "", "shared configuration profile of an administrator; default: the usual chain")
	otherProfile = flag.String("aws-other-profile", "", "the same of a second account; without it, claims that need one are left out")
	region       = flag.String("aws-region", "us-east-1", "Region to work in")
	awayRegion   = flag.String("aws-away-region", "eu-west-1", "another Region, in which replicas and keys are made")
)

func theTarget(t *testing.T) target {
	if !*onAWS {
		return labTarget{}
	}
	return newAWSTarget(t)
}

// awsTarget is real accounts, the same for every claim.
type awsTarget struct{ run string }

func newAWSTarget(t *testing.T) awsTarget {
	id := make([]byte, 4)
	if _, err := rand.Read(id); err != nil {
		t.Fatal(err)
	}
	// Asked for once, before any claim waits for what its own calls come to.
	profiles := []string{*profile}
	if *otherProfile != "" {
		profiles = append(profiles, *otherProfile)
	}
	for _, p := range profiles {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(*region), config.WithSharedConfigProfile(p))
		if err == nil {
			_, err = cfg.Credentials.Retrieve(ctx)
		}
		if err != nil {
			t.Fatalf("no AWS credentials of profile %q: %v", p, err)
		}
	}
	return awsTarget{hex.EncodeToString(id)}
}

func (awsTarget) gives() need {
	if *otherProfile != "" {
		return otherAccount
	}
	return 0
}

func (a awsTarget) open(t *testing.T) *bench {
	x := &bench{T: t, region: *region, away: *awayRegion, patience: time.Minute}
	x.name = func(kind string) string {
		id := make([]byte, 4)
		if _, err := rand.Read(id); err != nil {
			t.Fatal(err)
		}
		return "rekey-conformance-" + a.run + "-" + kind + "-" + hex.EncodeToString(id)
	}
	x.Own = awsAdmin(x, *profile)
	if *otherProfile != "" {
		x.Other = awsAdmin(x, *otherProfile)
	}
	return x
}

func awsAdmin(x *bench, profile string) *caller {
	c, err := config.LoadDefaultConfig(context.Background(), config.WithRegion(*region), config.WithSharedConfigProfile(profile))
	if err != nil {
		x.Fatal(err)
	}
	return newCaller(x, c).identified()
}
