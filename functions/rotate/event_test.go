package rotate

import (
	"errors"
	"strings"
	"testing"

	"rekey/events"
)

const (
	sampleKey = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	sampleMRK = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab"
	sampleID  = "1234abcd-12ab-34cd-56ef-1234567890ab"
	function  = "arn:aws:iam::111122223333:role/rekey-rotate"
)

var sampleHome = Home{"aws", "111122223333", "eu-west-1"}

// told is what an event was understood as, in a line.
func told(w wake, err error) string {
	switch {
	case errors.As(err, new(BadRequest)):
		return "bad request"
	case errors.As(err, new(ForeignKey)):
		return "foreign key"
	case err != nil:
		return err.Error()
	}
	words := []string{w.by, string(w.request.Action)}
	for _, k := range w.keys {
		words = append(words, k.String())
	}
	if w.ignored != "" {
		words = append(words, "("+w.ignored+")")
	}
	return strings.Join(words, " ")
}

// Every sample event, as it is understood.
func TestSamples(t *testing.T) {
	samples, err := events.Of("rotate")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"scheduled.json":                            "schedule sweep",
		"kms-rotation.json":                         "KMS CMK Rotation  " + sampleKey,
		"kms-rotation-older.json":                   "KMS CMK Rotation  " + sampleKey,
		"kms-deletion.json":                         "KMS CMK Deletion  " + sampleKey,
		"kms-expiration.json":                       "KMS Imported Key Material Expiration  " + sampleKey,
		"call-replicate-key.json":                   "ReplicateKey  " + sampleMRK,
		"call-update-primary-region.json":           "UpdatePrimaryRegion  " + sampleMRK,
		"call-failed.json":                          "EnableKeyRotation  (the call failed: AccessDenied)",
		"call-own.json":                             "UpdateAlias  (the function's own call)",
		"service-synchronize-multi-region-key.json": "SynchronizeMultiRegionKey  " + sampleMRK,
		"request-plan.json":                         "request plan " + sampleKey + " alias/app",
		"request-apply.json":                        "request apply " + sampleID,
		"request-rollback.json":                     "request rollback alias/app",
		"request-status.json":                       "request status " + sampleID,
		"request-sweep.json":                        "request sweep",
		"refused-action.json":                       "bad request",
		"refused-member.json":                       "bad request",
		"refused-source.json":                       "bad request",
		"refused-call.json":                         "bad request",
		"foreign-region.json":                       "foreign key",
	}
	for _, call := range Calls {
		for _, kind := range []string{"call-", "service-"} {
			name := kind + dashed(call) + ".json"
			if samples[name] != nil && want[name] == "" {
				want[name] = call + "  " + sampleKey
			}
		}
		if samples["call-"+dashed(call)+".json"] == nil && samples["service-"+dashed(call)+".json"] == nil {
			t.Errorf("there is no sample of %s", call)
		}
	}
	for name, sample := range samples {
		if got := told(understand(sample, sampleHome, function)); got != want[name] {
			t.Errorf("%s is understood as %q, want %q", name, got, want[name])
		}
		delete(want, name)
	}
	for name := range want {
		t.Errorf("there is no sample %s", name)
	}
}

// dashed is a call's name as files are named.
func dashed(name string) string {
	var b strings.Builder
	for i, r := range name {
		if r >= 'A' && r <= 'Z' && i > 0 {
			b.WriteByte('-')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}

// Events in which something is other than in the samples.
func TestEventsAreTolerant(t *testing.T) {
	const head = `{"source":"aws.kms","account":"111122223333","region":"eu-west-1","more":{"a":1},`
	const call = head + `"detail-type":"AWS API Call via CloudTrail","detail":{"eventSource":"kms.amazonaws.com",`
	for event, want := range map[string]string{
		// Named in one place only, whichever.
		call + `"eventName":"CreateKey","responseElements":{"keyMetadata":{"arn":"` + sampleKey + `"}}}}`:                 "CreateKey  " + sampleKey,
		call + `"eventName":"CreateAlias","requestParameters":{"aliasName":"alias/a","targetKeyId":"` + sampleID + `"}}}`: "CreateAlias  " + sampleID,
		call + `"eventName":"RotateKey","resources":null,"serviceEventDetails":{"keyId":"` + sampleID + `"}}}`:            "RotateKey  " + sampleID,
		head + `"detail-type":"KMS CMK Deletion","resources":[],"detail":{"key-id":"` + sampleID + `"}}`:                  "KMS CMK Deletion  " + sampleID,
		// Of nothing that could be looked at.
		call + `"eventName":"DeleteAlias","requestParameters":{"aliasName":"alias/a"}}}`:  "bad request",
		head + `"detail-type":"KMS CMK Deletion","detail":{}}`:                            "bad request",
		head + `"detail-type":"KMS CMK Deletion"}`:                                        "bad request",
		head + `"detail-type":"KMS CMK Deletion","detail":[]}`:                            "bad request",
		head + `"detail-type":"Another"}`:                                                 "bad request",
		call + `"eventName":"Encrypt","requestParameters":{"keyId":"` + sampleID + `"}}}`: "bad request",
		`{"source":"aws.events"}`:                                                         "bad request",
		// Elsewhere.
		strings.Replace(head, "eu-west-1", "us-east-1", 1) + `"detail-type":"KMS CMK Deletion","detail":{"key-id":"` + sampleID + `"}}`: "foreign key",
		strings.Replace(head, "1111", "9999", 1) + `"detail-type":"KMS CMK Deletion","detail":{"key-id":"` + sampleID + `"}}`:           "foreign key",
		call + `"eventName":"EnableKey","resources":[{"ARN":"` + strings.Replace(sampleKey, "1111", "9999", 1) + `"}]}}`:                "foreign key",
	} {
		if got := told(understand([]byte(event), sampleHome, function)); got != want {
			t.Errorf("%s\nis understood as %q, want %q", event, got, want)
		}
	}
}

func TestRequestsAreStrict(t *testing.T) {
	for _, text := range []string{
		``, `[]`, `null`, `"plan"`, `{}`, `{"keys":["alias/a"]}`, `{"action":"plan"}`, `{"action":"plan","keys":[]}`, `{"action":"plan","keys":["a"]}`,
		`{"action":"plan","keys":["alias/a"],"more":1}`, `{"action":"plan","keys":["alias/a"]} {}`, `{"action":"Plan","keys":["alias/a"]}`,
		`{"action":"sweep","keys":["alias/a"]}`, `{"action":"status","keys":["alias/a"],"accept":["no-canary"]}`,
		`{"action":"plan","keys":["alias/a"],"accept":["no-canaries"]}`, `{"action":"plan","keys":["alias/a"],"again":true}`,
		`{"action":"plan","keys":["alias/a"` + strings.Repeat(`,"alias/a"`, mostKeys) + `]}`,
	} {
		if w, err := understand([]byte(text), sampleHome, ""); !errors.As(err, new(BadRequest)) {
			t.Errorf("%.80s is understood as %+v, %v", text, w, err)
		}
	}
}

func FuzzUnderstand(f *testing.F) {
	samples, err := events.Of("rotate")
	if err != nil {
		f.Fatal(err)
	}
	for _, sample := range samples {
		f.Add(sample)
	}
	f.Fuzz(func(t *testing.T, event []byte) {
		w, err := understand(event, sampleHome, function)
		if err != nil {
			if !errors.As(err, new(BadRequest)) && !errors.As(err, new(ForeignKey)) {
				t.Errorf("%v", err)
			}
			return
		}
		for _, k := range w.keys {
			if w.request.Action == "" && sampleHome.check(k) != nil {
				t.Errorf("an event wakes for %s", k)
			}
		}
	})
}
