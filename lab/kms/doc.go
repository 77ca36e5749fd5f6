// Package kms is the lab's AWS KMS: symmetric encryption keys with real
// AES-256-GCM under them, HMAC keys, and asymmetric keys that encrypt (RSA), sign
// (RSA, the NIST curves, secp256k1, Ed25519, ML-DSA), agree on secrets (the NIST
// curves) and encapsulate them (ML-KEM); data keys and data key pairs, key states,
// aliases, key policies, grants, multi-Region keys, rotation by date and on
// demand, imported material (symmetric, HMAC, RSA and elliptic curves), custom key
// stores, rehearsals (DryRun), the last use of a key, and use across accounts.
//
// A grant counts at once, with its token or without; a replica is being created,
// a primary Region updated, and a key rotated on demand, for some seconds; a use
// is told of after an hour: by the world's clock. Refused with 501 are ML-KEM-512 keys,
// which Go's standard library has not, and Nitro Enclaves. Not there is the CloudTrail
// event SynchronizeMultiRegionKey.
//
// What is behind a custom key store is not there: a CloudHSM cluster or an external
// key store proxy is accepted on its documented form, and connects by the world's
// clock, unless BreakKeyStore says otherwise. The keys in one are used with material
// of the lab's own.
//
// Imported material is really wrapped, and its id is a hash of it and of its key's
// id: other material is known for what it is. Each key of a multi-Region key has a
// copy of its own, with its own date; which material there is, and which of it
// encrypts, is common to them. A rotation makes the material its key's own for good
// when it begins. Private keys are taken in DER only, where AWS takes BER too.
//
// A key pair is derived from the seed that the key has for its material, when it
// is first needed: AWS does not say how it makes its own. The same calls give the
// same bytes, so ECDSA signatures have the nonces of RFC 6979, where those of AWS
// differ from call to call.
//
// What decides whether a call succeeds comes in this order, as far as the KMS
// Developer Guide and recorded answers show it: the request's shape; whether
// the key exists for this caller; the policies; the key's state; and last the
// ciphertext. A key of another account is found by ARN only, and whoever may
// not use it is not told whether it exists.
//
// A ciphertext of a symmetric key is laid out so (an RSA key's is RSAES-OAEP alone):
//
//	byte  0      version, 1
//	bytes 1–32   the id of the key material
//	bytes 33–68  the key id, 36 characters
//	bytes 69–80  nonce
//	bytes 81…    AES-256-GCM of the plaintext, and its tag
//
// The additional authenticated data is bytes 0–68 and the encryption context
// in canonical form, so neither can be exchanged. AWS does not document its
// own layout; nothing outside this package reads this one.
package kms
