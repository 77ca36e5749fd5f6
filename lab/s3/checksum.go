package s3

// checksum is the checksum of a whole object.
type checksum struct {
	algorithm algorithm
	sum       string // raw
}

type algorithm uint8
