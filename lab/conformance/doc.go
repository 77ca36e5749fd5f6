// Package conformance holds claims about AWS, each with the place where it is
// written or was recorded, and checks them against the lab. The same code
// checks a real account: that is how a claim, and so the lab, is kept honest.
//
// A claim is one entry in the list of its subject:
//
//	{
//		says:   "a disabled key cannot encrypt",
//		source: "KMS Developer Guide, Key states of AWS KMS keys",
//		check: func(x *bench) {
//			k := x.Own.key("")
//			succeed(x, x.Own.KMS.DisableKey, &kms.DisableKeyInput{KeyId: &k.id})
//			refused(x, x.Own.KMS.Encrypt, k.encrypt("hello"), "DisabledException").saying(k.arn + " is disabled.")
//		},
//	},
//
// It uses only the accounts of its bench and what it made itself, so that
// claims can run in any order. One that needs a second account, the clock, or
// to look into the lab says so in needs; a target that cannot give that leaves
// the claim out, and the run prints how many were.
//
// # Sources
//
// Named are the guide and the page, the operation in the API reference, or the
// public test suite whose recorded answer it is: "recorded" stands for the
// snapshots in tests/aws/services of github.com/localstack/localstack, which
// were taken from AWS, with the test that caused them, and "asserted" for a test
// there that has no snapshot, and that passed against AWS by its entry in the
// validation files or, if it is older than they are, by its mark. "reported" is what users quote, with where. Where none of
// them says it, or only a part of it, "assumption:" says what is assumed.
//
// # Against AWS
//
//	go test ./lab/conformance -aws -aws-profile NAME [-aws-other-profile NAME] [-aws-region REGION]
//
// The profiles must be administrators of accounts that are there for tests,
// and not their root users, who cannot assume roles. What is made is named
// rekey-conformance-… and removed at the end. A KMS key cannot be
// removed at once: it is scheduled for deletion after seven days. A key costs
// 1 $ and a secret 0.40 $ a month, pro rata, a key until its deletion is
// scheduled; a whole run makes about two hundred for minutes, which is far less
// than 1 $ together.
//
// Policies and key states take a while to reach every part of AWS, so there a
// call is repeated until its answer is the expected one, for a minute at most.
// On the lab every call is made once.
package conformance
