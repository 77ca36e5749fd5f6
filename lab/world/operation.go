package world

import (
	"reflect"

	"rekey/lab/wire"
)

// Operation is one operation of one service: the SDK's own types for what goes
// in and out, and what happens.
type Operation struct {
	Name    string
	Input   reflect.Type // a struct type, such as kms.EncryptInput
	Output  reflect.Type
	handler func(*Call, any) (any, error)
}

// Op makes an Operation of a handler. The handler runs within the world's
// lock. An error leaves nothing changed: a handler checks first and writes
// last.
func Op[I, O any](name string, handle func(*Call, *I) (*O, error)) Operation {
	return Operation{
		Name: name, Input: reflect.TypeFor[I](), Output: reflect.TypeFor[O](),
		handler: func(c *Call, in any) (any, error) {
			out, err := handle(c, in.(*I))
			if err != nil {
				return nil, err // not a typed nil
			}
			return out, nil
		},
	}
}

// Unimplemented is the answer to what AWS has and the lab lacks.
func Unimplemented(what string) error {
	return &wire.Error{Code: "NotImplemented", Status: 501, Message: "the lab does not implement " + what}
}
