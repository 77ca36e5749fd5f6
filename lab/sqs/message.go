package sqs

import (
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// message is one message of a queue.
type message struct {
	id         string
	body       sealed
	bodyMD5    string
	attributes map[string]types.MessageAttributeValue
	trace      string // AWSTraceHeader
	sender     string
	sent       time.Time
	visible    time.Time // from when on it can be received
	taken      time.Time // when it was received last
	first      time.Time // when it was received first, in whatever queue
	received   int       // how often, in all the queues that it was in
	here       int       // how often since it came to this queue
	handle     int       // the number of its newest receipt handle
	group      string
	dedup      string
	sequence   string
	source     string // ARN of the queue that it was a dead letter of
	moved      bool   // here by a task, which asks for no duplicates
}

// attributesLimit is how many message attributes a message may have (Developer
// Guide, "Amazon SQS message metadata").
const attributesLimit = 10

var (
	// Without its limit of 256 characters: a repeat of so many takes ten
	// milliseconds to compile, in every program that links the lab.
	attributeForm = regexp.MustCompile(`^[A-Za-z0-9_.\p{L}-]+$`)
	typeForm      = regexp.MustCompile(`^(String|Number|Binary)(\..+)?$`)
)

// checkAttributes holds message attributes to the rules of the Developer Guide,
// "Amazon SQS message metadata". The wording is recorded for an empty value,
// and ours for the rest.
func checkAttributes(kind string, attributes map[string]types.MessageAttributeValue) error {
	if len(attributes) > attributesLimit {
		return invalidParameter("Number of message attributes [" + strconv.Itoa(len(attributes)) + "] exceeds the allowed maximum [10].")
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if err := checkAttribute(kind, name, attributes[name]); err != nil {
			return err
		}
	}
	return nil
}

func checkAttribute(kind, name string, value types.MessageAttributeValue) error {
	lower, dataType := strings.ToLower(name), *value.DataType
	bad := func(reason string) error {
		return invalidParameter("Message (" + kind + ") attribute '" + name + "' " + reason)
	}
	base, _, _ := strings.Cut(dataType, ".")
	text := value.StringValue
	switch {
	case !attributeForm.MatchString(name) || utf8.RuneCountInString(name) > 256 || strings.HasPrefix(lower, "aws.") || strings.HasPrefix(lower, "amazon.") ||
		strings.HasPrefix(name, ".") || strings.HasSuffix(name, "."):
		return invalidParameter("The message attribute name '" + name + "' is invalid. Attribute name can contain A-Z, a-z, 0-9, underscore (_), hyphen (-), and period (.), must not start with AWS. or Amazon., and must not start or end with a period.")
	case !typeForm.MatchString(dataType) || len(dataType) > 256:
		return bad("has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.")
	case len(value.StringListValues) > 0 || len(value.BinaryListValues) > 0:
		return bad("has list values, which are not implemented.")
	case text != nil && value.BinaryValue != nil:
		return bad("has multiple values.")
	case base == "Binary" && len(value.BinaryValue) == 0, base != "Binary" && (text == nil || *text == ""):
		return bad("must contain a non-empty value of type '" + map[bool]string{true: "Binary", false: "String"}[base == "Binary"] + "'.")
	case base == "Number" && !isNumber(*text):
		return bad("must contain a value of type 'Number'.")
	case text != nil && !printable(*text):
		return invalidParameter("Invalid characters found in the message attribute '" + name + "'.")
	}
	return nil
}

func isNumber(text string) bool {
	_, err := strconv.ParseFloat(text, 64)
	return err == nil
}

// printable says whether all characters may stand in a message: #x9, #xA, #xD,
// and from #x20 on without #xFFFE and #xFFFF (API reference, SendMessage).
func printable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF
	})
}

// size is what counts against the greatest size of a message: the body, and of
// each attribute name, type and value (Developer Guide, "Message quotas").
func size(body string, attributes map[string]types.MessageAttributeValue) int {
	n := len(body)
	for name, value := range attributes {
		n += len(name) + len(*value.DataType) + len(value.BinaryValue)
		if value.StringValue != nil {
			n += len(*value.StringValue)
		}
	}
	return n
}

func bodyMD5(body string) string {
	sum := md5.Sum([]byte(body))
	return hex.EncodeToString(sum[:])
}

// attributesMD5 is the digest of message attributes; nil without any (Developer
// Guide, "Calculating the MD5 message digest for message attributes").
func attributesMD5(attributes map[string]types.MessageAttributeValue) *string {
	if len(attributes) == 0 {
		return nil
	}
	const text, bytes = 1, 2
	var b []byte
	part := func(value []byte) {
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(value))), value...)
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		value := attributes[name]
		part([]byte(name))
		part([]byte(*value.DataType))
		if value.StringValue != nil {
			b = append(b, text)
			part([]byte(*value.StringValue))
		} else {
			b = append(b, bytes)
			part(value.BinaryValue)
		}
	}
	sum := md5.Sum(b)
	return new(hex.EncodeToString(sum[:]))
}

// remove takes a message out of the queue.
func (q *queue) remove(m *message) {
	if i := slices.Index(q.messages, m); i >= 0 {
		q.messages = slices.Delete(q.messages, i, i+1)
	}
}

func (q *queue) message(id string) *message {
	for _, m := range q.messages {
		if m.id == id {
			return m
		}
	}
	return nil
}

// expire drops what is older than the queue keeps messages.
func (q *queue) expire(now time.Time) {
	end := now.Add(-q.seconds("MessageRetentionPeriod"))
	q.messages = slices.DeleteFunc(q.messages, func(m *message) bool { return !m.sent.After(end) })
}

// counts tells how many messages can be received, are in flight, and are
// delayed.
func (q *queue) counts(now time.Time) (visible, hidden, delayed int) {
	for _, m := range q.messages {
		switch {
		case !m.visible.After(now):
			visible++
		case m.here > 0:
			hidden++
		default:
			delayed++
		}
	}
	return visible, hidden, delayed
}

// wake lets those who wait for messages look again.
func (q *queue) wake() {
	close(q.woken)
	q.woken = make(chan struct{})
}
