package eventbridge

import (
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"rekey/lab/delivery"
	"rekey/lab/world"
)

// input is what the target gets of the event.
func (d *transit) input() (string, error) {
	t := d.target
	switch {
	case t.Input != nil:
		return *t.Input, nil
	case t.InputPath != nil:
		v, ok := at(json.RawMessage(d.event.text), *t.InputPath)
		if !ok { // assumption: as where the transformed input is no JSON
			return "", &delivery.Failure{Kind: "INVALID_JSON", Message: "There is no " + *t.InputPath + " in the event."}
		}
		return string(v), nil
	case t.InputTransformer != nil:
		text := render(*t.InputTransformer.InputTemplate, func(name string) (string, bool) { return d.variable(name) })
		if !values(text) { // recorded to get lost: test_input_transformer_nested_keys_replacement_not_valid
			return "", &delivery.Failure{Kind: "INVALID_JSON", Message: "The transformed input is not valid JSON."}
		}
		return text, nil
	}
	return d.event.text, nil
}

// variable gives what a placeholder stands for, as JSON.
func (d *transit) variable(name string) (string, bool) {
	e := d.event
	switch name {
	case "aws.events.rule-arn":
		return compact(d.rule.arn()), true
	case "aws.events.rule-name":
		return compact(d.rule.name), true
	case "aws.events.event.ingestion-time":
		return compact(stamp(e.received)), true
	case "aws.events.event.json":
		return e.text, true
	case "aws.events.event": // the recorded names and order
		return compact(struct {
			ID         string   `json:"id"`
			Account    string   `json:"account"`
			DetailType string   `json:"detailType"`
			Time       string   `json:"time"`
			Source     string   `json:"source"`
			Region     string   `json:"region"`
			Resources  []string `json:"resources"`
			Version    string   `json:"version"`
		}{e.ID, string(e.Account), e.DetailType, e.Time, e.Source, string(e.Region), e.Resources, e.Version}), true
	}
	v, ok := at(json.RawMessage(e.text), d.target.InputTransformer.InputPathsMap[name])
	return string(v), ok
}

// predefined are the variables that every template may use (EventBridge User
// Guide, "Amazon EventBridge input transformation").
var predefined = map[string]bool{
	"aws.events.rule-arn": true, "aws.events.rule-name": true, "aws.events.event.ingestion-time": true,
	"aws.events.event.json": true, "aws.events.event": true,
}

// placeholder is compiled when it is first needed.
var placeholder = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^<([A-Za-z0-9_.-]+)>`) })

// render puts values in the place of a template's placeholders. Outside quotes
// a value stands as JSON, and one that the event does not have as "". Inside
// them, a string stands without its quotes. Another value stands there as it is,
// which breaks a template that is a JSON object, and without any quotes in one
// that is a text (all recorded, in test_events_inputs).
func render(template string, value func(string) (string, bool)) string {
	var out strings.Builder
	isObject := strings.HasPrefix(strings.TrimLeft(template, " \t\r\n"), "{") || strings.HasPrefix(strings.TrimLeft(template, " \t\r\n"), "[")
	quoted := false
	for i := 0; i < len(template); i++ {
		if m := placeholder().FindStringSubmatch(template[i:]); m != nil {
			out.WriteString(filled(m[1], value, quoted, isObject))
			i += len(m[0]) - 1
			continue
		}
		switch b := template[i]; {
		case quoted && b == '\\' && i+1 < len(template):
			out.WriteByte(b)
			i++
		case b == '"':
			quoted = !quoted
		}
		out.WriteByte(template[i])
	}
	return out.String()
}

func filled(name string, value func(string) (string, bool), quoted, isObject bool) string {
	v, ok := value(name)
	switch {
	case !ok && quoted:
		return ""
	case !ok:
		return `""`
	case !quoted:
		return v
	case strings.HasPrefix(v, `"`):
		return v[1 : len(v)-1]
	case isObject:
		return v
	}
	return strings.ReplaceAll(v, `"`, "")
}

// values says whether a text is one or more JSON values.
func values(text string) bool {
	d := json.NewDecoder(strings.NewReader(text))
	for n := 0; ; n++ {
		var v json.RawMessage
		if err := d.Decode(&v); err != nil {
			return errors.Is(err, io.EOF) && n > 0
		}
	}
}

// checkTransformer checks a template when it is saved: placeholders that nothing
// defines (recorded), and what is no JSON whatever they stand for (reported
// wording, up to the colon).
func checkTransformer(x *types.InputTransformer, id string) error {
	for name, path := range x.InputPathsMap {
		if strings.HasPrefix(strings.ToLower(name), "aws.") { // the rule is the API reference's, the wording ours
			return invalid("InputPathsMap for target " + id + " contains the reserved name " + name + ".")
		}
		if err := checkPath(path, id); err != nil {
			return err
		}
	}
	unknown := ""
	text := render(*x.InputTemplate, func(name string) (string, bool) {
		if _, ok := x.InputPathsMap[name]; !ok && !predefined[name] && unknown == "" {
			unknown = name
		}
		return "", false
	})
	if unknown != "" {
		return invalid("InputTemplate for target " + id + " contains invalid placeholder " + unknown + ".")
	}
	if !values(text) {
		return invalid("Invalid InputTemplate for target " + id + " : the template is not JSON.")
	}
	return nil
}

// steps reads a JSON path: names and, in brackets, places; * is all of them.
func steps(path string) (all []string, ok bool) {
	rest, ok := strings.CutPrefix(path, "$")
	for ok && rest != "" {
		var step string
		switch {
		case strings.HasPrefix(rest, "["):
			step, rest, ok = strings.Cut(rest[1:], "]")
			if _, err := strconv.ParseUint(step, 10, 31); err != nil && step != "*" {
				return nil, false
			}
			step = "[" + step
		case strings.HasPrefix(rest, "."):
			end := strings.IndexAny(rest[1:], ".[") + 1
			if end == 0 {
				end = len(rest)
			}
			step, rest = rest[1:end], rest[end:]
			ok = step != ""
		default:
			return nil, false
		}
		all = append(all, step)
	}
	return all, ok
}

// checkPath refuses what is no path, and the notations that the guide does not
// list; the wording is ours.
func checkPath(path, id string) error {
	if !strings.HasPrefix(path, "$") {
		return invalid("Invalid JSONPath " + path + " for target " + id + ".")
	}
	if _, ok := steps(path); !ok || strings.ContainsAny(path, "'\"?()@") || strings.Contains(path, "..") {
		return world.Unimplemented("the JSON path " + path)
	}
	return nil
}

// at finds what a path names. With * it is the list of all that is found.
func at(event json.RawMessage, path string) (json.RawMessage, bool) {
	all, ok := steps(path)
	if !ok {
		return nil, false
	}
	found, many := []json.RawMessage{event}, false
	for _, step := range all {
		var next []json.RawMessage
		for _, v := range found {
			next = append(next, below(v, step)...)
		}
		found, many = next, many || step == "*" || step == "[*"
	}
	if many {
		return json.RawMessage(compact(append([]json.RawMessage{}, found...))), len(found) > 0
	}
	if len(found) == 0 {
		return nil, false
	}
	return found[0], true
}

// below is one step down from a value.
func below(v json.RawMessage, step string) []json.RawMessage {
	if place, bracket := strings.CutPrefix(step, "["); bracket {
		var list []json.RawMessage
		if json.Unmarshal(v, &list) != nil || place == "*" {
			return list
		}
		if i, err := strconv.Atoi(place); err == nil && i < len(list) {
			return list[i : i+1]
		}
		return nil
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(v, &members) != nil {
		return nil
	}
	if step == "*" {
		return world.Sorted(members)
	}
	if m, ok := members[step]; ok {
		return []json.RawMessage{m}
	}
	return nil
}
