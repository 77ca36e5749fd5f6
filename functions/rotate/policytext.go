package rotate

import (
	"bytes"
	"encoding/json"

	"rekey/shared/keyid"
)

// ownResource gives a key policy for another key: where a Resource names the old key
// by its ARN it becomes *, which in a key policy is the key that it is on (KMS
// Developer Guide, "Key policies in AWS KMS", Resource). What names the key
// otherwise, such as a condition, stays. A text that is no policy is given back: AWS
// KMS will say what is wrong with it.
func ownResource(text string, old keyid.ARN) string {
	if !bytes.Contains([]byte(text), []byte(old.String())) {
		return text
	}
	var policy map[string]any
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.UseNumber()
	if decoder.Decode(&policy) != nil {
		return text
	}
	statements, many := policy["Statement"].([]any)
	if !many {
		statements = []any{policy["Statement"]}
	}
	for _, s := range statements {
		statement, ok := s.(map[string]any)
		if !ok {
			continue
		}
		switch r := statement["Resource"].(type) {
		case string:
			if r == old.String() {
				statement["Resource"] = "*"
			}
		case []any:
			for i, one := range r {
				if one == old.String() {
					r[i] = "*"
				}
			}
		}
	}
	out, err := json.Marshal(policy)
	if err != nil {
		return text
	}
	return string(out)
}
