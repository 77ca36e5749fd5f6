package cloudformation

import (
	"errors"

	"github.com/aws/smithy-go"
)

// absent holds that there is no resource yet of what create would make: of those
// whose API would take it for the same, or put another in its place, CloudFormation
// looks first, since it would delete in a rollback what is somebody else's. err is
// what looking for it came to, and missing the codes of an answer that there is
// none.
func (c *creation) absent(kind, identifier string, err error, missing ...string) error {
	if err == nil { // reported wording, in widdix/mastodon-on-aws#27
		return templateError("Resource of type '%s' with identifier '%s' already exists.", kind, identifier)
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		for _, code := range missing {
			if api.ErrorCode() == code {
				return nil
			}
		}
	}
	return err
}
