package wire

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Presigned requests have their signature in the query string (IAM User Guide,
// "Create a signed AWS API request"; S3 API Reference, "Authenticating Requests:
// Using Query Parameters"). S3 holds them to the time they were given; other
// services, which need not be told one, to MaxSkew.

// maxExpires is the longest time that a presigned request may be used.
const maxExpires = 7 * 24 * time.Hour

// parsePresigned reads the signature from the query string.
func parsePresigned(p Protocol, r *http.Request, query url.Values) (*authorization, *Error) {
	required := []string{"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-Date", "X-Amz-SignedHeaders"}
	if p == RestXML {
		required = append(required, "X-Amz-Expires")
	}
	for _, name := range required {
		if len(query[name]) != 1 || query.Get(name) == "" {
			return nil, illPresigned.answer(p, "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.")
		}
	}
	if query.Get("X-Amz-Algorithm") != algorithm {
		return nil, illPresigned.answer(p, `X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"`)
	}
	a := &authorization{stamp: query.Get("X-Amz-Date"), token: query.Get("X-Amz-Security-Token")}
	a.Presigned, a.SignedHeaders = true, strings.Split(query.Get("X-Amz-SignedHeaders"), ";")
	var err error
	if a.Time, err = time.Parse(stampForm, a.stamp); err != nil {
		return nil, illPresigned.answer(p, `X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`)
	}
	if fault := a.parseExpires(p, query); fault != nil {
		return nil, fault
	}
	if fault := a.parsePresignedCredential(p, query.Get("X-Amz-Credential")); fault != nil {
		return nil, fault
	}
	if fault := a.checkHeaders(p, r); fault != nil {
		return nil, fault
	}
	a.setSignature(query.Get("X-Amz-Signature"))
	return a, nil
}

func (a *authorization) parseExpires(p Protocol, query url.Values) *Error {
	text := query.Get("X-Amz-Expires")
	if text == "" {
		return nil
	}
	seconds, err := strconv.ParseInt(text, 10, 32)
	switch {
	case err != nil:
		return illPresigned.answer(p, "X-Amz-Expires should be a number")
	case seconds < 1:
		return illPresigned.answer(p, "X-Amz-Expires must be non-negative")
	case time.Duration(seconds)*time.Second > maxExpires:
		return illPresigned.answer(p, "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds")
	}
	a.expires = time.Duration(seconds) * time.Second
	return nil
}

// parsePresignedCredential words for S3 what is wrong with a parameter, not with
// a header.
func (a *authorization) parsePresignedCredential(p Protocol, credential string) *Error {
	fault := a.parseCredential(p, credential)
	if fault == nil || p != RestXML {
		return fault
	}
	message := `Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".`
	if parts := strings.Split(credential, "/"); len(parts) == 5 && parts[4] == "aws4_request" {
		message = `Invalid credential date "` + parts[1] + `". This date is not the same as X-Amz-Date: "` + a.Time.Format(dateForm) + `".`
	}
	return illPresigned.answer(p, message)
}

// checkExpiry is checkTime for a presigned request.
func (a *authorization) checkExpiry(p Protocol, now time.Time) *Error {
	lasts := a.expires
	if lasts == 0 {
		lasts = MaxSkew
	}
	end := a.Time.Add(lasts)
	switch {
	case now.After(end):
		return expiredURL.answer(p, "Signature expired: "+a.stamp+" is now earlier than "+now.Add(-lasts).UTC().Format(stampForm),
			Detail{"X-Amz-Expires", strconv.Itoa(int(a.expires.Seconds()))},
			Detail{"Expires", end.UTC().Format(time.RFC3339)}, Detail{"ServerTime", now.UTC().Format(time.RFC3339)})
	case a.Time.After(now.Add(skew(p))):
		e := wrongTime.answer(p, "Signature not yet current: "+a.stamp+" is still later than "+now.Add(skew(p)).UTC().Format(stampForm))
		if p == RestXML {
			e.Code, e.Message = "AccessDenied", "Request is not yet valid"
		}
		return e
	}
	return nil
}

// unsigned drops the signature from a query string, which it does not sign.
func unsigned(raw string) string {
	var kept []string
	for pair := range strings.SplitSeq(raw, "&") {
		if name, _, _ := strings.Cut(pair, "="); unescapeQuery(name) != "X-Amz-Signature" {
			kept = append(kept, pair)
		}
	}
	return strings.Join(kept, "&")
}
