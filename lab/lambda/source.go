package lambda

import (
	"rekey/lab/wire"
	"rekey/lab/world"
)

// Objects is what Lambda needs of S3: the content of an object that the caller
// of c, a call of GetObject, may read. version is nil for the current one.
type Objects interface {
	Read(c *world.Call, bucket, key string, version *string) ([]byte, error)
}

// source is where a request has an archive: in itself, or in S3.
type source struct {
	archive              []byte
	bucket, key, version *string
}

// fetch gives the archive. It is read from S3 with the caller's permissions, from
// a bucket of the same Region, be it another account's (Lambda API Reference,
// FunctionCode, S3Bucket). That a request with both is refused is documented
// nowhere; the wording of that is assumed.
func (s *Service) fetch(c *world.Call, from source) ([]byte, error) {
	inS3 := from.bucket != nil && from.key != nil
	switch {
	case from.archive != nil && (from.bucket != nil || from.key != nil || from.version != nil):
		return nil, invalid("Please do not provide other FunctionCode parameters when providing a ZipFile.")
	case !inS3 && len(from.archive) == 0: // reported, in aws/aws-sdk-php#580
		return nil, invalid("Please provide a source for function code.")
	case !inS3:
		return from.archive, nil
	case s.Objects == nil:
		return nil, world.Unimplemented("code in S3, which this lab does not have")
	}
	var archive []byte
	err := c.On("s3", "GetObject", "lambda.amazonaws.com", func(sub *world.Call) (err error) {
		archive, err = s.Objects.Read(sub, *from.bucket, *from.key, from.version)
		return err
	})
	return archive, unread(err, *from.bucket, *from.key)
}

// unread words why an archive could not be read from S3: recorded of a bucket
// and a key that are not there; reported of a denial, in SWO-GS/auto-tag#105, and
// of another Region, in arabold/aws-to-slack#17.
func unread(err error, bucket, key string) error {
	if err == nil {
		return nil
	}
	e, ok := wire.FromAPIError(err)
	if !ok || e.Status == 501 {
		return err
	}
	why := "S3 Error Code: " + e.Code + ". S3 Error Message: " + e.Message
	switch e.Code {
	case "AccessDenied":
		return denied("Your access has been denied by S3, please make sure your request credentials have permission to GetObject for " + bucket + "/" + key + ". " + why)
	case "PermanentRedirect":
		why = "S3 Error Code: PermanentRedirect. S3 Error Message: The bucket is in this region: " + e.Header.Get("X-Amz-Bucket-Region") + ". Please use this region to retry the request"
	}
	return invalid("Error occurred while GetObject. " + why)
}
