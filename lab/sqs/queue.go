package sqs

import (
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// queue is one queue.
type queue struct {
	owner    home
	name     string
	values   map[types.QueueAttributeName]string // of the attributes that are set, and of those that have a default
	policy   *world.Policy
	redrive  *redrive
	allow    *redriveAllow
	tags     map[string]string
	created  time.Time
	modified time.Time
	purged   time.Time

	messages []*message // in the order of their arrival
	handles  int        // that were given out
	sequence int64      // of the newest message of a FIFO queue
	groups   dedup      // what a FIFO queue has seen
	dataKeys dataKeys
	woken    chan struct{} // closed when a message arrives
}

// deletion is what is remembered of a queue that was deleted.
type deletion struct{ at time.Time }

// The limits of the API reference: how long a name is taken after DeleteQueue,
// and how often PurgeQueue may be called.
const (
	nameRest  = 60 * time.Second
	purgeRest = 60 * time.Second
)

func (q *queue) arn() string { return arnOf(q.owner, q.name) }

func (q *queue) fifo() bool { return strings.HasSuffix(q.name, fifoSuffix) }

const fifoSuffix = ".fifo"

var nameForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

// checkName holds a name to the rules of its kind of queue (API reference,
// CreateQueue; reported wording, in pulumi/pulumi-aws-native#794 and
// boto/botocore#3058).
func checkName(name string, fifo bool) error {
	bare := strings.TrimSuffix(name, fifoSuffix)
	switch {
	case fifo && (bare == name || len(name) > 80 || !nameForm.MatchString(bare)):
		return invalidParameter("The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.")
	case !fifo && !nameForm.MatchString(name):
		return invalidParameter("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
	}
	return nil
}

func (s *Service) createQueue(c *world.Call, in *sqs.CreateQueueInput) (*sqs.CreateQueueOutput, error) {
	t := s.find(homeOf(c), *in.QueueName)
	if err := s.authorize(c, target{nil, t.owner, t.name}, "CreateQueue", requestTags(in.Tags)); err != nil {
		return nil, err
	}
	if len(in.Tags) > 0 { // API reference, CreateQueue, tags
		if err := s.authorize(c, target{nil, t.owner, t.name}, "TagQueue", requestTags(in.Tags)); err != nil {
			return nil, err
		}
	}
	fifo := strings.EqualFold(in.Attributes["FifoQueue"], "true")
	if err := checkName(t.name, fifo); err != nil {
		return nil, err
	}
	out := &sqs.CreateQueueOutput{QueueUrl: new(urlOf(c, t.owner, t.name))}
	q := &queue{
		owner: t.owner, name: t.name, values: defaults(fifo), tags: map[string]string{},
		created: c.Time, modified: c.Time, woken: make(chan struct{}),
	}
	if err := s.setAttributes(c, q, in.Attributes); err != nil {
		return nil, err
	}
	if t.queue != nil {
		return out, t.queue.same(q, in.Attributes)
	}
	if d, ok := s.here(t.owner).deleted[t.name]; ok && c.Time.Sub(d.at) < nameRest {
		return nil, &types.QueueDeletedRecently{Message: new("You must wait 60 seconds after deleting a queue before you can create another with the same name.")}
	}
	if err := checkTags(nil, in.Tags); err != nil {
		return nil, err
	}
	for key, value := range in.Tags {
		q.tags[key] = value
	}
	q.groups.reset(q.values["DeduplicationScope"])
	r := s.make(t.owner)
	delete(r.deleted, t.name)
	r.queues[t.name] = q
	return out, nil
}

// same says whether an existing queue is the one that a request would make: it
// has the attributes that the request names, whatever the others are (recorded).
func (q *queue) same(wanted *queue, named map[string]string) error {
	for _, name := range settable {
		if _, ok := named[string(name)]; ok && q.values[name] != wanted.values[name] {
			return &types.QueueNameExists{Message: new("A queue already exists with the same name and a different value for attribute " + string(name))}
		}
	}
	return nil
}

// getQueueURL tells of a queue of another account that the caller may not see
// what it tells of one that does not exist (reported, in
// spring-attic/spring-cloud-aws#417).
func (s *Service) getQueueURL(c *world.Call, in *sqs.GetQueueUrlInput) (*sqs.GetQueueUrlOutput, error) {
	h := homeOf(c)
	if in.QueueOwnerAWSAccountId != nil {
		if !idForm.MatchString(*in.QueueOwnerAWSAccountId) {
			return nil, invalidValue("QueueOwnerAWSAccountId", *in.QueueOwnerAWSAccountId, "Must be an account id.")
		}
		h.account = keyid.Account(*in.QueueOwnerAWSAccountId)
	}
	t := s.find(h, *in.QueueName)
	err := s.admit(c, t, "GetQueueUrl", nil)
	switch {
	case err != nil && h.account != c.Account() && world.Answer(err).Status == 403:
		return nil, noSuchQueue("The specified queue does not exist or you do not have access to it.")
	case err != nil:
		return nil, err
	}
	return &sqs.GetQueueUrlOutput{QueueUrl: new(urlOf(c, t.owner, t.name))}, nil
}

// listQueues gives at most 1,000, and pages only where the request says how
// many it wants (API reference, ListQueues).
func (s *Service) listQueues(c *world.Call, in *sqs.ListQueuesInput) (*sqs.ListQueuesOutput, error) {
	if err := s.authorizeAll(c, "ListQueues"); err != nil {
		return nil, err
	}
	if in.NextToken != nil && in.MaxResults == nil {
		return nil, invalidParameter("MaxResults must be set when NextToken is set.")
	}
	prefix := ""
	if in.QueueNamePrefix != nil {
		prefix = *in.QueueNamePrefix
	}
	var all []*queue
	for _, q := range world.Sorted(s.here(homeOf(c)).queues) {
		if strings.HasPrefix(q.name, prefix) {
			all = append(all, q)
		}
	}
	urls, next, err := page(c, all, in.NextToken, in.MaxResults)
	return &sqs.ListQueuesOutput{QueueUrls: urls, NextToken: next}, err
}

// page cuts one page out of a listing of queues. A token is told only where the
// request names a limit.
func page(c *world.Call, all []*queue, token *string, limit *int32) (urls []string, next *string, err error) {
	if limit != nil && (*limit < 1 || *limit > 1000) {
		return nil, nil, invalidParameter("Value for parameter MaxResults is invalid. Reason: MaxResults must be an integer between 1 and 1000.")
	}
	some, next, ok := world.Page(c, all, func(q *queue) string { return q.name }, token, limit, 1000)
	if !ok {
		return nil, nil, invalidParameter("Invalid or expired next token.")
	}
	for _, q := range some {
		urls = append(urls, urlOf(c, q.owner, q.name))
	}
	if limit == nil {
		next = nil
	}
	return urls, next, nil
}

// deleteQueue takes effect at once, where AWS needs up to 60 seconds.
func (s *Service) deleteQueue(c *world.Call, in *sqs.DeleteQueueInput) (*sqs.DeleteQueueOutput, error) {
	t, err := s.existing(c, *in.QueueUrl, "DeleteQueue")
	if err != nil {
		return nil, err
	}
	r := s.here(t.owner)
	delete(r.queues, t.name)
	r.deleted[t.name] = deletion{c.Time}
	t.wake()
	return &sqs.DeleteQueueOutput{}, nil
}

// purgeQueue takes effect at once, where AWS needs up to 60 seconds.
func (s *Service) purgeQueue(c *world.Call, in *sqs.PurgeQueueInput) (*sqs.PurgeQueueOutput, error) {
	t, err := s.existing(c, *in.QueueUrl, "PurgeQueue")
	if err != nil {
		return nil, err
	}
	if !t.purged.IsZero() && c.Time.Sub(t.purged) < purgeRest {
		return nil, purgeInProgress(t.name)
	}
	t.messages, t.purged = nil, c.Time
	return &sqs.PurgeQueueOutput{}, nil
}
