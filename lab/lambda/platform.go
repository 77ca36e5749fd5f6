package lambda

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"rekey/shared/keyid"
)

// invocation is what Lambda's own lines in the log tell of one event. Durations
// are by the world's clock.
type invocation struct {
	id    string
	fresh bool // the first event of its environment
	init  time.Duration
	took  time.Duration
	// fault is the type of an error that Lambda tells of, and not the function, and
	// message its text.
	fault, message string
	before, during []byte // what the function printed
}

// log gives the lines of an environment's beginning, and those of the event. The
// lines of Text are recorded, and the status of a failure is reported, in
// DataBiosphere/azul#8140 and nishidemasami/contactform-api#29; those of JSON are
// the events of the Telemetry API (Lambda Developer Guide, "Lambda Telemetry API
// Event schema reference"), of which INIT_REPORT and its like are left out. The
// memory that was used is not measured, and so not told.
func (f *Function) log(at time.Time, v invocation) (beginning, lines []string) {
	p := platform{f, at, v}
	if v.fresh {
		beginning = append(beginning, p.begin()...)
	}
	before := f.logging.printed(v.before)
	if v.fresh {
		beginning = append(beginning, before...)
	} else {
		lines = before
	}
	lines = append(lines, p.start()...)
	lines = append(lines, f.logging.printed(v.during)...)
	return beginning, append(lines, p.end()...)
}

// platform words what Lambda tells of an event.
type platform struct {
	of *Function
	at time.Time
	invocation
}

func (p platform) begin() []string {
	version, arn := p.of.runtimeVersion(), runtimeARN(p.of.Region)
	if !p.of.logging.json() {
		return []string{"INIT_START Runtime Version: " + version + "\tRuntime Version ARN: " + arn + "\n"}
	}
	return p.event(types.SystemLogLevelInfo, "platform.initStart", map[string]any{
		"initializationType": "on-demand", "phase": "init", "runtimeVersion": version, "runtimeVersionArn": arn,
		"functionName": p.of.Name, "functionVersion": latest,
	})
}

func (p platform) start() []string {
	if !p.of.logging.json() {
		return []string{"START RequestId: " + p.id + " Version: " + latest + "\n"}
	}
	return p.event(types.SystemLogLevelInfo, "platform.start", map[string]any{"requestId": p.id, "version": latest})
}

func (p platform) end() []string {
	if !p.of.logging.json() {
		return p.report()
	}
	record := map[string]any{"requestId": p.id, "status": cmp.Or(p.status(), "success"), "metrics": map[string]any{"durationMs": milliseconds(p.took)}}
	done, reported := types.SystemLogLevelDebug, types.SystemLogLevelInfo
	if p.fault != "" {
		done, reported = types.SystemLogLevelWarn, types.SystemLogLevelWarn
	}
	if p.status() == "error" {
		record["errorType"] = p.fault
	}
	lines := p.event(done, "platform.runtimeDone", record)
	metrics := map[string]any{"durationMs": milliseconds(p.took), "billedDurationMs": p.billed(), "memorySizeMB": p.of.MemoryMB}
	if p.fresh {
		metrics["initDurationMs"] = milliseconds(p.init)
	}
	record["metrics"] = metrics
	return append(lines, p.event(reported, "platform.report", record)...)
}

func (p platform) report() (lines []string) {
	if p.fault == exited { // reported, in cargo-lambda/cargo-lambda#572
		lines = append(lines, p.message+"\n"+p.fault+"\n")
	}
	report := fmt.Sprintf("REPORT RequestId: %s\tDuration: %.2f ms\tBilled Duration: %d ms\tMemory Size: %d MB\t", p.id, milliseconds(p.took), p.billed(), p.of.MemoryMB)
	if p.fresh {
		report += fmt.Sprintf("Init Duration: %.2f ms\t", milliseconds(p.init))
	}
	if s := p.status(); s != "" {
		report += "Status: " + s
		if s == "error" {
			report += "\tError Type: " + p.fault
		}
	}
	return append(lines, "END RequestId: "+p.id+"\n", report+"\n")
}

// status is "" where Lambda has nothing to say against the event, be it that the
// function reports an error (recorded of Text; assumed of JSON).
func (p platform) status() string {
	switch p.fault {
	case "":
		return ""
	case timedOut:
		return "timeout"
	}
	return "error"
}

// billed is in whole milliseconds, and has the start of an environment, which is
// paid for with a custom runtime (Lambda pricing).
func (p platform) billed() int64 {
	return max(1, int64(math.Ceil(milliseconds(p.took+p.init))))
}

// event is one of JSON, if the function's log has those of its level (Lambda
// Developer Guide, "Log-level filtering", System log level event mapping).
func (p platform) event(level types.SystemLogLevel, kind string, record map[string]any) []string {
	if !p.of.logging.tells(level) {
		return nil
	}
	text, err := json.Marshal(struct {
		Time   string         `json:"time"`
		Type   string         `json:"type"`
		Record map[string]any `json:"record"`
	}{p.at.Format("2006-01-02T15:04:05.000Z"), kind, record})
	if err != nil {
		panic(err) // texts and numbers
	}
	return []string{string(text)}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// runtimeVersion is what the log calls the runtime. The lab has one of each.
func (f *Function) runtimeVersion() string {
	return strings.Replace(string(cmp.Or(f.runtime, types.RuntimeProvidedal2023)), ".", ":", 1) + ".v1"
}

func runtimeARN(r keyid.Region) string { return "arn:aws:lambda:" + string(r) + "::runtime:lab" }

// tail is the end of the lines, as an invocation's answer has it.
func tail(lines []string) []byte {
	var all strings.Builder
	for _, line := range lines {
		all.WriteString(strings.TrimSuffix(line, "\n") + "\n")
	}
	text := all.String()
	return []byte(text[max(0, len(text)-tailSize):])
}
