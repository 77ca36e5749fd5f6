package wire

import "testing"

func TestModelsLoad(t *testing.T) {
	for _, name := range []string{"kms", "secretsmanager", "sts", "iam"} {
		s, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d operations, %d errors", name, len(s.Operations()), len(s.Errors()))
	}
}
