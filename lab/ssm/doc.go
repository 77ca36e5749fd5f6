// Package ssm is the lab's Systems Manager, of which it has Parameter Store.
// The value of a SecureString is encrypted for real by the lab's KMS, with the
// caller's permissions: one of the standard tier by kms:Encrypt, one of the
// advanced tier under a data key, as a message of the AWS Encryption SDK. Both
// carry the parameter's ARN as encryption context (KMS Developer Guide, "How
// AWS Systems Manager Parameter Store uses AWS KMS").
//
// A request is answered in this order, which is assumed: its own members are
// checked; the policies are asked, even where there is no such parameter; only
// then is the caller told that it does not exist; KMS comes last.
//
// Not modelled, and refused loudly: parameter policies (Expiration and the
// others), data types other than text, public parameters (/aws/service/…), the
// deprecated Filters, parameters shared with other accounts, tags of anything
// but parameters, and settings of anything but Parameter Store. Another
// account's parameter is refused as AWS refuses one that was not shared.
//
// The id in a message of the AWS Encryption SDK is random: of the same calls,
// only the ciphertext of an advanced SecureString is not the same bytes.
//
// Messages are those of reported answers wherever there is one: next to none is
// recorded. A comment says where it is from, or that it is assumed.
package ssm
