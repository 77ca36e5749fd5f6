package main

import (
	"path"
	"strconv"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"

	"rekey/functions/decrypt"
	"rekey/infra/config"
)

// newDecryptStack makes the decrypt function, the key that its ciphertexts are
// under, roles of services that use the key, and the layer that fills in a
// program's references before it starts.
func newDecryptStack(scope constructs.Construct, c config.Config, ops *operations, dist string, env *awscdk.Environment) {
	stack := stackOf(scope, "RekeyDecrypt", "Hands decrypted secrets to programs", env)
	key := newKey(stack, "Key", "rekey: ciphertexts for the decrypt function", "", decryptKeyPolicy(stack, c.Decrypt))
	key.AddAlias(new("alias/rekey-decrypt"))
	keys := []string{*key.KeyArn()}
	for _, arn := range c.Decrypt.Keys {
		keys = append(keys, environment(stack, arn))
	}
	variables := map[string]string{
		decrypt.EnvReferences: environment(stack, strings.Join(c.Decrypt.References, " ")),
		decrypt.EnvKeys:       strings.Join(keys, " "),
	}
	if c.Decrypt.MaxItems > 0 {
		variables[decrypt.EnvMaxItems] = strconv.Itoa(c.Decrypt.MaxItems)
	}
	f := newFunction(stack, ops, functionProps{
		name: "decrypt", description: "References to secrets in, values out", code: path.Join(dist, "decrypt"),
		memory: 256, timeout: 15, environment: variables, permissions: decryptPermissions(stack, c.Decrypt),
		concurrency: c.Decrypt.ReservedConcurrency, guards: "the request quotas of AWS KMS",
	})
	if c.Decrypt.Resources().Ciphertexts {
		key.AddToResourcePolicy(statement{
			sid: "FunctionDecrypts", principals: []awsiam.IPrincipal{awsiam.NewArnPrincipal(f.role.RoleArn())}, actions: []string{"kms:Decrypt"}, resources: []string{"*"},
		}.allow(stack), nil)
	}
	for i, who := range principalsOf(stack, c.Decrypt.Invokers) {
		awslambda.NewCfnPermission(stack, new("Invoker"+strconv.Itoa(i)), &awslambda.CfnPermissionProps{
			FunctionName: f.FunctionName(), Action: new("lambda:InvokeFunction"), Principal: who.(awsiam.ArnPrincipal).Arn(),
		})
	}
	for _, r := range c.Decrypt.Roles {
		newKeyUser(stack, key, r)
	}
	layer := newLayer(stack, c, dist)
	for _, o := range []struct {
		name, says string
		value      *string
	}{
		{"FunctionName", "For rekey exec --function", f.FunctionName()},
		{"FunctionRole", "For the key policies of further keys", f.role.RoleArn()},
		{"KeyArn", "Encrypt under it: rekey encrypt --key", key.KeyArn()},
		{"LayerArn", "Add it to a function, with AWS_LAMBDA_EXEC_WRAPPER=/opt/rekey-exec", layer.LayerVersionArn()},
		{"Failures", "Queue of events that the function failed", f.failures.QueueUrl()},
	} {
		awscdk.NewCfnOutput(stack, new(o.name), &awscdk.CfnOutputProps{Value: o.value, Description: new(o.says)})
	}
}

func decryptKeyPolicy(stack awscdk.Stack, d config.Decrypt) []statement {
	all := []statement{accountAdministers()}
	if len(d.Administrators) > 0 {
		all = append(all, statement{sid: "Administrators", principals: principalsOf(stack, d.Administrators), actions: administration, resources: []string{"*"}})
	}
	if len(d.Users) > 0 {
		all = append(all, statement{sid: "Users", principals: principalsOf(stack, d.Users), actions: append([]string{"kms:DescribeKey"}, use...), resources: []string{"*"}})
	}
	return all
}

// decryptPermissions are what the references come to, beside the stack's own key,
// whose key policy names the role.
func decryptPermissions(stack awscdk.Stack, d config.Decrypt) []statement {
	r := d.Resources()
	const wide = "they are what the allowed references of the configuration match"
	var all []statement
	if r.Ciphertexts && len(d.Keys) > 0 {
		all = append(all, statement{sid: "Ciphertexts", actions: []string{"kms:Decrypt"}, resources: d.Keys})
	}
	if len(r.Secrets) > 0 {
		all = append(all,
			statement{sid: "Secrets", actions: []string{"secretsmanager:GetSecretValue"}, resources: r.Secrets, wide: wide},
			statement{
				sid: "SecretBatches", actions: []string{"secretsmanager:BatchGetSecretValue"}, resources: []string{"*"},
				wide: "the action has no resources; each secret of a batch needs secretsmanager:GetSecretValue (API Reference, BatchGetSecretValue)",
			})
	}
	if len(r.Parameters) > 0 {
		all = append(all, statement{sid: "Parameters", actions: []string{"ssm:GetParameter", "ssm:GetParameters"}, resources: r.Parameters, wide: wide})
	}
	if len(r.Objects) > 0 {
		all = append(all, statement{sid: "Objects", actions: []string{"s3:GetObject", "s3:GetObjectVersion"}, resources: r.Objects, wide: wide})
	}
	if len(d.StorageKeys) > 0 && len(r.Secrets)+len(r.Parameters)+len(r.Objects) > 0 {
		var via []string
		for _, name := range []string{"secretsmanager", "ssm", "s3"} {
			via = append(via, name+".*."+*stack.UrlSuffix())
		}
		all = append(all, statement{
			sid: "Storage", actions: []string{"kms:Decrypt"}, resources: d.StorageKeys, conditions: conditions{"StringLike": {"kms:ViaService": via}},
		})
	}
	return all
}

// newKeyUser makes a role of a service that may use a key and nothing else: it
// has no policy of its own, the key policy names it.
func newKeyUser(stack awscdk.Stack, key awskms.Key, r config.Role) {
	// In a scope of its own, no name of a role is that of anything else.
	role := awsiam.NewRole(constructs.NewConstruct(stack, new("User"+r.Name)), new("Role"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(&r.Service, nil), Description: new("May use a key of rekey, and nothing else"),
	})
	assumed(role, "ServiceAssumes")
	who := []awsiam.IPrincipal{awsiam.NewArnPrincipal(role.RoleArn())}
	s := statement{sid: r.Name + "Uses", principals: who, actions: use, resources: []string{"*"}}
	if len(r.EncryptionContext) > 0 {
		context := map[string]any{}
		for k, v := range r.EncryptionContext {
			context["kms:EncryptionContext:"+k] = v
		}
		s.conditions = conditions{"StringEquals": context}
	}
	key.AddToResourcePolicy(s.allow(stack), nil)
	key.AddToResourcePolicy(statement{sid: r.Name + "Describes", principals: who, actions: []string{"kms:DescribeKey"}, resources: []string{"*"}}.allow(stack), nil)
	if r.Service == "ec2.amazonaws.com" {
		awsiam.NewCfnInstanceProfile(stack, new(r.Name+"InstanceProfile"), &awsiam.CfnInstanceProfileProps{Roles: &[]any{role.RoleName()}})
	}
	awscdk.NewCfnOutput(stack, new(r.Name+"RoleArn"), &awscdk.CfnOutputProps{Value: role.RoleArn()})
}

// newLayer is the layer whose wrapper script runs rekey exec before a runtime.
func newLayer(stack awscdk.Stack, c config.Config, dist string) awslambda.LayerVersion {
	return awslambda.NewLayerVersion(stack, new("Layer"), &awslambda.LayerVersionProps{
		LayerVersionName: new("rekey-exec"), Code: awslambda.Code_FromAsset(new(path.Join(dist, "layer.zip")), nil),
		CompatibleArchitectures: &[]awslambda.Architecture{architecture(c)},
		Description:             new("rekey exec before the runtime starts: AWS_LAMBDA_EXEC_WRAPPER=/opt/rekey-exec"),
	})
}
