// Package rotate keeps KMS keys as young as their owners want them.
//
// What is wanted of a key is in its tags (wish.go), over defaults. What is there is
// observed (observe.go), a plan is made of both (plan.go, pure), and applied
// (apply.go) in steps that a journal records before and after. The way depends on the
// key's kind:
//
//	symmetric, made by AWS KMS   automatic rotation with a period; on demand where the
//	                             material is past its time
//	symmetric, imported          the next material, waiting sealed in S3, is imported
//	                             into the primary key and every replica, then rotated
//	asymmetric, HMAC, and keys   a successor: another key with everything that the old
//	in custom key stores         one carried, to which the aliases move one by one
//	AWS managed                  reported
//
// Old keys stay enabled: nothing here disables or deletes a key. What goes on using one
// is told, each with its fix (residue.go): aliases and grants that are left, policies
// that name it, its last use and, by hand, who names it himself, by AWS CloudTrail
// (trail.go).
//
// # Events
//
// A schedule wakes the function every quarter of an hour: it goes on with what is
// unfinished, and once a day with a sweep over all keys of the Region. KMS's own
// events and those of CloudTrail wake it for one key (event.go). Events only wake it:
// all of them may be lost, late, doubled or out of order. Calls that failed, and its
// own, it ignores. A direct invocation is a Request (request.go):
//
//	{"action": "plan", "keys": ["alias/app"], "accept": ["no-canary"]}
//
// whose answer has the plan or result of each key, or a named class of error. Whether
// due plans are applied unasked is configured; what is asked for is done.
//
// # Sweeps
//
// A sweep goes over the keys a page at a time, within a share of the request quotas of
// AWS KMS, through as many invocations as it takes. What comes of one key keeps nothing
// from the others. Its end is one message with what was rotated, what failed, and what
// somebody has to do (digest.go); the further topics of single keys are told of each,
// and so is whoever asks. That nobody can be told is logged and counted (metrics.go).
//
// # Key material to import
//
// The next material for a key is an Encryption SDK message in S3, under the
// configured prefix: PREFIX/KEY-ID/NAME. Its encryption context must hold
// rekey:material-for with the ARN of the (primary) key, and may hold rekey:valid-to
// with the time at which it expires. Of several the first by name is taken that was
// not imported yet; the description of imported material tells which it was. For a key
// that is to have a successor it is the successor's: 32 bytes for a symmetric key, for an
// HMAC key at least what its spec says, for a key pair the private key as PKCS #8 in DER.
// The successor's own successor waits under its own id.
//
// # Crashes
//
// A successor's steps are frozen in its job when that begins, and each is looked at
// before it is done: so whoever takes the job over, when its lease is over, does them
// again from the first that the journal does not know as done, and the end is the
// same. Two calls cannot be made again as they are. CreateKey has no client token: the
// new key bears a secret of the job as a tag, by which it is found, and no other one
// is made until it could be seen. Of rotations on demand a key has few: no other one
// is asked for until the first could be seen. The SDK does not repeat these two.
// Rolling back, and going forward again, are further rounds of the same job.
//
// # The journal
//
//	successor/REGION/KEY-ID   the Job of a key's successor, for ever: rollback needs it
//	in-place/REGION/KEY-ID    the last rotation in place
//	open/REGION/KEY-ID        there while a job is unfinished; a hint of where to look
//	sweep/REGION              how far the sweep has come
package rotate
