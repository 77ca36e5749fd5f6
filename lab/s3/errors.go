package s3

import (
	"net/http"

	"rekey/lab/wire"
)

// fail is an error as S3 answers it. pairs are the names and values of the
// elements that it has besides code and message (recorded: BucketName, Key and
// their like).
func fail(status int, code, message string, pairs ...string) error {
	e := &wire.Error{Code: code, Message: message, Status: status}
	for i := 0; i+1 < len(pairs); i += 2 {
		if e.Members == nil {
			e.Members = map[string]any{}
		}
		e.Members[pairs[i]] = pairs[i+1]
	}
	return e
}

func noSuchBucket(name string) error {
	return fail(http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist", "BucketName", name)
}

// elsewhere sends a request to the bucket's own Region. Which Region that is,
// the header x-amz-bucket-region tells.
func elsewhere(b *bucket) error {
	return fail(http.StatusMovedPermanently, "PermanentRedirect",
		"The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
		"Endpoint", b.name+".s3."+string(b.region)+".amazonaws.com", "Bucket", b.name, "BucketRegion", string(b.region))
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

func methodNotAllowed(method, resource string) error {
	return fail(http.StatusMethodNotAllowed, "MethodNotAllowed", "The specified method is not allowed against this resource.",
		"Method", method, "ResourceType", resource)
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
