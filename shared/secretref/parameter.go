package secretref

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"rekey/shared/keyid"
)

// maxParameter is the longest name of a parameter (Systems Manager API
// Reference, GetParameter, Name).
const maxParameter = 2048

func (r *Ref) parseParameter(s string) error {
	if err := r.parseParts(s, "parameter"); err != nil {
		return err
	}
	switch {
	case len(r.SecretID) > maxParameter || !isParameterName(r.SecretID) && !isParameterARN(r.SecretID):
		return fmt.Errorf("%q is neither a parameter's name nor its ARN", r.SecretID)
	case !strings.HasPrefix(r.SecretID, "arn:") && !strings.HasPrefix(r.SecretID, "/") && strings.Contains(r.SecretID, "/"):
		return fmt.Errorf("%q: the name of a parameter in a hierarchy begins with a slash: write ssm:///%s", r.SecretID, r.SecretID)
	case r.Stage != "" && strings.Trim(r.Stage, "0123456789") == "":
		r.Stage, r.Version = "", r.Stage
		return nil
	case len(r.Stage) > 100 || strings.ContainsAny(r.Stage, ":/ "):
		return fmt.Errorf("%q is neither a parameter's version nor a label", r.Stage)
	}
	return nil
}

// Selector is how Systems Manager is asked for a parameter: its name or ARN,
// with a colon and the version or label where there is one.
func (r Ref) Selector() string {
	switch {
	case r.Version != "":
		return r.SecretID + ":" + r.Version
	case r.Stage != "":
		return r.SecretID + ":" + r.Stage
	}
	return r.SecretID
}

// isParameterName says whether s can be a parameter's name (Systems Manager API
// Reference, PutParameter, Name).
func isParameterName(s string) bool {
	for _, c := range []byte(s) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && strings.IndexByte("/_.-", c) < 0 {
			return false
		}
	}
	return s != ""
}

func isParameterARN(s string) bool {
	a, err := arn.Parse(s)
	name, ok := strings.CutPrefix(a.Resource, "parameter/")
	_, badAccount := keyid.ParseAccount(a.AccountID)
	_, badRegion := keyid.ParseRegion(a.Region) // it becomes part of a host's name
	return err == nil && ok && a.Service == "ssm" && badRegion == nil && badAccount == nil && isParameterName(name)
}

func (r *Ref) parseObject(s string) error {
	if strings.Contains(s, "#") {
		return errors.New("has a #: write %23 within the object's key")
	}
	bucket, rest, _ := strings.Cut(s, "/")
	switch {
	case !isBucket(bucket):
		return fmt.Errorf("%q is no bucket's name", bucket)
	case rest == "":
		return errors.New("names no object: write envelope+s3://BUCKET/KEY")
	}
	if err := r.parseParts(rest, "object"); err != nil {
		return err
	}
	r.SecretID, r.Bucket, r.ObjectKey, r.Stage, r.Version = "", bucket, r.SecretID, "", r.Stage
	if len(r.ObjectKey) > 1024 {
		return errors.New("the object's key is longer than 1024 bytes")
	}
	return nil
}

// isBucket says whether s can be a bucket's name: it becomes part of a host's
// name (S3 User Guide, "General purpose bucket naming rules").
func isBucket(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' {
			return false
		}
	}
	return len(s) >= 3 && len(s) <= 63 && !strings.Contains(s, "..") && strings.Trim(s, ".-") == s
}
