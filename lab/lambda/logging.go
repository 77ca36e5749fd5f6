package lambda

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// Logs is what Lambda needs of CloudWatch Logs: to write lines to a stream of a
// log group as a session of a function's role, and to make both where they are
// not there. It is called without the world's lock.
type Logs interface {
	Print(as world.Caller, region keyid.Region, group, stream string, at time.Time, lines []string) error
}

// logging is how a function logs (Lambda API Reference, LoggingConfig). The zero
// value is what a function has that asks for nothing.
type logging struct {
	format      types.LogFormat           // "" is Text
	application types.ApplicationLogLevel // of JSON alone
	system      types.SystemLogLevel      // of JSON alone
	group       string                    // "" is the function's own
}

// changed gives the logging that a request asks for. What it does not name stays,
// but for the levels, which belong to JSON (recorded).
func (l logging) changed(in *types.LoggingConfig) (logging, error) {
	if in == nil {
		return l, nil
	}
	l.format = cmp.Or(in.LogFormat, l.format)
	set(&l.group, in.LogGroup)
	levels := in.ApplicationLogLevel != "" || in.SystemLogLevel != ""
	switch {
	case !l.json() && levels: // reported, in aws/aws-cdk#28045
		return l, invalid(`LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or change the LogFormat to "Json" and try again.`)
	case !l.json():
		l.application, l.system = "", ""
		return l, nil
	}
	l.application = cmp.Or(in.ApplicationLogLevel, l.application, types.ApplicationLogLevelInfo)
	l.system = cmp.Or(in.SystemLogLevel, l.system, types.SystemLogLevelInfo)
	return l, nil
}

func (l logging) json() bool { return l.format == types.LogFormatJson }

// shown is the logging of a function in answers.
func (l logging) shown(function string) *types.LoggingConfig {
	return &types.LoggingConfig{
		LogFormat: cmp.Or(l.format, types.LogFormatText), LogGroup: new(l.groupOf(function)),
		ApplicationLogLevel: l.application, SystemLogLevel: l.system,
	}
}

func (l logging) groupOf(function string) string { return cmp.Or(l.group, "/aws/lambda/"+function) }

// stream names the log stream of an environment that begins now. In a group that
// is not the function's own it has the function's name (Lambda Developer Guide,
// "Configuring CloudWatch log groups"; Lambda Operator Guide, "How CloudWatch
// structures logs").
func (l logging) stream(function string, now time.Time, environment string) string {
	name := now.Format("2006/01/02") + "/"
	if own := (logging{}).groupOf(function); l.groupOf(function) != own {
		name += function
	}
	return name + "[" + latest + "]" + strings.ReplaceAll(environment, "-", "")
}

// variables are those that a function sees of its logging; those of the format
// are there for JSON alone (recorded).
func (l logging) variables(function, stream string) map[string]string {
	v := map[string]string{"AWS_LAMBDA_LOG_GROUP_NAME": l.groupOf(function), "AWS_LAMBDA_LOG_STREAM_NAME": stream}
	if l.json() {
		v["AWS_LAMBDA_LOG_FORMAT"], v["AWS_LAMBDA_LOG_LEVEL"] = string(l.format), string(l.application)
	}
	return v
}

// levels are those of applications and of the system, the most talkative first.
var levels = []string{"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"}

// tells says whether an event of the system's log is written.
func (l logging) tells(level types.SystemLogLevel) bool {
	return slices.Index(levels, string(level)) >= slices.Index(levels, string(l.system))
}

// passes says whether a line that the function printed is written: in JSON one
// with a level below the function's is not, and one without has the level INFO
// (Lambda Developer Guide, "Log-level filtering"). That such a line is written as
// it was printed is assumed.
func (l logging) passes(line string) bool {
	if !l.json() {
		return true
	}
	var told struct {
		Level string `json:"level"`
	}
	_ = json.Unmarshal([]byte(line), &told) // what is no JSON has no level
	level := slices.Index(levels, strings.ToUpper(told.Level))
	if level < 0 {
		level = slices.Index(levels, "INFO")
	}
	return level >= slices.Index(levels, string(l.application))
}

// printed are the lines of what a function printed that are written. Each is an
// event of the log.
func (l logging) printed(text []byte) (lines []string) {
	for line := range strings.Lines(string(text)) {
		if l.passes(line) {
			lines = append(lines, line)
		}
	}
	return lines
}
