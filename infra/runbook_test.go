package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whoever is told by an alarm finds a chapter about it.
func TestEveryAlarmHasItsChapter(t *testing.T) {
	files, err := filepath.Glob("dist/cdk/complete/*.template.json")
	if err != nil || len(files) < 2 {
		t.Fatalf("there are no templates in dist/cdk/complete: run make synth (%v)", err)
	}
	alarms := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var template struct {
			Resources map[string]struct {
				Type       string
				Properties struct{ AlarmName any }
			}
		}
		if err := json.Unmarshal(text, &template); err != nil {
			t.Fatal(err)
		}
		for _, r := range template.Resources {
			if r.Type != "AWS::CloudWatch::Alarm" {
				continue
			}
			alarms++
			name, _ := r.Properties.AlarmName.(string)
			function, _, _ := strings.Cut(strings.TrimPrefix(name, "rekey-"), "-")
			runbook, err := os.ReadFile(filepath.Join("functions", function, "RUNBOOK.md"))
			if err != nil || !strings.Contains(string(runbook), "\n## "+name+"\n") {
				t.Errorf("functions/%s/RUNBOOK.md has no chapter %q (%v)", function, name, err)
			}
		}
	}
	if alarms == 0 {
		t.Error("the templates have no alarm")
	}
}
