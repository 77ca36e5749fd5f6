package wire

import (
	"encoding/base64"
	"errors"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Formats of timestamps, as the models name them.
const (
	iso8601 = "iso8601"
	rfc822  = "rfc822"
	unix    = "unixTimestamp"
)

// timestampFormat is that of a member, or of its shape, or the usual one of
// where it stands.
func (m *member) timestampFormat(usual string) string {
	switch {
	case m.TimestampFormat != "":
		return m.TimestampFormat
	case m.target.TimestampFormat != "":
		return m.target.TimestampFormat
	case m.Location == "header":
		return rfc822
	case m.Location != "":
		return iso8601
	}
	return usual
}

// setText fills v, which is of the binding's Go type without its pointer, with
// what stands in a header, a parameter, a path or an XML element. The error says
// what the text should have been, and does not quote it.
func setText(b *binding, v reflect.Value, text, format string) error {
	switch b.shape.Type {
	case "string":
		if v.Type() == timeType {
			return setTime(v, text, rfc822)
		}
		v.SetString(text)
		return nil
	case "blob":
		return setBlob(v, text)
	case "boolean":
		if text != "true" && text != "false" {
			return errors.New("must be true or false")
		}
		v.SetBool(text == "true")
		return nil
	case "integer", "long":
		n, err := strconv.ParseInt(text, 10, b.bits())
		if err != nil {
			return errors.New("must be an integer")
		}
		if v.Kind() == reflect.String {
			v.SetString(text)
			return nil
		}
		v.SetInt(n)
		return nil
	case "timestamp":
		return setTime(v, text, format)
	case "float", "double":
		f, err := strconv.ParseFloat(text, v.Type().Bits())
		if err != nil {
			return errors.New("must be a number")
		}
		v.SetFloat(f)
		return nil
	}
	return errors.New("must be a single value")
}

func setBlob(v reflect.Value, text string) error {
	blob, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") {
		return errors.New("must be Base64")
	}
	v.SetBytes(blob)
	return nil
}

func setTime(v reflect.Value, text, format string) error {
	var t time.Time
	var err error
	ok := true
	switch format {
	case rfc822:
		t, err = http.ParseTime(text)
	case unix:
		t, ok = epoch(text)
	default:
		t, err = time.Parse(time.RFC3339, text)
	}
	if err != nil || !ok {
		return errors.New("must be a timestamp")
	}
	v.Set(reflect.ValueOf(t.UTC()))
	return nil
}

// text writes v, which is of the binding's Go type without its pointer.
func text(b *binding, v reflect.Value, format string) string {
	switch b.shape.Type {
	case "blob":
		return base64.StdEncoding.EncodeToString(v.Bytes())
	case "boolean":
		return strconv.FormatBool(v.Bool())
	case "integer", "long":
		if v.Kind() != reflect.String {
			return strconv.FormatInt(v.Int(), 10)
		}
	case "timestamp":
		return formatTime(v.Interface().(time.Time), format)
	case "float", "double":
		return strconv.FormatFloat(v.Float(), 'g', -1, v.Type().Bits())
	}
	if v.Type() == timeType {
		return formatTime(v.Interface().(time.Time), rfc822)
	}
	return v.String()
}

// Forms of timestamps in ISO 8601: with milliseconds where there are any, and
// with milliseconds always, as S3 and EC2 write them.
const (
	shortTime = "2006-01-02T15:04:05.999Z"
	longTime  = "2006-01-02T15:04:05.000Z"
)

func formatTime(t time.Time, format string) string {
	switch format {
	case rfc822:
		return t.UTC().Format(http.TimeFormat)
	case unix:
		return string(appendEpoch(nil, t))
	case iso8601:
		return t.UTC().Format(longTime)
	}
	return t.UTC().Format(format)
}
