package conformance

import (
	"encoding/base64"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// secure makes a SecureString, under the AWS managed key if k is none.
func (c *caller) secure(k key, configure ...func(*ssm.PutParameterInput)) string {
	c.x.Helper()
	return c.parameter(c.x.name("secure"), append([]func(*ssm.PutParameterInput){func(in *ssm.PutParameterInput) {
		in.Type = types.ParameterTypeSecureString
		if k.arn != "" {
			in.KeyId = &k.arn
		}
	}}, configure...)...)
}

func advanced(in *ssm.PutParameterInput) { in.Tier = types.ParameterTierAdvanced }

func open(name string) *ssm.GetParameterInput {
	return &ssm.GetParameterInput{Name: &name, WithDecryption: new(true)}
}

const (
	kmsGuide   = "KMS Developer Guide, How AWS Systems Manager Parameter Store uses AWS KMS"
	authorizes = "Systems Manager User Guide, How Parameter Store authorizes parameter retrieval"
)

var parameterAccessClaims = []claim{
	{
		says:   "a SecureString is given decrypted only where that is asked for",
		source: kmsGuide,
		check: func(x *bench) {
			for _, tier := range []func(*ssm.PutParameterInput){func(*ssm.PutParameterInput) {}, advanced} {
				name := x.Own.secure(key{}, tier)
				equal(x, "Value", text(succeed(x, x.Own.SSM.GetParameter, open(name)).Parameter.Value), "value")
				sealed := text(succeed(x, x.Own.SSM.GetParameter, fetch(name)).Parameter.Value)
				if raw, err := base64.StdEncoding.DecodeString(sealed); err != nil || strings.Contains(string(raw), "value") {
					x.Errorf("without decryption the value is %q", sealed)
				}
			}
		},
	},
	{
		says:   "what a standard SecureString holds, KMS decrypts with the parameter's ARN as encryption context",
		source: kmsGuide + ": Parameter Store encryption context",
		check: func(x *bench) {
			k := x.Own.key("")
			name := x.Own.secure(k)
			sealed := text(succeed(x, x.Own.SSM.GetParameter, fetch(name)).Parameter.Value)
			raw, err := base64.StdEncoding.DecodeString(sealed)
			if err != nil {
				x.Fatal(err)
			}
			out := succeed(x, x.Own.KMS.Decrypt, k.decrypt(raw, "PARAMETER_ARN", x.Own.parameterARN(name)))
			equal(x, "the plaintext", string(out.Plaintext), "value")
			refused(x, x.Own.KMS.Decrypt, k.decrypt(raw), "InvalidCiphertextException")
		},
	},
	{
		says:   "to make a standard SecureString needs kms:Encrypt, an advanced one kms:GenerateDataKey, to read either kms:Decrypt",
		source: kmsGuide + ": Setting permissions to encrypt and decrypt parameter values",
		check: func(x *bench) {
			k := x.Own.key("")
			put := may("ssm:*", "*")
			encrypts := x.Own.session(document(put, may("kms:Encrypt", k.arn)))
			generates := x.Own.session(document(put, may("kms:GenerateDataKey", k.arn)))
			standard := encrypts.secure(k)
			strong := generates.secure(k, advanced)
			in := &ssm.PutParameterInput{Name: new(x.name("secure")), Value: new("v"), Type: types.ParameterTypeSecureString, KeyId: &k.arn}
			refused(x, generates.SSM.PutParameter, in, "AccessDeniedException").mentioning("kms:Encrypt")
			advanced(in)
			refused(x, encrypts.SSM.PutParameter, in, "AccessDeniedException").mentioning("kms:GenerateDataKey")
			reader := x.Own.session(document(put, may("kms:Decrypt", k.arn)))
			for _, name := range []string{standard, strong} {
				equal(x, "Value", text(succeed(x, reader.SSM.GetParameter, open(name)).Parameter.Value), "value")
				refused(x, encrypts.SSM.GetParameter, open(name), "AccessDeniedException").mentioning("Error Code: AccessDeniedException")
				succeed(x, encrypts.SSM.GetParameter, fetch(name))
			}
		},
	},
	{
		says:   "a denied decryption is told in KMS's words for a ciphertext whose key one may not see",
		source: "reported: the message, in tryolabs/aws-workshop issue 6 and external-secrets/kubernetes-external-secrets issue 627",
		check: func(x *bench) {
			k := x.Own.key("")
			name := x.Own.secure(k)
			refused(x, x.Own.session(document(may("ssm:*", "*"))).SSM.GetParameter, open(name), "AccessDeniedException").mentioning(
				"The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access. " +
					"(Service: AWSKMS; Status Code: 400; Error Code: AccessDeniedException; Request ID: ")
		},
	},
	{
		says:   "a key that does not exist is an InvalidKeyId with KMS's message",
		source: "reported: the message, in binxio/aws-ssm-copy issue 10 and cloudposse/docs issue 152",
		check: func(x *bench) {
			in := &ssm.PutParameterInput{Name: new(x.name("secure")), Value: new("v"), Type: types.ParameterTypeSecureString, KeyId: new("alias/" + x.name("none"))}
			refused(x, x.Own.SSM.PutParameter, in, "InvalidKeyId").mentioning(
				"Alias arn:aws:kms:" + x.region + ":" + x.Own.account + ":" + text(in.KeyId) + " is not found. (Service: AWSKMS; Status Code: 400; Error Code: NotFoundException; Request ID: ")
		},
	},
	{
		says:   "a disabled key, or one pending deletion, is an InvalidKeyId, to write and to read",
		source: "reported: the message, in segmentio/chamber issue 355; " + kmsGuide + ": Troubleshooting KMS key issues in Parameter Store",
		check: func(x *bench) {
			k := x.Own.key("")
			name := x.Own.secure(k)
			succeed(x, x.Own.KMS.DisableKey, &kms.DisableKeyInput{KeyId: &k.id})
			refused(x, x.Own.SSM.GetParameter, open(name), "InvalidKeyId").mentioning("Error Code: DisabledException")
			succeed(x, x.Own.KMS.ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: &k.id, PendingWindowInDays: new(int32(7))})
			in := &ssm.PutParameterInput{Name: &name, Value: new("w"), Type: types.ParameterTypeSecureString, KeyId: &k.arn, Overwrite: new(true)}
			refused(x, x.Own.SSM.PutParameter, in, "InvalidKeyId").mentioning(k.arn + " is pending deletion. (Service: AWSKMS; Status Code: 400; Error Code: KMSInvalidStateException; Request ID: ")
		},
	},
	{
		says:   "a SecureString that names no key is under alias/aws/ssm, also when it is overwritten without one",
		source: kmsGuide + "; Systems Manager API Reference, PutParameter, KeyId",
		check: func(x *bench) {
			k := x.Own.key("")
			name := x.Own.secure(k)
			keyID := func() string {
				out := succeed(x, x.Own.SSM.DescribeParameters, &ssm.DescribeParametersInput{ParameterFilters: []types.ParameterStringFilter{{Key: new("Name"), Values: []string{name}}}})
				return text(out.Parameters[0].KeyId)
			}
			equal(x, "KeyId", keyID(), k.arn)
			succeed(x, x.Own.SSM.PutParameter, &ssm.PutParameterInput{Name: &name, Value: new("w"), Type: types.ParameterTypeSecureString, Overwrite: new(true)})
			equal(x, "KeyId", keyID(), "alias/aws/ssm")
		},
	},
	{
		says:   "a policy may tie a key to a parameter, and to Parameter Store",
		source: kmsGuide + ": Parameter Store encryption context; KMS Developer Guide, AWS KMS condition keys: kms:ViaService",
		check: func(x *bench) {
			k := x.Own.key("")
			name, other := x.Own.secure(k), x.Own.secure(k)
			reader := x.Own.session(document(may("ssm:GetParameter", "*"), may("kms:Decrypt", k.arn, `"Condition":{"StringEquals":{"kms:EncryptionContext:PARAMETER_ARN":"`+
				x.Own.parameterARN(name)+`","kms:ViaService":"ssm.`+x.region+`.amazonaws.com"}}`)))
			succeed(x, reader.SSM.GetParameter, open(name))
			refused(x, reader.SSM.GetParameter, open(other), "AccessDeniedException")
		},
	},
	{
		says:   "each way to read a parameter is a permission of its own",
		source: authorizes,
		check: func(x *bench) {
			name := x.Own.parameter("/" + x.name("top") + "/leaf")
			reader := x.Own.session(document(may("ssm:GetParameter", x.Own.parameterARN(name))))
			succeed(x, reader.SSM.GetParameter, fetch(name))
			refused(x, reader.SSM.GetParameters, &ssm.GetParametersInput{Names: []string{name}}, "AccessDeniedException").saying(
				"User: " + reader.arn + " is not authorized to perform: ssm:GetParameters on resource: " + x.Own.parameterARN(name) +
					" because no identity-based policy allows the ssm:GetParameters action")
			refused(x, reader.SSM.GetParameterHistory, &ssm.GetParameterHistoryInput{Name: &name}, "AccessDeniedException")
		},
	},
	{
		says:   "whoever may list a path sees what is below it, even what is denied to be read",
		source: authorizes,
		check: func(x *bench) {
			top := "/" + x.name("top")
			leaf := x.Own.parameter(top + "/leaf")
			reader := x.Own.session(document(may("ssm:*", "*"), mayNot("ssm:GetParameter*", x.Own.parameterARN(leaf))))
			refused(x, reader.SSM.GetParameter, fetch(leaf), "AccessDeniedException")
			out := succeed(x, reader.SSM.GetParametersByPath, &ssm.GetParametersByPathInput{Path: &top})
			equal(x, "the parameters", names(out.Parameters), leaf)
		},
	},
	{
		says:   "a listing by path is authorized for the path as it was given",
		source: "reported: the refusal of a path with a slash behind it, in aws-ia/terraform-aws-control_tower_account_factory issue 174",
		check: func(x *bench) {
			path := "/" + x.name("top") + "/"
			reader := x.Own.session(document(may("ssm:GetParameter", "*")))
			refused(x, reader.SSM.GetParametersByPath, &ssm.GetParametersByPathInput{Path: &path}, "AccessDeniedException").mentioning(
				"ssm:GetParametersByPath on resource: arn:aws:ssm:" + x.region + ":" + x.Own.account + ":parameter" + path + " because")
		},
	},
	{
		says:   "ssm:Recursive keeps from reading all levels of a path",
		source: "Systems Manager User Guide, Preventing access to Parameter Store API operations: ssm:Recursive",
		check: func(x *bench) {
			top := "/" + x.name("top")
			reader := x.Own.session(document(may("ssm:*", "*"), mayNot("ssm:GetParametersByPath", "*", when("StringEquals", "ssm:Recursive", "true"))))
			in := &ssm.GetParametersByPathInput{Path: &top, Recursive: new(true)}
			refused(x, reader.SSM.GetParametersByPath, in, "AccessDeniedException").mentioning("with an explicit deny in an identity-based policy")
			in.Recursive = new(false)
			succeed(x, reader.SSM.GetParametersByPath, in)
		},
	},
	{
		says:   "ssm:Overwrite lets parameters be made but not changed",
		source: "Systems Manager User Guide, Preventing access to Parameter Store API operations: ssm:Overwrite",
		check: func(x *bench) {
			writer := x.Own.session(document(may("ssm:*", "*"), mayNot("ssm:PutParameter", "*", when("StringEquals", "ssm:Overwrite", "true"))))
			name := writer.parameter(x.name("parameter"))
			refused(x, writer.SSM.PutParameter, &ssm.PutParameterInput{Name: &name, Value: new("w"), Overwrite: new(true)}, "AccessDeniedException")
		},
	},
	{
		says:   "a parameter's tags decide who may read it, by either of two condition keys",
		source: "Service Authorization Reference, AWS Systems Manager: condition keys",
		check: func(x *bench) {
			name := x.Own.parameter(x.name("parameter"), func(in *ssm.PutParameterInput) { in.Tags = []types.Tag{{Key: new("team"), Value: new("red")}} })
			for _, k := range []string{"aws:ResourceTag/team", "ssm:resourceTag/team"} {
				succeed(x, x.Own.session(document(may("ssm:GetParameter", "*", when("StringEquals", k, "red")))).SSM.GetParameter, fetch(name))
				refused(x, x.Own.session(document(may("ssm:GetParameter", "*", when("StringEquals", k, "blue")))).SSM.GetParameter, fetch(name), "AccessDeniedException")
			}
		},
	},
	{
		says:   "to make a parameter with tags needs ssm:AddTagsToResource",
		source: "reported: the refusal, in pepperize/cdk-ssm-parameters-cross-region issue 442",
		check: func(x *bench) {
			writer := x.Own.session(document(may("ssm:PutParameter", "*")))
			name := x.name("parameter")
			in := &ssm.PutParameterInput{Name: &name, Value: new("v"), Type: types.ParameterTypeString, Tags: []types.Tag{{Key: new("a"), Value: new("b")}}}
			refused(x, writer.SSM.PutParameter, in, "AccessDeniedException").mentioning("ssm:AddTagsToResource on resource: " + x.Own.parameterARN(name) + " because no identity-based policy allows")
		},
	},
	{
		says:   "DescribeParameters is asked about the resource *",
		source: "reported: the refusal, in terraform-aws-modules/terraform-aws-iam issue 347",
		check: func(x *bench) {
			reader := x.Own.session(document(may("ssm:DescribeParameters", x.Own.parameterARN("*"))))
			refused(x, reader.SSM.DescribeParameters, &ssm.DescribeParametersInput{}, "AccessDeniedException").saying(
				"User: " + reader.arn + " is not authorized to perform: ssm:DescribeParameters on resource: * because no identity-based policy allows the ssm:DescribeParameters action")
		},
	},
	{
		says:   "whether a parameter exists is told only to who may read it",
		source: "assumption: the policies are asked before the parameter is looked for, as everywhere in AWS where the ARN is known from the request",
		check: func(x *bench) {
			reader := x.Own.session(document(may("ssm:GetParameter", x.Own.parameterARN("allowed*"))))
			refused(x, reader.SSM.GetParameter, fetch("denied-"+x.name("none")), "AccessDeniedException")
			refused(x, reader.SSM.GetParameter, fetch("allowed-"+x.name("none")), "ParameterNotFound")
		},
	},
	{
		says:   "another account reads no parameter that was not shared with it",
		source: "Systems Manager User Guide, Working with shared parameters in Parameter Store",
		needs:  otherAccount,
		check: func(x *bench) {
			name := x.Own.parameter(x.name("parameter"))
			refused(x, x.Other.SSM.GetParameter, fetch(x.Own.parameterARN(name)), "AccessDeniedException")
			refused(x, x.Other.SSM.GetParameter, fetch(name), "ParameterNotFound")
		},
	},
	{
		says:   "the default tier is standard until it is set otherwise",
		source: "Systems Manager API Reference, UpdateServiceSetting; Systems Manager API Reference, PutParameter, Tier",
		needs:  inside, // it would change the whole account
		check: func(x *bench) {
			const id = "/ssm/parameter-store/default-parameter-tier"
			get := &ssm.GetServiceSettingInput{SettingId: new(id)}
			s := succeed(x, x.Own.SSM.GetServiceSetting, get).ServiceSetting
			equal(x, "the setting", text(s.SettingValue)+" "+text(s.Status), "Standard Default")
			succeed(x, x.Own.SSM.UpdateServiceSetting, &ssm.UpdateServiceSettingInput{SettingId: s.ARN, SettingValue: new("Advanced")})
			s = succeed(x, x.Own.SSM.GetServiceSetting, get).ServiceSetting
			equal(x, "the setting", text(s.SettingValue)+" "+text(s.Status), "Advanced Customized")
			out := succeed(x, x.Own.SSM.PutParameter, &ssm.PutParameterInput{Name: new(x.name("parameter")), Value: new("v"), Type: types.ParameterTypeString})
			equal(x, "Tier", out.Tier, types.ParameterTierAdvanced)
			s = succeed(x, x.Own.SSM.ResetServiceSetting, &ssm.ResetServiceSettingInput{SettingId: new(id)}).ServiceSetting
			equal(x, "the setting", text(s.SettingValue)+" "+text(s.Status), "Standard Default")
		},
	},
}
