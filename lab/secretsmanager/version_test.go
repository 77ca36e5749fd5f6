package secretsmanager

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// move is an UpdateSecretVersionStage from one version's number to another's; 0
// leaves the member out.
func (b *bench) move(label string, from, to int) *secretsmanager.UpdateSecretVersionStageInput {
	in := &secretsmanager.UpdateSecretVersionStageInput{SecretId: new("s"), VersionStage: &label}
	if from != 0 {
		in.RemoveFromVersionId = new(fmt.Sprintf("00000000-0000-4000-8000-%012d", from))
	}
	if to != 0 {
		in.MoveToVersionId = new(fmt.Sprintf("00000000-0000-4000-8000-%012d", to))
	}
	return in
}

// Each step puts a value with labels, or moves a label. The sequences are
// recorded ones, but for the last two.
func TestStages(t *testing.T) {
	type step struct {
		put      []string
		move     string
		from, to int
		want     string
	}
	tests := map[string][]step{
		"default": {
			{want: "1:AWSPREVIOUS 2:AWSCURRENT"},
			{want: "1: 2:AWSPREVIOUS 3:AWSCURRENT"},
		},
		"pending": {
			{put: []string{pending}, want: "1:AWSCURRENT 2:AWSPENDING"},
			{move: current, from: 1, to: 2, want: "1:AWSPREVIOUS 2:AWSCURRENT,AWSPENDING"},
			{want: "1: 2:AWSPREVIOUS 3:AWSCURRENT"},
		},
		"cycle": {
			{put: []string{pending, "AWSSOMETHING", "PUT1"}, want: "1:AWSCURRENT 2:AWSPENDING,AWSSOMETHING,PUT1"},
			{move: current, from: 1, to: 2, want: "1:AWSPREVIOUS 2:AWSCURRENT,AWSPENDING,AWSSOMETHING,PUT1"},
			{put: []string{pending, "PUT2"}, want: "1:AWSPREVIOUS 2:AWSCURRENT,AWSSOMETHING,PUT1 3:AWSPENDING,PUT2"},
			{move: current, from: 2, to: 3, want: "1: 2:AWSPREVIOUS,AWSSOMETHING,PUT1 3:AWSCURRENT,AWSPENDING,PUT2"},
		},
		"with current": {
			{put: []string{current, "PUT0"}, want: "1:AWSPREVIOUS 2:AWSCURRENT,PUT0"},
			{put: []string{pending, "PUT1"}, want: "1:AWSPREVIOUS 2:AWSCURRENT,PUT0 3:AWSPENDING,PUT1"},
			{move: current, from: 2, to: 3, want: "1: 2:AWSPREVIOUS,PUT0 3:AWSCURRENT,AWSPENDING,PUT1"},
		},
		"own labels": {
			{put: []string{"one", "two", "three"}, want: "1:AWSCURRENT 2:one,three,two"},
			{put: []string{"one", "two", "four"}, want: "1:AWSCURRENT 2:three 3:four,one,two"},
		},
		"taken away": {
			{put: []string{"PENDING"}, want: "1:AWSCURRENT 2:PENDING"},
			{move: current, from: 1, to: 2, want: "1:AWSPREVIOUS 2:AWSCURRENT,PENDING"},
			{move: "PENDING", from: 2, want: "1:AWSPREVIOUS 2:AWSCURRENT"},
		},
		"back": {
			{want: "1:AWSPREVIOUS 2:AWSCURRENT"},
			{move: current, from: 2, to: 1, want: "1:AWSCURRENT 2:AWSPREVIOUS"},
		},
		"attached": {
			{move: "blue", to: 1, want: "1:AWSCURRENT,blue"},
			{move: "blue", to: 1, want: "1:AWSCURRENT,blue"},
		},
	}
	for name, steps := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.create(root(mine), "s", "v", "")
			for i, s := range steps {
				if s.move == "" {
					b.put(root(mine), "s", fmt.Sprint("v", i), s.put...)
				} else {
					must[secretsmanager.UpdateSecretVersionStageOutput](b, root(mine), b.move(s.move, s.from, s.to))
				}
				if got := b.stages(root(mine), "s"); got != s.want {
					t.Fatalf("after step %d: %s, want %s", i+1, got, s.want)
				}
			}
		})
	}
}

func TestMovesThatAreRefused(t *testing.T) {
	b := newBench(t)
	admin := root(mine)
	b.create(admin, "s", "v", "")
	b.put(admin, "s", "w")
	b.put(admin, "s", "x", "blue")
	const before = "1:AWSPREVIOUS 2:AWSCURRENT 3:blue"
	for _, test := range []struct {
		label         string
		from, to      int
		code, message string
	}{
		{current, 0, 3, "InvalidParameterException", "The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version 00000000-0000-4000-8000-000000000002"},
		{current, 1, 3, "InvalidParameterException", "not attached to version"},
		{current, 2, 0, "InvalidParameterException", "You can only move staging label AWSCURRENT to a different secret version."},
		{"blue", 0, 1, "InvalidParameterException", "RemoveFromVersionId can't be empty"},
		{"blue", 2, 0, "InvalidParameterException", "not attached to version"},
		{"green", 0, 0, "InvalidParameterException", ""},
		{"green", 0, 9, "ResourceNotFoundException", "VersionId: 00000000-0000-4000-8000-000000000009"},
	} {
		b.refused(admin, b.move(test.label, test.from, test.to), test.code, test.message)
	}
	if got := b.stages(admin, "s"); got != before {
		t.Errorf("left %s, want %s", got, before)
	}
}

func TestValuesThatAreNotThere(t *testing.T) {
	b := newBench(t)
	admin := root(mine)
	one, two := *b.create(admin, "s", "v", "").VersionId, b.put(admin, "s", "w")
	must[createOut](b, admin, &createIn{Name: new("empty")})
	unknown := "00000000-0000-4000-8000-000000000099"
	for _, test := range []struct {
		in            *getIn
		code, message string
	}{
		{&getIn{SecretId: new("none")}, "ResourceNotFoundException", "Secrets Manager can't find the specified secret."},
		{&getIn{SecretId: new("empty")}, "ResourceNotFoundException", "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT"},
		{&getIn{SecretId: new("s"), VersionStage: new(pending)}, "ResourceNotFoundException", "Secrets Manager can't find the specified secret value for staging label: AWSPENDING"},
		{&getIn{SecretId: new("s"), VersionId: &unknown}, "ResourceNotFoundException", "Secrets Manager can't find the specified secret value for VersionId: " + unknown},
		{&getIn{SecretId: new("s"), VersionId: &one, VersionStage: new(current)}, "InvalidRequestException", "You provided a VersionStage that is not associated to the provided VersionId."},
	} {
		b.refused(admin, test.in, test.code, test.message)
	}
	for _, in := range []*getIn{{VersionId: &two}, {VersionStage: new(current)}, {VersionId: &two, VersionStage: new(current)}} {
		in.SecretId = new("s")
		if out := must[getOut](b, admin, in); *out.SecretString != "w" || *out.VersionId != two {
			t.Errorf("read %s", show(out))
		}
	}
	if out := must[getOut](b, admin, &getIn{SecretId: new("s"), VersionStage: new(previous)}); *out.SecretString != "v" {
		t.Errorf("AWSPREVIOUS reads %s", show(out))
	}
	// The first version is AWSCURRENT whatever its labels.
	b.put(admin, "empty", "x", pending)
	if got := b.stages(admin, "empty"); got != "3:AWSCURRENT,AWSPENDING" {
		t.Errorf("the first version has %s", got)
	}
}

func TestRequestsWithoutToken(t *testing.T) {
	b := newBench(t)
	const message = "You must provide a ClientRequestToken value. We recommend a UUID-type value."
	b.refused(root(mine), &createIn{Name: new("s"), SecretString: new("v")}, "InvalidRequestException", message)
	b.refused(root(mine), &putIn{SecretId: new("s"), SecretString: new("v")}, "InvalidRequestException", message)
	b.refused(root(mine), &putIn{SecretId: new("s"), ClientRequestToken: b.token()}, "InvalidRequestException", "You must provide either SecretString or SecretBinary")
	b.refused(root(mine), &putIn{SecretId: new("s"), ClientRequestToken: b.token(), SecretString: new("v"), SecretBinary: []byte("v")}, "InvalidParameterException", "both a binary secret value and a string")
}

func TestVersionsMakeRoom(t *testing.T) {
	b := newBench(t)
	admin := root(mine)
	b.create(admin, "s", "v", "")
	for range versionLimit - 1 {
		b.put(admin, "s", "w")
	}
	b.refused(admin, &putIn{SecretId: new("s"), SecretString: new("x"), ClientRequestToken: b.token()}, "LimitExceededException", "")
	b.world.Advance(keptFor + time.Second)
	b.put(admin, "s", "x")
	b.refused(admin, &getIn{SecretId: new("s"), VersionId: new("00000000-0000-4000-8000-000000000001")}, "ResourceNotFoundException", "")

	// Labels keep versions, up to the labels' own limit.
	for i := range labelLimit - 2 {
		b.put(admin, "s", "y", fmt.Sprint("label", i))
	}
	b.refused(admin, &putIn{SecretId: new("s"), SecretString: new("x"), ClientRequestToken: b.token(), VersionStages: []string{"more"}}, "LimitExceededException", "")
}
