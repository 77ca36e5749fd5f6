package wire

import "slices"

// Name is the name the model was loaded by.
func (s *Service) Name() string { return s.name }

// SigningName is the service's name in the credential scope of a signature.
func (s *Service) SigningName() string {
	if s.meta.SigningName != "" {
		return s.meta.SigningName
	}
	return s.meta.EndpointPrefix
}

// APIVersion is the date that names the version of the service's API.
func (s *Service) APIVersion() string { return s.meta.APIVersion }

// Has says whether AWS has this operation. It may still be one whose shapes
// are not in the model: see Operations.
func (s *Service) Has(op string) bool {
	_, ok := s.operations[op]
	return ok
}

// Operations lists, sorted, the operations that can be decoded and encoded.
func (s *Service) Operations() []string {
	var names []string
	for name, op := range s.operations {
		if op != nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Labels lists the members, by their names in the SDK, that an operation of a
// REST protocol has in its path. They cannot be empty.
func (s *Service) Labels(op string) []string {
	var names []string
	if o := s.operations[op]; o != nil && o.inputShape != nil {
		for _, m := range o.inputShape.Members {
			if m.Location == "uri" {
				names = append(names, goName(m.Name))
			}
		}
	}
	return names
}

// Errors lists, sorted, the codes of the errors that the service's model
// declares, as they stand on the wire.
func (s *Service) Errors() []string {
	var codes []string
	for code := range s.errors {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	return codes
}

// OperationErrors lists the codes of the errors that an operation declares. It
// is empty for an operation whose shapes are not in the model.
func (s *Service) OperationErrors(op string) []string {
	var codes []string
	if o := s.operations[op]; o != nil {
		for _, sh := range o.errorShapes {
			codes = append(codes, sh.code())
		}
	}
	return codes
}

// ErrorMembers lists the members of the error with a code, by their names in the
// SDK.
func (s *Service) ErrorMembers(code string) []string {
	var names []string
	if sh := s.errors[code]; sh != nil {
		for _, m := range sh.Members {
			names = append(names, goName(m.Name))
		}
	}
	return names
}

// Beyond lists the members, of all shapes that were bound, which the model has
// and the SDK has not.
func (s *Service) Beyond() []string {
	s.bindings.mu.RLock()
	defer s.bindings.mu.RUnlock()
	var names []string
	for _, b := range s.bindings.known {
		for _, m := range b.beyond {
			names = append(names, b.shape.name+"."+m)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
