package lambda

import (
	"os"
	"sync"

	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keyid"
)

// Service is Lambda in every Region of every account.
type Service struct {
	// Endpoint is the URL at which functions reach the lab. Without one they do
	// not.
	Endpoint string
	// Uploads lets CreateFunction and UpdateFunctionCode bring code, in themselves
	// or in S3, which then runs on this machine.
	Uploads bool
	// Queues, Topics and Buses take what functions could not handle, and queues
	// feed them. A nil one is not there.
	Queues Queues
	Topics Topics
	Buses  Buses
	// Objects are where code may be. Nil: nowhere.
	Objects Objects
	// Logs takes what functions print. Nil: nothing does.
	Logs Logs

	world     *world.World
	sessions  Sessions
	functions map[home]map[string]*function
	mappings  map[home]map[string]*mapping
	layers    map[home]map[string]*layer // by name

	ends   sync.Mutex
	dirs   []string // of unpacked code
	all    map[environment]bool
	closed bool
}

// home is one Region of one account.
type home struct {
	account keyid.Account
	region  keyid.Region
}

// New adds Lambda to a world. Functions' roles are assumed by s.
func New(w *world.World, s Sessions) *Service {
	l := &Service{
		world: w, sessions: s, all: map[environment]bool{},
		functions: map[home]map[string]*function{}, mappings: map[home]map[string]*mapping{}, layers: map[home]map[string]*layer{},
	}
	w.Invariant(l.Name(), l.broken)
	return l
}

// Name is the service's name in its model.
func (s *Service) Name() string { return "lambda" }

// Operations is all that the lab's Lambda can do.
func (s *Service) Operations() []world.Operation {
	return []world.Operation{
		world.Op("AddLayerVersionPermission", s.addLayerVersionPermission),
		world.Op("AddPermission", s.addPermission),
		world.Op("CreateEventSourceMapping", s.createEventSourceMapping),
		world.Op("CreateFunction", s.createFunction),
		world.Op("DeleteEventSourceMapping", s.deleteEventSourceMapping),
		world.Op("DeleteFunction", s.deleteFunction),
		world.Op("DeleteFunctionConcurrency", s.deleteFunctionConcurrency),
		world.Op("DeleteFunctionEventInvokeConfig", s.deleteFunctionEventInvokeConfig),
		world.Op("DeleteLayerVersion", s.deleteLayerVersion),
		world.Op("GetEventSourceMapping", s.getEventSourceMapping),
		world.Op("GetFunction", s.getFunction),
		world.Op("GetFunctionConcurrency", s.getFunctionConcurrency),
		world.Op("GetFunctionConfiguration", s.getFunctionConfiguration),
		world.Op("GetFunctionEventInvokeConfig", s.getFunctionEventInvokeConfig),
		world.Op("GetLayerVersion", s.getLayerVersion),
		world.Op("GetLayerVersionByArn", s.getLayerVersionByArn),
		world.Op("GetLayerVersionPolicy", s.getLayerVersionPolicy),
		world.Op("GetPolicy", s.getPolicy),
		world.Op("Invoke", s.invoke),
		world.Op("ListEventSourceMappings", s.listEventSourceMappings),
		world.Op("ListFunctions", s.listFunctions),
		world.Op("ListLayerVersions", s.listLayerVersions),
		world.Op("ListLayers", s.listLayers),
		world.Op("ListTags", s.listTags),
		world.Op("PublishLayerVersion", s.publishLayerVersion),
		world.Op("PutFunctionConcurrency", s.putFunctionConcurrency),
		world.Op("PutFunctionEventInvokeConfig", s.putFunctionEventInvokeConfig),
		world.Op("RemoveLayerVersionPermission", s.removeLayerVersionPermission),
		world.Op("RemovePermission", s.removePermission),
		world.Op("TagResource", s.tagResource),
		world.Op("UntagResource", s.untagResource),
		world.Op("UpdateEventSourceMapping", s.updateEventSourceMapping),
		world.Op("UpdateFunctionCode", s.updateFunctionCode),
		world.Op("UpdateFunctionConfiguration", s.updateFunctionConfiguration),
	}
}

// Close ends all environments, with what they handle, and removes the code that
// was unpacked. No function runs afterwards.
func (s *Service) Close() {
	s.world.Locked(func() {
		for _, functions := range s.functions {
			for _, f := range functions {
				f.idle = nil
			}
		}
	})
	s.ends.Lock()
	all, dirs := s.all, s.dirs
	s.all, s.dirs, s.closed = map[environment]bool{}, nil, true
	s.ends.Unlock()
	// Without the lock: one that starts just now needs the world to end.
	for e := range all {
		e.Stop()
	}
	for _, dir := range dirs {
		_ = os.RemoveAll(dir) // what is left lies in the system's temporary directory
	}
}

func (s *Service) listTags(c *world.Call, in *sdk.ListTagsInput) (*sdk.ListTagsOutput, error) {
	f, err := s.tagged(c, *in.Resource)
	if err != nil {
		return nil, err
	}
	return &sdk.ListTagsOutput{Tags: f.tags}, nil
}

func (s *Service) tagResource(c *world.Call, in *sdk.TagResourceInput) (*sdk.TagResourceOutput, error) {
	f, err := s.tagged(c, *in.Resource)
	if err != nil {
		return nil, err
	}
	if len(in.Tags) == 0 { // recorded wording
		return nil, invalid("An error occurred and the request cannot be processed.")
	}
	tags := map[string]string{}
	for k, v := range f.tags {
		tags[k] = v
	}
	for k, v := range in.Tags {
		tags[k] = v
	}
	if len(tags) > 50 { // Lambda Developer Guide, "Using tags on Lambda functions"
		return nil, invalid("Number of tags exceeds resource tag limit.")
	}
	f.tags = tags
	return &sdk.TagResourceOutput{}, nil
}

func (s *Service) untagResource(c *world.Call, in *sdk.UntagResourceInput) (*sdk.UntagResourceOutput, error) {
	f, err := s.tagged(c, *in.Resource)
	if err != nil {
		return nil, err
	}
	for _, k := range in.TagKeys {
		delete(f.tags, k)
	}
	return &sdk.UntagResourceOutput{}, nil
}

// tagged finds the function whose tags a call is about.
func (s *Service) tagged(c *world.Call, resource string) (*function, error) {
	name, err := parseName(c, resource, nil)
	if err != nil {
		return nil, world.Unimplemented("tags of " + resource)
	}
	if name.qualifier != "" { // recorded wording
		return nil, invalid("Tags on function aliases and versions are not supported. Please specify a function ARN.")
	}
	return s.find(c, name)
}

func invalid(message string) error {
	return &types.InvalidParameterValueException{Message: &message, Type: new("User")}
}

func notFound(message string) error {
	return &types.ResourceNotFoundException{Message: &message, Type: new("User")}
}

func conflict(message string) error {
	return &types.ResourceConflictException{Message: &message, Type: new("User")}
}

func denied(message string) error {
	return &wire.Error{Code: "AccessDeniedException", Status: 403, Message: message}
}
