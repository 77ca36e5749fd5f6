package wiring

import "github.com/aws/aws-sdk-go-v2/service/s3"

// PathStyle is an option of S3 clients: where an endpoint is set, such as that of
// a lab, buckets are named in the path, for their own hosts need not exist there.
func PathStyle(o *s3.Options) { o.UsePathStyle = o.BaseEndpoint != nil }
