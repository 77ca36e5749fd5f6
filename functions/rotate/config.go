package rotate

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"rekey/shared/keyid"
)

// The names of the function's environment variables.
const (
	// EnvRole is the ARN of the function's role: it says whose calls are the
	// function's own, and which account is its.
	EnvRole = "REKEY_ROLE"
	// EnvJournal is the bucket of the journal, and EnvJournalKey the KMS key that its
	// objects are under; as the bucket does it without.
	EnvJournal    = "REKEY_JOURNAL_BUCKET"
	EnvJournalKey = "REKEY_JOURNAL_KEY"
	// EnvApply is true where due plans are applied; without it they are told only.
	EnvApply = "REKEY_APPLY"
	// EnvRotate and EnvEvery are what is wanted of keys without the tags; off and 365d
	// without them.
	EnvRotate = "REKEY_ROTATE"
	EnvEvery  = "REKEY_EVERY"
	// EnvTopic is the SNS topic that is told of plans and results; nobody is without
	// it, but for the topics of single keys.
	EnvTopic = "REKEY_TOPIC"
	// EnvMaterials is where key material waits: s3://BUCKET/PREFIX. EnvMaterialKeys are
	// the KMS keys that it may be sealed under, separated by spaces.
	EnvMaterials    = "REKEY_MATERIALS"
	EnvMaterialKeys = "REKEY_MATERIAL_KEYS"
	// EnvShare is how many percent of KMS's request quotas may be used; 50 without it.
	EnvShare = "REKEY_QUOTA_SHARE"
)

// standardShare is EnvShare's.
const standardShare = 50

// Settings are what the environment says.
type Settings struct {
	Role       string
	Home       Home
	Journal    string
	JournalKey string
	Apply      bool
	Defaults   Wish
	Topic      string
	// Materials is where sealed key material waits: a bucket, and a prefix without a
	// slash at its end. Its Bucket is "" where nothing is to be imported.
	Materials    Sealed
	MaterialKeys []keyid.Ref
	// Share is that of KMS's request quotas, such as 0.5.
	Share float64
}

// Configure reads the settings of the function from the environment, given as a
// function like os.Getenv. Its error names every variable that is wrong.
func Configure(getenv func(string) string) (Settings, error) {
	var wrong refusals
	s := Settings{Role: getenv(EnvRole)}
	var err error
	s.Home.Partition, s.Home.Account, err = roleHome(s.Role)
	wrong.add(EnvRole, err)
	s.Home.Region, err = keyid.ParseRegion(getenv("AWS_REGION"))
	wrong.add("AWS_REGION", err)
	if getenv(EnvJournal) == "" {
		wrong.add(EnvJournal, errors.New("it is not set"))
	}
	s.Apply, err = boolean(getenv(EnvApply))
	wrong.add(EnvApply, err)
	s.Topic = getenv(EnvTopic)
	if s.Topic != "" && !topicForm.MatchString(s.Topic) {
		wrong.add(EnvTopic, fmt.Errorf("%q is not the ARN of a standard SNS topic", s.Topic))
	}
	return s, errors.Join(append(wrong, s.read(getenv))...)
}

// ByHand reads the settings of one who does by hand what the function does. self is
// the ARN of the caller. The journal may be left out where only plans are wanted.
func ByHand(self string, home Home, getenv func(string) string) (Settings, error) {
	s := Settings{Role: self, Home: home}
	return s, s.read(getenv)
}

// read reads what the function and whoever works by hand have in common.
func (s *Settings) read(getenv func(string) string) error {
	var wrong refusals
	var err error
	s.Journal, s.JournalKey, s.Share = getenv(EnvJournal), getenv(EnvJournalKey), standardShare/100.0
	if s.Journal != "" && !bucketForm.MatchString(s.Journal) {
		wrong.add(EnvJournal, fmt.Errorf("%q is not the name of a bucket", s.Journal))
	}
	if s.JournalKey != "" {
		_, err = keyid.Parse(s.JournalKey)
		wrong.add(EnvJournalKey, err)
	}
	s.Defaults, err = defaults(getenv)
	wrong = append(wrong, err)
	s.Materials, s.MaterialKeys, err = materials(getenv)
	wrong = append(wrong, err)
	if text := getenv(EnvShare); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 100 {
			wrong.add(EnvShare, fmt.Errorf("%q is not a number from 1 to 100", text))
		}
		s.Share = float64(n) / 100
	}
	return errors.Join(wrong...)
}

// refusals are errors, each with the name of its variable.
type refusals []error

func (r *refusals) add(name string, err error) {
	if err != nil {
		*r = append(*r, fmt.Errorf("%s: %w", name, err))
	}
}

var (
	roleForm   = regexp.MustCompile(`^arn:([a-z-]+):iam::([0-9]{12}):role/.+$`)
	bucketForm = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	// Standard topics: what is told has no order to be kept.
	topicForm = regexp.MustCompile(`^arn:[a-z-]+:sns:([a-z0-9-]+):[0-9]{12}:[A-Za-z0-9_-]+$`)
)

// roleHome gives the partition and the account of a role.
func roleHome(arn string) (partition string, account keyid.Account, err error) {
	parts := roleForm.FindStringSubmatch(arn)
	if parts == nil {
		return "", "", fmt.Errorf("%q is not the ARN of a role", arn)
	}
	return parts[1], keyid.Account(parts[2]), nil
}

func boolean(text string) (bool, error) {
	switch text {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	}
	return false, fmt.Errorf("%q is neither true nor false", text)
}

// defaults are what is wanted of keys whose tags do not say.
func defaults(getenv func(string) string) (Wish, error) {
	w, err := Wish{Off: true, Every: 365}, error(nil)
	var wrong []error
	if text := getenv(EnvRotate); text != "" {
		if w.Off, w.Way, err = ParseWay(text); err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", EnvRotate, err))
		}
	}
	if text := getenv(EnvEvery); text != "" {
		if w.Every, err = ParseEvery(text); err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", EnvEvery, err))
		}
	}
	return w, errors.Join(wrong...)
}

// materials are where sealed key material waits, and under which keys.
func materials(getenv func(string) string) (place Sealed, keys []keyid.Ref, err error) {
	var wrong []error
	if text := getenv(EnvMaterials); text != "" {
		rest, ok := strings.CutPrefix(text, "s3://")
		bucket, prefix, _ := strings.Cut(rest, "/")
		place = Sealed{Bucket: bucket, Name: strings.TrimSuffix(prefix, "/")}
		if !ok || !bucketForm.MatchString(bucket) || place.Name == "" {
			wrong = append(wrong, fmt.Errorf("%s: %q is not s3://BUCKET/PREFIX", EnvMaterials, text))
		}
	}
	for _, text := range strings.Fields(getenv(EnvMaterialKeys)) {
		key, err := keyid.Parse(text)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", EnvMaterialKeys, err))
			continue
		}
		keys = append(keys, key)
	}
	if place.Bucket != "" && len(keys) == 0 {
		wrong = append(wrong, fmt.Errorf("%s: it names no key, and %s is set: material has to be sealed under one", EnvMaterialKeys, EnvMaterials))
	}
	return place, keys, errors.Join(wrong...)
}
