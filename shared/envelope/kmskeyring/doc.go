// Package kmskeyring is the envelope.Keyring of AWS KMS: it makes data keys with
// KMS and has them encrypted under one or more KMS keys, each bound to the
// message's encryption context.
//
// It is strict: it decrypts only under the keys it was made with, names the key
// in every call, and believes no answer that comes from another key. Where a key
// of the keyring is a multi-Region key, it also decrypts what a related key in
// another Region encrypted, with the key it was given, in that key's Region.
// (AWS Encryption SDK specification, framework/aws-kms/aws-kms-keyring.md,
// aws-kms-mrk-keyring.md, aws-kms-mrk-match-for-decrypt.md and
// aws-kms-multi-keyrings.md.)
//
// It needs kms:GenerateDataKey on its first key and kms:Encrypt on the others to
// seal, and kms:Decrypt to open.
package kmskeyring
