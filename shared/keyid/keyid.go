package keyid

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// ErrMalformed is wrapped by every parse error of this package.
var ErrMalformed = errors.New("malformed key identifier")

// Account is a 12-digit AWS account id.
type Account string

// Region is an AWS Region's code, such as eu-west-1.
type Region string

// ID is a KMS key id: a UUID, or mrk- and 32 hexadecimal digits for a
// multi-Region key.
type ID string

// MultiRegion says whether the id is that of a multi-Region key. The prefix is
// documented as a reliable mark (KMS Developer Guide, "Multi-Region keys").
func (id ID) MultiRegion() bool { return strings.HasPrefix(string(id), "mrk-") }

// Alias is an alias name with its prefix: alias/ExampleAlias.
type Alias string

// Managed says whether the alias is one of AWS's own (alias/aws/…).
func (a Alias) Managed() bool { return strings.HasPrefix(string(a), "alias/aws/") }

// ARN names one KMS key in one Region of one account.
type ARN struct {
	Partition string
	Region    Region
	Account   Account
	ID        ID
}

// String gives the ARN as AWS writes it.
func (a ARN) String() string {
	return fmt.Sprintf("arn:%s:kms:%s:%s:key/%s", a.Partition, a.Region, a.Account, a.ID)
}

// Ref gives the key as one that was named by its ARN.
func (a ARN) Ref() Ref {
	return Ref{partition: a.Partition, region: a.Region, account: a.Account, id: a.ID}
}

// Related says whether a ciphertext made under one of the keys can be
// decrypted under the other: they are the same key, or they are multi-Region
// keys that differ in nothing but their Region. (AWS Encryption SDK
// specification, framework/aws-kms/aws-kms-mrk-match-for-decrypt.md.)
func (a ARN) Related(b ARN) bool {
	if a == b {
		return true
	}
	if !a.ID.MultiRegion() || !b.ID.MultiRegion() {
		return false
	}
	a.Region, b.Region = "", ""
	return a == b
}

// In gives the ARN of the same multi-Region key in another Region.
func (a ARN) In(r Region) ARN { a.Region = r; return a }

var (
	accountForm = regexp.MustCompile(`^[0-9]{12}$`)
	regionForm  = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]+$`)
	idForm      = regexp.MustCompile(`^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|mrk-[0-9a-fA-F]{32})$`)
	aliasForm   = regexp.MustCompile(`^alias/[a-zA-Z0-9/_-]+$`)
)

// ParseAccount reads a 12-digit account id.
func ParseAccount(s string) (Account, error) {
	if !accountForm.MatchString(s) {
		return "", fmt.Errorf("%w: %q is not a 12-digit account id", ErrMalformed, s)
	}
	return Account(s), nil
}

// ParseRegion reads a Region's code. It checks the form, not that the Region
// exists.
func ParseRegion(s string) (Region, error) {
	if !regionForm.MatchString(s) {
		return "", fmt.Errorf("%w: %q is not a Region", ErrMalformed, s)
	}
	return Region(s), nil
}

// ParseID reads a key id.
func ParseID(s string) (ID, error) {
	if !idForm.MatchString(s) {
		return "", fmt.Errorf("%w: %q is not a key id", ErrMalformed, s)
	}
	return ID(s), nil
}

// ParseARN reads a key ARN. An alias ARN is refused: it does not say which key
// it stands for.
func ParseARN(s string) (ARN, error) {
	ref, err := Parse(s)
	if err != nil {
		return ARN{}, err
	}
	arn, ok := ref.ARN()
	if !ok {
		return ARN{}, fmt.Errorf("%w: %q is not a key ARN", ErrMalformed, s)
	}
	return arn, nil
}
