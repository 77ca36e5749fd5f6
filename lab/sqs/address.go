package sqs

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

var (
	// regional are the host names of SQS: today's, and the two older forms
	// (Developer Guide, "Amazon SQS queue URLs"; AWS General Reference, "Amazon
	// SQS endpoints and quotas", legacy endpoints).
	regional = regexp.MustCompile(`^(?:sqs\.([a-z0-9-]+)|([a-z0-9-]+)\.queue|(queue))\.amazonaws\.com$`)
	arnForm  = regexp.MustCompile(`^arn:aws:sqs:([a-z0-9-]+):([0-9]{12}):([A-Za-z0-9_-]{1,80}(?:\.fifo)?)$`)
	idForm   = regexp.MustCompile(`^[0-9]{12}$`)
)

// urlOf is a queue's URL as the caller can reach it: at the host that it called,
// where that is none of AWS's; otherwise the one that AWS gives.
func urlOf(c *world.Call, h home, name string) string {
	path := "/" + string(h.account) + "/" + name
	if host := c.Client.Host; host != "" && !strings.HasSuffix(host, ".amazonaws.com") {
		return "http://" + host + path
	}
	return "https://sqs." + string(h.region) + ".amazonaws.com" + path
}

// target is a queue as a request named it.
type target struct {
	*queue // nil where there is none
	owner  home
	name   string
}

func (t target) arn() string { return arnOf(t.owner, t.name) }

func arnOf(h home, name string) string {
	return "arn:aws:sqs:" + string(h.region) + ":" + string(h.account) + ":" + name
}

// resolve finds a queue by URL. Only the path counts, and the Region in one of
// AWS's host names; a bare name is one of the caller's account (asserted: sqs
// test_set_empty_redrive_policy).
func (s *Service) resolve(c *world.Call, given string) (target, error) {
	wrong := &types.InvalidAddress{Message: new("The address " + given + " is not valid for this endpoint.")} // reported, in jegesh/python-sqs-listener#30; for which addresses is assumed
	u, err := url.Parse(given)
	if err != nil {
		return target{}, wrong
	}
	if m := regional.FindStringSubmatch(u.Hostname()); m != nil {
		region := m[1] + m[2]
		if m[3] != "" {
			region = "us-east-1"
		}
		if region != string(c.Region) {
			return target{}, wrong
		}
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	switch {
	case len(parts) == 1 && u.Host == "" && parts[0] != "":
		return s.find(homeOf(c), parts[0]), nil
	case len(parts) == 2 && idForm.MatchString(parts[0]):
		return s.find(home{keyid.Account(parts[0]), c.Region}, parts[1]), nil
	}
	return target{}, wrong
}

// byARN finds a queue of the call's Region by ARN; it is not ok for an ARN of
// something else, or of another Region.
func (s *Service) byARN(c *world.Call, arn string) (target, bool) {
	m := arnForm.FindStringSubmatch(arn)
	if m == nil || m[1] != string(c.Region) {
		return target{}, false
	}
	return s.find(home{keyid.Account(m[2]), c.Region}, m[3]), true
}

func (s *Service) find(h home, name string) target {
	return target{s.here(h).queues[name], h, name}
}

// existing finds a queue and authorizes an action on it, and only then says that
// there is none (assumption: the order).
func (s *Service) existing(c *world.Call, url, action string) (target, error) {
	return s.existingIf(c, url, action, nil)
}

func (s *Service) existingIf(c *world.Call, url, action string, more map[string][]string) (target, error) {
	t, err := s.resolve(c, url)
	if err != nil {
		return t, err
	}
	return t, s.admit(c, t, action, more)
}

// admit authorizes an action on a queue that must exist.
func (s *Service) admit(c *world.Call, t target, action string, more map[string][]string) error {
	if err := s.authorize(c, t, action, more); err != nil {
		return err
	}
	if t.queue == nil {
		return noSuchQueue("The specified queue does not exist.")
	}
	t.queue.expire(c.Time)
	return nil
}

func noSuchQueue(message string) error { return &types.QueueDoesNotExist{Message: &message} }
