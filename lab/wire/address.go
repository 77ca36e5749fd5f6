package wire

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// address is where a REST operation is found: the method and the URI of its
// http trait (smithy.io, "HTTP binding traits").
type address struct {
	method   string
	segments []segment
	literals [][2]string // parameters of the query that name the operation: list-type=2, acl
}

// segment is a part of a path between slashes: fixed, or a label.
type segment struct {
	text   string // of a fixed one
	label  string // the name of a member
	greedy bool   // takes all that is left of the path, slashes too
}

// route is what one address is good for: often several operations, which the
// request's other parts tell apart.
type route struct {
	*address
	operations []*addressed
}

// addressed is one of the operations at an address.
type addressed struct {
	name    string
	query   []string // parameters that it requires
	headers []string // headers that it requires
}

func parseAddress(method, uri string) (*address, error) {
	path, query, _ := strings.Cut(uri, "?")
	a := &address{method: method}
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		label, isLabel := strings.CutPrefix(part, "{")
		switch {
		case part == "":
		case isLabel:
			label, ok := strings.CutSuffix(label, "}")
			name, greedy := strings.CutSuffix(label, "+")
			if !ok || name == "" || len(a.segments) > 0 && a.segments[len(a.segments)-1].greedy {
				return nil, fmt.Errorf("address %s %s", method, uri)
			}
			a.segments = append(a.segments, segment{label: name, greedy: greedy})
		default:
			a.segments = append(a.segments, segment{text: part})
		}
	}
	for pair := range strings.SplitSeq(query, "&") {
		if name, value, _ := strings.Cut(pair, "="); name != "" {
			a.literals = append(a.literals, [2]string{name, value})
		}
	}
	slices.SortFunc(a.literals, func(x, y [2]string) int { return strings.Compare(x[0], y[0]) })
	return a, nil
}

// key is the same for addresses that nothing tells apart.
func (a *address) key() string {
	key := a.method
	for _, s := range a.segments {
		switch {
		case s.greedy:
			key += "/{+}"
		case s.label != "":
			key += "/{}"
		default:
			key += "/" + s.text
		}
	}
	return fmt.Sprint(key, a.literals)
}

// labels gives the values of the labels in an escaped path, which a greedy one
// takes with their slashes. It is not ok where the path is another one. A slash
// at the end of the path means nothing, except within a greedy label.
func (a *address) labels(path string) (map[string]string, bool) {
	values := map[string]string{}
	rest := strings.TrimPrefix(path, "/")
	for _, s := range a.segments {
		part, after, _ := strings.Cut(rest, "/")
		if s.greedy {
			part, after = rest, ""
		}
		text, err := url.PathUnescape(part)
		switch {
		case err != nil || text == "":
			return nil, false
		case s.label == "" && text != s.text:
			return nil, false
		case s.label != "":
			values[s.label] = text
		}
		rest = after
	}
	return values, rest == ""
}

// resolveAddresses makes the routes. What is deprecated has a successor at the
// same address, and is neither routed to nor decoded.
func (s *Service) resolveAddresses() error {
	routes := map[string]*route{}
	for name, op := range s.operations {
		if op.Deprecated {
			s.operations[name] = nil
			continue
		}
		a, err := parseAddress(op.Method, op.URI)
		if err != nil {
			return err
		}
		op.address = a
		at := routes[a.key()]
		if at == nil {
			at = &route{address: a}
			routes[a.key()] = at
			s.routes = append(s.routes, at)
		}
		at.operations = append(at.operations, &addressed{name: name})
		if op.Bare {
			s.operations[name] = nil
		}
	}
	slices.SortFunc(s.routes, func(x, y *route) int { return strings.Compare(x.key(), y.key()) })
	return nil
}

// resolveRequired notes which parts tell the operations at one address apart.
func (s *Service) resolveRequired() {
	for _, at := range s.routes {
		for _, o := range at.operations {
			op := s.operations[o.name]
			if op == nil || op.inputShape == nil {
				continue
			}
			for _, m := range op.inputShape.Members {
				switch {
				case m.Required && m.Location == "querystring":
					o.query = append(o.query, m.wireName())
				case m.Required && m.Location == "header":
					o.headers = append(o.headers, m.wireName())
				}
			}
		}
		// The one that asks for most comes first; the name settles the rest.
		slices.SortFunc(at.operations, func(x, y *addressed) int {
			if n := len(y.query) + len(y.headers) - len(x.query) - len(x.headers); n != 0 {
				return n
			}
			return strings.Compare(x.name, y.name)
		})
	}
}

// find gives the operation that a request's address names. Of the routes that
// fit, the one with most fixed parts is taken; of the operations there, the one
// of whose required parts most are in the request.
func (s *Service) find(r *http.Request, query url.Values) (string, bool) {
	var best *route
	for _, at := range s.routes {
		if at.method == r.Method && at.fits(r, query) && (best == nil || at.weight() > best.weight()) {
			best = at
		}
	}
	if best == nil {
		return "", false
	}
	has := func(o *addressed) bool {
		return !slices.ContainsFunc(o.query, func(name string) bool { return !query.Has(name) }) &&
			!slices.ContainsFunc(o.headers, func(name string) bool { return len(headerValues(r, query, name)) == 0 })
	}
	chosen := best.operations[len(best.operations)-1]
	for _, o := range best.operations {
		if has(o) {
			chosen = o
			break
		}
	}
	// SDKs name the operation in x-id, where nothing else would.
	for _, o := range best.operations {
		if o.name == query.Get("x-id") && len(o.query)+len(o.headers) == len(chosen.query)+len(chosen.headers) {
			return o.name, true
		}
	}
	return chosen.name, true
}

func (at *route) fits(r *http.Request, query url.Values) bool {
	for _, l := range at.literals {
		if !query.Has(l[0]) || l[1] != "" && query.Get(l[0]) != l[1] {
			return false
		}
	}
	_, ok := at.labels(r.URL.EscapedPath())
	return ok
}

func (at *route) weight() int {
	n := len(at.literals)
	for _, s := range at.segments {
		if s.text != "" {
			n += 10
		}
	}
	return n
}
