package main

import (
	"context"
	"crypto/ecdh"
	"crypto/hpke"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"rekey/functions/decrypt"
	"rekey/shared/awserr"
	"rekey/shared/keyid"
	"rekey/shared/secretref"
)

// functionPatience bounds an invocation with all its attempts.
const functionPatience = time.Minute

// ask gets values of a decrypt function. They come back sealed to a key pair
// that is made here and forgotten afterwards.
func (a *app) ask(ctx context.Context, function string, items []decrypt.Item, keys []string) ([]decrypt.Result, error) {
	home, err := functionRegion(function)
	if err != nil {
		return nil, err
	}
	if len(keys) > 1 {
		return nil, usagef("--key: with --function one key at most: which keys are tried is the function's to say")
	}
	for i := range items {
		ref, err := secretref.Parse(items[i].Reference)
		if err == nil && underKey(ref.Kind) && len(keys) == 1 {
			items[i].Key = keys[0]
		}
	}
	cfg, err := a.aws(ctx, home)
	if err != nil {
		return nil, err
	}
	if home != "" {
		cfg.Region = string(home) // a function is reached in its own Region only
	}
	private, err := hpke.DHKEM(ecdh.X25519()).GenerateKey()
	if err != nil {
		return nil, fmt.Errorf("make a key pair: %w", err)
	}
	event, err := json.Marshal(decrypt.Request{Items: items, PublicKey: private.PublicKey().Bytes()})
	if err != nil {
		return nil, err
	}
	cfg.APIOptions = nil // a function may take longer than other calls do
	waiting, cancel := context.WithTimeout(ctx, functionPatience)
	defer cancel()
	answers, err := invoke(waiting, lambda.NewFromConfig(cfg), function, event)
	if err != nil {
		return nil, fmt.Errorf("ask the function %s: %w", function, err)
	}
	secret, err := private.Bytes()
	if err != nil {
		return nil, err
	}
	defer clear(secret)
	return unsealed(answers, items, secret)
}

// functionRegion gives the Region of a function that is named by its ARN.
func functionRegion(function string) (keyid.Region, error) {
	if !strings.HasPrefix(function, "arn:") {
		return "", nil
	}
	parsed, err := arn.Parse(function)
	if err == nil && (parsed.Service != "lambda" || !strings.HasPrefix(parsed.Resource, "function:")) {
		err = errors.New("it is not one of a function")
	}
	if err != nil {
		return "", usagef("--function %q: it begins like an ARN: %v", function, err)
	}
	region, err := keyid.ParseRegion(parsed.Region) // it becomes part of a host's name
	if err != nil {
		return "", usagef("--function %q: %v", function, err)
	}
	return region, nil
}

// invoke calls the function and gives what it answered. A failure of the
// function is an error with its own words, which hold no values.
func invoke(ctx context.Context, client *lambda.Client, function string, event []byte) ([]decrypt.Answer, error) {
	out, err := client.Invoke(ctx, &lambda.InvokeInput{FunctionName: &function, Payload: event, InvocationType: types.InvocationTypeRequestResponse})
	if err != nil {
		return nil, fmt.Errorf("%s: %s", awserr.Classify(err), awserr.Message(err))
	}
	if out.FunctionError != nil {
		var told struct{ ErrorType, ErrorMessage string }
		if json.Unmarshal(out.Payload, &told) != nil || told.ErrorType == "" {
			return nil, fmt.Errorf("it failed (%s), and does not say why", aws.ToString(out.FunctionError))
		}
		return nil, fmt.Errorf("it failed: %s: %s", told.ErrorType, told.ErrorMessage)
	}
	var response decrypt.Response
	if json.Unmarshal(out.Payload, &response) != nil {
		return nil, errors.New("its answer is not that of a decrypt function") // and is not shown: it could hold values
	}
	return response.Items, nil
}

// unsealed opens answers, each of which must be to the item in its place.
func unsealed(answers []decrypt.Answer, items []decrypt.Item, private []byte) ([]decrypt.Result, error) {
	if len(answers) != len(items) {
		return nil, fmt.Errorf("the function answered %d of %d items: it is not a decrypt function of this version", len(answers), len(items))
	}
	results := make([]decrypt.Result, len(items))
	for i, answer := range answers {
		switch {
		case answer.ID != items[i].ID:
			return nil, fmt.Errorf("the function answered to %q where %q was asked for", answer.ID, items[i].ID)
		case answer.Error != nil:
			results[i].Failure = answer.Error
		case answer.Value != nil || answer.Base64 != nil || answer.Sealed == nil:
			results[i].Failure = &decrypt.Failure{Class: decrypt.Failed, Message: "the function did not seal its answer"}
		default:
			value, err := decrypt.Unseal(private, items[i], answer.Sealed)
			if err != nil {
				results[i].Failure = &decrypt.Failure{Class: decrypt.Failed, Message: "the function's answer does not open: it is not sealed to this request"}
				continue
			}
			results[i].Value = secretref.NewSecret(value)
		}
	}
	return results, nil
}
