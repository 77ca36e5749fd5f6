// Package envelope writes and reads messages of the AWS Encryption SDK, as
// streams in bounded memory.
//
// A message carries its data key encrypted under one or more wrapping keys, so
// whoever may use one of those keys (in AWS KMS, say) can open it, and nobody
// else. [NewWriter] and [NewReader] work on streams, [Seal] and [Open] on bytes
// in memory, and [ReadHeader] shows what a message says of itself without
// opening it. A [Keyring] encrypts and decrypts data keys; kmskeyring has the
// one of AWS KMS.
//
// Written and read is version 2 of the format with its two algorithm suites,
// both of which commit to their key: [SuiteCommit] and [SuiteCommitSigned].
// Anything else is refused with [ErrUnsupported].
//
// # Layout
//
// All numbers are unsigned and big-endian. (AWS Encryption SDK specification,
// data-format/message-header.md, message-body.md and message-footer.md.)
//
//	message = header frame* final [footer]
//
//	header:
//	   1  version                02
//	   2  algorithm suite        0478, or 0578 with a signature
//	  32  message id             random
//	   2  context length         0 where there is no encryption context; else
//	   2    pairs                and for each pair, sorted by key:
//	   2+n    key, 2+n value     UTF-8
//	   2  encrypted data keys    at least 1; for each:
//	   2+n    provider id        such as aws-kms
//	   2+n    provider info      such as the key's ARN
//	   2+n    ciphertext         of the data key
//	   1  content type           02 framed, 01 one unframed block (read only)
//	   4  frame length           plaintext bytes in a regular frame, L
//	  32  key commitment
//	  16  header tag             AES-GCM over nothing, nonce 0
//
//	frame (regular):
//	   4  sequence number        1, 2, 3 …
//	  12  nonce                  written: the sequence number, padded on the left
//	   L  ciphertext
//	  16  tag
//
//	final frame:
//	   4  mark                   ffffffff
//	   4  sequence number        one more than that of the frame before
//	  12  nonce
//	   4  length                 of the ciphertext, 0 to L
//	   n  ciphertext
//	  16  tag
//
//	unframed body (in place of the frames):
//	  12  nonce                  1
//	   8  length
//	   n  ciphertext
//	  16  tag
//
//	footer (0578 only):
//	   2+n  signature            ECDSA P-384 over SHA-384, ASN.1 DER
//
// # What is authenticated by what
//
// HKDF-SHA512 with the message id as salt makes two keys of the data key: the
// content key (info: the suite's two bytes and "DERIVEKEY") and the commitment
// (info: "COMMITKEY"). The commitment in the header is compared with the one
// derived, so that a message opens under one data key only.
//
// The header tag authenticates every byte of the header before it, and the
// pairs of the encryption context that both sides know but the message does not
// hold (UnstoredContext). A frame's tag authenticates its ciphertext, and as
// additional data the message id, whether it is a regular frame, the final one
// or an unframed block, its sequence number and its length: frames can be
// neither reordered, dropped, nor moved between messages. Frames do not
// authenticate the encrypted data keys.
//
// The signature of 0578 covers the header and all frames; its public key is the
// pair aws-crypto-public-key of the encryption context. A wrapping key is given
// the encryption context too: AWS KMS decrypts a data key only with the context
// it was encrypted with.
//
// # What a reader may rely on
//
// Nothing leaves a [Reader] before it is authenticated, and the plaintext of
// the last frame not before the whole message is: the signature verified and no
// byte after it. Only io.EOF says that a message was complete.
package envelope
