package decrypt

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"rekey/shared/secretref"
)

// parameterBatch is the most parameters that one GetParameters takes (Systems
// Manager API Reference, GetParameters, Names).
const parameterBatch = 10

// parameter fetches one version of one parameter.
func (r *run) parameter(ctx context.Context, f *fetch) Result {
	tried := "get the parameter " + f.ref.Selector()
	out, err := r.resolver.SSM.GetParameter(ctx, &ssm.GetParameterInput{Name: new(f.ref.Selector()), WithDecryption: new(true)}, ofParameter(f))
	if err != nil {
		return Result{Failure: serviceFailure(err, tried)}
	}
	if out.Parameter == nil || out.Parameter.Value == nil {
		return Result{Failure: failure(Failed, "%s: the answer has no value", tried)}
	}
	return Result{Value: secretref.NewSecret([]byte(*out.Parameter.Value))}
}

// parameters fetches parameters, ten a call.
func (r *run) parameters(ctx context.Context, fetches []*fetch) {
	r.together(fetches, parameterBatch, "get the parameter ", func(f *fetch) Result { return r.parameter(ctx, f) }, func(batch []*fetch) (finder, error) {
		found, err := r.parametersOf(ctx, batch)
		return func(f *fetch) (Result, bool) {
			i := slices.IndexFunc(found, func(p types.Parameter) bool { return isParameter(f.ref, p) })
			if i < 0 {
				return Result{}, false
			}
			return Result{Value: secretref.NewSecret([]byte(*found[i].Value))}, true
		}, err
	})
}

func (r *run) parametersOf(ctx context.Context, batch []*fetch) (found []types.Parameter, err error) {
	defer func() {
		if recover() != nil {
			err = errPanicked
		}
	}()
	in := &ssm.GetParametersInput{WithDecryption: new(true)}
	for _, f := range batch {
		in.Names = append(in.Names, f.ref.Selector())
	}
	out, err := r.resolver.SSM.GetParameters(ctx, in, ofParameter(batch[0]))
	if err != nil {
		return nil, err
	}
	return out.Parameters, nil
}

// isParameter says whether an answer is surely to that reference: of its name or
// ARN, and with the version or label that was asked for.
func isParameter(ref secretref.Ref, p types.Parameter) bool {
	selector := ref.Selector()[len(ref.SecretID):]
	return p.Value != nil && (aws.ToString(p.Name) == ref.SecretID || aws.ToString(p.ARN) == ref.SecretID) && aws.ToString(p.Selector) == selector
}

func ofParameter(f *fetch) func(*ssm.Options) {
	region := regionOf(f.ref.SecretID)
	return func(o *ssm.Options) {
		if region != "" {
			o.Region = region
		}
	}
}
