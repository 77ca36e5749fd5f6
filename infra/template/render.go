package template

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// text renders a value of a template as the text that CloudFormation would put
// in its place, with what is known on deployment only as a placeholder:
// ${AWS.Region}, ${Stack.LogicalId} for what Ref gives, ${Stack.LogicalId.Attribute}.
// The same thing said in another way, in another stack or by its name, has the
// same text; a placeholder has no colon and no slash, so that ARNs keep their parts.
func (a *Assembly) text(s *Stack, v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case map[string]any:
		if len(v) == 1 {
			for function, argument := range v {
				return a.intrinsic(s, function, argument)
			}
		}
	}
	return unknown(s, v)
}

// unknown stands for a value that cannot be told, and equals no other one.
func unknown(s *Stack, v any) string {
	said, _ := json.Marshal(v)
	return "${" + s.Name + ".unknown " + strings.NewReplacer(":", " ", "/", " ", "*", " ", "?", " ").Replace(string(said)) + "}"
}

func (a *Assembly) intrinsic(s *Stack, function string, argument any) string {
	arguments := list(argument)
	switch function {
	case "Ref":
		name, _ := argument.(string)
		return a.ref(s, name)
	case "Fn::GetAtt":
		if dotted, ok := argument.(string); ok {
			id, attribute, _ := strings.Cut(dotted, ".")
			return a.attribute(s, id, attribute)
		}
		if len(arguments) == 2 {
			id, _ := arguments[0].(string)
			return a.attribute(s, id, a.text(s, arguments[1]))
		}
	case "Fn::Join":
		if len(arguments) == 2 {
			return strings.Join(a.texts(s, arguments[1]), a.text(s, arguments[0]))
		}
	case "Fn::Sub":
		return a.substitute(s, arguments)
	case "Fn::Select":
		if len(arguments) == 2 {
			parts := a.texts(s, arguments[1])
			if i, err := strconv.Atoi(a.text(s, arguments[0])); err == nil && i >= 0 && i < len(parts) {
				return parts[i]
			}
		}
	case "Fn::ImportValue":
		return a.imported(s, a.text(s, argument))
	}
	return unknown(s, map[string]any{function: argument})
}

// texts renders a list. Both sides of an Fn::If are in it, and AWS::NoValue is not.
func (a *Assembly) texts(s *Stack, v any) []string {
	if split, ok := object(v)["Fn::Split"]; ok {
		if arguments := list(split); len(arguments) == 2 {
			return strings.Split(a.text(s, arguments[1]), a.text(s, arguments[0]))
		}
	}
	var out []string
	for _, element := range branches(v) {
		out = append(out, a.text(s, element))
	}
	return out
}

// branches gives the elements of a list as they may come to be: both sides of
// every Fn::If, without AWS::NoValue.
func branches(v any) []any {
	var out []any
	for _, element := range list(v) {
		m := object(element)
		if arguments, ok := m["Fn::If"].([]any); ok && len(m) == 1 && len(arguments) == 3 {
			out = append(append(out, branches(arguments[1])...), branches(arguments[2])...)
		} else if m["Ref"] != "AWS::NoValue" {
			out = append(out, element)
		}
	}
	return out
}

var variable = regexp.MustCompile(`\$\{(!?[^}]+)\}`)

func (a *Assembly) substitute(s *Stack, arguments []any) string {
	if len(arguments) == 0 {
		return unknown(s, arguments)
	}
	own := map[string]any{}
	if len(arguments) == 2 {
		own = object(arguments[1])
	}
	return variable.ReplaceAllStringFunc(a.text(s, arguments[0]), func(found string) string {
		name := found[2 : len(found)-1]
		if literal, ok := strings.CutPrefix(name, "!"); ok {
			return "${" + literal + "}"
		}
		if v, ok := own[name]; ok {
			return a.text(s, v)
		}
		if id, attribute, ok := strings.Cut(name, "."); ok {
			return a.attribute(s, id, attribute)
		}
		return a.ref(s, name)
	})
}

func (a *Assembly) imported(s *Stack, export string) string {
	for _, other := range a.Stacks {
		for _, output := range object(other.Document["Outputs"]) {
			if name := at(output, "Export", "Name"); name != nil && a.text(other, name) == export {
				return a.text(other, object(output)["Value"])
			}
		}
	}
	return unknown(s, "import of "+export)
}

func (a *Assembly) ref(s *Stack, name string) string {
	if pseudo, ok := strings.CutPrefix(name, "AWS::"); ok {
		return s.pseudo(pseudo)
	}
	if r := s.resource(name); r != nil {
		return a.reference(r)
	}
	return fmt.Sprintf("${%s.%s}", s.Name, name) // a parameter
}

// pseudo gives what a pseudo parameter stands for, where the stack's environment
// is known.
func (s *Stack) pseudo(name string) string {
	partition, suffix := "aws", "amazonaws.com"
	switch {
	case strings.HasPrefix(s.Region, "cn-"):
		partition, suffix = "aws-cn", "amazonaws.com.cn"
	case strings.HasPrefix(s.Region, "us-gov-"):
		partition = "aws-us-gov"
	}
	switch {
	case name == "AccountId" && s.Account != "":
		return s.Account
	case name == "Region" && s.Region != "":
		return s.Region
	case name == "Partition" && s.Region != "":
		return partition
	case name == "URLSuffix" && s.Region != "":
		return suffix
	case name == "StackName":
		return s.Name
	case name == "StackId":
		return "${" + s.Name + ".StackId}"
	}
	return "${AWS." + name + "}"
}

func (s *Stack) resource(id string) *Resource {
	for _, r := range s.Resources {
		if r.ID == id {
			return r
		}
	}
	return nil
}
