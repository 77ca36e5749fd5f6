package rotate_test

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"rekey/functions/rotate"
	"rekey/lab/leastprivilege"
	"rekey/lab/world"
)

// wakingPaths are what wakes the function, and what it tells.
var wakingPaths = []leastprivilege.Path{
	sitePath("the schedule has every key looked at, and the digest told", site.swept),
	sitePath("a tag on a key wakes the function", site.tagWakes),
	sitePath("an event of AWS KMS wakes the function", site.eventTold),
	sitePath("the owner of a key is told by a topic of his own", quietly(site.ownerTold)),
}

// swept changes the one key that is to be rotated, and no other one, when all events
// about them are lost. An earlier path may have seen a sweep today.
func (s site) swept() error {
	inbox, err := s.inbox(s.output("NoticeTopic"))
	if err != nil {
		return err
	}
	s.Lab.World.DeliverBadly(world.DeliveryFault{About: "aws.kms", Mishap: world.Lost})
	defer s.Lab.World.DeliverWell()
	key, err := s.create(kms.CreateKeyInput{}, siteTags{rotate.TagRotate: "on", rotate.TagEvery: "180d"})
	if err != nil {
		return err
	}
	other, err := s.create(kms.CreateKeyInput{}, nil)
	if err != nil {
		return err
	}
	_, err = s.objects().DeleteObject(s.ctx, &s3.DeleteObjectInput{Bucket: aws.String(s.output("JournalBucket")), Key: aws.String("sweep/" + string(siteRegion) + ".json")})
	if err != nil {
		return err
	}
	s.Lab.World.Advance(20 * time.Minute)
	return errors.Join(s.rotates(key, 180), s.rotates(other, 0), s.nothingOpen(), s.Waits(s.ctx, inbox, "keys of account "+string(siteAccount)))
}

// rotates looks whether a key rotates by itself, every so many days, 0 for never.
func (s site) rotates(key string, days int32) error {
	out, err := s.kms(siteRegion).GetKeyRotationStatus(s.ctx, &kms.GetKeyRotationStatusInput{KeyId: &key})
	if err != nil {
		return err
	}
	if out.KeyRotationEnabled != (days > 0) || days > 0 && aws.ToInt32(out.RotationPeriodInDays) != days {
		return fmt.Errorf("%s rotates by itself: %v, every %d days, not every %d", key, out.KeyRotationEnabled, aws.ToInt32(out.RotationPeriodInDays), days)
	}
	return nil
}

// nothingOpen looks for marks of unfinished jobs.
func (s site) nothingOpen() error {
	out, err := s.objects().ListObjectsV2(s.ctx, &s3.ListObjectsV2Input{Bucket: aws.String(s.output("JournalBucket")), Prefix: aws.String("open/")})
	if err != nil {
		return err
	}
	if len(out.Contents) > 0 {
		return fmt.Errorf("%d jobs are unfinished", len(out.Contents))
	}
	return nil
}

// inbox makes a queue that has what a topic is told, and gives its URL.
func (s site) inbox(topic string) (string, error) {
	name := "inbox-" + topic[strings.LastIndexByte(topic, ':')+1:]
	arn := "arn:aws:sqs:" + string(siteRegion) + ":" + string(siteAccount) + ":" + name
	queue, err := sqs.NewFromConfig(s.Root(siteAccount)).CreateQueue(s.ctx, &sqs.CreateQueueInput{QueueName: &name, Attributes: map[string]string{
		"Policy": `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"` + arn + `"}}`,
	}})
	if err != nil {
		return "", err
	}
	_, err = sns.NewFromConfig(s.Root(siteAccount)).Subscribe(s.ctx, &sns.SubscribeInput{TopicArn: &topic, Protocol: aws.String("sqs"), Endpoint: &arn})
	return *queue.QueueUrl, err
}

func (s site) tagWakes() error {
	key, err := s.create(kms.CreateKeyInput{}, nil)
	if err != nil {
		return err
	}
	if err := errors.Join(s.settle(), s.rotates(key, 0)); err != nil {
		return err
	}
	_, err = s.kms(siteRegion).TagResource(s.ctx, &kms.TagResourceInput{KeyId: &key, Tags: siteTags{rotate.TagRotate: "on"}.tags()})
	if err != nil {
		return err
	}
	s.Lab.World.Advance(2 * time.Minute)
	return s.rotates(key, 365)
}

// settle lets the schedule's first sweep pass.
func (s site) settle() error {
	s.Lab.World.Advance(16 * time.Minute)
	return s.nothingOpen()
}

// eventTold looks for what the function says of an event: a rotation leaves nothing to
// be done.
func (s site) eventTold() error {
	key, err := s.create(kms.CreateKeyInput{}, siteTags{rotate.TagRotate: "on"})
	if err != nil {
		return err
	}
	if err := s.settle(); err != nil {
		return err
	}
	if _, err := s.kms(siteRegion).RotateKeyOnDemand(s.ctx, &kms.RotateKeyOnDemandInput{KeyId: &key}); err != nil {
		return err
	}
	s.Lab.World.Advance(12 * time.Minute)
	return s.logged(`"KMS CMK Rotation"`)
}

// logged looks for a text in the function's log.
func (s site) logged(text string) error {
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(cloudwatchlogs.NewFromConfig(s.Root(siteAccount)), &cloudwatchlogs.FilterLogEventsInput{
		LogGroupName: aws.String("/aws/lambda/" + functionName),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(s.ctx)
		if err != nil {
			return err
		}
		for _, e := range page.Events {
			if strings.Contains(*e.Message, text) {
				return nil
			}
		}
	}
	return fmt.Errorf("the log has no %s", text)
}

func (s site) ownerTold() error {
	inbox, err := s.inbox(ownersTopic)
	if err != nil {
		return err
	}
	key, err := s.create(kms.CreateKeyInput{KeyUsage: types.KeyUsageTypeEncryptDecrypt}, siteTags{rotate.TagRotate: "on", rotate.TagNotify: ownersTopic})
	if err != nil {
		return err
	}
	if err := s.apply(key); err != nil {
		return err
	}
	s.Lab.World.Advance(time.Minute)
	return s.Waits(s.ctx, inbox, "rekey: done", key)
}
