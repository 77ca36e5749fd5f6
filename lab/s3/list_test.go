package s3

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Listings of any keys, prefixes, delimiters and page sizes against ones made
// the slow way.
func TestListings(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 60 {
		b := newBench(t)
		kept := b.bucket("bucket")
		var all []string
		for range r.IntN(40) {
			key := ""
			for range 1 + r.IntN(5) {
				key += string("ab/é"[r.IntN(3)]) + []string{"", "/", "é"}[r.IntN(3)]
			}
			if kept.objects.get(key) == nil {
				b.put(root(mine), "bucket", key, "")
				all = append(all, key)
			}
		}
		slices.Sort(all)
		prefix, delimiter := []string{"", "a", "a/", "b/a", "é"}[r.IntN(5)], []string{"", "/", "é", "a/"}[r.IntN(4)]
		size := int32(1 + r.IntN(5))
		if got, want := b.listed(prefix, delimiter, size), slowly(all, prefix, delimiter); !slices.Equal(got, want) {
			t.Errorf("%q, prefix %q, delimiter %q, %d at once: %q, want %q", all, prefix, delimiter, size, got, want)
		}
	}
}

// listed gives all keys and common prefixes, page by page, in their order.
func (b *bench) listed(prefix, delimiter string, size int32) (names []string) {
	b.Helper()
	in := &s3.ListObjectsV2Input{Bucket: new("bucket"), Prefix: &prefix, Delimiter: &delimiter, MaxKeys: &size}
	for {
		out := must[s3.ListObjectsV2Output](b, root(mine), in)
		var page []string
		for _, o := range out.Contents {
			page = append(page, *o.Key)
		}
		for _, p := range out.CommonPrefixes {
			page = append(page, *p.Prefix)
		}
		slices.Sort(page)
		names = append(names, page...)
		if int(*out.KeyCount) != len(page) || len(page) > int(size) || *out.IsTruncated != (out.NextContinuationToken != nil) {
			b.Errorf("a page has %d entries, counted %d", len(page), *out.KeyCount)
		}
		if in.ContinuationToken = out.NextContinuationToken; in.ContinuationToken == nil {
			return names
		}
	}
}

func slowly(all []string, prefix, delimiter string) (names []string) {
	for _, key := range all {
		rest, ok := strings.CutPrefix(key, prefix)
		if !ok {
			continue
		}
		if at := strings.Index(rest, delimiter); delimiter != "" && at >= 0 {
			key = key[:len(prefix)+at+len(delimiter)]
		}
		if len(names) == 0 || names[len(names)-1] != key {
			names = append(names, key)
		}
	}
	return names
}

// Pages of versions of any size together are all versions.
func TestVersionPages(t *testing.T) {
	b := newBench(t)
	b.bucket("bucket", func(k *bucket) { k.versioning = types.BucketVersioningStatusEnabled })
	for i := range 30 {
		b.put(root(mine), "bucket", fmt.Sprintf("d%d/k%d", i%2, i%5), "")
		if i%4 == 0 {
			must[s3.DeleteObjectOutput](b, root(mine), &s3.DeleteObjectInput{Bucket: new("bucket"), Key: new(fmt.Sprintf("d0/k%d", i%5))})
		}
	}
	all := func(size int32, delimiter string) (names []string) {
		in := &s3.ListObjectVersionsInput{Bucket: new("bucket"), MaxKeys: &size, Delimiter: &delimiter}
		for {
			out := must[s3.ListObjectVersionsOutput](b, root(mine), in)
			for _, v := range out.Versions {
				names = append(names, *v.Key+*v.VersionId)
			}
			for _, v := range out.DeleteMarkers {
				names = append(names, *v.Key+*v.VersionId)
			}
			for _, p := range out.CommonPrefixes {
				names = append(names, *p.Prefix)
			}
			if !*out.IsTruncated {
				slices.Sort(names)
				return names
			}
			in.KeyMarker, in.VersionIdMarker = out.NextKeyMarker, out.NextVersionIdMarker
		}
	}
	whole := all(1000, "")
	if len(whole) != 38 {
		t.Errorf("there are %d versions", len(whole))
	}
	for size := range int32(8) {
		if got := all(size+1, ""); !slices.Equal(got, whole) {
			t.Errorf("in pages of %d: %d versions", size+1, len(got))
		}
		if got := all(size+1, "/"); !slices.Equal(got, []string{"d0/", "d1/"}) {
			t.Errorf("in pages of %d: %q", size+1, got)
		}
	}
}
