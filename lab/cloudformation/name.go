package cloudformation

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// letters are those of the suffixes in recorded physical ids.
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// suffix gives the twelve characters that end a generated name. AWS draws them;
// here they are told by the stack and the logical id, so that they are the same
// in every run, and others for the next stack of the name.
func (c *creation) suffix() string {
	sum := sha256.Sum256([]byte(c.stackID + "/" + c.id))
	var out strings.Builder
	for _, b := range sum[:12] {
		out.WriteByte(letters[int(b)%len(letters)])
	}
	return out.String()
}

// name gives a generated physical name, STACK-LOGICALID-SUFFIX, of at most so
// many characters (CloudFormation Template Reference Guide, "Name type"). How AWS
// shortens the first two is not documented: here the logical id keeps 24
// characters at most, and the stack's name what is left.
func (c *creation) name(limit int) string {
	suffix := "-" + c.suffix()
	stack, id := c.stack, c.id
	if len(stack)+1+len(id)+len(suffix) > limit {
		id = id[:min(len(id), 24)]
		stack = stack[:min(len(stack), limit-len(suffix)-len(id)-1)]
	}
	return stack + "-" + id + suffix
}

// named gives the name that the template has, or a generated one.
func (c *creation) named(given *string, limit int) string {
	if given != nil {
		return *given
	}
	return c.name(limit)
}

// uuid gives an identifier in the form of a UUID, told by a text.
func uuid(text string) string {
	sum := sha256.Sum256([]byte(text))
	h := hex.EncodeToString(sum[:16])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}
