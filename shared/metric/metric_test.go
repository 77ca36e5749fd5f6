package metric_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"rekey/shared/metric"
)

func noon() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 5e6, time.UTC) }

func writer(t *testing.T, to interface{ Write([]byte) (int, error) }, d ...metric.Dimension) *metric.Writer {
	t.Helper()
	w, err := metric.New(to, "Rekey", noon, d...)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestLine(t *testing.T) {
	var out bytes.Buffer
	w := writer(t, &out, metric.Dimension{Name: "Function", Value: "rotate"})
	if err := w.Write([]metric.Metric{metric.Number("Due", 3), {Name: "DaysOverdue", Unit: metric.None, Values: []float64{1.5, 40}}},
		metric.Dimension{Name: "Kind", Value: "symmetric"}); err != nil {
		t.Fatal(err)
	}
	if err := w.Write([]metric.Metric{metric.Number("Failed", 0)}); err != nil {
		t.Fatal(err)
	}
	want := `{"DaysOverdue":[1.5,40],"Due":3,"Function":"rotate","Kind":"symmetric",` +
		`"_aws":{"Timestamp":1795348800005,"CloudWatchMetrics":[{"Namespace":"Rekey","Dimensions":[["Function","Kind"]],` +
		`"Metrics":[{"Name":"Due","Unit":"Count"},{"Name":"DaysOverdue","Unit":"None"}]}]},` +
		`"level":"INFO","message":"metrics","timestamp":"2026-11-22T12:00:00.005Z"}` + "\n" +
		`{"Failed":0,"Function":"rotate",` +
		`"_aws":{"Timestamp":1795348800005,"CloudWatchMetrics":[{"Namespace":"Rekey","Dimensions":[["Function"]],` +
		`"Metrics":[{"Name":"Failed","Unit":"Count"}]}]},` +
		`"level":"INFO","message":"metrics","timestamp":"2026-11-22T12:00:00.005Z"}` + "\n"
	if out.String() != want {
		t.Errorf("the lines are\n%snot\n%s", out.String(), want)
	}
	for line := range strings.Lines(out.String()) {
		valid(t, line)
	}
}

// valid holds a line to the specification's rules.
func valid(t *testing.T, line string) {
	t.Helper()
	var doc map[string]json.RawMessage
	var meta struct {
		Timestamp         *int64
		CloudWatchMetrics []struct {
			Namespace  string
			Dimensions [][]string
			Metrics    []struct{ Name, Unit string }
		}
	}
	if err := json.Unmarshal([]byte(line), &doc); err != nil {
		t.Fatal(err)
	}
	strict := json.NewDecoder(bytes.NewReader(doc["_aws"]))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&meta); err != nil || meta.Timestamp == nil || len(meta.CloudWatchMetrics) != 1 || len(line) > 256<<10 {
		t.Fatalf("%s: %v", line, err)
	}
	d := meta.CloudWatchMetrics[0]
	if d.Namespace == "" || len(d.Dimensions) != 1 || len(d.Dimensions[0]) > 30 || len(d.Metrics) == 0 || len(d.Metrics) > 100 {
		t.Errorf("%+v", d)
	}
	for _, name := range d.Dimensions[0] {
		var value string
		if err := json.Unmarshal(doc[name], &value); err != nil || value == "" || len(value) > 1024 {
			t.Errorf("the dimension %s: %s", name, doc[name])
		}
	}
	for _, m := range d.Metrics {
		var one float64
		var many []float64
		if json.Unmarshal(doc[m.Name], &one) != nil && (json.Unmarshal(doc[m.Name], &many) != nil || len(many) > 100) {
			t.Errorf("the metric %s: %s", m.Name, doc[m.Name])
		}
	}
}

func TestRefused(t *testing.T) {
	dimensions := func(n int) (all []metric.Dimension) {
		for i := range n {
			all = append(all, metric.Dimension{Name: "D" + strings.Repeat("x", i), Value: "v"})
		}
		return all
	}
	one := []metric.Metric{metric.Number("Due", 1)}
	for name, c := range map[string]struct {
		metrics    []metric.Metric
		dimensions []metric.Dimension
		right      bool
	}{
		"no dimension":             {one, nil, true},
		"thirty dimensions":        {one, dimensions(30), true},
		"31 dimensions":            {one, dimensions(31), false},
		"no metric":                {nil, nil, false},
		"a name twice":             {append(one, one...), nil, false},
		"a name of the log's":      {[]metric.Metric{metric.Number("level", 1)}, nil, false},
		"a name of the format's":   {[]metric.Metric{metric.Number("_aws", 1)}, nil, false},
		"a dimension of that name": {one, []metric.Dimension{{Name: "Due", Value: "x"}}, false},
		"a dimension of the log's": {one, []metric.Dimension{{Name: "message", Value: "x"}}, false},
		"an empty dimension":       {one, []metric.Dimension{{Name: "D", Value: ""}}, false},
		"a dimension in UTF-8":     {one, []metric.Dimension{{Name: "D", Value: "Schlüssel"}}, false},
		"a dimension of lines":     {one, []metric.Dimension{{Name: "D", Value: "a\nb"}}, false},
		"a name with a colon":      {one, []metric.Dimension{{Name: ":D", Value: "a"}}, false},
		"a long dimension":         {one, []metric.Dimension{{Name: "D", Value: strings.Repeat("x", 1025)}}, false},
		"a long name":              {[]metric.Metric{metric.Number(strings.Repeat("x", 256), 1)}, nil, false},
		"no name":                  {[]metric.Metric{metric.Number("", 1)}, nil, false},
		"no value":                 {[]metric.Metric{{Name: "M", Unit: metric.Count}}, nil, false},
		"a hundred values":         {[]metric.Metric{{Name: "M", Unit: metric.Count, Values: make([]float64, 100)}}, nil, true},
		"101 values":               {[]metric.Metric{{Name: "M", Unit: metric.Count, Values: make([]float64, 101)}}, nil, false},
		"not a number":             {[]metric.Metric{{Name: "M", Unit: metric.Count, Values: []float64{math.NaN()}}}, nil, false},
		"infinity":                 {[]metric.Metric{{Name: "M", Unit: metric.Count, Values: []float64{math.Inf(-1)}}}, nil, false},
		"a unit of its own":        {[]metric.Metric{{Name: "M", Unit: "Days", Values: []float64{1}}}, nil, false},
	} {
		var out bytes.Buffer
		err := writer(t, &out).Write(c.metrics, c.dimensions...)
		if (err == nil) != c.right || (out.Len() > 0) != c.right {
			t.Errorf("%s: %v, %q", name, err, out.String())
		}
		if c.right {
			valid(t, out.String())
		}
	}
	for _, namespace := range []string{"", " ", ":x", "AWS/KMS", "Ä", "a\n", "a&b", strings.Repeat("x", 256)} {
		if _, err := metric.New(&bytes.Buffer{}, namespace, noon); err == nil {
			t.Errorf("the namespace %q was taken", namespace)
		}
	}
	if _, err := metric.New(&bytes.Buffer{}, "Rekey", noon, dimensions(31)...); err == nil {
		t.Error("31 dimensions were taken")
	}
}

// Beside a logger on one file, every line stays whole.
func TestBesideALogger(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "stdout"))
	if err != nil {
		t.Fatal(err)
	}
	log, w := slog.New(slog.NewJSONHandler(f, nil)), writer(t, f)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				log.Info("something")
				if err := w.Write([]metric.Metric{metric.Number("Due", 1)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	text, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	metrics, lines := 0, 0
	for line := range strings.Lines(string(text)) {
		var doc map[string]any
		if err := json.Unmarshal([]byte(line), &doc); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if lines++; doc["_aws"] != nil {
			metrics++
		}
	}
	if metrics != 400 || lines != 800 {
		t.Errorf("%d of %d lines are metrics", metrics, lines)
	}
}

type broken struct{}

var errBroken = errors.New("broken")

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestWriterFails(t *testing.T) {
	if err := writer(t, broken{}).Write([]metric.Metric{metric.Number("Due", 1)}); !errors.Is(err, errBroken) {
		t.Error(err)
	}
}
