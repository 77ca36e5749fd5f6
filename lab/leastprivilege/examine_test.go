package leastprivilege_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"rekey/lab/leastprivilege"
)

func TestProof(t *testing.T) {
	var log []string
	rec := &recorder{T: t, log: &log}
	s := suite(t)
	var runs atomic.Int32
	s.Paths[0].Run = func(ctx context.Context, d *leastprivilege.Deployed) error {
		runs.Add(1)
		return delivered(ctx, d)
	}
	leastprivilege.Prove(rec, s)
	// With all statements, alone, without its own, and without one that no call was
	// seen to use: the other paths fail first.
	if n := runs.Load(); n != 4 {
		t.Errorf("the first path was gone %d times", n)
	}
	if len(rec.errors) > 0 {
		t.Errorf("%s", strings.Join(rec.errors, "\n"))
	}
	for _, says := range []string{
		"without Post/Key (AWS::KMS::Key), statement DeadLetters: the path \"undelivered\": the queue has 0 messages",
		"without Post/Key (AWS::KMS::Key), statement Administers: the path \"the deployment\": ",
		"without the condition of Post/Key (AWS::KMS::Key), statement DeadLetters: the path \"of another account\": a rule of another account uses the key",
		"without Post/DeadPolicy (AWS::SQS::QueuePolicy), statement RefusePlaintext: the path \"plaintext\": a request without TLS was answered",
	} {
		if !slices.ContainsFunc(log, func(l string) bool { return strings.HasPrefix(l, says) }) {
			t.Errorf("%q is not among\n%s", says, strings.Join(log, "\n"))
		}
	}
	if len(log) != 9 {
		t.Errorf("%d things are needed", len(log))
	}
}

// recorder keeps what a proof tells a test.
type recorder struct {
	*testing.T
	log    *[]string
	errors []string
}

func (r *recorder) Logf(format string, args ...any) {
	*r.log = append(*r.log, fmt.Sprintf(format, args...))
}
func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func TestFindings(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*testing.T, *leastprivilege.Suite)
		want   []string // how the findings begin, and no others
	}{
		"a wildcard in an action": {func(t *testing.T, s *leastprivilege.Suite) {
			s.Change = adds(t, "Key", "KeyPolicy", `{"Sid": "Wide", "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "kms:*", "Resource": "*", "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}}`)
		}, []string{
			"Post/Key (AWS::KMS::Key), statement Wide: too wide: the action kms:* is a pattern",
			"Post/Key (AWS::KMS::Key), statement Wide: not used: no path called as Service events.amazonaws.com",
			"Post/Key (AWS::KMS::Key), statement DeadLetters: not needed", // the other one suffices
			"Post/Key (AWS::KMS::Key), statement Wide: not needed",        // and so does this one
		}},
		"a statement that nothing uses": {func(t *testing.T, s *leastprivilege.Suite) {
			s.Change = adds(t, "Reading", "PolicyDocument", `{"Sid": "Purges", "Effect": "Allow", "Action": "sqs:PurgeQueue", "Resource": {"Fn::GetAtt": ["Dead", "Arn"]}}`)
		}, []string{
			"Post/Reading (AWS::IAM::Policy), statement Purges: not used: no path had sqs:PurgeQueue allowed by it on arn:aws:sqs:",
			"Post/Reading (AWS::IAM::Policy), statement Purges: not needed",
		}},
		"a Deny that nothing meets": {func(t *testing.T, s *leastprivilege.Suite) {
			s.Change = adds(t, "Reading", "PolicyDocument", `{"Sid": "Never", "Effect": "Deny", "Action": "sqs:DeleteQueue", "Resource": {"Fn::GetAtt": ["Dead", "Arn"]}}`)
		}, []string{"Post/Reading (AWS::IAM::Policy), statement Never: not needed"}},
		"a condition that nothing meets": {func(t *testing.T, s *leastprivilege.Suite) { s.Paths = s.Paths[:3] }, []string{
			"Post/Key (AWS::KMS::Key), statement DeadLetters: has a condition that bounds nothing",
		}},
		"a missing grant on the key of the dead-letter queue": {func(t *testing.T, s *leastprivilege.Suite) {
			s.Change = func(_ string, document map[string]any) {
				p := policyOf(document, "Key", "KeyPolicy")
				p["Statement"] = slices.Delete(p["Statement"].([]any), 1, 2)
			}
		}, []string{
			`failed: the path "undelivered": the queue has 0 messages`,
			"refused: events.amazonaws.com may not kms:GenerateDataKey on arn:aws:kms:",
			"Post/Key (AWS::KMS::Key), statement Reads: not used", "Post/Key (AWS::KMS::Key), statement Reads: not used",
		}},
		"a grant without one action": {func(t *testing.T, s *leastprivilege.Suite) {
			s.Change = func(_ string, document map[string]any) {
				policyOf(document, "Key", "KeyPolicy")["Statement"].([]any)[1].(map[string]any)["Action"] = "kms:Decrypt"
			}
		}, []string{
			`failed: the path "undelivered": the queue has 0 messages`,
			"Post/Key (AWS::KMS::Key), statement DeadLetters: refused: events.amazonaws.com may not kms:GenerateDataKey on arn:aws:kms:",
			"Post/Key (AWS::KMS::Key), statement DeadLetters: not used", "Post/Key (AWS::KMS::Key), statement DeadLetters: not used",
			"Post/Key (AWS::KMS::Key), statement Reads: not used", "Post/Key (AWS::KMS::Key), statement Reads: not used",
		}},
		"a managed policy of AWS": {func(t *testing.T, s *leastprivilege.Suite) {
			s.Change = func(_ string, document map[string]any) {
				document["Resources"].(map[string]any)["Reader"].(map[string]any)["Properties"].(map[string]any)["ManagedPolicyArns"] = []any{"arn:aws:iam::aws:policy/AdministratorAccess"}
			}
		}, []string{
			"not judged: Post/Reader (AWS::IAM::Role) has the managed policy arn:aws:iam::aws:policy/AdministratorAccess attached",
			"Post/Reading (AWS::IAM::Policy), statement Receives: not needed", // the other one suffices
		}},
		"a path that needs another": {func(t *testing.T, s *leastprivilege.Suite) {
			s.Paths = append(s.Paths, leastprivilege.Path{Name: "after", Run: func(_ context.Context, d *leastprivilege.Deployed) error {
				if d.Lab.World.Trail.Count("events", "PutEvents") == 0 {
					return errors.New("nobody was here before")
				}
				return nil
			}})
		}, []string{`failed: the path "after" passes after the others, and not alone: nobody was here before`}},
		"exemptions and refusals without need": {func(t *testing.T, s *leastprivilege.Suite) {
			s.Paths[0].Refused = []string{"kms:Encrypt"}
			s.Exemptions = append(s.Exemptions, leastprivilege.Exemption{Kind: leastprivilege.NotNeeded, Stack: "Post", Statement: "Reads", Reason: "so be it"})
		}, []string{
			`excuses nothing: the path "delivered" lists kms:Encrypt as refused, and it was not`,
			"excuses nothing: the exemption {Kind:not needed Stack:Post Resource: Statement:Reads",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := suite(t)
			c.change(t, &s)
			proof, err := s.Examine(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			left := slices.Clone(proof.Findings)
			for _, w := range c.want {
				i := slices.IndexFunc(left, func(f leastprivilege.Finding) bool { return strings.HasPrefix(f.String(), w) })
				if i < 0 {
					t.Errorf("nothing begins with %q in\n%v", w, proof.Findings)
					continue
				}
				left = slices.Delete(left, i, i+1)
			}
			if len(left) > 0 {
				t.Errorf("found besides: %v", left)
			}
		})
	}
}

// Who only happens to be in the account uses nothing; whom a path names does.
func TestWhoCounts(t *testing.T) {
	for name, c := range map[string]struct {
		as   func(context.Context, *leastprivilege.Deployed) (aws.Config, error)
		want int
	}{
		"named": {func(ctx context.Context, d *leastprivilege.Deployed) (aws.Config, error) {
			role, err := d.Role(ctx, d.Account, "named", encrypts)
			if err != nil {
				return aws.Config{}, err
			}
			return d.As(ctx, role)
		}, 0},
		"a stranger": {func(ctx context.Context, d *leastprivilege.Deployed) (aws.Config, error) {
			client := iam.NewFromConfig(d.Root(d.Account))
			trust := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}`
			out, err := client.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("stranger"), AssumeRolePolicyDocument: &trust})
			if err != nil {
				return aws.Config{}, err
			}
			if _, err := client.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: aws.String("stranger"), PolicyName: aws.String("own"), PolicyDocument: aws.String(encrypts)}); err != nil {
				return aws.Config{}, err
			}
			return d.Assumed("ec2.amazonaws.com", *out.Role.Arn, "stranger")
		}, 2},
		"the root user": {func(_ context.Context, d *leastprivilege.Deployed) (aws.Config, error) { return d.Root(d.Account), nil }, 2},
	} {
		s := suite(t)
		s.Change = adds(t, "Key", "KeyPolicy", `{"Sid": "Encrypts", "Effect": "Allow", "Principal": {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}}, "Action": "kms:Encrypt", "Resource": "*"}`)
		s.Paths = append(s.Paths, leastprivilege.Path{Name: "encrypt", Run: func(ctx context.Context, d *leastprivilege.Deployed) error {
			who, err := c.as(ctx, d)
			if err != nil {
				return err
			}
			_, err = kms.NewFromConfig(who).Encrypt(ctx, &kms.EncryptInput{KeyId: aws.String(d.Stack("Post").Physical("Key")), Plaintext: []byte("x")})
			return err
		}})
		proof, err := s.Walk(t.Context())
		if err != nil || len(proof.Findings) != c.want || slices.ContainsFunc(proof.Findings, func(f leastprivilege.Finding) bool {
			return f.Kind != leastprivilege.Unused || f.Statement.Name != "Encrypts"
		}) {
			t.Errorf("%s: %v, %v", name, proof.Findings, err)
		}
	}
}

const encrypts = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:Encrypt","Resource":"*"}}`

// What cannot be run at all is an error.
func TestNoProof(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*leastprivilege.Suite)
		says   string
	}{
		"no assembly":      {func(s *leastprivilege.Suite) { s.Assembly = "none" }, "cdk synth"},
		"no such stack":    {func(s *leastprivilege.Suite) { s.Judged = []string{"Pots"} }, "it has Post"},
		"no paths":         {func(s *leastprivilege.Suite) { s.Paths = nil }, "without paths proves nothing"},
		"a path two times": {func(s *leastprivilege.Suite) { s.Paths = append(s.Paths, s.Paths[0]) }, "delivered"},
		"a preparation that fails": {func(s *leastprivilege.Suite) {
			s.Prepare = func(context.Context, *leastprivilege.Deployed) (map[string]string, error) {
				return nil, errors.New("no more keys")
			}
		}, "prepare: no more keys"},
		"a stack that cannot be deployed": {func(s *leastprivilege.Suite) {
			s.Change = func(_ string, document map[string]any) { policyOf(document, "Key", "KeyPolicy")["Version"] = "2026" }
		}, "deploy the stack Post: "},
		"a policy that is referred to": {func(s *leastprivilege.Suite) {
			s.Change = func(_ string, document map[string]any) {
				document["Outputs"].(map[string]any)["Policy"] = map[string]any{"Value": map[string]any{"Ref": "Reading"}}
			}
		}, "Reading cannot be taken away"},
		"what the lab cannot do": {func(s *leastprivilege.Suite) {
			s.Paths = []leastprivilege.Path{{Name: "p", Run: func(ctx context.Context, d *leastprivilege.Deployed) error {
				_, _ = sqs.NewFromConfig(d.Config(nil)).ListQueues(ctx, &sqs.ListQueuesInput{})
				_, _ = eventbridge.NewFromConfig(d.Root(d.Account)).ListReplays(ctx, &eventbridge.ListReplaysInput{})
				return nil
			}}}
		}, "the lab could not serve"},
	} {
		s := suite(t)
		c.change(&s)
		if proof, err := s.Examine(t.Context()); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %+v, %v", name, proof, err)
		}
	}
}

// What the preparation made stands in the template by the text that it gave for it.
func TestPrepared(t *testing.T) {
	s := suite(t)
	s.Prepare = func(context.Context, *leastprivilege.Deployed) (map[string]string, error) {
		return map[string]string{"postal": "post"}, nil
	}
	s.Change = func(_ string, document map[string]any) {
		policyOf(document, "Rule", "EventPattern")["source"] = []any{"postal"}
	}
	proof, err := s.Walk(t.Context())
	if err != nil || len(proof.Findings) > 0 {
		t.Errorf("%v, %v", proof.Findings, err)
	}
}
