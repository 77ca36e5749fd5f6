package s3

import (
	"errors"
	"slices"

	"rekey/lab/wire"
)

// Violation words what the model's constraints find in a request, where that is
// recorded.
func (s *Service) Violation(_ any, err error) error {
	var e *wire.Error
	if errors.As(err, &e) && slices.ContainsFunc(e.Details, func(d wire.Detail) bool { return d.Name == "ArgumentName" && d.Value == copySource }) {
		return noSource()
	}
	return err
}
