package wire

import (
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	algorithm = "AWS4-HMAC-SHA256"
	stampForm = "20060102T150405Z"
	dateForm  = "20060102"
)

// authorization is a parsed Authorization header, or what a query string has in
// its place.
type authorization struct {
	Signature
	stamp     string // the time, as signed
	scope     string // date/region/service/aws4_request
	provided  string // the signature, as it came
	signature []byte
	token     string        // of the session
	expires   time.Duration // how long a presigned request may be used; zero: it does not say
}

// parseAuthorization reads the Authorization header and the time of a request.
func parseAuthorization(p Protocol, r *http.Request) (*authorization, *Error) {
	values := r.Header.Values("Authorization")
	if len(values) == 0 {
		message := "Missing Authentication Token"
		if p == Query {
			message = "Request is missing Authentication Token"
		}
		return nil, noSignature.answer(p, message)
	}
	if len(values) > 1 {
		return nil, incomplete(p, "There is more than one Authorization header.")
	}
	scheme, rest, _ := strings.Cut(values[0], " ")
	switch {
	case p == RestXML && scheme != algorithm:
		return nil, oldSignature()
	case scheme != algorithm:
		return nil, incomplete(p, "Unsupported AWS 'algorithm': '"+scheme+"'.")
	}
	part, fault := authorizationParts(p, rest)
	if fault != nil {
		return nil, fault
	}
	a := &authorization{token: r.Header.Get("X-Amz-Security-Token")}
	a.SignedHeaders = strings.Split(part["SignedHeaders"], ";")
	if fault := a.parseTime(p, r); fault != nil {
		return nil, fault
	}
	if fault := a.parseCredential(p, part["Credential"]); fault != nil {
		return nil, fault
	}
	if fault := a.checkHeaders(p, r); fault != nil {
		return nil, fault
	}
	a.setSignature(part["Signature"])
	return a, nil
}

// oldSignature refuses Signature Version 2 as the Regions since 2014 do.
func oldSignature() *Error {
	return invalidRequest("The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.")
}

// setSignature: one that is not hexadecimal, in small letters, matches nothing.
func (a *authorization) setSignature(provided string) {
	a.provided = provided
	if b, err := hex.DecodeString(provided); err == nil && provided == strings.ToLower(provided) {
		a.signature = b
	}
}

func authorizationParts(p Protocol, list string) (map[string]string, *Error) {
	part := map[string]string{}
	for item := range strings.SplitSeq(list, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(item), "=")
		if _, twice := part[name]; !ok || twice {
			return nil, incomplete(p, "The Authorization header is not a list of distinct parameters.")
		}
		part[name] = value
	}
	var missing []string
	for _, name := range []string{"Credential", "Signature", "SignedHeaders"} {
		if part[name] == "" {
			missing = append(missing, "Authorization header requires '"+name+"' parameter.")
		}
	}
	if missing != nil {
		return nil, incomplete(p, strings.Join(missing, " "))
	}
	return part, nil
}

// parseTime reads X-Amz-Date, or Date where there is none.
func (a *authorization) parseTime(p Protocol, r *http.Request) *Error {
	if a.stamp = r.Header.Get("X-Amz-Date"); a.stamp == "" {
		a.stamp = r.Header.Get("Date")
	}
	if a.stamp == "" {
		return incomplete(p, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
	}
	var err error
	if a.Time, err = time.Parse(stampForm, a.stamp); err != nil {
		return incomplete(p, "Date must be in ISO-8601 'basic format'. Got '"+a.stamp+"'. See http://en.wikipedia.org/wiki/ISO_8601")
	}
	return nil
}

func (a *authorization) parseCredential(p Protocol, credential string) *Error {
	parts := strings.Split(credential, "/")
	if len(parts) != 5 {
		return incomplete(p, "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '"+credential+"'")
	}
	date := parts[1]
	a.AccessKeyID, a.Region, a.Service = parts[0], parts[2], parts[3]
	a.scope = credential[len(parts[0])+1:]
	switch {
	case parts[4] != "aws4_request":
		return wrongScope.answer(p, "Credential should be scoped with a valid terminator: 'aws4_request', not '"+parts[4]+"'.")
	case date != a.Time.Format(dateForm):
		return wrongScope.answer(p, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '"+
			date+"' != '"+a.Time.Format(dateForm)+"', from '"+a.stamp+"'.")
	}
	return nil
}

// checkHeaders holds the client to signing the host and every X-Amz- header:
// what is not signed could have been changed on the way.
func (a *authorization) checkHeaders(p Protocol, r *http.Request) *Error {
	if !slices.IsSorted(a.SignedHeaders) {
		return wrongScope.answer(p, "The list of SignedHeaders is not sorted.")
	}
	if !a.signs("host") {
		return notSigned.answer(p, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.", Detail{"HeadersNotSigned", "host"})
	}
	var missing []string
	for name := range r.Header {
		lower := strings.ToLower(name)
		dated := lower == "date" && r.Header.Get("X-Amz-Date") == "" && !a.Presigned
		if (strings.HasPrefix(lower, "x-amz-") || dated) && !a.signs(lower) {
			missing = append(missing, lower)
		}
	}
	if missing == nil {
		return nil
	}
	slices.Sort(missing)
	return notSigned.answer(p, "'"+missing[0]+"' must be a 'SignedHeader' in the AWS Authorization.", Detail{"HeadersNotSigned", strings.Join(missing, ", ")})
}

func (a *authorization) signs(header string) bool {
	_, found := slices.BinarySearch(a.SignedHeaders, header)
	return found
}
