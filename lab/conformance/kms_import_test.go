package conformance

import (
	"crypto/rsa"
	"crypto/x509"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

const (
	importPage   = "KMS API Reference, ImportKeyMaterial"
	wrappingPage = "KMS Developer Guide, Download the wrapping public key and import token"
	guidePage    = "KMS Developer Guide, Import the key material"
	statesPage   = "KMS Developer Guide, Key states of AWS KMS keys, table"
)

var kmsImport = []claim{
	{
		says:   "a key of origin EXTERNAL has no material, and is pending import until it has",
		source: "recorded: kms test_import_key_symmetric",
		check: func(x *bench) {
			k := x.Own.awaiting()
			m := succeed(x, x.Own.KMS.DescribeKey, describe(k.id)).KeyMetadata
			equal(x, "Origin", m.Origin, types.OriginTypeExternal)
			equal(x, "KeyState", m.KeyState, types.KeyStatePendingImport)
			equal(x, "Enabled", m.Enabled, false)
			equal(x, "CurrentKeyMaterialId", text(m.CurrentKeyMaterialId), "")
			equal(x, "ExpirationModel", m.ExpirationModel, "")
			refused(x, x.Own.KMS.Encrypt, k.encrypt("hello"), "KMSInvalidStateException").saying(k.arn + " is pending import.")
			id := x.Own.imports(k, secretOf(1))
			m = succeed(x, x.Own.KMS.DescribeKey, describe(k.id)).KeyMetadata
			equal(x, "KeyState", m.KeyState, types.KeyStateEnabled)
			equal(x, "Enabled", m.Enabled, true)
			equal(x, "CurrentKeyMaterialId", text(m.CurrentKeyMaterialId), id)
			equal(x, "ExpirationModel", m.ExpirationModel, types.ExpirationModelTypeKeyMaterialDoesNotExpire)
			equal(x, "ValidTo", m.ValidTo == nil, true)
			out := succeed(x, x.Own.KMS.Decrypt, k.decrypt(x.Own.seal(k, "hello")))
			equal(x, "the plaintext", string(out.Plaintext), "hello")
			equal(x, "KeyMaterialId", text(out.KeyMaterialId), id)
		},
	},
	{
		says:   "a key of another origin takes no import",
		source: "recorded: kms test_get_parameters_for_import_raises_for_non_external_kms_keys; " + statesPage + ", [9]",
		check: func(x *bench) {
			k := x.Own.key("")
			message := k.arn + " origin is AWS_KMS which is not valid for this operation."
			refused(x, x.Own.KMS.GetParametersForImport, &kms.GetParametersForImportInput{
				KeyId: &k.id, WrappingAlgorithm: types.AlgorithmSpecRsaesOaepSha256, WrappingKeySpec: types.WrappingKeySpecRsa2048,
			}, "UnsupportedOperationException").saying(message)
			in := &kms.ImportKeyMaterialInput{KeyId: &k.id, ImportToken: []byte("token"), EncryptedKeyMaterial: []byte("material"), ExpirationModel: types.ExpirationModelTypeKeyMaterialDoesNotExpire}
			refused(x, x.Own.KMS.ImportKeyMaterial, in, "UnsupportedOperationException").saying(message)
			refused(x, x.Own.KMS.DeleteImportedKeyMaterial, &kms.DeleteImportedKeyMaterialInput{KeyId: &k.id}, "UnsupportedOperationException").saying(message)
		},
	},
	{
		says:   "a wrapping key is RSA of the size that was asked for, and another one each time",
		source: "KMS API Reference, GetParametersForImport; assumption: that it is another one each time",
		check: func(x *bench) {
			k := x.Own.awaiting()
			tokens := map[string]bool{}
			for spec, bits := range map[types.WrappingKeySpec]int{types.WrappingKeySpecRsa2048: 2048, types.WrappingKeySpecRsa3072: 3072, types.WrappingKeySpecRsa4096: 4096} {
				of := x.Own.offer(k, types.AlgorithmSpecRsaesOaepSha1, spec)
				equal(x, "KeyId", text(of.KeyId), k.arn)
				public, err := x509.ParsePKIXPublicKey(of.PublicKey)
				if err != nil {
					x.Fatal(err)
				}
				equal(x, "the size of "+string(spec), public.(*rsa.PublicKey).N.BitLen(), bits)
				tokens[string(of.ImportToken)], tokens[string(of.PublicKey)] = true, true
			}
			equal(x, "the number of tokens and keys", len(tokens), 6)
		},
	},
	{
		says:   "symmetric material comes under RSAES_OAEP only: RSAES_PKCS1_V1_5 is not taken any more, RSA_AES is for private keys, SM2PKE for China",
		source: wrappingPage + ", Select a wrapping algorithm; assumption: the code",
		check: func(x *bench) {
			k := x.Own.awaiting()
			for _, a := range []types.AlgorithmSpec{types.AlgorithmSpecRsaesPkcs1V15, types.AlgorithmSpecRsaAesKeyWrapSha1, types.AlgorithmSpecRsaAesKeyWrapSha256, types.AlgorithmSpecSm2pke} {
				refused(x, x.Own.KMS.GetParametersForImport, &kms.GetParametersForImportInput{KeyId: &k.id, WrappingAlgorithm: a, WrappingKeySpec: types.WrappingKeySpecRsa2048}, "UnsupportedOperationException")
			}
			refused(x, x.Own.KMS.GetParametersForImport, &kms.GetParametersForImportInput{
				KeyId: &k.id, WrappingAlgorithm: types.AlgorithmSpecRsaesOaepSha256, WrappingKeySpec: types.WrappingKeySpecSm2,
			}, "UnsupportedOperationException")
		},
	},
	{
		says:   "material can come under either hash, and by any wrapping key it is the same material",
		source: guidePage + ", Reimport key material",
		check: func(x *bench) {
			k := x.Own.awaiting()
			ids := map[string]bool{}
			for _, a := range []types.AlgorithmSpec{types.AlgorithmSpecRsaesOaepSha1, types.AlgorithmSpecRsaesOaepSha256} {
				of := x.Own.offer(k, a, types.WrappingKeySpecRsa2048)
				ids[x.Own.imports(k, nil, func(in *kms.ImportKeyMaterialInput) {
					in.ImportToken, in.EncryptedKeyMaterial = of.ImportToken, x.wrap(of, a, secretOf(1))
				})] = true
			}
			equal(x, "the number of materials", len(ids), 1)
		},
	},
	{
		says:   "wrapping key and token belong together, and to their KMS key",
		source: importPage + ", Errors",
		check: func(x *bench) {
			k, other := x.Own.awaiting(), x.Own.awaiting()
			in, second := x.Own.importing(k, secretOf(1)), x.Own.importing(k, secretOf(1))
			mixed := *in
			mixed.EncryptedKeyMaterial = second.EncryptedKeyMaterial
			refused(x, x.Own.KMS.ImportKeyMaterial, &mixed, "InvalidCiphertextException")
			mixed = *in
			mixed.KeyId = &other.id
			refused(x, x.Own.KMS.ImportKeyMaterial, &mixed, "InvalidImportTokenException")
			mixed = *in
			mixed.ImportToken = []byte("no token")
			refused(x, x.Own.KMS.ImportKeyMaterial, &mixed, "InvalidImportTokenException")
			mixed = *in
			mixed.EncryptedKeyMaterial = in.EncryptedKeyMaterial[1:]
			refused(x, x.Own.KMS.ImportKeyMaterial, &mixed, "ValidationException").saying("Invalid encrypted key size.") // reported wording
			succeed(x, x.Own.KMS.ImportKeyMaterial, in)
		},
	},
	{
		says:   "a wrapping key and its token can be used for 24 hours",
		source: "KMS API Reference, GetParametersForImport, ParametersValidTo",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.awaiting()
			of := x.Own.offer(k, types.AlgorithmSpecRsaesOaepSha256, types.WrappingKeySpecRsa2048)
			equal(x, "ParametersValidTo", of.ParametersValidTo.Sub(x.lab.World.Now()), 24*time.Hour)
			early, late := x.Own.importing(k, secretOf(1)), x.Own.importing(k, secretOf(1))
			x.advance(24 * time.Hour)
			succeed(x, x.Own.KMS.ImportKeyMaterial, early)
			x.advance(time.Second)
			refused(x, x.Own.KMS.ImportKeyMaterial, late, "ExpiredImportTokenException")
		},
	},
	{
		says:   "symmetric material has 32 bytes",
		source: "KMS Developer Guide, Create a KMS key with imported key material, Requirements for imported key material; assumption: the code",
		check: func(x *bench) {
			k := x.Own.awaiting()
			refused(x, x.Own.KMS.ImportKeyMaterial, x.Own.importing(k, secretOf(1)[1:]), "IncorrectKeyMaterialException")
			equal(x, "the state", x.state(k), types.KeyStatePendingImport)
		},
	},
	{
		says:   "material expires within 365 days, or not at all: an expiration has a date, and nothing else has one",
		source: "recorded: kms test_import_key_symmetric; " + importPage + ", ExpirationModel and ValidTo",
		check: func(x *bench) {
			k := x.Own.awaiting()
			now := time.Now()
			if x.lab != nil {
				now = x.lab.World.Now()
			}
			in := x.Own.importing(k, secretOf(1))
			in.ExpirationModel = ""
			refused(x, x.Own.KMS.ImportKeyMaterial, in, "ValidationException").saying("A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES")
			for _, at := range []time.Time{now.Add(-time.Minute), now.Add(366 * day)} {
				until(at)(in)
				refused(x, x.Own.KMS.ImportKeyMaterial, in, "ValidationException")
			}
			until(now.Add(day))(in)
			in.ExpirationModel = types.ExpirationModelTypeKeyMaterialDoesNotExpire
			refused(x, x.Own.KMS.ImportKeyMaterial, in, "ValidationException")
			in.ExpirationModel = ""
			succeed(x, x.Own.KMS.ImportKeyMaterial, in)
			m := succeed(x, x.Own.KMS.DescribeKey, describe(k.id)).KeyMetadata
			equal(x, "ExpirationModel", m.ExpirationModel, types.ExpirationModelTypeKeyMaterialExpires)
			equal(x, "ValidTo", m.ValidTo.Unix(), now.Add(day).Unix())
		},
	},
	{
		says:   "the id of material is that of its bytes and of its key",
		source: importPage + ", KeyMaterialId; AWS Security Blog, How to use on-demand rotation for AWS KMS imported keys",
		check: func(x *bench) {
			k, other := x.Own.awaiting(), x.Own.awaiting()
			id := x.Own.imports(k, secretOf(1))
			equal(x, "the id of the same material", x.Own.imports(k, secretOf(1)), id)
			if x.Own.imports(other, secretOf(1)) == id {
				x.Error("another key's material has the same id")
			}
			succeed(x, x.Own.KMS.DeleteImportedKeyMaterial, &kms.DeleteImportedKeyMaterialInput{KeyId: &k.id})
			equal(x, "the id of what was deleted and imported again", x.Own.imports(k, secretOf(1)), id)
		},
	},
	{
		says:   "material that the key never had is refused, unless it is to be new; what it has is refused as new",
		source: importPage + ", ImportType; KMS API Reference, IncorrectKeyMaterialException",
		check: func(x *bench) {
			k := x.Own.external()
			refused(x, x.Own.KMS.ImportKeyMaterial, x.Own.importing(k, secretOf(2)), "IncorrectKeyMaterialException")
			refused(x, x.Own.KMS.ImportKeyMaterial, x.Own.importing(k, secretOf(1), anew), "IncorrectKeyMaterialException")
			first := x.Own.awaiting()
			refused(x, x.Own.KMS.ImportKeyMaterial, x.Own.importing(first, secretOf(1), func(in *kms.ImportKeyMaterialInput) {
				in.ImportType = types.ImportTypeExistingKeyMaterial
			}), "IncorrectKeyMaterialException")
			x.Own.imports(first, secretOf(1), anew)
		},
	},
	{
		says:   "an id that is named for material must be its own, and new material has none to name",
		source: importPage + ", KeyMaterialId; assumption: the code for new material",
		check: func(x *bench) {
			k := x.Own.awaiting()
			named := func(id string) func(*kms.ImportKeyMaterialInput) {
				return func(in *kms.ImportKeyMaterialInput) { in.KeyMaterialId = &id }
			}
			refused(x, x.Own.KMS.ImportKeyMaterial, x.Own.importing(k, secretOf(1), anew, named(strings.Repeat("0", 64))), "ValidationException")
			id := x.Own.imports(k, secretOf(1))
			refused(x, x.Own.KMS.ImportKeyMaterial, x.Own.importing(k, secretOf(1), named(strings.Repeat("0", 64))), "IncorrectKeyMaterialException")
			x.Own.imports(k, secretOf(1), named(id))
		},
	},
	{
		says:   "the condition keys of an import hold a caller to wrapping algorithm, wrapping key, expiration model and date",
		source: conditionKeys + "kms:WrappingAlgorithm, kms:WrappingKeySpec, kms:ExpirationModel and kms:ValidTo",
		needs:  inside,
		check: func(x *bench) {
			k := x.Own.awaiting()
			limit := x.lab.World.Now().Add(10 * day)
			s := x.Own.session(document(
				may("kms:GetParametersForImport", k.arn, when("StringEquals", "kms:WrappingAlgorithm", "RSAES_OAEP_SHA_256")),
				mayNot("kms:GetParametersForImport", k.arn, when("StringEquals", "kms:WrappingKeySpec", "RSA_4096")),
				may("kms:ImportKeyMaterial", k.arn, when("NumericLessThanEquals", "kms:ValidTo", strconv.FormatInt(limit.Unix(), 10))),
				mayNot("kms:ImportKeyMaterial", k.arn, when("StringEquals", "kms:ExpirationModel", "KEY_MATERIAL_DOES_NOT_EXPIRE")),
			))
			in := &kms.GetParametersForImportInput{KeyId: &k.id, WrappingAlgorithm: types.AlgorithmSpecRsaesOaepSha1, WrappingKeySpec: types.WrappingKeySpecRsa2048}
			refused(x, s.KMS.GetParametersForImport, in, "AccessDeniedException")
			in.WrappingAlgorithm, in.WrappingKeySpec = types.AlgorithmSpecRsaesOaepSha256, types.WrappingKeySpecRsa4096
			refused(x, s.KMS.GetParametersForImport, in, "AccessDeniedException")
			in.WrappingKeySpec = types.WrappingKeySpecRsa2048
			succeed(x, s.KMS.GetParametersForImport, in)
			refused(x, s.KMS.ImportKeyMaterial, x.Own.importing(k, secretOf(1)), "AccessDeniedException")
			refused(x, s.KMS.ImportKeyMaterial, x.Own.importing(k, secretOf(1), until(limit.Add(time.Second))), "AccessDeniedException")
			succeed(x, s.KMS.ImportKeyMaterial, x.Own.importing(k, secretOf(1), until(limit)))
		},
	},
	{
		says:   "neither token nor material are recorded",
		source: "KMS Developer Guide, Examples of AWS KMS log entries, GetParametersForImport and ImportKeyMaterial",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.awaiting()
			id := x.Own.imports(k, secretOf(1))
			r := x.latest(x.Own, "ImportKeyMaterial")
			equal(x, "the number of parameters", len(r.RequestParameters), 2)
			equal(x, "requestParameters.keyId", r.RequestParameters["keyId"].(string), k.id)
			equal(x, "requestParameters.expirationModel", r.RequestParameters["expirationModel"].(string), "KEY_MATERIAL_DOES_NOT_EXPIRE")
			equal(x, "responseElements.keyId", r.ResponseElements["keyId"].(string), k.arn)
			equal(x, "responseElements.keyMaterialId", r.ResponseElements["keyMaterialId"].(string), id)
			r = x.latest(x.Own, "GetParametersForImport")
			equal(x, "readOnly", r.ReadOnly, true)
			equal(x, "the number of elements of the answer", len(r.ResponseElements), 0)
		},
	},
}
