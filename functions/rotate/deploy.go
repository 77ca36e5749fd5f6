package rotate

import (
	"io"
	"log/slog"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"rekey/shared/keyid"
	"rekey/shared/metric"
	"rekey/shared/pace"
	"rekey/shared/wiring"
)

// New makes the handler of a function that is deployed with these settings. Its
// metrics go to a stream; the clock is time.Now but in tests.
func New(s Settings, cfg aws.Config, metrics io.Writer, log *slog.Logger, clock pace.Clock) (*Handler, error) {
	clients, err := Clients(cfg, s.Share, clock)
	if err != nil {
		return nil, err
	}
	who, err := identities(cfg, clock)
	if err != nil {
		return nil, err
	}
	m, err := metric.New(metrics, MetricNamespace, clock.Now, metric.Dimension{Name: MetricDimension, Value: "rotate"})
	if err != nil {
		return nil, err
	}
	objects := s3.NewFromConfig(cfg, wiring.PathStyle)
	j := Journal{Client: objects, Bucket: s.Journal, Owner: string(s.Home.Account), Key: s.JournalKey}
	return &Handler{
		Rotator: &Rotator{
			Observer: Observer{
				KMS:    func(r keyid.Region) Rehearser { return clients(r) },
				Region: s.Home.Region, IAM: who, Objects: objects, Materials: s.Materials, Jobs: j.Job,
				Self: s.Role, Defaults: s.Defaults, Log: log, Now: clock.Now,
			},
			Writers: clients, Journal: j, MaterialKeys: s.MaterialKeys, Wait: clock.Sleep,
		},
		Home: s.Home, Apply: s.Apply, Notices: &Notices{SNS: sns.NewFromConfig(cfg), Topic: s.Topic}, Metrics: m, Log: log,
	}, nil
}
