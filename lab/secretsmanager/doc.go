// Package secretsmanager is the lab's Secrets Manager. Every value is encrypted
// for real: under a data key that the lab's KMS made, and with the secret's ARN
// and the version's id as encryption context, so that key policies,
// kms:ViaService, key states and the trail count as they do in AWS (Secrets
// Manager User Guide, "Secret encryption and decryption").
//
// A request is answered in this order, taken from what is recorded and
// reported of the service: its own members are checked; the secret is looked
// up; the policies are asked, even where there is no such secret; only then is
// the caller told that it does not exist, or that it is marked for deletion;
// KMS comes last.
//
// Not modelled, and refused loudly: rotation, replicas in other Regions and
// accounts, managed external secrets, and UpdateSecret.
//
// Messages are those of recorded or reported answers wherever there is one.
// A comment says so where the sources leave something open, and what was
// assumed.
package secretsmanager
