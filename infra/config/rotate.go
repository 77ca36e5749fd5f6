package config

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"rekey/functions/rotate"
	"rekey/shared/keyid"
)

// Rotate says what the rotate function does with keys whose tags leave it open, and
// what it may do at all.
type Rotate struct {
	// Apply has due plans applied. Without it they are told only, and the function's
	// role can change no key.
	Apply bool `json:"apply"`
	// Rotate and Every are what is wanted of keys without the tags rekey:rotate and
	// rekey:every, in the words of these.
	Rotate string `json:"rotate"`
	Every  string `json:"every"`
	// Email is told of plans and results. It must confirm.
	Email string `json:"email"`
	// Topics are ARNs of the SNS topics that tags rekey:notify may name, and TopicKeys
	// those of the customer managed keys that they are encrypted under.
	Topics    []string `json:"topics"`
	TopicKeys []string `json:"topicKeys"`
	// Materials is where new key material waits for keys that take imported material.
	Materials Materials `json:"materials"`
	// ReservedConcurrency is the most events that the function handles at once; 0 for
	// what the account has. It guards the request quotas of AWS KMS.
	ReservedConcurrency int `json:"reservedConcurrency"`
	// QuotaShare is how many percent of those quotas the function uses; its own default
	// without it.
	QuotaShare int `json:"quotaShare"`
}

// Materials is a place of sealed key material.
type Materials struct {
	// Objects is the bucket and the prefix, s3://BUCKET/PREFIX.
	Objects string `json:"objects"`
	// Keys are ARNs of the KMS keys that the material may be sealed under. The role may
	// use them for messages that name the key they are for, and nothing else.
	Keys []string `json:"keys"`
	// StorageKeys are ARNs of the customer managed keys under which the objects lie. The
	// role may use them through Amazon S3 alone.
	StorageKeys []string `json:"storageKeys"`
}

// The defaults of what is wanted of keys.
const (
	DefaultRotate = "off"
	DefaultEvery  = "365d"
)

var (
	// standardTopic leaves out topics of the kind FIFO, whose messages need a group.
	standardTopic = regexp.MustCompile(`^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$`)
	// place has nothing that means something in a policy.
	place = regexp.MustCompile(`^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/([A-Za-z0-9!_.'()=-]+/)*[A-Za-z0-9!_.'()=-]+$`)
)

// Bucket and Prefix are the parts of Objects, "" where nothing is imported.
func (m Materials) Bucket() string { b, _ := m.parts(); return b }

// Prefix is what names of objects begin with, before a slash.
func (m Materials) Prefix() string { _, p := m.parts(); return p }

func (m Materials) parts() (bucket, prefix string) {
	bucket, prefix, _ = strings.Cut(strings.TrimPrefix(m.Objects, "s3://"), "/")
	return bucket, prefix
}

// check checks the configuration, and sets its defaults.
func (r *Rotate) check(p *problems, field string) {
	r.Rotate, r.Every = cmp.Or(r.Rotate, DefaultRotate), cmp.Or(r.Every, DefaultEvery)
	if _, _, err := rotate.ParseWay(r.Rotate); err != nil {
		p.add(field+".rotate", "%v", err)
	}
	if _, err := rotate.ParseEvery(r.Every); err != nil {
		p.add(field+".every", "%v", err)
	}
	p.checkEmail(field+".email", r.Email)
	for i, text := range r.Topics {
		at := fmt.Sprintf("%s.topics[%d]", field, i)
		arn, unknown := sample(text)
		if unknown != nil || !standardTopic.MatchString(arn) {
			p.add(at, "%q is not the ARN of a standard SNS topic, such as arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:key-owners", text)
		}
		if slices.Contains(r.Topics[:i], text) {
			p.add(at, "%q is there twice", text)
		}
	}
	p.checkKeyARNs(field+".topicKeys", r.TopicKeys)
	if len(r.TopicKeys) > 0 && len(r.Topics) == 0 {
		p.add(field+".topicKeys", "no topic is under them: name topics, or leave the keys out")
	}
	r.Materials.check(p, field+".materials")
	r.checkNumbers(p, field)
	r.checkSize(p, field)
}

func (m Materials) check(p *problems, field string) {
	p.checkKeyARNs(field+".keys", m.Keys)
	p.checkKeyARNs(field+".storageKeys", m.StorageKeys)
	if m.Objects == "" {
		if len(m.Keys)+len(m.StorageKeys) > 0 {
			p.add(field+".objects", "there are keys, and no place of material: s3://BUCKET/PREFIX")
		}
		return
	}
	if text, unknown := sample(m.Objects); unknown != nil || !place.MatchString(text) {
		p.add(field+".objects", "%q is not a bucket and a prefix without a slash behind it: s3://BUCKET/PREFIX", m.Objects)
	}
	if len(m.Keys) == 0 {
		p.add(field+".keys", "material is imported that was sealed under one of these keys: name at least one")
	}
}

func (r *Rotate) checkNumbers(p *problems, field string) {
	p.checkConcurrency(field+".reservedConcurrency", r.ReservedConcurrency)
	if r.QuotaShare < 0 || r.QuotaShare > 100 {
		p.add(field+".quotaShare", "%d is not a number from 1 to 100, or 0 for the default", r.QuotaShare)
	}
}

// rotatePolicyRest is what the role's policy has beside what is configured, in
// characters, with Regions and partitions of long names.
const rotatePolicyRest = 7 << 10

func (r *Rotate) checkSize(p *problems, field string) {
	size := rotatePolicyRest + sizeOf(r.Topics, r.TopicKeys, r.Materials.Keys, r.Materials.StorageKeys)
	if size > rolePolicyMost {
		p.add(field, "the role's policy would have about %d characters, and IAM takes %d: let owners of keys share topics, and topics share keys", size, rolePolicyMost)
	}
}

// checkKeyARNs wants each of a list to be the ARN of a key.
func (p *problems) checkKeyARNs(field string, keys []string) {
	for i, text := range keys {
		at := fmt.Sprintf("%s[%d]", field, i)
		arn, unknown := sample(text)
		if _, err := keyid.ParseARN(arn); err != nil || unknown != nil {
			p.add(at, "%q is not a key's ARN, such as arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab", text)
		}
		if slices.Contains(keys[:i], text) {
			p.add(at, "%q is there twice", text)
		}
	}
}
