package wire_test

import (
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"

	"rekey/lab/wire"
)

// s3Model gives the model of S3 with the members of its unions.
func s3Model() *wire.Service {
	service := wire.MustLoad("s3")
	service.Unions(s3Unions...)
	return service
}

// s3Inputs are the inputs of the operations that the tests decode.
var s3Inputs = map[string]reflect.Type{
	"CompleteMultipartUpload":         reflect.TypeFor[s3.CompleteMultipartUploadInput](),
	"CopyObject":                      reflect.TypeFor[s3.CopyObjectInput](),
	"CreateBucket":                    reflect.TypeFor[s3.CreateBucketInput](),
	"DeleteObject":                    reflect.TypeFor[s3.DeleteObjectInput](),
	"DeleteObjects":                   reflect.TypeFor[s3.DeleteObjectsInput](),
	"GetObject":                       reflect.TypeFor[s3.GetObjectInput](),
	"GetObjectAttributes":             reflect.TypeFor[s3.GetObjectAttributesInput](),
	"HeadObject":                      reflect.TypeFor[s3.HeadObjectInput](),
	"ListObjects":                     reflect.TypeFor[s3.ListObjectsInput](),
	"ListObjectsV2":                   reflect.TypeFor[s3.ListObjectsV2Input](),
	"ListParts":                       reflect.TypeFor[s3.ListPartsInput](),
	"PutBucketAcl":                    reflect.TypeFor[s3.PutBucketAclInput](),
	"PutBucketAnalyticsConfiguration": reflect.TypeFor[s3.PutBucketAnalyticsConfigurationInput](),
	"PutBucketPolicy":                 reflect.TypeFor[s3.PutBucketPolicyInput](),
	"PutBucketTagging":                reflect.TypeFor[s3.PutBucketTaggingInput](),
	"PutObject":                       reflect.TypeFor[s3.PutObjectInput](),
	"UpdateObjectEncryption":          reflect.TypeFor[s3.UpdateObjectEncryptionInput](),
	"UploadPart":                      reflect.TypeFor[s3.UploadPartInput](),
	"UploadPartCopy":                  reflect.TypeFor[s3.UploadPartCopyInput](),
}

func TestRouteS3(t *testing.T) {
	service := s3Model()
	for request, want := range map[string]string{
		"GET /":                                 "ListBuckets",
		"GET /?x-id=ListBuckets":                "ListBuckets",
		"GET /?x-id=ListDirectoryBuckets":       "ListDirectoryBuckets",
		"GET /?x-id=GetObject":                  "ListBuckets",
		"GET /b":                                "ListObjects",
		"GET /b/":                               "ListObjects",
		"GET /b?list-type=2":                    "ListObjectsV2",
		"GET /b?prefix=x&list-type=2":           "ListObjectsV2",
		"GET /b?list-type=1":                    "ListObjects",
		"GET /b?versions":                       "ListObjectVersions",
		"GET /b?uploads=":                       "ListMultipartUploads",
		"GET /b?analytics":                      "ListBucketAnalyticsConfigurations",
		"GET /b?analytics&id=1":                 "GetBucketAnalyticsConfiguration",
		"GET /b?lifecycle":                      "GetBucketLifecycleConfiguration",
		"GET /b?notification":                   "GetBucketNotificationConfiguration",
		"HEAD /b":                               "HeadBucket",
		"PUT /b":                                "CreateBucket",
		"PUT /b?encryption":                     "PutBucketEncryption",
		"POST /b?delete":                        "DeleteObjects",
		"GET /b/k":                              "GetObject",
		"GET /b//":                              "GetObject",
		"GET /b/a/b/c?versionId=1":              "GetObject",
		"GET /b/k?attributes":                   "GetObjectAttributes",
		"GET /b/k?uploadId=1":                   "ListParts",
		"GET /b/k?annotation":                   "ListObjectAnnotations",
		"GET /b/k?annotation&annotationName=x":  "GetObjectAnnotation",
		"HEAD /b/k":                             "HeadObject",
		"PUT /b/k":                              "PutObject",
		"PUT /b/k?partNumber=1":                 "PutObject",
		"PUT /b/k?partNumber=1&uploadId=x":      "UploadPart",
		"PUT /b/k copy":                         "CopyObject",
		"PUT /b/k?partNumber=1&uploadId=x copy": "UploadPartCopy",
		"PUT /b/k?encryption":                   "UpdateObjectEncryption",
		"PUT /b/k?encryption=":                  "UpdateObjectEncryption",
		"PUT /b/k?encryption&versionId=1":       "UpdateObjectEncryption",
		"PUT /b/k?encryption copy":              "UpdateObjectEncryption",
		"PUT /b/k?renameObject":                 "RenameObject",
		"POST /b/k?uploads":                     "CreateMultipartUpload",
		"POST /b/k?uploadId=x":                  "CompleteMultipartUpload",
		"POST /b/k?select&select-type=2":        "SelectObjectContent",
		"DELETE /b/k":                           "DeleteObject",
		"DELETE /b/k?uploadId=x":                "AbortMultipartUpload",
		"POST /WriteGetObjectResponse":          "WriteGetObjectResponse",
		"POST /":                                "",
		"PUT /":                                 "",
		"PATCH /b":                              "",
		"POST /b?select":                        "",
	} {
		line, copies := strings.CutSuffix(request, " copy")
		method, target, _ := strings.Cut(line, " ")
		r := httptest.NewRequest(method, target, nil)
		if copies {
			r.Header.Set("X-Amz-Copy-Source", "b/k")
		}
		if got, ok := service.Route(r, nil); got != want || ok != (want != "") {
			t.Errorf("%s: %q, %v, want %q", request, got, ok, want)
		}
	}
	form := httptest.NewRequest("POST", "/b", nil)
	form.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	op, ok := service.Route(form, nil)
	if e := service.NoSuchOperation(op); !ok || service.Has(op) || e.Status != http.StatusNotImplemented {
		t.Errorf("an upload by a form: %q, %v", op, e)
	}
}

func TestRouteLambda(t *testing.T) {
	service := wire.MustLoad("lambda")
	const arn = "arn%3Aaws%3Alambda%3Aeu-west-1%3A111122223333%3Afunction%3Af"
	for request, want := range map[string]string{
		"GET /2015-03-31/functions":                      "ListFunctions",
		"GET /2015-03-31/functions/":                     "ListFunctions",
		"POST /2015-03-31/functions":                     "CreateFunction",
		"GET /2015-03-31/functions/f":                    "GetFunction",
		"GET /2015-03-31/functions/" + arn:               "GetFunction",
		"POST /2015-03-31/functions/f/invocations":       "Invoke",
		"PUT /2015-03-31/functions/f/code":               "UpdateFunctionCode",
		"GET /2018-10-31/layers/l/versions/3":            "GetLayerVersion",
		"GET /2018-10-31/layers":                         "ListLayers", // without shapes
		"GET /2018-10-31/layers?find=LayerVersion&Arn=x": "GetLayerVersionByArn",
		"DELETE /2015-03-31/functions/f/policy/s":        "RemovePermission",
		"GET /2015-03-31/functions/f/policy/s":           "",
		"GET /2015-03-31/functions/f/g":                  "",
		"GET /2015-03-31/functions//policy":              "",
		"GET /":                                          "",
		"GET /2014-03-31/functions/f":                    "",
	} {
		method, target, _ := strings.Cut(request, " ")
		if got, ok := service.Route(httptest.NewRequest(method, target, nil), nil); got != want || ok != (want != "") {
			t.Errorf("%s: %q, %v, want %q", request, got, ok, want)
		}
	}
	var in lambda.GetFunctionInput
	if err := service.DecodeInput("GetFunction", httptest.NewRequest("GET", "/2015-03-31/functions/"+arn+"?Qualifier=1", nil), nil, &in); err != nil ||
		*in.FunctionName != "arn:aws:lambda:eu-west-1:111122223333:function:f" || *in.Qualifier != "1" {
		t.Errorf("%+v, %v", in, err)
	}
}

// decodeS3 routes and decodes a request given as lines: the request line, then
// headers, then after an empty line the body. Required checksums are added.
func decodeS3(t *testing.T, service *wire.Service, text string) (any, error) {
	t.Helper()
	head, body, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	method, target, _ := strings.Cut(lines[0], " ")
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 x")
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	op, _ := service.Route(r, nil)
	if body != "" && s3Inputs[op] != nil && op != "PutObject" && r.Header.Get("Content-Md5") == "" && op != "CompleteMultipartUpload" && op != "CreateBucket" {
		digest := md5.Sum([]byte(body))
		r.Header.Set("Content-Md5", base64.StdEncoding.EncodeToString(digest[:]))
	}
	if s3Inputs[op] == nil {
		t.Fatalf("%s: no input of %q", lines[0], op)
	}
	in := reflect.New(s3Inputs[op]).Interface()
	if err := service.DecodeInput(op, r, []byte(body), in); err != nil {
		return nil, err
	}
	return in, service.Validate(op, in)
}

func TestS3Refuses(t *testing.T) {
	service := s3Model()
	const ns = ` xmlns="http://s3.amazonaws.com/doc/2006-03-01/"`
	const xsi = ` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`
	tagging := func(inner string) string { return "PUT /b?tagging\n\n<Tagging" + ns + ">" + inner + "</Tagging>" }
	const set = `<TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet>`
	for text, want := range map[string]string{
		"PUT /b/k": "",
		"PUT /b/k\nCache-Control: a\nX-Amz-Meta-A: 1\nAccept: */*": "",
		"PUT /b/k\nX-Amz-Meta-A: 1\nX-Amz-Meta-A: 2":               "",
		"PUT /b/k\nCache-Control: a\nCache-Control: b":             "InvalidArgument",
		"PUT /b/k\nX-Amz-Acl: private\nX-Amz-Acl: private":         "InvalidArgument",
		"PUT /b/k\nX-Amz-Acl: secret":                              "InvalidArgument",
		"PUT /b/k\nX-Amz-Acl: ":                                    "InvalidArgument",
		"PUT /b/k\nX-Amz-Storage-Class: COLD":                      "InvalidStorageClass",
		"PUT /b/k\nX-Amz-Unheard-Of: 1":                            "NotImplemented",
		"PUT /b/k\nX-Amz-Copy-Source-Range: bytes=0-1":             "NotImplemented",
		"PUT /b/k?acls":                                                                 "NotImplemented",
		"PUT /b/k?partNumber=1":                                                         "NotImplemented",
		"PUT /b?tagging&website\n\n<a/>":                                                "NotImplemented",
		"PUT /b/k\nExpires: 0":                                                          "NotImplemented",
		"PUT /b/k\nExpires: Thu, 01 Jan 2026 00:00:00 GMT":                              "",
		"PUT /b/k\nX-Amz-Checksum-Xxhash64: AAAAAAAAAAA=":                               "NotImplemented",
		"PUT /b/k\nX-Amz-Checksum-Unheard: AAAA":                                        "NotImplemented",
		"PUT /b/k\nX-Amz-Checksum-Crc32: AAAAAA==":                                      "", // of nothing
		"PUT /b/k\nX-Amz-Checksum-Crc32: AAAAAQ==":                                      "BadDigest",
		"PUT /b/k\nX-Amz-Checksum-Crc32: AAAA":                                          "InvalidRequest",
		"PUT /b/k\nX-Amz-Checksum-Crc32: *":                                             "InvalidRequest",
		"PUT /b/k\nX-Amz-Checksum-Crc32: AAAAAA==\nX-Amz-Checksum-Crc32c: AAAAAA==":     "InvalidRequest",
		"PUT /b/k\nX-Amz-Sdk-Checksum-Algorithm: CRC32":                                 "InvalidRequest",
		"PUT /b/k\nX-Amz-Sdk-Checksum-Algorithm: SHA1\nX-Amz-Checksum-Crc32: AAAAAA==":  "InvalidRequest",
		"PUT /b/k\nX-Amz-Sdk-Checksum-Algorithm: CRC32\nX-Amz-Checksum-Crc32: AAAAAA==": "",
		"PUT /b/k?X-Amz-Signature=s&X-Amz-Checksum-Crc32=AAAAAA%3D%3D\n\nbody":          "BadDigest",
		"PUT /b/k?X-Amz-Signature=s&x-amz-checksum-crc32=AAAAAA%3D%3D\n\nbody":          "BadDigest",
		"PUT /b/k?X-Amz-Signature=s&x-amz-checksum-crc32=AAAAAA%3D%3D":                  "",
		"PUT /b/k?X-Amz-Signature=s&x-amz-sdk-checksum-algorithm=CRC32\n\nbody":         "InvalidRequest",
		"PUT /b/k\nIf-Unmodified-Since: Thu, 01 Jan 2026 00:00:00 GMT":                  "NotImplemented",
		"PUT /b/k\nIf-Modified-Since: Thu, 01 Jan 2026 00:00:00 GMT":                    "NotImplemented",
		"DELETE /b/k\nIf-Unmodified-Since: Thu, 01 Jan 2026 00:00:00 GMT":               "NotImplemented",
		"DELETE /b/k\nIf-None-Match: *":                                                 "NotImplemented",
		"DELETE /b/k\nIf-Match: *":                                                      "",
		"PUT /b/k?x-id=DeleteObject":                                                    "NotImplemented",
		"PUT /k?x-id=PutObject":                                                         "NotImplemented",
		"PUT /b/k\nContent-Md5: x":                                                      "InvalidDigest",
		"PUT /b/k\nContent-Md5: AAAAAAAAAAAAAAAAAAAAAA==":                               "BadDigest",
		"PUT /b/k\nX-Amz-Server-Side-Encryption-Bucket-Key-Enabled: True":               "InvalidArgument",
		"PUT /b/k\nX-Amz-Object-Lock-Retain-Until-Date: tomorrow":                       "InvalidArgument",
		"PUT /b/k\nX-Amz-Object-Lock-Retain-Until-Date: 2030-01-01T00:00:00.000Z":       "",
		"GET /b/k?versionId=1&versionId=2":                                              "InvalidArgument",
		"GET /b/k?versionId=%zz":                                                        "InvalidURI",
		"GET /b/k?partNumber=one":                                                       "InvalidArgument",
		"GET /b/k\n\nbody":                                                              "UnexpectedContent",
		"GET /b/k\nIf-Modified-Since: yesterday":                                        "InvalidArgument",
		"GET /b?max-keys=x":                                                             "InvalidArgument",
		"GET /b?max-keys=99999999999":                                                   "InvalidArgument",
		"GET /b?encoding-type=URL":                                                      "InvalidArgument",
		"GET /b?delimiter=%2F&x-id=ListObjects":                                         "",
		"GET /b/k?attributes":                                                           "MissingSecurityHeader",
		"GET /b/k?attributes\nX-Amz-Object-Attributes: ETag,Colour":                     "InvalidArgument",
		"GET /b/k?attributes\nX-Amz-Object-Attributes: ETag, ObjectSize":                "",
		"PUT /b?tagging":                                                                "InvalidRequest",
		"PUT /b?tagging\nContent-Md5: 1B2M2Y8AsgTpgAmY7PhCfg==":                         "MissingRequestBodyError",
		tagging(set):                             "",
		strings.Replace(tagging(set), ns, "", 1): "",
		strings.Replace(tagging(set), "2006-03-01", "2006-03-02", 1):                                                   "MalformedXML",
		strings.Replace(tagging(set), "<Tagging", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- x --><Tagging", 1): "",
		strings.Replace(tagging(set), "<Tagging", "<!DOCTYPE x><Tagging", 1):                                           "MalformedXML",
		strings.Replace(tagging(set), "<Tagging", "<?php x?><Tagging", 1):                                              "MalformedXML",
		strings.ReplaceAll(tagging(set), "Tagging", "Other"):                                                           "MalformedXML",
		tagging(""):                    "MalformedXML",
		tagging("<TagSet/>"):           "",
		tagging(set + set):             "MalformedXML",
		tagging(set + "<Other/>"):      "MalformedXML",
		tagging(set + "text"):          "MalformedXML",
		tagging(set) + "<a/>":          "MalformedXML",
		tagging(set) + "x":             "MalformedXML",
		tagging(set) + "\n <!-- x -->": "",
		tagging("<tagset/>"):           "MalformedXML",
		tagging("<TagSet><Tag><Key>k</Key></Tag></TagSet>"):                              "MalformedXML",
		tagging("<TagSet><Tag><Key>k</Key><Key>k</Key><Value/></Tag></TagSet>"):          "MalformedXML",
		tagging("<TagSet><Tag><Key>k<b/></Key><Value/></Tag></TagSet>"):                  "MalformedXML",
		tagging("<TagSet><Tag><Key a=\"b\">k</Key><Value/></Tag></TagSet>"):              "MalformedXML",
		tagging("<TagSet><Tag><Key>&unheard;</Key><Value/></Tag></TagSet>"):              "MalformedXML",
		tagging("<TagSet><Tag><Key>\xff</Key><Value/></Tag></TagSet>"):                   "MalformedXML",
		tagging("<TagSet><Tag><Key>&lt;&#65;<![CDATA[<]]></Key><Value/></Tag></TagSet>"): "",
		tagging("<TagSet><Item/></TagSet>"):                                              "MalformedXML",
		tagging("<TagSet xmlns=\"urn:x\"/>"):                                             "MalformedXML",
		tagging("<TagSet"):                                                               "MalformedXML",
		tagging(strings.Repeat("<TagSet>", 1<<16)):                                       "MalformedXML",
		"PUT /b?acl\n\n<AccessControlPolicy" + xsi + "><AccessControlList><Grant><Grantee xsi:type=\"Group\"><URI>u</URI></Grantee><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>":                  "",
		"PUT /b?acl\n\n<AccessControlPolicy" + xsi + "><AccessControlList><Grant><Grantee xsi:type=\"Nobody\"/></Grant></AccessControlList></AccessControlPolicy>":                                                                   "MalformedACLError",
		"PUT /b?acl\n\n<AccessControlPolicy><AccessControlList><Grant><Grantee type=\"Group\"/></Grant></AccessControlList></AccessControlPolicy>":                                                                                   "MalformedACLError",
		"PUT /b?acl\n\n<AccessControlPolicy><AccessControlList><Grant><Permission>SOME</Permission></Grant></AccessControlList></AccessControlPolicy>":                                                                               "MalformedACLError",
		"PUT /b?analytics&id=1\n\n<AnalyticsConfiguration><Id>1</Id><Filter><Prefix>a</Prefix></Filter><StorageClassAnalysis/></AnalyticsConfiguration>":                                                                             "",
		"PUT /b?analytics&id=1\n\n<AnalyticsConfiguration><Id>1</Id><Filter><Prefix>a</Prefix><And/></Filter><StorageClassAnalysis/></AnalyticsConfiguration>":                                                                       "MalformedXML",
		"PUT /b?analytics&id=1\n\n<AnalyticsConfiguration><Id>1</Id><Filter/><StorageClassAnalysis/></AnalyticsConfiguration>":                                                                                                       "MalformedXML",
		"PUT /b/k?encryption\n\n<ObjectEncryption><SSE-KMS><KMSKeyArn>arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab</KMSKeyArn><BucketKeyEnabled>true</BucketKeyEnabled></SSE-KMS></ObjectEncryption>": "",
		"PUT /b/k?encryption\n\n<ObjectEncryption><SSE-KMS><KMSKeyArn>k</KMSKeyArn><BucketKeyEnabled>1</BucketKeyEnabled></SSE-KMS></ObjectEncryption>":                                                                              "MalformedXML",
		"PUT /b/k?encryption\n\n<ObjectEncryption/>":                            "MalformedXML",
		"PUT /b/k?encryption\n\n<ObjectEncryption><SSE-S3/></ObjectEncryption>": "MalformedXML",
		"POST /b/k?uploadId=u\nX-Amz-Checksum-Crc32: AAAAAB==\n\n<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>e</ETag></Part><Part><PartNumber>2</PartNumber></Part></CompleteMultipartUpload>": "",
		"PUT /b/k?partNumber=1&uploadId=u\nX-Amz-Copy-Source: b/s": "",
		"PUT /b/k\nX-Amz-Copy-Source: b/s\n\nbody":                 "UnexpectedContent",
		"POST /b?delete\n\n<Delete><Object><Key>a</Key></Object><Object><Key>b</Key><VersionId>1</VersionId></Object><Quiet> true </Quiet></Delete>": "",
		"POST /b?delete\nContent-Md5: AAAAAAAAAAAAAAAAAAAAAA==\n\n<Delete><Object><Key>a</Key></Object></Delete>":                                    "BadDigest",
	} {
		_, err := decodeS3(t, service, text)
		if got := code(t, err); got != want {
			t.Errorf("%.160q: %v, want %q", text, err, want)
		}
	}
}

func TestS3Decodes(t *testing.T) {
	service := s3Model()
	in, err := decodeS3(t, service, "PUT /b/a%2Fb//../%C3%A9+?x-id=PutObject\nX-Amz-Meta-A: 1\nX-Amz-Meta-A: 2\nX-AMZ-META-b: é\nX-Amz-Tagging: a=b\n\n<Body/>")
	if err != nil {
		t.Fatal(err)
	}
	put := in.(*s3.PutObjectInput)
	if *put.Bucket != "b" || *put.Key != "a/b//../é+" || *put.Tagging != "a=b" || fmt.Sprint(put.Metadata) != "map[a:1,2 b:é]" {
		t.Errorf("%v %v %v", *put.Key, *put.Tagging, put.Metadata)
	}
	if body := put.Body.(*wire.Payload); string(body.Bytes()) != "<Body/>" {
		t.Errorf("%q", body.Bytes())
	}
	in, err = decodeS3(t, service, "PUT /b?acl\n\n<AccessControlPolicy xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\"><AccessControlList><Grant><Grantee i:type=\"CanonicalUser\"><ID> x </ID></Grantee><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>")
	if err != nil {
		t.Fatal(err)
	}
	if g := in.(*s3.PutBucketAclInput).AccessControlPolicy.Grants[0]; g.Grantee.Type != types.TypeCanonicalUser || *g.Grantee.ID != " x " {
		t.Errorf("%+v", g)
	}
}

// Nobody who did not sign may choose the headers of an answer.
func TestAnonymousOverride(t *testing.T) {
	r := httptest.NewRequest("GET", "/b/k?response-content-type=text%2Fhtml", nil)
	if got := code(t, wire.MustLoad("s3").DecodeInput("GetObject", r, nil, new(s3.GetObjectInput))); got != "InvalidRequest" {
		t.Errorf("%q", got)
	}
}

func TestRestJSONRefuses(t *testing.T) {
	service := wire.MustLoad("scheduler")
	for text, want := range map[string]string{
		`PUT /schedules/s {"GroupName":"g"}`:       "",
		`PUT /schedules/s {"Name":"s"}`:            "SerializationException", // it is in the path
		`PUT /schedules/s {"GroupName":"g","X":1}`: "SerializationException",
		`PUT /schedules/s?x=1 {}`:                  "NotImplemented",
		`PUT /schedules/s [`:                       "SerializationException",
		`PUT /schedules/s?ClientToken=x {}`:        "NotImplemented",
	} {
		method, rest, _ := strings.Cut(text, " ")
		target, body, _ := strings.Cut(rest, " ")
		r := httptest.NewRequest(method, target, strings.NewReader(body))
		err := service.DecodeInput("UpdateSchedule", r, []byte(body), new(scheduler.UpdateScheduleInput))
		if got := code(t, err); got != want {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	r := httptest.NewRequest("GET", "/schedules?MaxResults=1&MaxResults=2", nil)
	if got := code(t, service.DecodeInput("ListSchedules", r, nil, new(scheduler.ListSchedulesInput))); got != "SerializationException" {
		t.Errorf("a parameter twice: %q", got)
	}
}
