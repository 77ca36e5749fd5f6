package s3

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

// changed tells whoever the bucket's notification configuration names what
// happened to an object: event is such as ObjectCreated:Put. v is the version
// that was made, or that is gone.
func (s *Service) changed(c *world.Call, b *bucket, event, key string, v *version) {
	n := b.notification
	if n == nil {
		return
	}
	s.sequence++
	order := fmt.Sprintf("%08x%08x", c.Time.Unix(), s.sequence)
	encoded := encodedKey(key)
	for _, r := range rules(n) {
		if !r.wants(event, encoded) {
			continue
		}
		message, err := json.Marshal(records{[]record{newRecord(c, b, r.id, event, encoded, order, v)}})
		if err != nil {
			panic(err) // it is made of texts
		}
		s.send(b, r, message)
	}
	if n.EventBridgeConfiguration != nil {
		s.emit(c, b, event, key, order, v)
	}
}

// encodedKey writes a key as events do: as in a form, but for slashes (S3 User
// Guide, "Event message structure"; recorded).
func encodedKey(key string) string {
	return strings.ReplaceAll(url.QueryEscape(key), "%2F", "/")
}

// records is the message of a notification (recorded form; S3 User Guide, "Event
// message structure"). It has one record.
type records struct{ Records []record }

type record struct {
	EventVersion      string            `json:"eventVersion"`
	EventSource       string            `json:"eventSource"`
	AWSRegion         string            `json:"awsRegion"`
	EventTime         string            `json:"eventTime"`
	EventName         string            `json:"eventName"`
	UserIdentity      identity          `json:"userIdentity"`
	RequestParameters map[string]string `json:"requestParameters"`
	ResponseElements  map[string]string `json:"responseElements"`
	S3                entity            `json:"s3"`
}

type identity struct {
	PrincipalID string `json:"principalId"`
}

type entity struct {
	SchemaVersion   string       `json:"s3SchemaVersion"`
	ConfigurationID string       `json:"configurationId"`
	Bucket          entityBucket `json:"bucket"`
	Object          entityObject `json:"object"`
}

type entityBucket struct {
	Name          string   `json:"name"`
	OwnerIdentity identity `json:"ownerIdentity"`
	ARN           string   `json:"arn"`
}

type entityObject struct {
	Key       string `json:"key"`
	Size      *int64 `json:"size,omitempty"`
	ETag      string `json:"eTag,omitempty"`
	VersionID string `json:"versionId,omitempty"`
	Sequencer string `json:"sequencer,omitempty"`
}

// emptyETag is what the event of a new delete marker has: the MD5 of nothing
// (recorded).
const emptyETag = "d41d8cd98f00b204e9800998ecf8427e"

// happening is what an event tells of the object. What is made or gone has an
// order among the events of its key; what is made has a size; what is gone has
// no ETag (recorded).
func happening(event, key, order string, v *version) entityObject {
	o := entityObject{Key: key}
	if !v.null {
		o.VersionID = v.id()
	}
	made, gone := strings.HasPrefix(event, "ObjectCreated:"), strings.HasPrefix(event, "ObjectRemoved:")
	if made || gone {
		o.Sequencer = order
	}
	switch {
	case event == "ObjectRemoved:DeleteMarkerCreated":
		o.ETag = emptyETag
	case gone:
	default:
		o.ETag = v.bareETag()
	}
	if made {
		o.Size = new(v.size())
	}
	return o
}

// newRecord makes the record of a notification. Its version is the recorded one:
// 2.1, and 2.3 where tags or an ACL changed. By now the guide describes versions
// from 2.4 on, the same for all events, of which nobody has shown any yet.
func newRecord(c *world.Call, b *bucket, configuration, event, key, order string, v *version) record {
	number := "2.1"
	if strings.HasPrefix(event, "ObjectTagging:") || strings.HasPrefix(event, "ObjectAcl:") {
		number = "2.3"
	}
	object := happening(event, key, order, v)
	if object.Sequencer != "" {
		object.Sequencer = "00" + strings.ToUpper(order)
	}
	return record{
		EventVersion: number, EventSource: "aws:s3", AWSRegion: string(b.region), EventTime: timestamp(c.Time), EventName: event,
		UserIdentity:      identity{principalID(c)},
		RequestParameters: map[string]string{"sourceIPAddress": c.Client.Address},
		ResponseElements:  map[string]string{"x-amz-request-id": c.RequestID, "x-amz-id-2": hostID(c.RequestID)},
		S3: entity{
			SchemaVersion: "1.0", ConfigurationID: configuration,
			Bucket: entityBucket{Name: b.name, OwnerIdentity: identity{customerID(b)}, ARN: b.arn()},
			Object: object,
		},
	}
}

func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// principalID is the unique id of who made the call, with a role's session.
func principalID(c *world.Call) string {
	if c.Caller.Principal.Kind() == keypolicy.Anonymous {
		return "Anonymous"
	}
	return "AWS:" + c.Caller.UserID
}

// customerID is what events call the bucket's owner by: A and letters and
// digits, which tell nothing of the account.
func customerID(b *bucket) string {
	id, err := hex.DecodeString(canonicalID(b.owner))
	if err != nil {
		panic(err) // ours
	}
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	text := []byte("A")
	for _, x := range id[:13] {
		text = append(text, letters[int(x)%len(letters)])
	}
	return string(text)
}

// hostID stands for the host that served a request.
func hostID(request string) string {
	return base64.StdEncoding.EncodeToString([]byte("host of " + request))
}
