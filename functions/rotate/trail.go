package rotate

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"rekey/shared/keyid"
)

// Trail is what observing asks of AWS CloudTrail.
type Trail interface {
	LookupEvents(context.Context, *cloudtrail.LookupEventsInput, ...func(*cloudtrail.Options)) (*cloudtrail.LookupEventsOutput, error)
}

const (
	lookupEvents = "cloudtrail:LookupEvents"
	// lookedBack is how far back the use of an old key is looked for, and lookedAt how
	// many pages of 50 events are read, the newest first: there are two calls a second
	// for the whole account (API reference, LookupEvents).
	lookedBack = 7 * 24 * time.Hour
	lookedAt   = 4
)

// writes are the operations that put something new under a key, or sign with it. Who
// calls them for a key by its id goes on doing so when its aliases have moved.
var writes = []string{
	"Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext",
	"ReEncrypt", "Sign", "GenerateMac",
}

// caller is somebody who writes under a key that he names by its id or ARN.
type caller struct {
	who, operation, subject string
	last                    time.Time
}

// callers gives those who wrote under a key by its id of late, by AWS CloudTrail; more
// says that there are further events that were not read.
func (o *Observer) callers(ctx context.Context, key keyid.ARN) (all Known[[]caller], more bool) {
	if o.Trail == nil {
		return known[[]caller](nil), false
	}
	found := map[string]caller{}
	in := &cloudtrail.LookupEventsInput{
		LookupAttributes: []types.LookupAttribute{{AttributeKey: types.LookupAttributeKeyResourceName, AttributeValue: aws.String(key.String())}},
		StartTime:        aws.Time(o.Now().Add(-lookedBack)),
	}
	for range lookedAt {
		out, err := o.Trail(key.Region).LookupEvents(ctx, in)
		if err != nil {
			return read[[]caller](o, lookupEvents, "*", nil, err), false
		}
		for _, e := range out.Events {
			c, ok := namedBy(aws.ToString(e.CloudTrailEvent), key.ID)
			if id := c.who + " " + c.operation + " " + c.subject; ok && c.who != o.Self && c.last.After(found[id].last) {
				found[id] = c
			}
		}
		if in.NextToken = out.NextToken; in.NextToken == nil {
			break
		}
	}
	sorted := slices.SortedFunc(maps.Values(found), func(a, b caller) int {
		return cmp.Or(strings.Compare(a.who, b.who), strings.Compare(a.operation, b.operation), strings.Compare(a.subject, b.subject))
	})
	return known(sorted), in.NextToken != nil
}

// namedBy reads an event: who named the key itself, to write under it. A role stands
// for its sessions.
func namedBy(event string, key keyid.ID) (caller, bool) {
	var e struct {
		EventName    string
		EventTime    time.Time
		ErrorCode    string
		UserIdentity struct {
			ARN, InvokedBy, AccountID string
			SessionContext            struct{ SessionIssuer struct{ ARN string } }
		}
		RequestParameters struct {
			KeyID, DestinationKeyID string
			EncryptionContext       map[string]string
		}
	}
	if json.Unmarshal([]byte(event), &e) != nil || e.ErrorCode != "" || !slices.Contains(writes, e.EventName) {
		return caller{}, false
	}
	named := cmp.Or(e.RequestParameters.DestinationKeyID, e.RequestParameters.KeyID)
	if named != string(key) && !strings.HasSuffix(named, ":key/"+string(key)) {
		return caller{}, false // by an alias, which has moved
	}
	u := e.UserIdentity
	c := caller{
		who:       cmp.Or(u.SessionContext.SessionIssuer.ARN, u.ARN, u.InvokedBy, u.AccountID, "somebody"),
		operation: e.EventName, last: e.EventTime,
	}
	var pairs []string
	for _, k := range slices.Sorted(maps.Keys(e.RequestParameters.EncryptionContext)) {
		pairs = append(pairs, k+"="+e.RequestParameters.EncryptionContext[k])
	}
	c.subject = cut(strings.Join(pairs, ", "), 200)
	if u.InvokedBy != "" && u.InvokedBy != c.who {
		c.who += " through " + u.InvokedBy
	}
	return c, true
}

// residue says what is to be done about a caller.
func (c caller) residue(old, next keyid.ARN) Residue {
	why := fmt.Sprintf("it names %s itself, last on %s", old, c.last.UTC().Format(time.RFC3339))
	if c.subject != "" {
		why += ", for " + c.subject
	}
	return Residue{What: c.who + " calls " + c.operation, Why: why, Fix: "let it name the alias, or " + next.String() + "; where an AWS service calls for it, change the key of that resource"}
}
