package eventbridge

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// kind is what a target is.
type kind int

const (
	queue kind = iota + 1
	topic
	function
	anotherBus
)

// destination is a target's ARN, read.
type destination struct {
	home
	kind kind
	name string // behind the account
}

func malformed(arn string) error { // the wording is ours
	return invalid("Parameter " + arn + " is not valid. Reason: Provided Arn is not in correct format.")
}

// destinationOf reads an ARN. What the lab has no service for is not
// implemented.
func (s *Service) destinationOf(arn string) (d destination, err error) {
	p := strings.SplitN(arn, ":", 6)
	if len(p) != 6 || p[0] != "arn" || p[5] == "" {
		return d, malformed(arn)
	}
	d = destination{home: home{keyid.Account(p[4]), keyid.Region(p[3])}, name: p[5]}
	o := s.others
	switch {
	case p[2] == "sqs" && o.Queues != nil:
		d.kind = queue
	case p[2] == "sns" && o.Topics != nil:
		d.kind = topic
	case p[2] == "lambda" && strings.HasPrefix(p[5], "function:") && o.Functions != nil:
		d.kind = function
	case p[2] == "events" && strings.HasPrefix(p[5], "event-bus/"):
		d.kind, d.name = anotherBus, strings.TrimPrefix(p[5], "event-bus/")
	default:
		return d, world.Unimplemented("targets like " + arn)
	}
	return d, nil
}

// checkTarget refuses what PutTargets refuses before it adds anything.
func (s *Service) checkTarget(r *rule, t types.Target) error {
	d, err := s.destinationOf(*t.Arn)
	if err != nil {
		return err
	}
	modified := 0
	for _, given := range []bool{t.Input != nil, t.InputPath != nil, t.InputTransformer != nil} {
		if given {
			modified++
		}
	}
	switch {
	case t.KinesisParameters != nil || t.RunCommandParameters != nil || t.EcsParameters != nil || t.BatchParameters != nil || t.HttpParameters != nil ||
		t.RedshiftDataParameters != nil || t.SageMakerPipelineParameters != nil || t.AppSyncParameters != nil:
		return world.Unimplemented("parameters of targets that the lab does not have")
	case modified > 1:
		return invalid("Only one of Input, InputPath, or InputTransformer must be provided for target " + *t.Id + ".")
	case d.kind == anotherBus && modified > 0: // reported wording
		return invalid("Modifying the input for target " + *t.Id + " is not supported.")
	case d.kind == anotherBus && (d.account == r.bus.account || d.region != r.bus.region) && t.RoleArn == nil:
		return invalid("RoleArn is required for target " + *t.Arn + ".")
	case d.kind != anotherBus && d.region != r.bus.region:
		return world.Unimplemented("targets in another Region, besides event buses")
	case strings.HasSuffix(d.name, ".fifo") && d.kind == queue && (t.SqsParameters == nil || t.SqsParameters.MessageGroupId == nil): // the wording is ours
		return invalid("Parameter(s) SqsParameters must be specified for target: " + *t.Id + ".")
	}
	return checkInput(t)
}

// checkInput checks what a target's input is made of.
func checkInput(t types.Target) error {
	switch {
	case t.Input != nil && !json.Valid([]byte(*t.Input)): // the wording is ours
		return invalid("JSON syntax error in input for target " + *t.Id + ".")
	case t.InputPath != nil:
		return checkPath(*t.InputPath, *t.Id)
	case t.InputTransformer != nil:
		return checkTransformer(t.InputTransformer, *t.Id)
	}
	return nil
}

func (s *Service) putTargets(c *world.Call, in *eventbridge.PutTargetsInput) (*eventbridge.PutTargetsOutput, error) {
	ctx := map[string][]string{}
	for _, t := range in.Targets {
		ctx["events:TargetArn"] = append(ctx["events:TargetArn"], *t.Arn)
	}
	r, err := s.existing(c, in.EventBusName, *in.Rule, ctx)
	if err != nil {
		return nil, err
	}
	all := slices.Clone(r.targets)
	for _, t := range in.Targets {
		if err := s.checkTarget(r, t); err != nil {
			return nil, err
		}
		if t.RoleArn != nil {
			if err := pass(c, *t.RoleArn, r.arn()); err != nil {
				return nil, err
			}
		}
		all = put(all, t)
	}
	if len(all) > targetQuota {
		return nil, exceeded()
	}
	r.targets = all
	return &eventbridge.PutTargetsOutput{FailedEntries: []types.PutTargetsResultEntry{}}, nil
}

// put adds a target, or replaces the one of the same id. The role of a bus in
// another account stays, where the request has none (API reference).
func put(all []types.Target, t types.Target) []types.Target {
	i, found := slices.BinarySearchFunc(all, *t.Id, func(t types.Target, id string) int { return cmp.Compare(*t.Id, id) })
	if !found {
		return slices.Insert(all, i, t)
	}
	if t.RoleArn == nil && *t.Arn == *all[i].Arn && strings.Contains(*t.Arn, ":event-bus/") {
		t.RoleArn = all[i].RoleArn
	}
	all[i] = t
	return all
}

// removeTargets passes over ids that the rule does not have: that is assumed.
func (s *Service) removeTargets(c *world.Call, in *eventbridge.RemoveTargetsInput) (*eventbridge.RemoveTargetsOutput, error) {
	r, err := s.existing(c, in.EventBusName, *in.Rule, nil)
	if err != nil {
		return nil, err
	}
	r.targets = slices.DeleteFunc(slices.Clone(r.targets), func(t types.Target) bool { return slices.Contains(in.Ids, *t.Id) })
	return &eventbridge.RemoveTargetsOutput{FailedEntries: []types.RemoveTargetsResultEntry{}}, nil
}

func (s *Service) listTargetsByRule(c *world.Call, in *eventbridge.ListTargetsByRuleInput) (*eventbridge.ListTargetsByRuleOutput, error) {
	r, err := s.existing(c, in.EventBusName, *in.Rule, nil)
	if err != nil {
		return nil, err
	}
	some, next, err := page(c, r.targets, func(t types.Target) string { return *t.Id }, in.NextToken, in.Limit)
	if err != nil {
		return nil, err
	}
	return &eventbridge.ListTargetsByRuleOutput{Targets: append([]types.Target{}, some...), NextToken: next}, nil
}

func (s *Service) listRuleNamesByTarget(c *world.Call, in *eventbridge.ListRuleNamesByTargetInput) (*eventbridge.ListRuleNamesByTargetOutput, error) {
	a, err := own(c, in.EventBusName)
	if err != nil {
		return nil, err
	}
	if err := s.authorize(c, ruleARN(a, "*"), a.account, nil, nil); err != nil {
		return nil, err
	}
	b, err := s.find(a)
	if err != nil {
		return nil, err
	}
	names := []string{}
	for _, r := range world.Sorted(b.rules) {
		if slices.ContainsFunc(r.targets, func(t types.Target) bool { return *t.Arn == *in.TargetArn }) {
			names = append(names, r.name)
		}
	}
	some, next, err := page(c, names, func(name string) string { return name }, in.NextToken, in.Limit)
	if err != nil {
		return nil, err
	}
	return &eventbridge.ListRuleNamesByTargetOutput{RuleNames: append([]string{}, some...), NextToken: next}, nil
}
