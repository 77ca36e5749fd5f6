package wire

import (
	"net/http"
	"reflect"

	"github.com/aws/smithy-go"
)

// validateS3 words what breaks the model's constraints as S3 does: a header or
// a parameter by InvalidArgument, a document by MalformedXML.
func validateS3(b *binding, v reflect.Value) error {
	for f, at := range b.members(v) {
		value, ok := f.binding.value(at)
		switch {
		case !ok && f.member.Required:
			return missingPart(b, f)
		case !ok:
		case f.member.Location != "":
			if len(f.shape.broken(value)) > 0 {
				return invalidPart(f, text(f.binding, value, ""))
			}
			if f.shape.Type == "list" && brokenElement(f, value) {
				return invalidPart(f, headerText(f, value))
			}
		default:
			var c checker
			if c.value(f.binding, value); len(c.violations) > 0 {
				return malformedXML(f.shape)
			}
		}
	}
	return nil
}

// wordedByService are the enums of S3 whose values the service checks itself,
// since it answers others, as recorded, by errors of their own.
var wordedByService = map[string]bool{"BucketLocationConstraint": true, "Event": true, "FilterRuleName": true}

func brokenElement(f *field, v reflect.Value) bool {
	for i := range v.Len() {
		if elem, _ := f.elem.value(v.Index(i)); len(f.elem.shape.broken(elem)) > 0 {
			return true
		}
	}
	return false
}

// missingPart is the error for what a request must have and has not.
func missingPart(b *binding, f *field) *Error {
	switch {
	case f.member.Name == b.shape.Payload && !f.member.Streaming:
		return &Error{Code: "MissingRequestBodyError", Message: "Request Body is empty", Fault: smithy.FaultClient}
	case f.member.Location == "header":
		return &Error{Code: "MissingSecurityHeader", Message: "Your request was missing a required header", Fault: smithy.FaultClient, Details: []Detail{{"MissingHeaderName", f.wire}}}
	}
	return &Error{Code: "InvalidArgument", Message: "A required parameter is missing.", Fault: smithy.FaultClient, Details: []Detail{{"ArgumentName", f.wire}, {"ArgumentValue", ""}}}
}

// invalidPart is the error for a value that is not among those of the model; for
// some there is a wording of their own, as recorded.
func invalidPart(f *field, value string) *Error {
	e := &Error{Code: "InvalidArgument", Status: http.StatusBadRequest, Fault: smithy.FaultClient, Details: []Detail{{"ArgumentName", f.wire}, {"ArgumentValue", value}}}
	switch f.shape.name {
	case "StorageClass":
		e.Code, e.Message, e.Details = "InvalidStorageClass", "The storage class you specified is not valid", []Detail{{"StorageClassRequested", value}}
	case "ServerSideEncryption":
		e.Message = "The encryption method specified is not supported"
	case "EncodingType":
		e.Message = "Invalid Encoding Method specified in Request"
	case "ObjectLockMode":
		e.Message = "Unknown wormMode directive."
	case "ObjectOwnership":
		e.Message, e.Details = "Invalid x-amz-object-ownership header: "+value, []Detail{{"ArgumentName", f.wire}}
	case "ChecksumAlgorithm":
		return invalidRequest("Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]")
	}
	return e
}
