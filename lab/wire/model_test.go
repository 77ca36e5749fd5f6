package wire_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"rekey/lab/wire"
)

func TestLoad(t *testing.T) {
	for name, want := range map[string]struct {
		signing  string
		version  string
		protocol wire.Protocol
		modelled int
	}{
		"kms":            {"kms", "2014-11-01", wire.JSON, 56},
		"secretsmanager": {"secretsmanager", "2017-10-17", wire.JSON, 26},
		"sts":            {"sts", "2011-06-15", wire.Query, 4},
		"iam":            {"iam", "2010-05-08", wire.Query, 74},
	} {
		s, err := wire.Load(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if s.Name() != name || s.SigningName() != want.signing || s.APIVersion() != want.version || s.Protocol() != want.protocol || len(s.Operations()) != want.modelled {
			t.Errorf("%s: %s %s %v, %d operations", name, s.SigningName(), s.APIVersion(), s.Protocol(), len(s.Operations()))
		}
		for _, op := range s.Operations() {
			if !s.Has(op) || len(s.OperationErrors(op)) > len(s.Errors()) {
				t.Errorf("%s: %s is not among the operations, or has errors of its own", name, op)
			}
		}
	}
	if _, err := wire.Load("s4"); err == nil || !strings.Contains(err.Error(), `"s4"`) {
		t.Errorf("a service that does not exist: %v", err)
	}
}

func TestProtocolOf(t *testing.T) {
	untold := httptest.NewRequest("GET", "/bucket/key", nil)
	inQuery := httptest.NewRequest("GET", "/?Action=GetCallerIdentity&Version=2011-06-15", nil)
	for _, c := range []struct {
		r    *http.Request
		want wire.Protocol
		told bool
	}{
		{jsonRequest("TrentService.ListKeys", ""), wire.JSON, true}, {jsonRequest("", ""), wire.Query, true},
		{formRequest(""), wire.Query, true}, {inQuery, wire.Query, true}, {untold, wire.Query, false},
	} {
		if p, told := wire.ProtocolOf(c.r); p != c.want || told != c.told {
			t.Errorf("%s %s: %v, %v", c.r.Method, c.r.URL, p, told)
		}
	}
}

// No documentation text of AWS is in the models.
func TestModelsAreTrimmed(t *testing.T) {
	for name, data := range wire.Models(t) {
		if !json.Valid(data) || strings.Contains(string(data), "documentation") || len(data) > 250_000 {
			t.Errorf("%s: %d bytes", name, len(data))
		}
	}
}
