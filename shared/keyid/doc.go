// Package keyid gives the names of KMS keys types of their own: a key ARN, a
// key id, an alias, an account and a Region. They are parsed once, at the edge
// of the program, and are never compared as bare strings after that.
//
// The forms follow the KMS Developer Guide, "Key identifiers (KeyId)":
//
//	key ARN     arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab
//	key id      1234abcd-12ab-34cd-56ef-1234567890ab, or mrk-1234abcd12ab34cd56ef1234567890ab
//	alias ARN   arn:aws:kms:us-east-1:111122223333:alias/ExampleAlias
//	alias name  alias/ExampleAlias
package keyid
