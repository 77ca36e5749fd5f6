package template

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// nagColumns is the header of a report of cdk-nag 2.
var nagColumns = []string{"Rule ID", "Resource ID", "Compliance", "Exception Reason", "Rule Level", "Rule Info"}

// NagReports reads what cdk-nag's AwsSolutions pack reported beside the templates
// of an assembly that was written with it. cdk-nag succeeds whatever it finds, so
// whoever calls must look here. A finding is:
//
//   - a resource that does not comply with a rule, whatever the rule's level;
//   - a rule that failed itself (UNKNOWN), and any other word that is not known;
//   - a suppression without a reason;
//   - a stack whose report is missing or empty.
//
// An error is a report that is none: it cannot be read, or is no such table.
func (a *Assembly) NagReports(dir string) ([]Finding, error) {
	out := &report{}
	for _, s := range a.Stacks {
		path := filepath.Join(dir, "AwsSolutions-"+s.Name+"-NagReport.csv")
		rows, err := nagRows(path)
		if errors.Is(err, os.ErrNotExist) {
			out.add("nag", &Resource{Stack: s}, "", "write the assembly with cdk-nag switched on", "cdk-nag left no report %s", path)
			continue
		}
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			out.add("nag", &Resource{Stack: s}, "", "write the assembly with cdk-nag switched on", "cdk-nag's report %s is empty: it looked at nothing", path)
		}
		for _, row := range rows {
			out.nag(s, row)
		}
	}
	return out.sorted(), nil
}

// nagRows reads a report, without its header.
func nagRows(path string) ([][]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read cdk-nag's report: %w", err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord = len(nagColumns)
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read cdk-nag's report %s: %w", path, err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	if !slices.Equal(rows[0], nagColumns) {
		return nil, fmt.Errorf("cdk-nag's report %s has the columns %q, and %q are known: look whether its version changed", path, rows[0], nagColumns)
	}
	return rows[1:], nil
}

func (r *report) nag(s *Stack, row []string) {
	rule, path, compliance, reason, info := row[0], row[1], row[2], strings.TrimSpace(row[3]), row[5]
	at := s.made(path)
	switch compliance {
	case "Compliant":
	case "Suppressed":
		if reason == "" || reason == "N/A" {
			r.add("nag", at, "", "give the suppression a reason", "%s is suppressed without a reason: %s", rule, info)
		}
	case "Non-Compliant":
		r.add("nag", at, "", fmt.Sprintf("change it, or suppress %s at its construct with NagSuppressions_AddResourceSuppressions and the reason", rule), "%s: %s", rule, info)
	default:
		r.add("nag", at, "", "make the property plain that the rule reads, or suppress CdkNagValidationFailure with the reason", "%s could not be checked (%s): %s", rule, compliance, info)
	}
}

// made gives the resource that a construct made.
func (s *Stack) made(path string) *Resource {
	for _, r := range s.Resources {
		if r.Path() == path {
			return r
		}
	}
	return &Resource{Stack: s, ID: path}
}
