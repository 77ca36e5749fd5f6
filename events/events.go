// Package events holds one sample of every event that a function takes, in a
// folder named after the function. Tests replay each of them.
package events

import (
	"embed"
	"io/fs"
)

//go:embed */*.json
var files embed.FS

// Of gives the samples of a function by file name.
func Of(function string) (map[string][]byte, error) {
	entries, err := files.ReadDir(function)
	if err != nil {
		return nil, err
	}
	samples := map[string][]byte{}
	for _, e := range entries {
		if samples[e.Name()], err = fs.ReadFile(files, function+"/"+e.Name()); err != nil {
			return nil, err
		}
	}
	return samples, nil
}
