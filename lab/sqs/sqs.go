package sqs

import (
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keyid"
)

// Keys is what SQS needs of KMS. The calls are made through world.Call.On.
type Keys interface {
	GenerateDataKey(*world.Call, *kms.GenerateDataKeyInput) (*kms.GenerateDataKeyOutput, error)
	Decrypt(*world.Call, *kms.DecryptInput) (*kms.DecryptOutput, error)
}

// Service is SQS in every Region of every account.
type Service struct {
	world   *world.World
	keys    Keys
	regions map[home]*region
}

// home is one Region of one account.
type home struct {
	account keyid.Account
	region  keyid.Region
}

// region is what one Region of one account holds.
type region struct {
	queues  map[string]*queue
	deleted map[string]deletion // by name
	moves   []*move             // of messages, oldest first
}

// New adds SQS to a world.
func New(w *world.World, keys Keys) *Service {
	s := &Service{world: w, keys: keys, regions: map[home]*region{}}
	w.Invariant(s.Name(), s.broken)
	return s
}

// Name is the service's signing name.
func (s *Service) Name() string { return "sqs" }

// Operations is all that the lab's SQS can do.
func (s *Service) Operations() []world.Operation {
	return []world.Operation{
		world.Op("AddPermission", s.addPermission),
		world.Op("CancelMessageMoveTask", s.cancelMessageMoveTask),
		world.Op("ChangeMessageVisibility", s.changeMessageVisibility),
		world.Op("ChangeMessageVisibilityBatch", s.changeMessageVisibilityBatch),
		world.Op("CreateQueue", s.createQueue),
		world.Op("DeleteMessage", s.deleteMessage),
		world.Op("DeleteMessageBatch", s.deleteMessageBatch),
		world.Op("DeleteQueue", s.deleteQueue),
		world.Op("GetQueueAttributes", s.getQueueAttributes),
		world.Op("GetQueueUrl", s.getQueueURL),
		world.Op("ListDeadLetterSourceQueues", s.listDeadLetterSourceQueues),
		world.Op("ListMessageMoveTasks", s.listMessageMoveTasks),
		world.Op("ListQueueTags", s.listQueueTags),
		world.Op("ListQueues", s.listQueues),
		world.Op("PurgeQueue", s.purgeQueue),
		world.Op("ReceiveMessage", s.receiveMessage),
		world.Op("RemovePermission", s.removePermission),
		world.Op("SendMessage", s.sendMessage),
		world.Op("SendMessageBatch", s.sendMessageBatch),
		world.Op("SetQueueAttributes", s.setQueueAttributes),
		world.Op("StartMessageMoveTask", s.startMessageMoveTask),
		world.Op("TagQueue", s.tagQueue),
		world.Op("UntagQueue", s.untagQueue),
	}
}

// here gives what a Region of an account holds, to be read; make makes room for
// more.
func (s *Service) here(h home) *region {
	if r := s.regions[h]; r != nil {
		return r
	}
	return &region{}
}

func (s *Service) make(h home) *region {
	r := s.regions[h]
	if r == nil {
		r = &region{queues: map[string]*queue{}, deleted: map[string]deletion{}}
		s.regions[h] = r
	}
	return r
}

func homeOf(c *world.Call) home { return home{c.Account(), c.Region} }

// The errors that stand in no model of SQS are those of the framework under it.
// Each has a name of its own in the Query protocol, which clients are told too
// (recorded: QueryErrorCode).

func invalidParameter(message string) *wire.Error {
	return &wire.Error{Code: "InvalidParameterValueException", QueryCode: "InvalidParameterValue", Message: message}
}

func missing(parameter string) *wire.Error {
	return &wire.Error{Code: "MissingRequiredParameterException", QueryCode: "MissingParameter", Message: "The request must contain the parameter " + parameter + "."}
}

func denied(message string) *wire.Error {
	return &wire.Error{Code: "AccessDeniedException", QueryCode: "AccessDenied", Status: 403, Message: message}
}

// invalidValue words a bad value as SQS does.
func invalidValue(parameter, value, reason string) *wire.Error {
	return invalidParameter("Value " + value + " for parameter " + parameter + " is invalid. Reason: " + reason)
}

// purgeInProgress is answered with 403 (recorded).
func purgeInProgress(name string) error {
	return &wire.Error{Code: "PurgeQueueInProgress", Status: 403, Message: "Only one PurgeQueue operation on " + name + " is allowed every 60 seconds."}
}

func notThere(message string) error {
	return &wire.Error{Code: "ResourceNotFoundException", Status: 404, Message: message} // recorded
}
