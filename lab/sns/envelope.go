package sns

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
)

// The envelope of a message has a signature, as AWS's has: in its place and its
// form, and never one that AWS's certificate verifies. The certificate's URL is
// one of AWS's form too, and leads nowhere.

// host is where the URLs in an envelope lead.
func (t *topic) host() string { return "https://sns." + string(t.owner.region) + ".amazonaws.com/" }

func (t *topic) signatureVersion() string {
	if v := t.values["SignatureVersion"]; v != "" {
		return v
	}
	return "1"
}

func (t *topic) certificateURL() string {
	return t.host() + "SimpleNotificationService-00000000000000000000000000000000.pem"
}

// signature has the length of one of a 2,048 bit key.
func signature(m *message) string {
	var b []byte
	for len(b) < 256 {
		sum := sha256.Sum256(append([]byte(m.id+m.text), b...))
		b = append(b, sum[:]...)
	}
	return base64.StdEncoding.EncodeToString(b)
}

func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// attributeValue is a message attribute in an envelope (recorded).
type attributeValue struct{ Type, Value string }

func (m *message) attributeValues() map[string]attributeValue {
	all := map[string]attributeValue{}
	for name, v := range m.attributes {
		value := base64.StdEncoding.EncodeToString(v.BinaryValue)
		if v.StringValue != nil {
			value = *v.StringValue
		}
		all[name] = attributeValue{*v.DataType, value}
	}
	return all
}

// envelope is what an endpoint that is no function is sent (recorded members;
// Developer Guide, "HTTP/HTTPS notification JSON format", for how it is laid
// out). A FIFO topic signs nothing.
func (sub *subscription) envelope(m *message) string {
	t := sub.topic
	e := &lines{}
	if m.token != "" {
		return sub.confirmation(e, m)
	}
	e.add("Type", "Notification")
	e.add("MessageId", m.id)
	if m.sequence != "" {
		e.add("SequenceNumber", m.sequence)
	}
	e.add("TopicArn", t.arn)
	if m.subject != nil {
		e.add("Subject", *m.subject)
	}
	e.add("Message", m.textFor(sub.protocol))
	e.add("Timestamp", timestamp(m.at))
	if !t.fifo() {
		e.add("SignatureVersion", t.signatureVersion())
		e.add("Signature", signature(m))
		e.add("SigningCertURL", t.certificateURL())
	}
	e.add("UnsubscribeURL", sub.unsubscribeURL())
	if len(m.attributes) > 0 {
		e.attributes(m.attributeValues())
	}
	return e.String()
}

func (sub *subscription) unsubscribeURL() string {
	return sub.topic.host() + "?Action=Unsubscribe&SubscriptionArn=" + sub.arn
}

// confirmation asks the endpoint's owner to confirm the subscription (recorded
// wording).
func (sub *subscription) confirmation(e *lines, m *message) string {
	t := sub.topic
	e.add("Type", "SubscriptionConfirmation")
	e.add("MessageId", m.id)
	e.add("Token", m.token)
	e.add("TopicArn", t.arn)
	e.add("Message", "You have chosen to subscribe to the topic "+t.arn+".\nTo confirm the subscription, visit the SubscribeURL included in this message.")
	e.add("SubscribeURL", t.host()+"?Action=ConfirmSubscription&TopicArn="+t.arn+"&Token="+m.token)
	e.add("Timestamp", timestamp(m.at))
	e.add("SignatureVersion", t.signatureVersion())
	e.add("Signature", signature(m))
	e.add("SigningCertURL", t.certificateURL())
	return e.String()
}

// lines writes a JSON object as SNS lays it out.
type lines struct{ all []string }

func (l *lines) add(name, value string) { l.all = append(l.all, quoted(name)+" : "+quoted(value)) }

func (l *lines) attributes(all map[string]attributeValue) {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		parts = append(parts, "    "+quoted(name)+` : {"Type":`+quoted(all[name].Type)+`,"Value":`+quoted(all[name].Value)+"}")
	}
	l.all = append(l.all, `"MessageAttributes" : {`+"\n"+strings.Join(parts, ",\n")+"\n  }")
}

func (l *lines) String() string { return "{\n  " + strings.Join(l.all, ",\n  ") + "\n}" }

// quoted writes a string of JSON without escaping what only HTML would mind.
func quoted(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string can be encoded
	return strings.TrimSuffix(b.String(), "\n")
}

// event is what a function is sent (Lambda Developer Guide, "Invoking Lambda
// functions with Amazon SNS notifications"; recorded: sns
// test_sns_topic_as_lambda_dead_letter_queue).
func (sub *subscription) event(m *message) ([]byte, error) {
	type notification struct {
		Type, MessageId, TopicArn string
		Subject                   *string
		Message, Timestamp        string
		SignatureVersion          string
		Signature                 string
		SigningCertUrl            string
		UnsubscribeUrl            string
		MessageAttributes         map[string]attributeValue
	}
	type record struct {
		EventSource, EventVersion, EventSubscriptionArn string
		Sns                                             notification
	}
	t := sub.topic
	return json.Marshal(struct{ Records []record }{[]record{{"aws:sns", "1.0", sub.arn, notification{
		"Notification", m.id, t.arn, m.subject, m.textFor(sub.protocol), timestamp(m.at),
		t.signatureVersion(), signature(m), t.certificateURL(), sub.unsubscribeURL(), m.attributeValues(),
	}}}})
}
