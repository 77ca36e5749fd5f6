package decrypt

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// deadline is a client that notes how long it was given.
type deadline struct {
	SecretsManager
	at time.Time
}

func (d *deadline) GetSecretValue(ctx context.Context, _ *secretsmanager.GetSecretValueInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error) {
	d.at, _ = ctx.Deadline()
	return &secretsmanager.GetSecretValueOutput{SecretString: aws.String("v")}, nil
}

// Time is kept back before the invocation's deadline to send the answer.
func TestTimeIsKeptBack(t *testing.T) {
	d := &deadline{}
	h := &Handler{Resolver: &Resolver{SecretsManager: d, Policy: Policy{References: []string{"*"}, MaxItems: 1}}, Log: slog.New(slog.DiscardHandler)}
	end := time.Now().Add(time.Minute)
	ctx, cancel := context.WithDeadline(t.Context(), end)
	defer cancel()
	if _, err := h.Invoke(ctx, []byte(`{"items":[{"reference":"sm://a"}]}`)); err != nil {
		t.Fatal(err)
	}
	if kept := end.Sub(d.at); kept != reserve {
		t.Errorf("%v kept back", kept)
	}
}
