// Package decrypt hands decrypted secrets to programs: references in, values
// out.
//
// It takes one event form, its own (Request), from a direct invocation:
//
//	{"items": [{"id": "db", "reference": "sm://prod/db#password"},
//	           {"id": "api", "reference": "kms://AQICAH…", "context": {"app": "shop"}}],
//	 "publicKey": "…"}
//
// and answers every item by itself, in the same order, with a value or a named
// error class. With a public key the values come back sealed to it (HPKE), so
// that nothing between the function and the caller can read them.
//
// The AWS API actions it calls:
//
//	kms:Decrypt                        kms://, envelope:// and envelope+s3://; the key is
//	                                   always named, and is one of the allowed keys
//	secretsmanager:GetSecretValue      sm://
//	secretsmanager:BatchGetSecretValue several sm:// at their current version;
//	                                   without it they are fetched one by one
//	kms:Decrypt, through Secrets Manager, for secrets under a customer managed key
//	ssm:GetParameters, ssm:GetParameter
//	                                   ssm://; without the first they are fetched one
//	                                   by one
//	kms:Decrypt, through Systems Manager, for SecureString parameters
//	s3:GetObject, s3:GetObjectVersion  envelope+s3://; and kms:Decrypt, through S3, for
//	                                   objects under SSE-KMS
//
// It reads only: there is nothing to apply, and plan.go decides what is read.
// What may be asked for is a list of references and of keys in its
// configuration; an empty list allows nothing.
package decrypt
