package wire

import (
	"maps"
	"net/http"
	"reflect"

	"github.com/aws/smithy-go"
)

// restJSON is AWS restJson1 (smithy.io, "AWS restJson1 protocol").
type restJSON struct{}

func (restJSON) family() Protocol { return RestJSON }

func (restJSON) paramName(m *member) string { return m.wireName() }

func (restJSON) route(s *Service, r *http.Request, _ []byte) (string, bool) {
	return s.find(r, r.URL.Query())
}

func (restJSON) noSuchOperation(*Service, string) *Error {
	return &Error{Code: "UnknownOperationException", Status: http.StatusNotFound, Fault: smithy.FaultClient}
}

func (restJSON) decode(_ *Service, op *operation, b *binding, r *http.Request, body []byte, in reflect.Value) error {
	d, err := newRestDecoder(RestJSON, r, body)
	if err != nil {
		return err
	}
	if err := d.parts(op, b, in); err != nil {
		return err
	}
	f := b.payload()
	switch {
	case f == nil:
		d := jsonDecoder{data: body}
		return d.whole(b, in)
	case len(body) == 0:
		return nil
	case f.shape.Type == "blob":
		f.target(in.Field(f.index)).SetBytes(body)
		return nil
	}
	j := jsonDecoder{data: body}
	return j.whole(f.binding, in.Field(f.index))
}

func (restJSON) encode(_ *Service, op *operation, b *binding, w http.ResponseWriter, out reflect.Value, requestID string) error {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("X-Amzn-Requestid", requestID)
	status := encodeParts(h, op, b, out)
	if status == http.StatusNoContent {
		h["Content-Type"] = nil
		w.WriteHeader(status)
		return nil
	}
	if b == nil {
		w.WriteHeader(status)
		return nil
	}
	if f := b.payload(); f != nil {
		return sendPayload(w, status, f, out.Field(f.index))
	}
	w.WriteHeader(status)
	_, _ = w.Write(appendJSON(make([]byte, 0, 512), b, out)) // a client that hung up is not ours to report
	return nil
}

func (restJSON) encodeError(s *Service, w http.ResponseWriter, e *Error, requestID string) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("X-Amzn-Requestid", requestID)
	h.Set("X-Amzn-Errortype", e.Code)
	maps.Copy(h, e.Header)
	body := []byte{'{'}
	if e.Message != "" {
		body = appendJSONString(body, s.messageName(e.Code))
		body = append(body, ':')
		body = appendJSONString(body, e.Message)
	}
	for _, f := range s.errorFields(e) {
		v, _ := f.binding.value(f.value)
		if f.member.Location == "header" {
			h.Set(f.wire, headerText(&f.field, v))
			continue
		}
		if len(body) > 1 {
			body = append(body, ',')
		}
		body = appendJSONString(body, f.wire)
		body = append(body, ':')
		body = appendJSON(body, f.binding, v)
	}
	w.WriteHeader(s.status(e))
	_, _ = w.Write(append(body, '}')) // a client that hung up is not ours to report
}
