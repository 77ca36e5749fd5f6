package decrypt

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// Answer is one item of the response. Of Value, Base64, Sealed and Error one
// is there.
type Answer struct {
	ID string `json:"id,omitempty"`
	// Value is the secret as text.
	Value *string `json:"value,omitempty"`
	// Base64 is the secret where it is not valid UTF-8.
	Base64 []byte `json:"base64,omitempty"`
	// Sealed is the secret sealed to the request's public key: see Unseal.
	Sealed []byte   `json:"sealed,omitempty"`
	Error  *Failure `json:"error,omitempty"`
}

// Response is what an invocation answers.
type Response struct {
	Items []Answer `json:"items"`
}

// maxResponse keeps an answer under the payload limit of a synchronous
// invocation, 6 MB (Lambda Developer Guide, "Lambda quotas"), with room for
// what surrounds the items. Were it passed, all items would be lost.
const maxResponse = 6_000_000

// tally is what the log says of an answer.
type tally struct {
	decrypted int
	failed    map[Class]int
}

// encode writes the response: the one place where values leave. An item that
// would make it too long fails instead, and later ones may still fit. Room for
// that failure is kept for every item from the start.
func encode(request Request, results []Result) ([]byte, tally, error) {
	counts := tally{failed: map[Class]int{}}
	short := make([][]byte, len(results))
	size := 0
	for i := range results {
		b, err := marshal(tooLarge(request.Items[i]))
		if err != nil {
			return nil, counts, err
		}
		short[i] = b
		size += len(b) + 1
	}
	items := make([]json.RawMessage, len(results))
	for i, r := range results {
		answer, err := answerTo(request, request.Items[i], r)
		if err != nil {
			return nil, counts, err
		}
		if items[i], err = marshal(answer); err != nil {
			return nil, counts, err
		}
		if grown := size + len(items[i]) - len(short[i]); grown <= maxResponse {
			size = grown
		} else {
			answer, items[i] = tooLarge(request.Items[i]), short[i]
		}
		if answer.Error != nil {
			counts.failed[answer.Error.Class]++
		} else {
			counts.decrypted++
		}
	}
	b, err := marshal(map[string][]json.RawMessage{"items": items})
	return b, counts, err
}

func tooLarge(item Item) Answer {
	return Answer{ID: item.ID, Error: failure(TooLarge, "the answer would exceed %d bytes: ask for fewer items at a time", maxResponse)}
}

// marshal writes JSON without HTML's escapes, which make six bytes of one.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

func answerTo(request Request, item Item, r Result) (Answer, error) {
	answer := Answer{ID: item.ID, Error: r.Failure}
	if r.Failure != nil {
		return answer, nil
	}
	value := r.Value.Reveal()
	switch {
	case request.PublicKey != nil:
		sealed, err := Seal(request.PublicKey, item, value)
		if err != nil {
			return answer, err
		}
		answer.Sealed = sealed
	case utf8.Valid(value):
		answer.Value = new(string(value))
	default:
		answer.Base64 = value
	}
	return answer, nil
}
