package wire

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/aws/smithy-go"
)

// refusal is a reason why a request is not taken for that of the one who is
// said to have sent it, by its codes in each family of protocols.
type refusal struct {
	json, query, ec2, s3 string
	s3Text               string // for the message, where S3 has its own
	s3Status             int    // zero stands for 403
	status               int    // of a Query service; zero stands for 403
}

// The codes are those of KMS and Kinesis, as clients logged them; of the IAM API
// Reference, "Common Error Types"; of the EC2 API Reference, "Error codes"; and
// of the S3 API Reference, "Error responses".
var (
	noSignature = refusal{json: "MissingAuthenticationTokenException", query: "MissingAuthenticationToken", ec2: "AuthFailure", s3: "AccessDenied", s3Text: "Access Denied"}
	illFormed   = refusal{json: "IncompleteSignatureException", query: "IncompleteSignature", ec2: "AuthFailure", s3: "AuthorizationHeaderMalformed",
		s3Status: http.StatusBadRequest, status: http.StatusBadRequest}
	wrongSignature = refusal{json: "InvalidSignatureException", query: "SignatureDoesNotMatch", ec2: "AuthFailure", s3: "SignatureDoesNotMatch",
		s3Text: "The request signature we calculated does not match the signature you provided. Check your key and signing method."}
	wrongScope = refusal{json: "InvalidSignatureException", query: "SignatureDoesNotMatch", ec2: "AuthFailure", s3: "AuthorizationHeaderMalformed",
		s3Status: http.StatusBadRequest}
	notSigned = refusal{json: "InvalidSignatureException", query: "SignatureDoesNotMatch", ec2: "AuthFailure", s3: "AccessDenied",
		s3Text: "There were headers present in the request which were not signed"}
	wrongTime = refusal{json: "InvalidSignatureException", query: "SignatureDoesNotMatch", ec2: "RequestExpired", s3: "RequestTimeTooSkewed",
		s3Text: "The difference between the request time and the current time is too large."}
	unknownKey = refusal{json: "UnrecognizedClientException", query: "InvalidClientTokenId", ec2: "AuthFailure", s3: "InvalidAccessKeyId",
		s3Text: "The AWS Access Key Id you provided does not exist in our records."}
	foreignToken = refusal{json: "UnrecognizedClientException", query: "InvalidClientTokenId", ec2: "AuthFailure", s3: "InvalidToken",
		s3Text: "The provided token is malformed or otherwise invalid.", s3Status: http.StatusBadRequest}
	expiredToken = refusal{json: "ExpiredTokenException", query: "ExpiredToken", ec2: "RequestExpired", s3: "ExpiredToken",
		s3Text: "The provided token has expired.", s3Status: http.StatusBadRequest}
	illPresigned = refusal{json: "IncompleteSignatureException", query: "IncompleteSignature", ec2: "AuthFailure", s3: "AuthorizationQueryParametersError",
		s3Status: http.StatusBadRequest, status: http.StatusBadRequest}
	expiredURL = refusal{json: "InvalidSignatureException", query: "SignatureDoesNotMatch", ec2: "RequestExpired", s3: "AccessDenied", s3Text: "Request has expired"}
)

// answer words a refusal. The details are for S3, which tells them.
func (k refusal) answer(p Protocol, message string, details ...Detail) *Error {
	e := &Error{Code: k.json, Message: message, Status: http.StatusBadRequest, Fault: smithy.FaultClient}
	switch p {
	case RestJSON:
		e.Status = http.StatusForbidden
	case Query:
		e.Code, e.Status = k.query, cmp.Or(k.status, http.StatusForbidden)
	case EC2:
		e.Code, e.Status = k.ec2, http.StatusUnauthorized
		e.Message = "AWS was not able to validate the provided access credentials"
		if k.ec2 == "RequestExpired" {
			e.Message, e.Status = "Request has expired.", http.StatusBadRequest
		}
	case RestXML:
		e.Code, e.Status, e.Details = k.s3, cmp.Or(k.s3Status, http.StatusForbidden), details
		e.Message = cmp.Or(k.s3Text, "The authorization header is malformed; "+message)
		if k.s3 == illPresigned.s3 {
			e.Message = message
		}
	}
	return e
}

// UnknownKey is the error for an access key that does not exist.
func UnknownKey(p Protocol, id string) *Error {
	return unknownKey.answer(p, "The security token included in the request is invalid.", Detail{"AWSAccessKeyId", id})
}

// WrongScope is the error for a signature made for another service. Pass what
// the endpoint serves.
func WrongScope(p Protocol, service string) *Error {
	return wrongScope.answer(p, "Credential should be scoped to correct service: '"+service+"'. ")
}

// WrongRegion is the error for a signature made for a Region that AWS does not
// have (reported wording; that of S3 is recorded). S3 tells which it expects;
// pass the one of the bucket, or us-east-1.
func WrongRegion(p Protocol, region, expected string) *Error {
	e := wrongScope.answer(p, "Credential should be scoped to a valid region. ")
	if p == RestXML {
		e.Message = "The authorization header is malformed; the region '" + region + "' is wrong; expecting '" + expected + "'"
		e.Details = []Detail{{"Region", expected}}
	}
	return e
}

// mismatched is the error for a wrong signature. S3 shows what it has signed.
func mismatched(p Protocol, a *authorization, toSign, canonical string) *Error {
	return wrongSignature.answer(p, "The request signature we calculated does not match the signature you provided. "+
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
		Detail{"AWSAccessKeyId", a.AccessKeyID}, Detail{"StringToSign", toSign}, Detail{"SignatureProvided", a.provided},
		Detail{"StringToSignBytes", spaced(toSign)}, Detail{"CanonicalRequest", canonical}, Detail{"CanonicalRequestBytes", spaced(canonical)})
}

// spaced shows bytes in hexadecimal, a space between them.
func spaced(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteByte(hexDigits[s[i]>>4])
		b.WriteByte(hexDigits[s[i]&15])
	}
	return b.String()
}

func incomplete(p Protocol, message string) *Error { return illFormed.answer(p, message) }
