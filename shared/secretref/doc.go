// Package secretref has the two things that travel where secrets are fetched:
// references, which say where a secret is, and Secret, which holds its bytes
// so that they cannot be printed by accident.
//
// A reference is a URI:
//
//	kms://BASE64                       a ciphertext of KMS Encrypt, at most 6144 bytes
//	envelope://BASE64                  a message in the AWS Encryption SDK's format
//	sm://NAME-OR-ARN[#KEY][@STAGE]     a secret in Secrets Manager: whole, or the
//	                                   value of one key of its JSON object; by
//	                                   staging label, or by version id (a UUID)
//	ssm://NAME-OR-ARN[#KEY][@VERSION-OR-LABEL]
//	                                   a parameter of Systems Manager; a name in a
//	                                   hierarchy begins with a slash: ssm:///prod/db
//	envelope+s3://BUCKET/KEY[@VERSION] a message in the AWS Encryption SDK's format
//	                                   that is an object in S3
//
// Base64 is the standard or the URL-safe alphabet, padded or not. In
// sm://, ssm:// and envelope+s3:// references a literal #, @ or % within a part is
// written %23, %40, %25; the last @ begins the stage, version or label. Any other text is no reference and is left alone.
package secretref
