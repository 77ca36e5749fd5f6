package rotate

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// Publisher is what is asked of Amazon SNS.
type Publisher interface {
	Publish(context.Context, *sns.PublishInput, ...func(*sns.Options)) (*sns.PublishOutput, error)
}

// Notices tells people.
type Notices struct {
	SNS Publisher
	// Topic is told of everything; nothing is sent to it where it is "".
	Topic string
}

// notice is a message. The zero notice is nothing to tell.
type notice struct{ subject, body string }

const (
	// subjectLimit: "less than 100 characters long", of ASCII (API reference, Publish).
	subjectLimit = 99
	// bodyLimit is below what a message may have, 262,144 bytes (API reference,
	// Publish, Message).
	bodyLimit = 250_000
)

// tell sends a notice to each of the topics, "" left out and none twice. That it could
// not be sent is logged and counted; it changes nothing else.
func (i *invocation) tell(ctx context.Context, n notice, topics ...string) {
	if n.body == "" {
		return
	}
	for at, topic := range topics {
		if topic == "" || slices.Contains(topics[:at], topic) {
			continue
		}
		if err := i.Notices.send(ctx, topic, n); err != nil {
			i.untold++
			i.Log.LogAttrs(ctx, slog.LevelError, "a message could not be sent", slog.String("topic", topic), slog.String("subject", n.subject), slog.Any("error", err))
		}
	}
}

// send publishes to a standard topic, in the topic's own Region.
func (n *Notices) send(ctx context.Context, topic string, m notice) error {
	parts := topicForm.FindStringSubmatch(topic)
	if parts == nil {
		return fmt.Errorf("%q is not the ARN of an SNS topic", topic)
	}
	_, err := n.SNS.Publish(ctx, &sns.PublishInput{TopicArn: &topic, Subject: aws.String(subject(m.subject)), Message: &m.body},
		func(o *sns.Options) { o.Region = parts[1] })
	return err
}

// subject makes a text one that SNS takes.
func subject(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text)
	return text[:min(len(text), subjectLimit)]
}

// resultNotice tells what came of one key, where that is final.
func resultNotice(r Result, err error, now time.Time) notice {
	var b strings.Builder
	key := string(r.Key.ID) + " in " + string(r.Key.Region)
	var subject string
	switch {
	case r.Ending == Finished && len(r.Steps) > 0:
		subject = "rekey: done: " + key
		fmt.Fprintf(&b, "Done, %s: %s\n", now.UTC().Format(time.RFC3339), r.Key)
	case r.Ending == Failed:
		subject = "rekey: FAILED: " + key
		fmt.Fprintf(&b, "Failed, %s: %s\n\n%v\n", now.UTC().Format(time.RFC3339), r.Key, err)
	default: // unfinished, held by another one, or nothing was left to do
		return notice{}
	}
	if r.Plan.Why != "" {
		fmt.Fprintf(&b, "\nWhy it was begun: %s\n", r.Plan.Why)
	}
	if r.Successor.ID != "" {
		fmt.Fprintf(&b, "\nIts successor: %s\n", r.Successor)
	}
	var steps []string
	for _, s := range r.Steps {
		steps = append(steps, s.String())
	}
	section(&b, "What was done", steps)
	section(&b, "To note", slices.Concat(r.Notes, r.Plan.Warnings))
	section(&b, "What the successor does not have", r.Plan.Left)
	var residue []string
	for _, x := range r.Residue {
		residue = append(residue, x.What+": "+x.Why+": "+x.Fix)
	}
	section(&b, "What goes on using the old key", residue)
	return notice{subject, bounded(b.String())}
}

// did are the operations in words, as done.
var did = map[Op]string{
	EnableRotation: "automatic rotation set", RotateNow: "rotated on demand", ImportMaterial: "key material imported",
	CreateKey: "successor made", CreateGrant: "grant made again", Replicate: "replica made", TryKey: "successor tried",
	MarkOld: "old key marked as succeeded", UnmarkOld: "mark taken off the old key",
}

// String says what was done, in words.
func (d Did) String() string {
	text := cmp.Or(did[d.Op], string(d.Op))
	if d.Op == MoveAlias {
		text = string(d.Alias) + " moved"
	}
	text += " in " + string(d.Region)
	if d.Note != "" {
		text += ": " + d.Note
	}
	return text
}

// told says in a line what came of a key.
func (r Result) told() string {
	var steps []string
	for _, s := range r.Steps {
		if s.Op != TryKey && s.Op != MarkOld {
			steps = append(steps, s.String())
		}
	}
	text := strings.Join(steps, ", ")
	if r.Successor.ID != "" {
		text += "; its successor is " + r.Successor.String()
	}
	return text
}

// planNotice tells the further topic of a key that it is due, or what stands in its
// way.
func planNotice(p Plan) notice {
	key := string(p.Key.ID) + " in " + string(p.Key.Region)
	var b strings.Builder
	n := notice{subject: "rekey: due: " + key}
	if p.Outcome == Blocked {
		n.subject = "rekey: needs you: " + key
	}
	fmt.Fprintf(&b, "%s\n\n%s\n", p.Key, p.Why)
	var missing, asks []string
	for _, u := range p.Missing {
		missing = append(missing, u.Reason)
	}
	section(&b, "What could not be read", missing)
	for _, a := range p.Asks {
		asks = append(asks, a.Name+": "+a.Why)
	}
	section(&b, "What its owner has to accept, by the tag "+TagAccept, asks)
	section(&b, "To note", p.Warnings)
	n.body = bounded(b.String())
	return n
}

// section writes a list under a heading, nothing where it is empty.
func section(b *strings.Builder, heading string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s:\n", heading)
	for _, l := range lines {
		fmt.Fprintf(b, "- %s\n", cut(l, 1000))
	}
}

// bounded cuts what SNS would not take, at the end of a line, and says so.
func bounded(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= bodyLimit {
		return text
	}
	end := strings.LastIndexByte(text[:bodyLimit], '\n') + 1
	return text[:end] + fmt.Sprintf("and %d more lines: see the function's log and its journal\n", strings.Count(text[end:], "\n"))
}

// headings are those of a digest's groups.
var headings = []struct {
	group Group
	text  string
	count func(Digest) int
}{
	{IsFailed, "Failed", func(d Digest) int { return d.Failed }},
	{IsBlocked, "Somebody has to do something first", func(d Digest) int { return d.Blocked }},
	{IsWarned, "To note: limits that are near", func(d Digest) int { return d.Warned }},
	{IsUnfinished, "Not finished yet; the next quarter of an hour goes on", func(d Digest) int { return d.Unfinished }},
	{IsDue, "Due", nil},
	{IsRotated, "Rotated", func(d Digest) int { return d.Rotated }},
}

// digestNotice tells of a whole sweep.
func digestNotice(d Digest, home Home, applied bool) notice {
	var b strings.Builder
	fmt.Fprintf(&b, "All %d keys of account %s in %s were looked at.\n\n", d.Looked, home.Account, home.Region)
	fmt.Fprintf(&b, "due %d, rotated %d, failed %d, blocked %d, unfinished %d; most overdue by %s\n", d.Due, d.Rotated, d.Failed, d.Blocked, d.Unfinished, days(d.Overdue))
	if !applied && d.Due > 0 {
		fmt.Fprintf(&b, "\nThe function only tells: what is due is applied by rekey rotate apply, or by itself once it is deployed to apply.\n")
	}
	for _, h := range headings {
		var lines []string
		for _, l := range d.Lines {
			if l.Group == h.group {
				lines = append(lines, l.Key.String()+": "+l.Text)
			}
		}
		total := len(lines)
		switch {
		case h.count != nil:
			total = h.count(d)
		case !applied:
			total = d.Due
		}
		if total > len(lines) {
			lines = append(lines, fmt.Sprintf("and %d more", total-len(lines)))
		}
		section(&b, h.text, lines)
	}
	s := fmt.Sprintf("rekey: %s: %d due, %d rotated, %d failed, %d blocked", home.Region, d.Due, d.Rotated, d.Failed, d.Blocked)
	return notice{s, bounded(b.String())}
}
