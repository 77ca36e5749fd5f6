package wire

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// MaxSkew is how far the time of a signature may be from the service's own. The
// IAM User Guide, "Troubleshoot Signature Version 4 signing for AWS API
// requests", names five minutes, and so do the errors of KMS (aws-sdk-js-v3
// #6400) and Secrets Manager (botocore #3587). Older pages still say fifteen,
// and so does S3 (API Reference, "Error responses", RequestTimeTooSkewed).
const (
	MaxSkew   = 5 * time.Minute
	MaxS3Skew = 15 * time.Minute
)

func skew(p Protocol) time.Duration {
	if p == RestXML {
		return MaxS3Skew
	}
	return MaxSkew
}

// Credential is what an access key id stands for.
type Credential struct {
	Secret       string
	SessionToken string    // of temporary credentials
	Expires      time.Time // of temporary credentials
}

// Signature is what a verified signature says, and the body that it is for.
type Signature struct {
	AccessKeyID   string
	Region        string
	Service       string
	Time          time.Time
	SignedHeaders []string
	// Presigned says that the signature was in the query string.
	Presigned bool
	// Anonymous says that there was none, which only S3 takes. Of the rest, only
	// Body and Content are set then.
	Anonymous bool
	// Content is what X-Amz-Content-Sha256 says: a digest, UNSIGNED-PAYLOAD or one
	// of the STREAMING ones; "" where it says nothing.
	Content string
	// Body is the request's body, without the framing of aws-chunked.
	Body []byte
}

// Verifier checks AWS Signature Version 4 in its header form and in its query
// form, as the IAM User Guide, "Create a signed AWS API request", describes it.
// It is safe for concurrent use.
type Verifier struct {
	// Lookup finds the credential of an access key id. It is not ok for a key
	// that does not exist, or is inactive.
	Lookup func(accessKeyID string) (Credential, bool)

	keys signingKeys
}

// Verify checks the signature of a request against its body, as of now. p is
// the protocol of the service that it is for. Its error carries that service's
// code:
//
//	                                  JSON                                 Query                       S3
//	no signature                      MissingAuthenticationTokenException  MissingAuthenticationToken  (anonymous)
//	one that lacks something          IncompleteSignatureException         IncompleteSignature         AuthorizationHeaderMalformed
//	an unknown key                    UnrecognizedClientException          InvalidClientTokenId        InvalidAccessKeyId
//	a foreign token                   UnrecognizedClientException          InvalidClientTokenId        InvalidToken
//	a token past its time             ExpiredTokenException                ExpiredToken                ExpiredToken
//	a wrong signature                 InvalidSignatureException            SignatureDoesNotMatch       SignatureDoesNotMatch
//	a wrong time                      InvalidSignatureException            SignatureDoesNotMatch       RequestTimeTooSkewed
//
// What else S3 has to say of bodies is told by readContent.
//
// A body in chunks is taken out of them, in the place where it is, and r says from then on what it would
// have said of the body in one piece: its length, its Content-Encoding, and the
// trailers in r.Trailer.
//
// Whether the Region and the service are the right ones is for the caller to
// say: see WrongScope and WrongRegion.
func (v *Verifier) Verify(p Protocol, r *http.Request, body []byte, now time.Time) (Signature, *Error) {
	a, fault := parseRequest(p, r)
	if fault != nil {
		return Signature{}, fault
	}
	if a.Anonymous {
		return a.Signature, readContent(p, r, a, nil, body)
	}
	credential, fault := v.credential(p, a, now)
	if fault != nil {
		return Signature{}, fault
	}
	if fault := a.checkTime(p, now); fault != nil {
		return Signature{}, fault
	}
	content, fault := contentHash(p, r, a, body)
	if fault != nil {
		return Signature{}, fault
	}
	canonical := appendCanonicalRequest(make([]byte, 0, 1024), p, r, a, content)
	digest := sha256.Sum256(canonical)
	toSign := make([]byte, 0, 256)
	toSign = append(toSign, algorithm+"\n"+a.stamp+"\n"+a.scope+"\n"...)
	toSign = hex.AppendEncode(toSign, digest[:])
	key := v.keys.derive(credential.Secret, a.scope)
	if subtle.ConstantTimeCompare(sum(key, toSign), a.signature) != 1 {
		return Signature{}, mismatched(p, a, string(toSign), string(canonical))
	}
	if fault := readContent(p, r, a, key, body); fault != nil {
		return Signature{}, fault
	}
	return a.Signature, nil
}

// parseRequest finds the signature, in the header or in the query string.
func parseRequest(p Protocol, r *http.Request) (*authorization, *Error) {
	query := r.URL.Query()
	inHeader, inQuery := len(r.Header.Values("Authorization")) > 0, presigned(query) || query.Has("X-Amz-Algorithm") || query.Has("X-Amz-Credential")
	switch {
	case inHeader && inQuery && p == RestXML:
		e := invalidRequest("Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified")
		e.Code = "InvalidArgument"
		return nil, e
	case inHeader && inQuery:
		return nil, incomplete(p, "There is a signature in the Authorization header, and one in the query string.")
	case inQuery:
		return parsePresigned(p, r, query)
	case inHeader || p != RestXML:
		return parseAuthorization(p, r)
	case query.Has("AWSAccessKeyId") && query.Has("Signature"):
		return nil, oldSignature()
	}
	return &authorization{Signature: Signature{Anonymous: true}}, nil
}

// credential finds the credential and checks the session token.
func (v *Verifier) credential(p Protocol, a *authorization, now time.Time) (Credential, *Error) {
	c, ok := v.Lookup(a.AccessKeyID)
	switch {
	case !ok:
		return c, UnknownKey(p, a.AccessKeyID)
	case subtle.ConstantTimeCompare([]byte(a.token), []byte(c.SessionToken)) != 1:
		return c, foreignToken.answer(p, "The security token included in the request is invalid.", Detail{"Token-0", a.token})
	case !c.Expires.IsZero() && !now.Before(c.Expires):
		return c, expiredToken.answer(p, "The security token included in the request is expired", Detail{"Token-0", a.token})
	}
	return c, nil
}

func (a *authorization) checkTime(p Protocol, now time.Time) *Error {
	if a.Presigned {
		return a.checkExpiry(p, now)
	}
	oldest, newest := now.Add(-skew(p)), now.Add(skew(p))
	show := func(t time.Time) string { return t.UTC().Format(stampForm) }
	details := []Detail{{"RequestTime", a.stamp}, {"ServerTime", now.UTC().Format(time.RFC3339)}, {"MaxAllowedSkewMilliseconds", strconv.Itoa(int(skew(p).Milliseconds()))}}
	switch {
	case a.Time.Before(oldest):
		return wrongTime.answer(p, "Signature expired: "+a.stamp+" is now earlier than "+show(oldest)+" ("+show(now)+" - 5 min.)", details...)
	case a.Time.After(newest):
		return wrongTime.answer(p, "Signature not yet current: "+a.stamp+" is still later than "+show(newest)+" ("+show(now)+" + 5 min.)", details...)
	}
	return nil
}

// ScopeOf gives the service that a request's signature, if it has one, says it
// is for, before anything is verified: to know in which protocol to go on.
func ScopeOf(r *http.Request) (service string, ok bool) {
	credential := r.URL.Query().Get("X-Amz-Credential")
	if header := r.Header.Get("Authorization"); header != "" {
		_, rest, _ := strings.Cut(header, "Credential=")
		credential, _, _ = strings.Cut(rest, ",")
	}
	parts := strings.Split(strings.TrimSpace(credential), "/")
	if len(parts) != 5 {
		return "", false
	}
	return parts[3], true
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
