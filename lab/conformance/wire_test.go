package conformance

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"rekey/lab"
)

// rawCall is a request that no SDK would make.
type rawCall struct {
	service string // kms or sts
	target  string // X-Amz-Target; without it the body is a form
	body    string
	at      time.Duration                         // how far the signature's time is from now
	change  func(*aws.Credentials, *http.Request) // before the signature
	after   func(*http.Request)                   // after it
}

type answer struct {
	status int
	header http.Header
	body   string
}

// send signs a request with the caller's credentials and makes it.
func (x *bench) send(r rawCall) answer {
	x.Helper()
	req, err := http.NewRequestWithContext(x.Context(), http.MethodPost, x.endpoint(r.service), strings.NewReader(r.body))
	if err != nil {
		x.Fatal(err)
	}
	if r.target != "" {
		req.Header.Set("X-Amz-Target", r.target)
		req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	} else {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	}
	who, err := x.Own.config.Credentials.Retrieve(x.Context())
	if err != nil {
		x.Fatal(err)
	}
	if r.change != nil {
		r.change(&who, req)
	}
	digest := sha256.Sum256([]byte(r.body))
	if err := v4.NewSigner().SignHTTP(x.Context(), who, req, hex.EncodeToString(digest[:]), r.service, x.region, time.Now().Add(r.at)); err != nil {
		x.Fatal(err)
	}
	if r.after != nil {
		r.after(req)
	}
	return x.do(req)
}

func (x *bench) do(req *http.Request) answer {
	x.Helper()
	client := x.Own.config.HTTPClient
	if client == nil {
		client = http.DefaultClient
	}
	res, err := client.Do(req)
	if err != nil {
		x.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		x.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(body)}
}

func (x *bench) endpoint(service string) string {
	if x.lab != nil {
		return lab.Endpoint + "/"
	}
	return "https://" + service + "." + x.region + ".amazonaws.com/"
}

// answered holds an answer to a status and parts of its body.
func (x *bench) answered(a answer, status int, parts ...string) {
	x.Helper()
	equal(x, "the status", a.status, status)
	for _, p := range parts {
		if !strings.Contains(a.body, p) {
			x.Errorf("the answer is %s, want it to have %s", a.body, p)
		}
	}
}

const (
	commonErrors = "KMS API Reference, Common Error Types; "
	listKeys     = "TrentService.ListKeys"
	whoAmI       = "Action=GetCallerIdentity&Version=2011-06-15"
)

func forget(r *http.Request) { r.Header.Del("Authorization") }

func forgeSecret(who *aws.Credentials, _ *http.Request) { who.SecretAccessKey += "x" }

func forgeKey(who *aws.Credentials, _ *http.Request) {
	who.AccessKeyID, who.SessionToken = "AKIAIOSFODNN7EXAMPLE", ""
}

var wireClaims = []claim{
	{
		says:   "a request without a signature is refused",
		source: commonErrors + "assumption: the message",
		check: func(x *bench) {
			x.answered(x.send(rawCall{service: "kms", target: listKeys, body: "{}", after: forget}), 400,
				`"__type":"MissingAuthenticationTokenException"`, "Missing Authentication Token")
			x.answered(x.send(rawCall{service: "sts", body: whoAmI, after: forget}), 403,
				"<Code>MissingAuthenticationToken</Code>", "Request is missing Authentication Token")
		},
	},
	{
		says:   "a signature made with another secret does not match",
		source: commonErrors + "IAM User Guide, Troubleshoot Signature Version 4 signing",
		check: func(x *bench) {
			x.answered(x.send(rawCall{service: "kms", target: listKeys, body: "{}", change: forgeSecret}), 400,
				`"__type":"InvalidSignatureException"`, "The request signature we calculated does not match the signature you provided.")
			x.answered(x.send(rawCall{service: "sts", body: whoAmI, change: forgeSecret}), 403, "<Code>SignatureDoesNotMatch</Code>")
		},
	},
	{
		says:   "a body other than the signed one does not match",
		source: "IAM User Guide, Create a signed AWS API request: the hashed payload",
		check: func(x *bench) {
			forge := func(r *http.Request) {
				r.Body, r.ContentLength = io.NopCloser(strings.NewReader(`{"Limit":1}`)), int64(len(`{"Limit":1}`))
			}
			x.answered(x.send(rawCall{service: "kms", target: listKeys, body: "{}", after: forge}), 400, `"__type":"InvalidSignatureException"`)
		},
	},
	{
		says:   "an access key that does not exist is not recognized",
		source: commonErrors + "STS API Reference, Common Error Types",
		check: func(x *bench) {
			const message = "The security token included in the request is invalid."
			x.answered(x.send(rawCall{service: "kms", target: listKeys, body: "{}", change: forgeKey}), 400, `"__type":"UnrecognizedClientException"`, message)
			x.answered(x.send(rawCall{service: "sts", body: whoAmI, change: forgeKey}), 403, "<Code>InvalidClientTokenId</Code>", message)
		},
	},
	{
		says:   "a session's access key is nothing without its token",
		source: "IAM User Guide, Use temporary credentials with AWS resources; assumption: the code is that of an unknown key",
		check: func(x *bench) {
			s := x.Own.session(document(may("*", "*")))
			who, err := s.config.Credentials.Retrieve(x.Context())
			if err != nil {
				x.Fatal(err)
			}
			bare := func(c *aws.Credentials, _ *http.Request) { *c = who; c.SessionToken = "" }
			x.answered(x.send(rawCall{service: "kms", target: listKeys, body: "{}", change: bare}), 400, `"__type":"UnrecognizedClientException"`)
		},
	},
	{
		says:   "a signature is good for five minutes, before and after",
		source: "IAM User Guide, Troubleshoot Signature Version 4 signing; reported: the messages, in aws-sdk-js-v3 #6400 and botocore #3587",
		check: func(x *bench) {
			call := func(at time.Duration) answer {
				return x.send(rawCall{service: "kms", target: listKeys, body: "{}", at: at})
			}
			x.answered(call(-6*time.Minute), 400, `"__type":"InvalidSignatureException"`, "Signature expired: ", "is now earlier than")
			x.answered(call(6*time.Minute), 400, `"__type":"InvalidSignatureException"`, "Signature not yet current: ", "is still later than")
			x.answered(call(-4*time.Minute), 200)
			x.answered(call(4*time.Minute), 200)
		},
	},
	{
		says:   "an operation that a JSON service does not have is unknown to it",
		source: commonErrors + "UnknownOperationException; Smithy's protocol tests of AWS JSON",
		check: func(x *bench) {
			x.answered(x.send(rawCall{service: "kms", target: "TrentService.NoSuchThing", body: "{}"}), 400, `"__type":"UnknownOperationException"`)
		},
	},
	{
		says:   "an action that a Query service does not have is invalid",
		source: "STS API Reference, Common Error Types, InvalidAction; assumption: the message",
		check: func(x *bench) {
			x.answered(x.send(rawCall{service: "sts", body: "Action=NoSuchThing&Version=2011-06-15"}), 400,
				"<Type>Sender</Type>", "<Code>InvalidAction</Code>", "Could not find operation NoSuchThing for version 2011-06-15")
		},
	},
	{
		says:   "a body that is no JSON cannot be read",
		source: "reported: SerializationException of JSON services, in boto3, aws-sdk-js and others",
		check: func(x *bench) {
			for _, body := range []string{"{", "[]", `{"Limit":"many"}`} {
				x.answered(x.send(rawCall{service: "kms", target: listKeys, body: body}), 400, `"__type":"SerializationException"`)
			}
		},
	},
	{
		says:   "a required member that is missing fails validation, with all others that do",
		source: commonErrors + "ValidationException; assumption: the message for several violations",
		check: func(x *bench) {
			x.answered(x.send(rawCall{service: "kms", target: "TrentService.Encrypt", body: "{}"}), 400, `"__type":"ValidationException"`,
				"2 validation errors detected: ", "Value null at 'keyId' failed to satisfy constraint: Member must not be null",
				"Value null at 'plaintext' failed to satisfy constraint: Member must not be null")
		},
	},
	{
		says:   "an answer carries its request's id where SDKs look for it",
		source: "AWS SDKs and Tools Reference Guide, request ids: x-amzn-RequestId",
		check: func(x *bench) {
			for _, r := range []rawCall{{service: "kms", target: listKeys, body: "{}"}, {service: "sts", body: whoAmI}} {
				if id := x.send(r).header.Get("X-Amzn-Requestid"); len(id) != 36 {
					x.Errorf("%s answers with the request id %q", r.service, id)
				}
			}
		},
	},
	{
		says:   "over a network the answers are the same",
		source: "assumption: the lab's own",
		needs:  inside,
		check: func(x *bench) {
			server := httptest.NewServer(x.lab)
			defer server.Close()
			c := x.Own.config.Copy()
			c.BaseEndpoint, c.HTTPClient = &server.URL, server.Client()
			far := newCaller(x, c).identified()
			equal(x, "the caller", far.arn, x.Own.arn)
			k := far.key("")
			blob := far.seal(k, "hello", "a", "1")
			equal(x, "the plaintext", string(succeed(x, x.Own.KMS.Decrypt, k.decrypt(blob, "a", "1")).Plaintext), "hello")
			refused(x, far.KMS.Decrypt, k.decrypt(blob), "InvalidCiphertextException").saying("")
			refused(x, far.KMS.DescribeKey, &kms.DescribeKeyInput{KeyId: new("none")}, "NotFoundException").saying("Invalid keyId 'none'")
		},
	},
}
