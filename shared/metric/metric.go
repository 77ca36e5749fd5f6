// Package metric writes CloudWatch metrics as lines of the log, in the embedded
// metric format (CloudWatch User Guide, "Specification: Embedded metric format"):
// CloudWatch Logs makes metrics of them by itself, which takes no call and no
// permission.
//
// A line is one JSON object:
//
//	{
//	  "_aws": {"Timestamp": 1795341600000, "CloudWatchMetrics": [
//	    {"Namespace": "Rekey", "Dimensions": [["Function"]], "Metrics": [{"Name": "Due", "Unit": "Count"}]}]},
//	  "level": "INFO", "timestamp": "2026-11-22T10:00:00Z", "message": "metrics",
//	  "Function": "rotate", "Due": 3
//	}
//
// It goes to standard output, beside what log/slog writes there. A Lambda function
// whose log format is JSON does not encode again what is JSON already (Lambda
// Developer Guide, "Using JSON formatted logs with other tools"); level and
// timestamp are there for its filter, which takes a line without them for one of
// INFO (the same, "Log-level filtering"). So a function whose application log
// level is above INFO has no metrics.
//
// Each combination of dimension values is a metric that is paid for: kinds and
// functions are dimensions, keys and requests are not. Delivery is at least once,
// so that a sum may be too high.
package metric

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"
)

// Unit is what a metric counts (CloudWatch API Reference, MetricDatum).
type Unit string

// The units that functions use.
const (
	None         Unit = "None"
	Count        Unit = "Count"
	Percent      Unit = "Percent"
	Bytes        Unit = "Bytes"
	Seconds      Unit = "Seconds"
	Milliseconds Unit = "Milliseconds"
)

// Metric is values of one metric.
type Metric struct {
	Name   string
	Unit   Unit
	Values []float64 // from 1 to 100
}

// Number counts n of something.
func Number(name string, n int) Metric { return Metric{name, Count, []float64{float64(n)}} }

// Dimension is a part of a metric's identity.
type Dimension struct{ Name, Value string }

// Writer writes metrics of one namespace. It may be used by many goroutines where
// its io.Writer may; each line is one call of Write, so that os.Stdout keeps
// lines whole also where a logger writes to it.
type Writer struct {
	to         io.Writer
	namespace  string
	now        func() time.Time
	dimensions []Dimension
}

// The limits of the format, and of CloudWatch's API (API_Dimension,
// API_MetricDatum, API_PutMetricData).
const (
	nameLimit      = 255
	valueLimit     = 1024
	dimensionLimit = 30
	metricLimit    = 100
	valuesLimit    = 100
)

// New gives a writer to a stream, such as os.Stdout. All its metrics have the
// dimensions.
func New(to io.Writer, namespace string, now func() time.Time, dimensions ...Dimension) (*Writer, error) {
	w := &Writer{to, namespace, now, dimensions}
	if err := checkNamespace(namespace); err != nil {
		return nil, err
	}
	_, _, err := root(dimensions)
	return w, err
}

// Write writes metrics as one line, with more dimensions for these.
func (w *Writer) Write(metrics []Metric, more ...Dimension) error {
	all := append(append([]Dimension{}, w.dimensions...), more...)
	line, names, err := root(all)
	if err != nil {
		return err
	}
	if len(metrics) == 0 || len(metrics) > metricLimit {
		return fmt.Errorf("metric: %d metrics in a line: there can be from 1 to %d", len(metrics), metricLimit)
	}
	now := w.now()
	d := directive{Namespace: w.namespace, Dimensions: [][]string{names}}
	for _, m := range metrics {
		if err := m.check(); err != nil {
			return err
		}
		if err := line.set(m.Name, m.value()); err != nil {
			return err
		}
		d.Metrics = append(d.Metrics, definition{m.Name, m.Unit})
	}
	line["_aws"] = metadata{now.UnixMilli(), []directive{d}}
	line["timestamp"], line["level"], line["message"] = now.UTC().Format(time.RFC3339Nano), "INFO", "metrics"
	text, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("metric: %w", err)
	}
	if _, err := w.to.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("metric: write a line: %w", err)
	}
	return nil
}

type metadata struct {
	Timestamp         int64
	CloudWatchMetrics []directive
}

type directive struct {
	Namespace  string
	Dimensions [][]string
	Metrics    []definition
}

type definition struct {
	Name string
	Unit Unit
}

// members are those of a line's root. What the format and the log have there is
// nobody's name.
type members map[string]any

func (m members) set(name string, value any) error {
	if _, taken := m[name]; taken {
		return fmt.Errorf("metric: the name %q is taken", name)
	}
	m[name] = value
	return nil
}

// root gives a line with its dimensions, and their names.
func root(dimensions []Dimension) (members, []string, error) {
	line, names := members{"_aws": nil, "timestamp": nil, "level": nil, "message": nil}, []string{}
	if len(dimensions) > dimensionLimit {
		return nil, nil, fmt.Errorf("metric: %d dimensions: there can be %d", len(dimensions), dimensionLimit)
	}
	for _, d := range dimensions {
		if err := checkText("dimension", d.Name, nameLimit); err != nil {
			return nil, nil, err
		}
		if err := checkText("value of "+d.Name, d.Value, valueLimit); err != nil {
			return nil, nil, err
		}
		if err := line.set(d.Name, d.Value); err != nil {
			return nil, nil, err
		}
		names = append(names, d.Name)
	}
	return line, names, nil
}

func (m Metric) value() any {
	if len(m.Values) == 1 {
		return m.Values[0]
	}
	return m.Values
}

func (m Metric) check() error {
	if err := checkText("metric", m.Name, nameLimit); err != nil {
		return err
	}
	switch m.Unit {
	case None, Count, Percent, Bytes, Seconds, Milliseconds:
	default:
		return fmt.Errorf("metric: %s has the unit %q", m.Name, m.Unit)
	}
	if len(m.Values) == 0 || len(m.Values) > valuesLimit {
		return fmt.Errorf("metric: %s has %d values: there can be from 1 to %d", m.Name, len(m.Values), valuesLimit)
	}
	for _, v := range m.Values {
		// "Values must be in the range of -2^360 to 2^360" (API_MetricDatum).
		if math.IsNaN(v) || math.Abs(v) > math.Ldexp(1, 360) {
			return fmt.Errorf("metric: %s has the value %v", m.Name, v)
		}
	}
	return nil
}

// checkText holds a name or a value to what CloudWatch takes: printable ASCII that
// is not blank, and no colon to begin with.
func checkText(what, text string, limit int) error {
	odd := strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' })
	if len(text) > limit || odd || strings.TrimSpace(text) == "" || strings.HasPrefix(text, ":") {
		return fmt.Errorf("metric: the %s %.64q: 1 to %d printable ASCII characters, the first no colon", what, text, limit)
	}
	return nil
}

// checkNamespace refuses those of AWS too (CloudWatch User Guide, "Namespaces").
func checkNamespace(namespace string) error {
	if strings.HasPrefix(namespace, "AWS/") {
		return errors.New("metric: namespaces that begin with AWS/ are AWS's own")
	}
	odd := strings.Trim(namespace, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_/#: ") != ""
	if err := checkText("namespace", namespace, nameLimit); err != nil || odd {
		return fmt.Errorf("metric: the namespace %.64q: 1 to %d letters, digits and .-_/#: and spaces", namespace, nameLimit)
	}
	return nil
}
