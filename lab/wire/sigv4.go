package wire

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/aws/smithy-go"
)

// MaxSkew is how far the time of a signature may be from the service's own. The
// IAM User Guide, "Troubleshoot Signature Version 4 signing for AWS API
// requests", names five minutes, and so do the errors of KMS (aws-sdk-js-v3
// #6400) and Secrets Manager (botocore #3587). Older pages still say fifteen.
const MaxSkew = 5 * time.Minute

// Credential is what an access key id stands for.
type Credential struct {
	Secret       string
	SessionToken string    // of temporary credentials
	Expires      time.Time // of temporary credentials
}

// Signature is what a verified signature says.
type Signature struct {
	AccessKeyID   string
	Region        string
	Service       string
	Time          time.Time
	SignedHeaders []string
}

// Verifier checks AWS Signature Version 4 in its header form, as the IAM User
// Guide, "Create a signed AWS API request", describes it. It is safe for
// concurrent use.
type Verifier struct {
	// Lookup finds the credential of an access key id. It is not ok for a key
	// that does not exist, or is inactive.
	Lookup func(accessKeyID string) (Credential, bool)
	// AllowUnsignedPayload accepts UNSIGNED-PAYLOAD in X-Amz-Content-Sha256,
	// as S3 does.
	AllowUnsignedPayload bool

	keys signingKeys
}

// Verify checks the signature of a request against its body, as of now. Its
// error carries the code that a service of the request's protocol answers:
//
//	no Authorization header           MissingAuthenticationTokenException  MissingAuthenticationToken
//	a header that lacks something     IncompleteSignatureException         IncompleteSignature
//	an unknown key, a foreign token   UnrecognizedClientException          InvalidClientTokenId
//	a token past its time             ExpiredTokenException                ExpiredToken
//	a wrong signature, a wrong time   InvalidSignatureException            SignatureDoesNotMatch
//
// The JSON codes come with status 400 (KMS and Kinesis, as clients logged them);
// the Query codes with 403, but for IncompleteSignature, which is 400 (IAM API
// Reference, "Common Error Types").
//
// Whether the Region and the service are the right ones is for the caller to
// say: see WrongScope and WrongRegion.
func (v *Verifier) Verify(r *http.Request, body []byte, now time.Time) (Signature, *Error) {
	p := ProtocolOf(r)
	a, fault := parseAuthorization(p, r)
	if fault != nil {
		return Signature{}, fault
	}
	credential, fault := v.credential(p, r, a.AccessKeyID, now)
	if fault != nil {
		return Signature{}, fault
	}
	if fault := checkTime(p, a, now); fault != nil {
		return Signature{}, fault
	}
	payload, ok := v.payloadHash(r, body)
	if !ok {
		return Signature{}, mismatched(p)
	}
	canonical := appendCanonicalRequest(make([]byte, 0, 1024), r, a.SignedHeaders, payload)
	digest := sha256.Sum256(canonical)
	toSign := canonical[:0]
	toSign = append(toSign, algorithm+"\n"+a.stamp+"\n"+a.scope+"\n"...)
	toSign = hex.AppendEncode(toSign, digest[:])
	want := sum(v.keys.derive(credential.Secret, a.scope), toSign)
	if subtle.ConstantTimeCompare(want, a.signature) != 1 {
		return Signature{}, mismatched(p)
	}
	return a.Signature, nil
}

// credential finds the credential and checks the session token.
func (v *Verifier) credential(p Protocol, r *http.Request, id string, now time.Time) (Credential, *Error) {
	c, ok := v.Lookup(id)
	token := r.Header.Get("X-Amz-Security-Token")
	if !ok || subtle.ConstantTimeCompare([]byte(token), []byte(c.SessionToken)) != 1 {
		return c, UnknownKey(p)
	}
	if !c.Expires.IsZero() && !now.Before(c.Expires) {
		return c, refused(p, "ExpiredTokenException", "ExpiredToken",
			"The security token included in the request is expired")
	}
	return c, nil
}

func checkTime(p Protocol, a authorization, now time.Time) *Error {
	oldest, newest := now.Add(-MaxSkew), now.Add(MaxSkew)
	show := func(t time.Time) string { return t.UTC().Format(stampForm) }
	switch {
	case a.Time.Before(oldest):
		return refused(p, "InvalidSignatureException", "SignatureDoesNotMatch",
			"Signature expired: "+a.stamp+" is now earlier than "+show(oldest)+" ("+show(now)+" - 5 min.)")
	case a.Time.After(newest):
		return refused(p, "InvalidSignatureException", "SignatureDoesNotMatch",
			"Signature not yet current: "+a.stamp+" is still later than "+show(newest)+" ("+show(now)+" + 5 min.)")
	}
	return nil
}

const unsignedPayload = "UNSIGNED-PAYLOAD"

// payloadHash is what the canonical request says of the body. It is not ok if
// the client claims another body than the one that came.
func (v *Verifier) payloadHash(r *http.Request, body []byte) (string, bool) {
	claimed := r.Header.Get("X-Amz-Content-Sha256")
	if claimed == unsignedPayload {
		return claimed, v.AllowUnsignedPayload
	}
	digest := sha256.Sum256(body)
	actual := hex.EncodeToString(digest[:])
	return actual, claimed == "" || claimed == actual
}

// UnknownKey is the error for an access key that does not exist, or whose
// session token is another.
func UnknownKey(p Protocol) *Error {
	return refused(p, "UnrecognizedClientException", "InvalidClientTokenId", "The security token included in the request is invalid.")
}

// WrongScope is the error for a signature made for another service. Pass what
// the endpoint serves.
func WrongScope(p Protocol, service string) *Error {
	return refused(p, "InvalidSignatureException", "SignatureDoesNotMatch",
		"Credential should be scoped to correct service: '"+service+"'. ")
}

// WrongRegion is the error for a signature made for a Region that AWS does not
// have (reported wording).
func WrongRegion(p Protocol) *Error {
	return refused(p, "InvalidSignatureException", "SignatureDoesNotMatch", "Credential should be scoped to a valid region. ")
}

func refused(p Protocol, json, query, message string) *Error {
	e := &Error{Code: p.pick(json, query), Message: message, Status: http.StatusBadRequest, Fault: smithy.FaultClient}
	if p == Query {
		e.Status = http.StatusForbidden
	}
	return e
}

func mismatched(p Protocol) *Error {
	return refused(p, "InvalidSignatureException", "SignatureDoesNotMatch",
		"The request signature we calculated does not match the signature you provided. "+
			"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
}

func sum(key, data []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(data)
	return h.Sum(nil)
}

// signingKeys remembers derived keys, which are good for a day, a Region and a
// service. Deriving one costs four times what a signature does.
type signingKeys struct {
	mu    sync.RWMutex
	known map[signingKey][]byte
}

type signingKey struct{ secret, scope string }

// maxSigningKeys bounds the memory. A lab has few credentials; one that
// outgrows this starts over.
const maxSigningKeys = 4096

// derive gives the key that signs under a scope: date/region/service/aws4_request.
func (k *signingKeys) derive(secret, scope string) []byte {
	at := signingKey{secret, scope}
	k.mu.RLock()
	key := k.known[at]
	k.mu.RUnlock()
	if key != nil {
		return key
	}
	key = []byte("AWS4" + secret)
	for _, part := range strings.Split(scope, "/") {
		key = sum(key, []byte(part))
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.known == nil || len(k.known) >= maxSigningKeys {
		k.known = map[signingKey][]byte{}
	}
	k.known[at] = key
	return key
}
