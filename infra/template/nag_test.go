package template

import (
	"strings"
	"testing"
)

const (
	nagHeader = "Rule ID,Resource ID,Compliance,Exception Reason,Rule Level,Rule Info\n"
	nagGood   = nagHeader + `"AwsSolutions-KMS5","Shared/Key/Resource","Compliant","N/A","Error","The KMS Symmetric key does not have automatic key rotation enabled."` + "\n"
	nagExcuse = `"AwsSolutions-SQS3","Work/Undelivered/Resource","Suppressed","it is where failed events end, and ""watched""","Error","The SQS queue does not have a DLQ enabled."` + "\n"
)

// nagged reads two reports, of which "" is none.
func nagged(t *testing.T, shared, work string) ([]Finding, error) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"Shared": shared, "Work": work} {
		if text != "" {
			write(t, dir, "AwsSolutions-"+name+"-NagReport.csv", text)
		}
	}
	return changed(t, handmade).NagReports(dir)
}

func TestNagReports(t *testing.T) {
	found, err := nagged(t, nagGood, nagGood+nagExcuse)
	if err != nil || len(found) > 0 {
		t.Fatalf("a report with a reason for each suppression: %v %v", found, err)
	}
	for _, c := range []struct {
		name, report string
		says         []string
	}{
		{"does not comply", nagGood + `"AwsSolutions-SQS4","Work/Jobs/Resource","Non-Compliant","N/A","Error","The SQS queue does not require requests to use SSL."`, []string{"Work: Jobs (Work/Jobs/Resource)", "AwsSolutions-SQS4", "does not require", "NagSuppressions_AddResourceSuppressions"}},
		{"a warning counts", nagGood + `"AwsSolutions-L1","Work/Function/Resource","Non-Compliant","N/A","Warning","The runtime is old."`, []string{"Function", "AwsSolutions-L1"}},
		{"a construct that made nothing", nagGood + `"AwsSolutions-SQS4","Work/Gone/Resource","Non-Compliant","N/A","Error","x"`, []string{"Work: Work/Gone/Resource"}},
		{"a rule that failed", nagGood + `"AwsSolutions-S1","Work/Bucket/Resource","UNKNOWN","N/A","Error","x"`, []string{"Bucket", "AwsSolutions-S1", "could not be checked (UNKNOWN)", "CdkNagValidationFailure"}},
		{"no reason", nagGood + strings.Replace(nagExcuse, `it is where failed events end, and ""watched""`, " ", 1), []string{"Undelivered", "AwsSolutions-SQS3", "without a reason"}},
		{"no word for a reason", nagGood + strings.Replace(nagExcuse, `it is where failed events end, and ""watched""`, "N/A", 1), []string{"Undelivered", "without a reason"}},
		{"no report", "", []string{"Work", "left no report", "AwsSolutions-Work-NagReport.csv"}},
		{"a header alone", nagHeader, []string{"Work", "is empty"}},
		{"nothing at all", "\n", []string{"Work", "is empty"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			found, err := nagged(t, nagGood, c.report)
			if err != nil {
				t.Fatal(err)
			}
			expect(t, found, "nag", c.says...)
		})
	}
}

func TestNagReportsThatAreNone(t *testing.T) {
	for name, report := range map[string]string{
		"other columns":   "Rule ID,Resource ID,Compliance,Exception Reason,Rule Info,Rule Level\n",
		"fewer columns":   "Rule ID,Resource ID,Compliance\n",
		"a line too long": nagGood + "a,b,c,d,e,f,g\n",
		"an open quote":   nagGood + `"a`,
	} {
		t.Run(name, func(t *testing.T) {
			if found, err := nagged(t, nagGood, report); err == nil || !strings.Contains(err.Error(), "AwsSolutions-Work-NagReport.csv") {
				t.Errorf("the answer is %v, %v", found, err)
			}
		})
	}
}
