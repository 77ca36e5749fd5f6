package s3

import (
	"net"
	"net/http"
	"regexp"
	"strings"
)

var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// What a name must not begin and end with.
var (
	reservedPrefixes = []string{"xn--", "sthree-", "amzn-s3-demo-"}
	reservedSuffixes = []string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"}
)

// checkName refuses a name for a new bucket (S3 User Guide, "General purpose
// bucket naming rules"; recorded wording).
func checkName(name string) error {
	ok := nameForm.MatchString(name) && !strings.Contains(name, "..") && net.ParseIP(name) == nil
	for _, p := range reservedPrefixes {
		ok = ok && !strings.HasPrefix(name, p)
	}
	for _, p := range reservedSuffixes {
		ok = ok && !strings.HasSuffix(name, p)
	}
	if ok {
		return nil
	}
	return fail(http.StatusBadRequest, "InvalidBucketName", "The specified bucket is not valid.", "BucketName", name)
}
