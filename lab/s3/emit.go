package s3

import (
	"strings"

	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

// detail is what EventBridge is told (S3 User Guide, "EventBridge event message
// structure"; recorded).
type detail struct {
	Version         string       `json:"version"`
	Bucket          detailBucket `json:"bucket"`
	Object          detailObject `json:"object"`
	RequestID       string       `json:"request-id"`
	Requester       string       `json:"requester"`
	SourceIPAddress string       `json:"source-ip-address,omitempty"`
	Reason          string       `json:"reason,omitempty"`
	DeletionType    string       `json:"deletion-type,omitempty"`
}

type detailBucket struct {
	Name string `json:"name"`
}

type detailObject struct {
	Key       string `json:"key"`
	Size      *int64 `json:"size,omitempty"`
	ETag      string `json:"etag,omitempty"`
	VersionID string `json:"version-id,omitempty"`
	Sequencer string `json:"sequencer,omitempty"`
}

// described says how EventBridge calls an event; "" for none of its own. The
// reason of an event that creates is the operation (same page).
func described(event string) (detailType, reason, deletion string) {
	kind, how, _ := strings.Cut(event, ":")
	switch kind {
	case "ObjectCreated":
		reason = map[string]string{"Put": "PutObject", "Post": "POST Object", "Copy": "CopyObject", "CompleteMultipartUpload": "CompleteMultipartUpload"}[how]
		return "Object Created", reason, ""
	case "ObjectRemoved":
		if how == "DeleteMarkerCreated" {
			return "Object Deleted", "DeleteObject", "Delete Marker Created"
		}
		return "Object Deleted", "DeleteObject", "Permanently Deleted"
	case "ObjectAcl":
		return "Object ACL Updated", "", ""
	case "ObjectTagging":
		if how == "Put" {
			return "Object Tags Added", "", ""
		}
		return "Object Tags Deleted", "", ""
	}
	return "", "", ""
}

// emit tells the default bus of the bucket's owner. Unlike notifications, it is
// told all, by keys as they are (recorded).
func (s *Service) emit(c *world.Call, b *bucket, event, key, order string, v *version) {
	detailType, reason, deletion := described(event)
	if detailType == "" {
		return
	}
	o := happening(event, key, order, v)
	told := detail{
		Version: "0", Bucket: detailBucket{b.name},
		Object:    detailObject(o),
		RequestID: c.RequestID, Requester: askedBy(c), SourceIPAddress: c.Client.Address, Reason: reason, DeletionType: deletion,
	}
	bus := "arn:aws:events:" + string(b.region) + ":" + string(b.owner) + ":event-bus/default"
	s.world.Deliver(world.Delivery{From: "s3", To: bus, About: "aws.s3", Typical: underway, Do: func() {
		s.Events.Emit(b.owner, b.region, "aws.s3", detailType, []string{b.arn()}, told)
	}})
}

// askedBy is the account, or the service, that made the call; that a caller
// without credentials is named as in notifications is assumed.
func askedBy(c *world.Call) string {
	switch c.Caller.Principal.Kind() {
	case keypolicy.Anonymous:
		return principalID(c)
	case keypolicy.Service:
		return c.Caller.ARN()
	}
	return string(c.Account())
}
