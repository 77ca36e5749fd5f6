package sqs

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

var absent = regexp.MustCompile(`Value null at '(?:[^']*\.)?([^'.]+)'`)

// Violation words what the model's constraints found in an input: SQS says which
// attribute it does not know, or which parameter is missing (recorded).
func (s *Service) Violation(in any, err error) error {
	var names []string
	switch in := in.(type) {
	case *sqs.CreateQueueInput:
		names = slices.Sorted(maps.Keys(in.Attributes))
	case *sqs.SetQueueAttributesInput:
		names = slices.Sorted(maps.Keys(in.Attributes))
	case *sqs.GetQueueAttributesInput:
		names = texts(in.AttributeNames)
	case *ReceiveMessageInput:
		names = append(texts(in.AttributeNames), texts(in.MessageSystemAttributeNames)...)
	}
	for _, name := range names {
		known := slices.Contains(types.QueueAttributeName("").Values(), types.QueueAttributeName(name)) ||
			slices.Contains(types.MessageSystemAttributeName("").Values(), types.MessageSystemAttributeName(name))
		if !known {
			return unknownAttribute(name)
		}
	}
	if m := absent.FindStringSubmatch(err.Error()); m != nil {
		return missing(strings.ToUpper(m[1][:1]) + m[1][1:])
	}
	return err
}

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}
