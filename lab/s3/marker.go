package s3

import (
	"errors"
	"net/http"

	"rekey/lab/wire"
)

// deleted adds to the answer for a key that is not there that its current
// version is a delete marker (S3 User Guide, "Working with delete markers").
func (b *bucket) deleted(v *version, err error) error {
	var e *wire.Error
	if errors.As(err, &e) && e.Status == http.StatusNotFound {
		e.Header = http.Header{"X-Amz-Delete-Marker": {"true"}, "X-Amz-Version-Id": {v.id()}}
	}
	return err
}

// markerRefused is the answer to an operation on a delete marker that the request
// named (recorded; the headers are of the same page).
func (b *bucket) markerRefused(v *version, method string) error {
	err := fail(http.StatusMethodNotAllowed, "MethodNotAllowed", "The specified method is not allowed against this resource.",
		"Method", method, "ResourceType", "DeleteMarker")
	err.Header = http.Header{
		"X-Amz-Delete-Marker": {"true"}, "X-Amz-Version-Id": {v.id()}, "Allow": {"DELETE"},
		"Last-Modified": {v.lastModified().Format(http.TimeFormat)},
	}
	return err
}
