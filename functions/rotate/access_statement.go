package rotate

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

// The condition keys that go by aliases (KMS Developer Guide, "Use aliases to control
// access to KMS keys").
const (
	resourceAliases = "kms:ResourceAliases"
	requestAlias    = "kms:RequestAlias"
)

// policy is a policy with its statements apart.
type policy struct {
	keypolicy.Named
	statements []statement
}

// statement is one of a policy, as far as it tells one key from another.
type statement struct {
	name string // its Sid, or #2
	deny bool
	// bare is the statement alone: it allows, to everyone, without conditions.
	bare keypolicy.Named
	// byAlias are its conditions that go by aliases.
	byAlias []aliasCondition
	// conditions is their text, and principals whom a key policy's statement is for.
	conditions string
	principals []string
	// home: it is for callers of the key's own account only.
	home func(keyid.Account) bool
}

// aliasCondition is a condition by itself: a policy that allows everything under it.
type aliasCondition struct {
	key string
	keypolicy.Named
}

// element is what a policy has under a name, as JSON.
type element map[string]json.RawMessage

// parsePolicy reads a policy of a kind.
func parsePolicy(kind keypolicy.Kind, name, text string) (*policy, error) {
	d, err := keypolicy.Parse(kind, []byte(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	p := &policy{Named: keypolicy.Named{Name: name, Document: d}}
	var whole element
	if err := json.Unmarshal([]byte(text), &whole); err != nil {
		return nil, err
	}
	var all []element
	if json.Unmarshal(whole["Statement"], &all) != nil { // one, without a list around it
		all = make([]element, 1)
		if err := json.Unmarshal(whole["Statement"], &all[0]); err != nil {
			return nil, err
		}
	}
	for i, e := range all {
		if !e.mayUseKeys() {
			continue
		}
		st, err := e.statement(i, whole["Version"])
		if err != nil {
			return nil, fmt.Errorf("%s, statement %s: %w", name, st.name, err)
		}
		p.statements = append(p.statements, st)
	}
	return p, nil
}

// mayUseKeys says whether the statement's actions may be some of AWS KMS.
func (e element) mayUseKeys() bool {
	if _, ok := e["NotAction"]; ok {
		return true
	}
	return slices.ContainsFunc(words(e["Action"]), func(a string) bool {
		literal := a
		if i := strings.IndexAny(a, "*?"); i >= 0 {
			literal = a[:i]
		}
		n := min(len(literal), len("kms:"))
		return strings.EqualFold(literal[:n], "kms:"[:n]) && (n == len("kms:") || len(literal) < len(a))
	})
}

// words are those of a string or a list of strings.
func words(raw json.RawMessage) []string {
	var list []string
	var one string
	switch {
	case json.Unmarshal(raw, &list) == nil:
		return list
	case json.Unmarshal(raw, &one) == nil:
		return []string{one}
	}
	return nil
}

func (e element) statement(i int, version json.RawMessage) (statement, error) {
	st := statement{name: fmt.Sprintf("#%d", i+1), deny: string(e["Effect"]) == `"Deny"`, conditions: string(e["Condition"]), principals: e.principals()}
	if sid := words(e["Sid"]); len(sid) == 1 && sid[0] != "" {
		st.name = sid[0]
	}
	bare := element{"Effect": json.RawMessage(`"Allow"`)}
	for _, name := range []string{"Action", "NotAction", "Resource", "NotResource"} {
		if v, ok := e[name]; ok {
			bare[name] = v
		}
	}
	if bare["Resource"] == nil && bare["NotResource"] == nil { // of a key policy: without effect
		bare["Resource"] = json.RawMessage(`"arn:aws:kms:::none"`)
	}
	var err error
	if st.bare, err = alone(bare, version); err != nil {
		return st, err
	}
	var conditions map[string]element
	if raw := e["Condition"]; raw != nil {
		if err := json.Unmarshal(raw, &conditions); err != nil {
			return st, err
		}
	}
	st.home = func(a keyid.Account) bool { return ofAccount(conditions, a) }
	for _, operator := range sorted(conditions) {
		for _, key := range sorted(conditions[operator]) {
			for _, goes := range []string{resourceAliases, requestAlias} {
				if !strings.EqualFold(key, goes) {
					continue
				}
				one, err := json.Marshal(map[string]element{operator: {key: conditions[operator][key]}})
				if err != nil {
					return st, err
				}
				c := aliasCondition{key: goes}
				c.Named, err = alone(element{"Effect": json.RawMessage(`"Allow"`), "Action": json.RawMessage(`"*"`), "Resource": json.RawMessage(`"*"`), "Condition": one}, version)
				if err != nil {
					return st, err
				}
				st.byAlias = append(st.byAlias, c)
			}
		}
	}
	return st, nil
}

// principals are whom a statement of a key policy is for, as it names them.
func (e element) principals() []string {
	raw := e["Principal"]
	if raw == nil {
		raw = e["NotPrincipal"]
	}
	var kinds element
	if json.Unmarshal(raw, &kinds) != nil {
		return words(raw)
	}
	var all []string
	for _, kind := range sorted(kinds) {
		all = append(all, words(kinds[kind])...)
	}
	return all
}

// ofAccount says whether conditions let only callers of one account in.
func ofAccount(conditions map[string]element, account keyid.Account) bool {
	for key, values := range conditions["StringEquals"] {
		if (strings.EqualFold(key, "kms:CallerAccount") || strings.EqualFold(key, "aws:PrincipalAccount")) && slices.Equal(words(values), []string{string(account)}) {
			return true
		}
	}
	return false
}

// alone is an identity policy of one statement.
func alone(st element, version json.RawMessage) (keypolicy.Named, error) {
	whole := map[string]any{"Statement": []element{st}}
	if version != nil {
		whole["Version"] = version
	}
	text, err := json.Marshal(whole)
	if err != nil {
		return keypolicy.Named{}, err
	}
	d, err := keypolicy.Parse(keypolicy.IdentityPolicy, text)
	return keypolicy.Named{Name: "the statement", Document: d}, err
}

func sorted[V any](m map[string]V) []string {
	all := make([]string, 0, len(m))
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}
