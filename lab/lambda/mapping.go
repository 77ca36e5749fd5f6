package lambda

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"rekey/lab/wire"
	"rekey/lab/world"
)

// Source is a queue that feeds a function.
type Source interface {
	// Poll receives up to max messages, as the caller of c.
	Poll(c *world.Call, queueARN string, max int) ([]sqstypes.Message, error)
	// Done deletes messages by their receipt handles, as the caller of c.
	Done(c *world.Call, queueARN string, handles ...string) error
	// Attributes gives a queue's attributes, as the caller of c.
	Attributes(c *world.Call, queueARN string) (map[string]string, error)
}

// mapping feeds a function from a queue.
type mapping struct {
	home
	uuid     string
	source   string // ARN of the queue
	function name
	batch    int32
	window   *int32 // seconds
	partial  bool   // the function tells which messages of a batch it failed
	most     *int32 // batches at once
	state    string
	modified time.Time
	busy     int
	due      *world.Due
}

const (
	creating, enabled, enabling   = "Creating", "Enabled", "Enabling"
	disabled, disabling, updating = "Disabled", "Disabling", "Updating"
	deleting                      = "Deleting"

	// pollEvery is how long an empty queue is listened to (Lambda Developer Guide,
	// "Using Lambda with Amazon SQS": long polling, which lasts 20 seconds).
	pollEvery = 20 * time.Second
	// settling is how long a mapping takes to change. AWS gives no time.
	settling = 5 * time.Second
	// pollers is how many batches are handled at once as a rule (there, "five
	// concurrent batches").
	pollers = 5
)

func (m *mapping) arn() string {
	return "arn:aws:lambda:" + string(m.region) + ":" + string(m.account) + ":event-source-mapping:" + m.uuid
}

func (m *mapping) configuration() types.EventSourceMappingConfiguration {
	c := types.EventSourceMappingConfiguration{
		BatchSize: new(m.batch), EventSourceArn: new(m.source), EventSourceMappingArn: new(m.arn()), FunctionArn: new(m.function.shown()),
		FunctionResponseTypes: []types.FunctionResponseType{}, LastModified: new(m.modified), MaximumBatchingWindowInSeconds: new(int32(0)),
		State: new(m.state), StateTransitionReason: new("USER_INITIATED"), UUID: new(m.uuid),
	}
	if m.window != nil {
		c.MaximumBatchingWindowInSeconds = new(*m.window)
	}
	if m.partial {
		c.FunctionResponseTypes = []types.FunctionResponseType{types.FunctionResponseTypeReportBatchItemFailures}
	}
	if m.most != nil {
		c.ScalingConfig = &types.ScalingConfig{MaximumConcurrency: new(*m.most)}
	}
	return c
}

func (s *Service) createEventSourceMapping(c *world.Call, in *sdk.CreateEventSourceMappingInput) (*sdk.CreateEventSourceMappingOutput, error) {
	n, err := parseName(c, *in.FunctionName, nil)
	if err != nil {
		return nil, err
	}
	if err := s.authorizeMapping(c, n.arn()); err != nil {
		return nil, err
	}
	if in.EventSourceArn == nil || serviceOf(*in.EventSourceArn) == "" { // recorded wording
		return nil, invalid("Unrecognized event source.")
	}
	if err := s.mappable(in); err != nil {
		return nil, err
	}
	f := s.lookup(n)
	if f == nil { // recorded wording
		return nil, invalid("Function does not exist")
	}
	for _, other := range s.mappings[f.home] {
		if other.source == *in.EventSourceArn && other.function == n { // recorded wording
			return nil, conflict("An event source mapping with SQS arn (\" " + other.source + " \") and function (\" " + n.function + " \") already exists. Please update or delete the existing mapping with UUID " + other.uuid)
		}
	}
	m := &mapping{home: f.home, source: *in.EventSourceArn, function: n, batch: 10, state: creating, modified: c.Time}
	if err := m.configure(in.BatchSize, in.MaximumBatchingWindowInSeconds, in.FunctionResponseTypes, in.ScalingConfig); err != nil {
		return nil, err
	}
	if err := s.feedable(f, m); err != nil {
		return nil, err
	}
	m.uuid = s.world.UUID("mapping")
	if s.mappings[m.home] == nil {
		s.mappings[m.home] = map[string]*mapping{}
	}
	s.mappings[m.home][m.uuid] = m
	s.settle(m, in.Enabled)
	return mapped[sdk.CreateEventSourceMappingOutput](m.configuration()), nil
}

// What is said of them for a queue is not recorded.
const (
	ofStreams = "members of a stream's event source mapping for a queue"
	ofBrokers = "members of a broker's or database's event source mapping for a queue"
)

// mappable refuses loudly what is not modelled.
func (s *Service) mappable(in *sdk.CreateEventSourceMappingInput) error {
	switch {
	case serviceOf(*in.EventSourceArn) != "sqs" || s.Queues == nil:
		return world.Unimplemented("the event source " + *in.EventSourceArn)
	case in.FilterCriteria != nil || in.KMSKeyArn != nil || in.ProvisionedPollerConfig != nil || in.MetricsConfig != nil || in.Tags != nil || in.LoggingConfig != nil:
		return world.Unimplemented("event source mappings with filters, keys, pollers, metrics, logs or tags")
	case in.StartingPosition != "" || in.StartingPositionTimestamp != nil || in.BisectBatchOnFunctionError != nil || in.MaximumRecordAgeInSeconds != nil ||
		in.MaximumRetryAttempts != nil || in.ParallelizationFactor != nil || in.TumblingWindowInSeconds != nil:
		return world.Unimplemented(ofStreams)
	case in.Queues != nil || in.Topics != nil || in.SourceAccessConfigurations != nil || in.SelfManagedEventSource != nil || in.SelfManagedKafkaEventSourceConfig != nil ||
		in.AmazonManagedKafkaEventSourceConfig != nil || in.DocumentDBEventSourceConfig != nil:
		return world.Unimplemented(ofBrokers)
	case in.DestinationConfig != nil: // recorded wording
		return invalid("Unsupported DestinationConfig parameter for given event source mapping type.")
	}
	return nil
}

func (m *mapping) configure(batch, window *int32, answers []types.FunctionResponseType, scaling *types.ScalingConfig) error {
	set(&m.batch, batch)
	if window != nil {
		m.window = window
	}
	if m.batch > 10 && (m.window == nil || *m.window == 0) { // recorded wording
		return invalid("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10")
	}
	if answers != nil {
		m.partial = slices.Contains(answers, types.FunctionResponseTypeReportBatchItemFailures)
	}
	if scaling != nil {
		m.most = scaling.MaximumConcurrency
	}
	return nil
}

// feedable checks the queue and the role, which needs sqs:ReceiveMessage and
// sqs:GetQueueAttributes (Lambda Developer Guide, "Creating and configuring an
// Amazon SQS event source mapping"). The wording for a queue that is not there is
// recorded, those for the role and for the timeout are reported, in
// anomalyco/sst#5737 and aws/serverless-application-model#3445.
func (s *Service) feedable(f *function, m *mapping) error {
	err := s.asRole(f, "ReceiveMessage", func(c *world.Call) error {
		_, err := s.Queues.Poll(c, m.source, 0)
		return err
	})
	if err := unfed("ReceiveMessage", err); err != nil {
		return err
	}
	var attributes map[string]string
	err = s.asRole(f, "GetQueueAttributes", func(c *world.Call) (err error) {
		attributes, err = s.Queues.Attributes(c, m.source)
		return err
	})
	if err := unfed("GetQueueAttributes", err); err != nil {
		return err
	}
	timeout, err := strconv.Atoi(attributes["VisibilityTimeout"])
	if err != nil {
		return err
	}
	if timeout < int(f.timeout) {
		return invalid(fmt.Sprintf("Queue visibility timeout: %d seconds is less than Function timeout: %d seconds", timeout, f.timeout))
	}
	return nil
}

// unfed words what the role was told.
func unfed(operation string, err error) error {
	e, ok := wire.FromAPIError(err)
	switch {
	case !ok || e.Status >= 500:
		return err
	case e.Code == "QueueDoesNotExist":
		return invalid("Error occurred while " + operation + ". SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.")
	}
	return invalid("The function execution role does not have permissions to call " + operation + " on SQS")
}

// asRole makes a call of SQS as the function's role.
func (s *Service) asRole(f *function, operation string, do func(*world.Call) error) error {
	key, err := assume(s.sessions, f.arn(), f.role)
	if err != nil {
		return err
	}
	return s.world.Act(world.Actor{Caller: key.Caller, Region: f.region}, "sqs", operation, do)
}

// settle lets a mapping become what it was asked to be.
func (s *Service) settle(m *mapping, on *bool) {
	s.world.Clock.Cancel(m.due)
	m.due = s.world.Clock.After(settling, func() {
		if s.mappings[m.home][m.uuid] != m || m.state == deleting {
			return
		}
		if m.state = disabled; on == nil || *on {
			m.state = enabled
			s.poll(m)
		}
	})
}

func (s *Service) updateEventSourceMapping(c *world.Call, in *sdk.UpdateEventSourceMappingInput) (*sdk.UpdateEventSourceMappingOutput, error) {
	m, err := s.mapping(c, *in.UUID)
	if err != nil {
		return nil, err
	}
	if in.FilterCriteria != nil || in.KMSKeyArn != nil || in.ProvisionedPollerConfig != nil || in.MetricsConfig != nil || in.LoggingConfig != nil || in.FunctionName != nil || in.DestinationConfig != nil {
		return nil, world.Unimplemented("event source mappings with another function, filters, destinations, keys, pollers, metrics or logs")
	}
	if in.BisectBatchOnFunctionError != nil || in.MaximumRecordAgeInSeconds != nil || in.MaximumRetryAttempts != nil || in.ParallelizationFactor != nil || in.TumblingWindowInSeconds != nil {
		return nil, world.Unimplemented(ofStreams)
	}
	if in.SourceAccessConfigurations != nil || in.SelfManagedKafkaEventSourceConfig != nil || in.AmazonManagedKafkaEventSourceConfig != nil || in.DocumentDBEventSourceConfig != nil {
		return nil, world.Unimplemented(ofBrokers)
	}
	if m.state != enabled && m.state != disabled { // recorded for deletions; assumed of updates
		return nil, &types.ResourceInUseException{Type: new("User"), Message: new("Cannot update the event source mapping because it is in use.")}
	}
	changed := *m
	if err := changed.configure(in.BatchSize, in.MaximumBatchingWindowInSeconds, in.FunctionResponseTypes, in.ScalingConfig); err != nil {
		return nil, err
	}
	on := in.Enabled
	if on == nil {
		on = new(m.state == enabled)
	}
	changed.state = updating
	switch {
	case *on && m.state == disabled:
		changed.state = enabling
	case !*on && m.state == enabled:
		changed.state = disabling
	}
	*m = changed
	m.modified = c.Time
	s.settle(m, on)
	return mapped[sdk.UpdateEventSourceMappingOutput](m.configuration()), nil
}

func (s *Service) deleteEventSourceMapping(c *world.Call, in *sdk.DeleteEventSourceMappingInput) (*sdk.DeleteEventSourceMappingOutput, error) {
	m, err := s.mapping(c, *in.UUID)
	if err != nil {
		return nil, err
	}
	s.world.Clock.Cancel(m.due)
	m.state = deleting
	m.due = s.world.Clock.After(settling, func() { delete(s.mappings[m.home], m.uuid) })
	return mapped[sdk.DeleteEventSourceMappingOutput](m.configuration()), nil
}

func (s *Service) getEventSourceMapping(c *world.Call, in *sdk.GetEventSourceMappingInput) (*sdk.GetEventSourceMappingOutput, error) {
	m, err := s.mapping(c, *in.UUID)
	if err != nil {
		return nil, err
	}
	return mapped[sdk.GetEventSourceMappingOutput](m.configuration()), nil
}

// mapping finds one by its id.
func (s *Service) mapping(c *world.Call, uuid string) (*mapping, error) {
	m := s.mappings[home{c.Account(), c.Region}][uuid]
	of := ""
	if m != nil {
		of = m.function.arn()
	}
	if err := s.authorizeMapping(c, of); err != nil {
		return nil, err
	}
	if m == nil { // recorded wording
		return nil, notFound("The resource you requested does not exist.")
	}
	return m, nil
}

func (s *Service) listEventSourceMappings(c *world.Call, in *sdk.ListEventSourceMappingsInput) (*sdk.ListEventSourceMappingsOutput, error) {
	if err := s.authorizeAll(c); err != nil {
		return nil, err
	}
	var of *name
	if in.FunctionName != nil {
		n, err := parseName(c, *in.FunctionName, nil)
		if err != nil {
			return nil, err
		}
		of = &n
	}
	all := slices.DeleteFunc(world.Sorted(s.mappings[home{c.Account(), c.Region}]), func(m *mapping) bool {
		return in.EventSourceArn != nil && m.source != *in.EventSourceArn || of != nil && m.function.arn() != of.arn()
	})
	some, next, ok := world.Page(c, all, func(m *mapping) string { return m.uuid }, in.Marker, in.MaxItems, 100)
	if !ok {
		return nil, invalid("Invalid Marker.") // assumed wording
	}
	out := &sdk.ListEventSourceMappingsOutput{EventSourceMappings: []types.EventSourceMappingConfiguration{}, NextMarker: next}
	for _, m := range some {
		out.EventSourceMappings = append(out.EventSourceMappings, m.configuration())
	}
	return out, nil
}
