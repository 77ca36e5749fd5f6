package rotate_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/functions/rotate"
	"rekey/lab"
	"rekey/lab/world"
	"rekey/shared/keyid"
)

// cast are keys that are to be rotated in different ways, by name.
type cast struct {
	*deployment
	names map[keyid.ID]string
	woken int // by events
	// disorder has events overtake each other.
	disorder bool
}

func (c *cast) add(name string, in kms.CreateKeyInput, tags ...string) keyid.ARN {
	c.Helper()
	key := c.newKey(in, tags...)
	c.names[key.ID] = name
	return key
}

// play lets 130 days pass in which people do things with keys, and the function is
// woken by events, as they come, and every day by its schedule.
func (c *cast) play() {
	c.Helper()
	c.add("plain", kms.CreateKeyInput{}, rotate.TagRotate, "on", rotate.TagEvery, "1y")
	c.add("often", kms.CreateKeyInput{}, rotate.TagRotate, "on-demand", rotate.TagEvery, "30d")
	c.add("family", kms.CreateKeyInput{MultiRegion: aws.Bool(true)}, rotate.TagRotate, "on", rotate.TagEvery, "100d")
	moved := c.add("moved", kms.CreateKeyInput{}, rotate.TagRotate, "successor", rotate.TagEvery, "90d")
	c.alias("alias/moved", moved)
	mac := c.add("mac", kms.CreateKeyInput{KeySpec: types.KeySpecHmac256, KeyUsage: types.KeyUsageTypeGenerateVerifyMac}, rotate.TagRotate, "on", rotate.TagEvery, "60d")
	c.alias("alias/mac", mac)
	quiet := c.add("quiet", kms.CreateKeyInput{})
	blocked := c.add("blocked", kms.CreateKeyInput{}, rotate.TagRotate, "import")
	for day := range 130 {
		if c.disorder && slices.Contains([]int{0, 40, 50, 80}, day) { // when several things happen
			c.lab.World.DeliverBadly(world.DeliveryFault{To: wakes, Mishap: world.Overtaken, Times: 3})
		}
		switch day {
		case 10:
			c.tag(quiet, rotate.TagRotate, "on")
		case 20:
			c.alias("alias/moved-too", moved)
		case 25:
			c.must(c.kms.DisableKeyRotation(c.Context(), &kms.DisableKeyRotationInput{KeyId: aws.String(string(quiet.ID))}))
		case 40:
			c.tag(moved, rotate.TagEvery, "70d")
		case 50:
			c.add("late", kms.CreateKeyInput{}, rotate.TagRotate, "on")
			c.tag(blocked, rotate.TagRotate, "off")
		case 80:
			c.tag(blocked, rotate.TagRotate, "on")
		}
		c.woken += c.deliver()
		c.sweep()
		c.woken += c.deliver()
		if c.disorder {
			c.lab.World.DeliverWell()
			c.doubled()
			c.woken += c.deliver()
		}
		c.lab.World.Advance(24*time.Hour - c.lab.World.Now().Sub(world.Epoch)%(24*time.Hour))
	}
}

// wakes is the queue of events.
const wakes = "arn:aws:sqs:" + string(irish) + ":" + string(owner) + ":wakes"

// doubled has every event of KMS, and of its calls, arrive twice.
func (c *cast) doubled() {
	for _, from := range []string{"kms", "cloudtrail"} {
		c.lab.World.DeliverBadly(world.DeliveryFault{From: from, About: "aws.kms", Mishap: world.Doubled})
	}
}

// state is what there is at the end: keys by their names and those of whom they
// succeed, each with how it rotates, what material it has had, its aliases and tags.
func (c *cast) state() string {
	c.Helper()
	var lines []string
	for pages := kms.NewListKeysPaginator(c.kms, &kms.ListKeysInput{}); pages.HasMorePages(); {
		page, err := pages.NextPage(c.Context())
		c.check(err)
		for _, k := range page.Keys {
			lines = append(lines, c.describe(*k.KeyId))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// name is a key's, or that of the key it succeeds with a plus.
func (c *cast) name(id string, tags map[string]string) string {
	if name := c.names[keyid.ID(id)]; name != "" {
		return name
	}
	of := tags[rotate.TagSuccessorOf]
	if of == "" {
		return "somebody"
	}
	return c.name(of, c.tags(of)) + "+"
}

func (c *cast) tags(id string) map[string]string {
	c.Helper()
	all := map[string]string{}
	out, err := c.kms.ListResourceTags(c.Context(), &kms.ListResourceTagsInput{KeyId: &id})
	c.check(err)
	for _, t := range out.Tags {
		all[*t.TagKey] = *t.TagValue
	}
	return all
}

func (c *cast) describe(id string) string {
	c.Helper()
	out, err := c.kms.DescribeKey(c.Context(), &kms.DescribeKeyInput{KeyId: &id})
	c.check(err)
	tags := c.tags(id)
	line := fmt.Sprintf("%s: %s", c.name(id, tags), out.KeyMetadata.KeyState)
	if out.KeyMetadata.KeySpec == types.KeySpecSymmetricDefault {
		status, err := c.kms.GetKeyRotationStatus(c.Context(), &kms.GetKeyRotationStatusInput{KeyId: &id})
		c.check(err)
		rotations, err := c.kms.ListKeyRotations(c.Context(), &kms.ListKeyRotationsInput{KeyId: &id})
		c.check(err)
		line += fmt.Sprintf(", rotates %v every %d, has rotated %d times", status.KeyRotationEnabled, aws.ToInt32(status.RotationPeriodInDays), len(rotations.Rotations))
	}
	aliases, err := c.kms.ListAliases(c.Context(), &kms.ListAliasesInput{KeyId: &id})
	c.check(err)
	for _, a := range aliases.Aliases {
		line += ", " + *a.AliasName
	}
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		switch value := tags[name]; name {
		case rotate.TagSuccessorJob: // random
		case rotate.TagSuccessorOf, rotate.TagSucceededBy:
			line += ", " + name + "=" + c.name(value, c.tags(value))
		default:
			line += ", " + name + "=" + value
		}
	}
	return line
}

// Whatever becomes of events, the end is the same: they only wake.
func TestEventsOnlyWake(t *testing.T) {
	var want string
	woken := map[string]int{}
	for _, run := range []struct {
		name     string
		orders   []world.DeliveryFault
		disorder bool
	}{
		{"as they happen", nil, false},
		{"lost", []world.DeliveryFault{{To: wakes, Mishap: world.Lost}}, false},
		{"doubled, and out of order", nil, true},
		{"days late", []world.DeliveryFault{{To: wakes, Mishap: world.Delayed, Delay: 50 * time.Hour}}, false},
	} {
		t.Run(run.name, func(t *testing.T) {
			c := &cast{deployment: deploy(t, lab.Options{}, nil), names: map[keyid.ID]string{}, disorder: run.disorder}
			if c.disorder {
				c.doubled()
			}
			for _, o := range run.orders {
				c.lab.World.DeliverBadly(o)
			}
			c.play()
			got := c.state()
			t.Logf("woken by %d events", c.woken)
			woken[run.name] = c.woken
			if want = cmp.Or(want, got); got != want {
				t.Errorf("with events %s there is\n%s\nand was to be\n%s", run.name, got, want)
			}
			if run.name == "as they happen" {
				for _, line := range []string{
					"moved: Enabled, rotates false every 0, has rotated 0 times, rekey:every=70d, rekey:rotate=successor, rekey:succeeded-by=moved+",
					"moved+: Enabled, rotates false every 0, has rotated 0 times, alias/moved, alias/moved-too,", "mac++: Enabled, alias/mac,",
					"often: Enabled, rotates false every 0, has rotated 4 times", "plain: Enabled, rotates true every 365", "quiet: Enabled, rotates true every 365",
					"family: Enabled, rotates true every 100, has rotated 1 times", "late: Enabled, rotates true every 365", "blocked: Enabled, rotates true every 365",
				} {
					if !strings.Contains("\n"+got, "\n"+line) {
						t.Errorf("there is no %q in\n%s", line, got)
					}
				}
			}
		})
	}
	if n := woken["as they happen"]; n < 20 || woken["lost"] != 0 || woken["doubled, and out of order"] < 2*n || woken["days late"] < n/2 {
		t.Errorf("the events did not go astray as was ordered: %v", woken)
	}
}
