package s3

import (
	"net/http"

	"rekey/lab/wire"
)

// fail is an error as S3 answers it. pairs are the names and values of the
// elements that it has besides code and message (recorded: BucketName, Key and
// their like).
func fail(status int, code, message string, pairs ...string) *wire.Error {
	e := &wire.Error{Code: code, Message: message, Status: status}
	for i := 0; i+1 < len(pairs); i += 2 {
		e.Details = append(e.Details, wire.Detail{Name: pairs[i], Value: pairs[i+1]})
	}
	return e
}

func noSuchBucket(name string) error {
	return fail(http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist", "BucketName", name)
}

// elsewhere sends a request to the bucket's own Region.
func elsewhere(b *bucket) error {
	err := fail(http.StatusMovedPermanently, "PermanentRedirect",
		"The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
		"Endpoint", b.name+".s3."+string(b.region)+".amazonaws.com", "Bucket", b.name)
	err.Header = http.Header{"X-Amz-Bucket-Region": {string(b.region)}}
	return err
}

func accessDenied(message string) error {
	return fail(http.StatusForbidden, "AccessDenied", message)
}

func noSuchKey(key string) error {
	return fail(http.StatusNotFound, "NoSuchKey", "The specified key does not exist.", "Key", key)
}

func noSuchVersion(key, id string) error {
	return fail(http.StatusNotFound, "NoSuchVersion", "The specified version does not exist.", "Key", key, "VersionId", id)
}

func invalidArgument(message, name, value string) error {
	return fail(http.StatusBadRequest, "InvalidArgument", message, "ArgumentName", name, "ArgumentValue", value)
}

func invalidRequest(message string) error {
	return fail(http.StatusBadRequest, "InvalidRequest", message)
}

func malformedXML() error {
	return fail(http.StatusBadRequest, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
}

// preconditionFailed names the condition that did not hold.
func preconditionFailed(condition string) error {
	return fail(http.StatusPreconditionFailed, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold", "Condition", condition)
}
