package wire

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"sync"
)

// The models are made by scripts/models.py from botocore's.
//
//go:embed models/*.json
var models embed.FS

// Service is the loaded model of one AWS service, and the protocol it speaks.
// It is safe for concurrent use.
type Service struct {
	name       string
	meta       metadata
	operations map[string]*operation // nil for an operation without shapes
	errors     map[string]*shape     // by the code on the wire
	protocol   protocol
	bindings   bindings
	routes     []*route // of REST protocols
}

type metadata struct {
	APIVersion     string
	EndpointPrefix string
	SigningName    string
	Protocol       string
	TargetPrefix   string
	JSONVersion    string
	XMLNamespace   string
	// AWSQueryCompatible: an error's code of the Query protocol that the service
	// once spoke is told beside that of the JSON one.
	AWSQueryCompatible *struct{}
}

type operation struct {
	name                    string
	Method, URI             string
	Status                  int    // of a success; zero stands for 200
	Input, Output           string // names of shapes, empty where there is none
	ResultWrapper           string
	LocationName            string // of the root element of the input
	XMLNamespace            *namespace
	Root                    string // the root element of the output
	Unwrapped               bool   // the root element of the output is its only member
	Bare                    bool   // its shapes are not in the model
	Deprecated              bool
	ChecksumRequired        bool // of the body, in a header or a trailer
	Errors                  []string
	inputShape, outputShape *shape
	errorShapes             []*shape
	address                 *address // of REST protocols
}

type namespace struct{ Prefix, URI string }

// shape is one type of the model, with its references resolved.
type shape struct {
	name      string
	Type      string
	Enum      []string
	Min, Max  *float64
	Pattern   string
	Sensitive bool
	Flattened bool
	Exception bool
	Fault     bool
	Error     struct {
		Code           string
		HTTPStatusCode int
	}
	QueryCode       string // see metadata.AWSQueryCompatible
	LocationName    string
	XMLNamespace    *namespace
	TimestampFormat string
	Payload         string // the member that is the body
	Union           bool   // exactly one member
	EventStream     bool
	Members         []*member // of a structure, in the order of the declaration
	Member          *member   // of a list
	Key, Value      *member   // of a map

	form func() *regexp.Regexp // the whole value must match it; nil: anything does
}

// member is one place where a shape is used: a field of a structure, the
// element of a list, the key or the value of a map.
type member struct {
	Name            string
	Shape           string
	Required        bool
	LocationName    string
	Location        string // uri, querystring, header, headers, statusCode; "" for the body
	QueryName       string // of an EC2 request
	Flattened       bool
	Streaming       bool
	EventPayload    bool
	XMLAttribute    bool
	XMLNamespace    *namespace
	TimestampFormat string
	target          *shape
}

// Load gives the service whose embedded model has this name, such as kms or
// s3. The error says what is wrong with the model.
func Load(name string) (*Service, error) {
	data, err := models.ReadFile("models/" + name + ".json")
	if err != nil {
		return nil, fmt.Errorf("wire: there is no model of a service %q: %w", name, err)
	}
	var file struct {
		Metadata   metadata
		Operations map[string]*operation
		Shapes     map[string]*shape
	}
	// A trait that the codec does not know could change what is on the wire.
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&file); err != nil {
		return nil, fmt.Errorf("wire: model of %s: %w", name, err)
	}
	s := &Service{name: name, meta: file.Metadata, operations: file.Operations, errors: map[string]*shape{}}
	if s.protocol = protocols[s.meta.Protocol]; s.protocol == nil {
		return nil, fmt.Errorf("wire: model of %s: no codec for its protocol %q", name, s.meta.Protocol)
	}
	s.bindings.paramName = s.protocol.paramName
	if err := s.resolve(file.Shapes); err != nil {
		return nil, fmt.Errorf("wire: model of %s: %w", name, err)
	}
	return s, nil
}

// MustLoad is Load for a model that is known to be embedded. It panics on an
// error.
func MustLoad(name string) *Service {
	s, err := Load(name)
	if err != nil {
		panic(err)
	}
	return s
}

// resolve turns the names of shapes into pointers, and compiles the patterns.
func (s *Service) resolve(shapes map[string]*shape) error {
	for name, sh := range shapes {
		sh.name = name
		if s.Name() == "s3" && wordedByService[name] {
			sh.Enum = nil
		}
		for _, m := range slices.Concat(sh.Members, []*member{sh.Member, sh.Key, sh.Value}) {
			if m == nil {
				continue
			}
			if m.target = shapes[m.Shape]; m.target == nil {
				return fmt.Errorf("%s refers to a missing shape %s", name, m.Shape)
			}
		}
		if sh.Exception {
			s.errors[sh.code()] = sh
		}
		sh.compile()
	}
	if s.protocol.family().ByPath() {
		if err := s.resolveAddresses(); err != nil {
			return err
		}
	}
	for name, op := range s.operations {
		if op == nil {
			continue
		}
		op.name = name
		op.inputShape, op.outputShape = shapes[op.Input], shapes[op.Output]
		if op.Input != "" && op.inputShape == nil || op.Output != "" && op.outputShape == nil {
			return fmt.Errorf("operation %s refers to a missing shape", name)
		}
		for _, e := range op.Errors {
			if shapes[e] == nil {
				return fmt.Errorf("operation %s refers to a missing error %s", name, e)
			}
			op.errorShapes = append(op.errorShapes, shapes[e])
		}
	}
	s.resolveRequired()
	return nil
}

// code is what the wire says for an error shape: Query services often have a
// code that differs from the name of the shape.
func (sh *shape) code() string {
	if sh.Error.Code != "" {
		return sh.Error.Code
	}
	return sh.name
}

// The models carry Java's regular expressions. All that differs in them from
// Go's is how a code point is written, and lookaround.
var javaCodePoint = regexp.MustCompile(`\\u([0-9A-Fa-f]{4})`)

// compile makes the pattern ready for its first use: most are never asked for,
// and all together take as long as reading the models. A test compiles each.
func (sh *shape) compile() {
	if sh.Pattern == "" {
		return
	}
	sh.form = sync.OnceValue(func() *regexp.Regexp {
		p := javaCodePoint.ReplaceAllString(sh.Pattern, `\x{$1}`)
		if written, ok := lookaround[sh.Pattern]; ok {
			p = written
		}
		return regexp.MustCompile(`\A(?:` + p + `)\z`)
	})
}

func (s *Service) operation(name string) (*operation, error) {
	op := s.operations[name]
	if op == nil {
		return nil, fmt.Errorf("wire: the model of %s has no shapes for operation %q", s.name, name)
	}
	return op, nil
}

// bindings remembers which shape was bound to which Go type.
type bindings struct {
	mu        sync.RWMutex
	known     map[bindingKey]*binding
	unions    []reflect.Type // see Unions
	paramName func(*member) string
}
