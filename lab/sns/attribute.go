package sns

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"rekey/lab/wire"
)

var typeForm = regexp.MustCompile(`^(String|Number|Binary)(\..+)?$`)

func badAttribute(message string) error {
	return &wire.Error{Code: "ParameterValueInvalid", Status: 400, Message: message}
}

// checkAttributes holds message attributes to their rules (Developer Guide,
// "Amazon SNS message attributes"; recorded wording: sns
// test_empty_or_wrong_message_attributes).
func checkAttributes(attributes map[string]types.MessageAttributeValue) error {
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if err := checkAttributeName(name); err != nil {
			return err
		}
		if err := checkAttribute(name, attributes[name]); err != nil {
			return err
		}
	}
	return nil
}

func checkAttributeName(name string) error {
	odd := strings.IndexFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.')
	})
	switch {
	case len(name) > 256:
		return badAttribute("Length of message attribute name must be less than 256 bytes.")
	case odd >= 0:
		return badAttribute("Invalid non-alphanumeric character '#x" + fmt.Sprintf("%X", []rune(name[odd:])[0]) + "' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.")
	case strings.HasPrefix(name, "."):
		return badAttribute("Invalid message attribute name starting with character '.' was found.")
	case strings.HasSuffix(name, "."):
		return badAttribute("Invalid message attribute name ending with character '.' was found.")
	case strings.Contains(name, ".."):
		return badAttribute("Message attribute name can not have successive '.' character.")
	}
	return nil
}

func checkAttribute(name string, v types.MessageAttributeValue) error {
	base, _, _ := strings.Cut(*v.DataType, ".")
	field, text, other := "String", v.StringValue != nil, v.BinaryValue != nil
	empty := v.StringValue == nil || *v.StringValue == ""
	if base == "Binary" {
		field, text, other, empty = "Binary", v.BinaryValue != nil, v.StringValue != nil, len(v.BinaryValue) == 0
	}
	said := "The message attribute '" + name + "' "
	switch {
	case !typeForm.MatchString(*v.DataType):
		return badAttribute(said + "has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.")
	case other && !text:
		return badAttribute(said + "with type '" + *v.DataType + "' must use field '" + field + "'.")
	case empty:
		return badAttribute(said + "must contain non-empty message attribute value for message attribute type '" + *v.DataType + "'.")
	case base == "Number" && !isNumber(*v.StringValue): // assumption: the wording
		return badAttribute("Could not cast message attribute '" + name + "' value to number.")
	}
	return nil
}

// size is what an attribute counts against the greatest size of a message: its
// name, type and value (Developer Guide, "Amazon SNS message attributes").
func size(m *message) int {
	n := len(m.body)
	for name, v := range m.attributes {
		n += len(name) + len(*v.DataType) + len(v.BinaryValue)
		if v.StringValue != nil {
			n += len(*v.StringValue)
		}
	}
	return n
}
