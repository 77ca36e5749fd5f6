// Package secretsmanager is the lab's Secrets Manager. Every value is encrypted
// for real: under a data key that the lab's KMS made, and with the secret's ARN
// and the version's id as encryption context, so that key policies,
// kms:ViaService, key states and the trail count as they do in AWS (Secrets
// Manager User Guide, "Secret encryption and decryption").
//
// A request is answered in this order, which is assumed from the cases that are
// recorded: its own members are checked; the secret is looked
// up; the policies are asked, even where there is no such secret; only then is
// the caller told that it does not exist, or that it is marked for deletion;
// KMS comes last.
//
// Rotation invokes a function of the lab's Lambda, one step after the other, as
// secretsmanager.amazonaws.com on behalf of the secret, and in the windows that
// its rules name: at their beginning, where AWS takes any time in them. Replicas
// in other Regions follow their primary after a few seconds, encrypted anew under
// keys of their own.
//
// Not modelled, and refused loudly: replicas in other accounts, managed external
// secrets, and secrets that other AWS services own, with their managed rotation.
//
// Messages are those of recorded or reported answers wherever there is one.
// A comment says so where the sources leave something open, and what was
// assumed.
package secretsmanager
