package world

import (
	"strings"

	"rekey/shared/keyid"
)

// regions are those of the partition aws, with those that an account has to opt
// in to (partitions.json of botocore). An account of the lab has opted in to all.
var regions = func() map[keyid.Region]bool {
	known := map[keyid.Region]bool{}
	for r := range strings.FieldsSeq(`
	af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1
	ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5
	ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1 eu-central-1 eu-central-2
	eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1
	me-central-1 me-south-1 me-west-1 mx-central-1 sa-east-1 sa-west-1 us-east-1 us-east-2
	us-west-1 us-west-2
`) {
		known[keyid.Region(r)] = true
	}
	return known
}()

// RegionExists says whether AWS has the Region.
func RegionExists(r keyid.Region) bool { return regions[r] }
