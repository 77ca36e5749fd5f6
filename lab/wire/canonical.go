package wire

import (
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
)

// appendCanonicalRequest writes a request in the form that is signed: method,
// path, query, the signed headers, their names, and the hash of the body.
func appendCanonicalRequest(out []byte, p Protocol, r *http.Request, a *authorization, payload string) []byte {
	signedHeaders, query := a.SignedHeaders, r.URL.RawQuery
	if a.Presigned {
		query = unsigned(query)
	}
	out = append(out, r.Method...)
	out = append(out, '\n')
	if p == RestXML {
		out = append(out, plainPath(r.URL)...)
	} else {
		out = append(out, canonicalPath(r.URL)...)
	}
	out = append(out, '\n')
	out = append(out, canonicalQuery(query)...)
	out = append(out, '\n')
	for _, name := range signedHeaders {
		out = append(out, name...)
		out = append(out, ':')
		out = appendHeader(out, r, name)
		out = append(out, '\n')
	}
	out = append(out, '\n')
	for i, name := range signedHeaders {
		if i > 0 {
			out = append(out, ';')
		}
		out = append(out, name...)
	}
	out = append(out, '\n')
	return append(out, payload...)
}

// canonicalPath normalises the path and encodes it once more: every service
// but S3 signs it encoded twice.
func canonicalPath(u *url.URL) string {
	p := u.EscapedPath()
	if p == "" || p == "/" {
		return "/"
	}
	clean := path.Clean(p)
	if strings.HasSuffix(p, "/") && clean != "/" {
		clean += "/"
	}
	return strings.ReplaceAll(escape(clean), "%2F", "/")
}

// plainPath is what S3 signs: the path as it is, encoded once.
func plainPath(u *url.URL) string {
	if u.Path == "" {
		return "/"
	}
	return strings.ReplaceAll(escape(u.Path), "%2F", "/")
}

func canonicalQuery(raw string) string {
	if raw == "" {
		return ""
	}
	var pairs []string
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		pairs = append(pairs, escape(unescapeQuery(name))+"="+escape(unescapeQuery(value)))
	}
	slices.SortFunc(pairs, func(a, b string) int {
		an, av, _ := strings.Cut(a, "=")
		bn, bv, _ := strings.Cut(b, "=")
		if c := strings.Compare(an, bn); c != 0 {
			return c
		}
		return strings.Compare(av, bv)
	})
	return strings.Join(pairs, "&")
}

// unescapeQuery keeps what cannot be unescaped: no client signs that, so the
// signature will not match.
func unescapeQuery(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// escape leaves only the unreserved characters of RFC 3986 as they are.
func escape(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}

// appendHeader writes the values of a header, trimmed, with runs of spaces made
// one.
func appendHeader(out []byte, r *http.Request, name string) []byte {
	switch name {
	case "host":
		return append(out, r.Host...)
	case "content-length":
		// The server takes this header out of the request's.
		return strconv.AppendInt(out, r.ContentLength, 10)
	}
	for i, value := range r.Header.Values(name) {
		if i > 0 {
			out = append(out, ',')
		}
		space := false
		for _, c := range []byte(strings.Trim(value, " ")) {
			if c != ' ' || !space {
				out = append(out, c)
			}
			space = c == ' '
		}
	}
	return out
}
