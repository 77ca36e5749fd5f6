//go:build !nolab

package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"rekey/functions/decrypt"
	"rekey/lab/lambda"
	"rekey/shared/envelope"
	"rekey/shared/envelope/kmskeyring"
	"rekey/shared/keyid"
)

// allowSecrets lets the role Application read the secrets under prod/.
func (s *story) allowSecrets(ctx context.Context) {
	policy := allow(nil, "*", "secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue")
	got(iam.NewFromConfig(s.shop.root).PutRolePolicy(ctx, &iam.PutRolePolicyInput{
		RoleName: new("Application"), PolicyName: new("secrets"), PolicyDocument: new(policy.String())}))
}

// function is the last chapter: the binary that is deployed, under a Runtime
// API, as its role.
func (s *story) function(ctx context.Context) {
	shop, bank := kms.NewFromConfig(s.shop.root), kms.NewFromConfig(s.bank.root)
	retired := *got(shop.CreateKey(ctx, &kms.CreateKeyInput{Description: new("to be disabled")})).KeyMetadata.Arn
	s.bank.key = *got(bank.CreateKey(ctx, &kms.CreateKeyInput{Description: new("the bank's data")})).KeyMetadata.Arn
	items := s.references(ctx, retired)
	got(shop.DisableKey(ctx, &kms.DisableKeyInput{KeyId: &retired}))
	s.line("Ten references are made: the eighth is under a key that was then disabled, the last under a key of the bank.")

	permissions := document{Statement: []statement{
		{Effect: "Allow", Action: []string{"kms:Decrypt"}, Resource: []string{s.shop.key, retired, s.bank.key}},
		{Effect: "Allow", Action: []string{"secretsmanager:GetSecretValue"}, Resource: "arn:aws:secretsmanager:" + demoRegion + ":" + string(s.shop.account) + ":secret:prod/*"},
		{Effect: "Allow", Action: []string{"secretsmanager:BatchGetSecretValue"}, Resource: "*"},
	}}
	role := s.role(ctx, &s.shop, "Decrypt", permissions.String())
	var log bytes.Buffer
	f := lambda.NewInstance(s.lab.World, s.lab.STS, s.endpoint, lambda.Function{
		Name: "decrypt", Account: s.shop.account, Region: demoRegion, Role: role, Bootstrap: s.bootstrap, Timeout: 15 * time.Second, Log: &log,
		Env: map[string]string{
			decrypt.EnvReferences: "sm://prod/* kms://* envelope://*",
			decrypt.EnvKeys:       strings.Join([]string{s.shop.key, retired, s.bank.key}, " "),
		},
	})
	defer f.Stop()
	s.line("The decrypt function runs: its real bootstrap, under a Lambda Runtime API, as %s.", role)

	s.tellAnswer(s.ask(ctx, f, items), map[int]decrypt.Class{7: decrypt.KeyDisabled, 9: decrypt.Denied})
	policy := document{Statement: []statement{
		{Sid: "Account", Effect: "Allow", Principal: principal("arn:aws:iam::" + string(s.bank.account) + ":root"), Action: []string{"kms:*"}, Resource: "*"},
		{Sid: "TheShopsFunction", Effect: "Allow", Principal: principal(role), Action: []string{"kms:Decrypt"}, Resource: "*"},
	}}
	got(bank.PutKeyPolicy(ctx, &kms.PutKeyPolicyInput{KeyId: &s.bank.key, Policy: new(policy.String())}))
	s.line("The bank's key policy now lets the shop's function decrypt; its role's own policy did all along.")
	s.tellAnswer(s.ask(ctx, f, items), map[int]decrypt.Class{7: decrypt.KeyDisabled})
	got(shop.EnableKey(ctx, &kms.EnableKeyInput{KeyId: &retired}))
	s.line("The disabled key is enabled again.")
	s.tellAnswer(s.ask(ctx, f, items), nil)
	expect(!bytes.Contains(log.Bytes(), []byte("number-")) && !bytes.Contains(log.Bytes(), []byte("correct horse")), "the function's log holds a secret")
	s.line("Its log, %d bytes, holds none of the values.", log.Len())
}

// references makes the ten references, whose values are known by their number.
func (s *story) references(ctx context.Context, retired string) []decrypt.Item {
	encryptUnder := func(c cast, key string, n int) decrypt.Item {
		out := got(kms.NewFromConfig(c.root).Encrypt(ctx, &kms.EncryptInput{
			KeyId: &key, Plaintext: fmt.Appendf(nil, "number-%d", n), EncryptionContext: map[string]string{"n": fmt.Sprint(n)}}))
		return decrypt.Item{Reference: "kms://" + base64.StdEncoding.EncodeToString(out.CiphertextBlob), Context: map[string]string{"n": fmt.Sprint(n)}, Key: key}
	}
	sealUnder := func(key string, n int) decrypt.Item {
		ring := got(kmskeyring.New(kms.NewFromConfig(s.shop.root), got(keyid.Parse(key))))
		message := got(envelope.Seal(ctx, fmt.Appendf(nil, "number-%d", n), ring))
		return decrypt.Item{Reference: "envelope://" + base64.StdEncoding.EncodeToString(message)}
	}
	items := []decrypt.Item{
		{Reference: "sm://prod/db#password"}, {Reference: "sm://prod/db#user"}, {Reference: "sm://prod/api"},
		encryptUnder(s.shop, s.shop.key, 3), encryptUnder(s.shop, s.shop.key, 4),
		sealUnder(s.shop.key, 5), sealUnder(s.shop.key, 6),
		encryptUnder(s.shop, retired, 7), encryptUnder(s.shop, s.shop.key, 8), encryptUnder(s.bank, s.bank.key, 9),
	}
	for i := range items {
		items[i].ID = fmt.Sprint(i)
	}
	return items
}

func (s *story) ask(ctx context.Context, f *lambda.Instance, items []decrypt.Item) decrypt.Response {
	event := got(json.Marshal(decrypt.Request{Items: items}))
	result := got(f.Invoke(ctx, event))
	expect(result.FunctionError == "", "the function failed: %s", result.Payload)
	var response decrypt.Response
	must(json.Unmarshal(result.Payload, &response))
	expect(len(response.Items) == len(items), "%d items answered, not %d", len(response.Items), len(items))
	return response
}

// tellAnswer checks every item's answer and tells it.
func (s *story) tellAnswer(r decrypt.Response, failing map[int]decrypt.Class) {
	want := []string{"correct horse", "shop", "api-token-7"}
	var failed []string
	for i, item := range r.Items {
		class, fails := failing[i]
		switch {
		case fails:
			expect(item.Error != nil && item.Error.Class == class, "item %d: wanted %s, got %+v", i, class, item.Error)
			failed = append(failed, fmt.Sprintf("the %s with %s", ordinal(i+1), class))
		default:
			value := fmt.Sprintf("number-%d", i)
			if i < len(want) {
				value = want[i]
			}
			expect(item.Error == nil && item.Value != nil && *item.Value == value, "item %d is not what was encrypted: %v", i, item.Error)
		}
	}
	if len(failed) == 0 {
		s.line("Asked again: all ten values came back.")
		return
	}
	s.line("Asked for ten: %d values came back; failed by itself: %s.", len(r.Items)-len(failed), strings.Join(failed, ", "))
}

func ordinal(n int) string {
	return []string{"", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"}[n]
}
