package s3

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/lab/world"
)

// rule is one configuration of notifications, whatever it notifies.
type rule struct {
	id     string
	to     string // the ARN
	where  string // what S3 calls the ARN: Queue, Topic, CloudFunction
	events []types.Event
	filter *types.NotificationConfigurationFilter
}

// rules lists the configurations of queues, topics and functions, in this order.
func rules(n *types.NotificationConfiguration) []rule {
	var all []rule
	for _, q := range n.QueueConfigurations {
		all = append(all, rule{text(q.Id), text(q.QueueArn), "Queue", q.Events, q.Filter})
	}
	for _, t := range n.TopicConfigurations {
		all = append(all, rule{text(t.Id), text(t.TopicArn), "Topic", t.Events, t.Filter})
	}
	for _, f := range n.LambdaFunctionConfigurations {
		all = append(all, rule{text(f.Id), text(f.LambdaFunctionArn), "CloudFunction", f.Events, f.Filter})
	}
	return all
}

// putBucketNotification replaces the whole configuration; an empty one turns
// notifications off. Destinations are tried, unless the request says not to.
func (s *Service) putBucketNotification(c *world.Call, in *s3.PutBucketNotificationConfigurationInput) (*s3.PutBucketNotificationConfigurationOutput, error) {
	b, err := s.allowed(c, in.Bucket, in.ExpectedBucketOwner, "s3:PutBucketNotification")
	if err != nil {
		return nil, err
	}
	if in.NotificationConfiguration == nil {
		return nil, malformedXML()
	}
	wanted := s.named(in.NotificationConfiguration)
	all := rules(wanted)
	if err := s.served(wanted); err != nil {
		return nil, err
	}
	if err := checkRules(b, all); err != nil {
		return nil, err
	}
	if in.SkipDestinationValidation == nil || !*in.SkipDestinationValidation {
		if err := s.try(c, b, all); err != nil {
			return nil, err
		}
	}
	b.notification = wanted
	return &s3.PutBucketNotificationConfigurationOutput{}, nil
}

// named copies a configuration, gives ids to the configurations that have none,
// and writes the names of filter rules as S3 gives them back (recorded).
func (s *Service) named(given *types.NotificationConfiguration) *types.NotificationConfiguration {
	id := func(id *string) *string {
		if text(id) != "" {
			return id
		}
		return new(base64.StdEncoding.EncodeToString([]byte(s.world.UUID("notification"))))
	}
	filter := func(f *types.NotificationConfigurationFilter) *types.NotificationConfigurationFilter {
		if f == nil || f.Key == nil {
			return nil
		}
		key := types.S3KeyFilter{FilterRules: slices.Clone(f.Key.FilterRules)}
		for i, r := range key.FilterRules {
			for _, known := range []string{"Prefix", "Suffix"} {
				if strings.EqualFold(string(r.Name), known) {
					key.FilterRules[i].Name = types.FilterRuleName(known)
				}
			}
		}
		return &types.NotificationConfigurationFilter{Key: &key}
	}
	n := &types.NotificationConfiguration{EventBridgeConfiguration: given.EventBridgeConfiguration}
	for _, q := range given.QueueConfigurations {
		q.Id, q.Filter = id(q.Id), filter(q.Filter)
		n.QueueConfigurations = append(n.QueueConfigurations, q)
	}
	for _, t := range given.TopicConfigurations {
		t.Id, t.Filter = id(t.Id), filter(t.Filter)
		n.TopicConfigurations = append(n.TopicConfigurations, t)
	}
	for _, f := range given.LambdaFunctionConfigurations {
		f.Id, f.Filter = id(f.Id), filter(f.Filter)
		n.LambdaFunctionConfigurations = append(n.LambdaFunctionConfigurations, f)
	}
	return n
}

// checkRules refuses configurations that are wrong in themselves. Wordings are
// recorded or reported.
func checkRules(b *bucket, all []rule) error {
	for _, r := range all {
		if err := r.check(); err != nil {
			return err
		}
	}
	for _, r := range all {
		if err := r.address(b); err != nil {
			return err
		}
	}
	for i, r := range all {
		for _, before := range all[:i] {
			if r.id == before.id { // assumption: the wording
				return invalidArgument("Same ID used for multiple configurations. IDs must be unique", "Id", r.id)
			}
			if r.overlaps(before) {
				return invalidArgument("Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.", "", "")
			}
		}
	}
	return nil
}

// check looks at a rule's events and filter.
func (r rule) check() error {
	if len(r.events) == 0 {
		return malformedXML()
	}
	for _, e := range r.events {
		if !slices.Contains(e.Values(), e) { // reported
			return invalidArgument("A specified event is not supported for notifications.", "Event", string(e))
		}
	}
	if r.filter == nil {
		return nil
	}
	seen := map[types.FilterRuleName]bool{}
	for _, f := range r.filter.Key.FilterRules {
		switch {
		case f.Name == "" || f.Value == nil:
			return malformedXML()
		case f.Name != "Prefix" && f.Name != "Suffix":
			return invalidArgument("filter rule name must be either prefix or suffix", "FilterRule.Name", string(f.Name))
		case seen[f.Name]: // reported
			return invalidArgument("Cannot specify more than one "+strings.ToLower(string(f.Name))+" rule in a filter.", "FilterRule.Name", string(f.Name))
		case len(*f.Value) > 1024: // reported
			return invalidArgument("Size of filter rule value cannot exceed 1024 bytes in UTF-8 representation", "FilterRule.Value", *f.Value)
		}
		seen[f.Name] = true
	}
	return nil
}

// services are those of the destinations, by what S3 calls the ARN.
var services = map[string]string{"Queue": "sqs", "Topic": "sns", "CloudFunction": "lambda"}

// address looks at a rule's ARN.
func (r rule) address(b *bucket) error {
	parts := strings.SplitN(r.to, ":", 6)
	switch {
	case len(parts) != 6 || parts[0] != "arn" || parts[2] != services[r.where]:
		return invalidArgument("The ARN could not be parsed", r.where, r.to)
	case parts[3] != string(b.region): // reported
		return invalidArgument("The notification destination service region is not valid for the bucket location constraint", r.where, r.to)
	case strings.HasSuffix(r.to, ".fifo"): // S3 User Guide, "Event notification types and destinations"; assumption: the wording
		return unreachable([]string{r.to}, []string{"FIFO destinations are not supported"})
	}
	return nil
}

// part gives the value of a filter rule; "" stands for any.
func (r rule) part(name types.FilterRuleName) string {
	if r.filter != nil {
		for _, f := range r.filter.Key.FilterRules {
			if f.Name == name {
				return text(f.Value)
			}
		}
	}
	return ""
}

// overlaps says whether one event could fit both rules (S3 User Guide,
// "Configuring event notifications using object key name filtering").
func (r rule) overlaps(o rule) bool {
	either := func(has func(s, part string) bool, x, y string) bool { return has(x, y) || has(y, x) }
	if !either(strings.HasPrefix, r.part("Prefix"), o.part("Prefix")) || !either(strings.HasSuffix, r.part("Suffix"), o.part("Suffix")) {
		return false
	}
	for _, x := range r.events {
		for _, y := range o.events {
			if matches(string(x), string(y)) || matches(string(y), string(x)) {
				return true
			}
		}
	}
	return false
}

// wants says whether the rule is for an event, such as ObjectCreated:Put, of a
// key as events write it: filters are written that way too (S3 User Guide, same
// page).
func (r rule) wants(event, key string) bool {
	return strings.HasPrefix(key, r.part("Prefix")) && strings.HasSuffix(key, r.part("Suffix")) &&
		slices.ContainsFunc(r.events, func(e types.Event) bool { return matches(string(e), "s3:"+event) })
}

func (s *Service) getBucketNotification(c *world.Call, in *s3.GetBucketNotificationConfigurationInput) (*s3.GetBucketNotificationConfigurationOutput, error) {
	b, err := s.allowed(c, in.Bucket, in.ExpectedBucketOwner, "s3:GetBucketNotification")
	if err != nil {
		return nil, err
	}
	out := &s3.GetBucketNotificationConfigurationOutput{}
	if n := b.notification; n != nil {
		out.EventBridgeConfiguration, out.QueueConfigurations = n.EventBridgeConfiguration, n.QueueConfigurations
		out.TopicConfigurations, out.LambdaFunctionConfigurations = n.TopicConfigurations, n.LambdaFunctionConfigurations
	}
	return out, nil
}
