package world

import (
	"strings"
	"testing"
	"time"
)

// post sends deliveries that take a second and notes when they arrive.
type post struct {
	world *World
	got   []string
}

func (p *post) send(from, to, what string) {
	p.world.Locked(func() {
		p.world.Deliver(Delivery{From: from, To: to, Typical: time.Second, Do: func() {
			p.got = append(p.got, what+"@"+p.world.Clock.Now().Sub(Epoch).String())
		}})
	})
}

func TestDeliveries(t *testing.T) {
	for _, c := range []struct {
		name   string
		orders []DeliveryFault
		want   string
	}{
		{"well", nil, "a@1s b@1s c@1s"},
		{"lost", []DeliveryFault{{Mishap: Lost, Times: 1}}, "b@1s c@1s"},
		{"lost for good", []DeliveryFault{{Mishap: Lost}}, ""},
		{"doubled", []DeliveryFault{{Mishap: Doubled, Times: 1}}, "a@1s a@1s b@1s c@1s"},
		{"delayed", []DeliveryFault{{Mishap: Delayed, Delay: 500 * time.Millisecond, Times: 1}}, "b@1s c@1s a@1.5s"},
		{"overtaken", []DeliveryFault{{Mishap: Overtaken, Times: 1}}, "b@1s a@1s c@1s"},
		{"overtaken, both", []DeliveryFault{{Mishap: Overtaken, Times: 2}}, "c@1s a@1s b@1s"},
		{"overtaken by what is lost", []DeliveryFault{{Mishap: Overtaken, Times: 1}, {Mishap: Lost, Times: 1}}, "a@1s c@1s"},
		{"not overtaken by what is delayed", []DeliveryFault{{Mishap: Overtaken, Times: 1}, {Mishap: Delayed, Delay: time.Minute, Times: 1}}, "c@1s a@1s b@1m1s"},
		{"of another sender", []DeliveryFault{{From: "sns", Mishap: Lost}}, "a@1s b@1s c@1s"},
		{"to another receiver", []DeliveryFault{{To: "arn:other", Mishap: Lost}}, "a@1s b@1s c@1s"},
		{"of this sender to this receiver", []DeliveryFault{{From: "s3", To: "arn:queue", Mishap: Lost, Times: 2}}, "c@1s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &post{world: New(Options{})}
			for _, o := range c.orders {
				p.world.DeliverBadly(o)
			}
			for _, what := range []string{"a", "b", "c"} {
				p.send("s3", "arn:queue", what)
			}
			p.world.Advance(time.Hour)
			equal(t, "what arrived", strings.Join(p.got, " "), c.want)
		})
	}
}

// An order may be for events about one thing only, and such an event is overtaken
// by one about the same.
func TestAbout(t *testing.T) {
	for _, c := range []struct {
		name  string
		order DeliveryFault
		want  string
	}{
		{"lost", DeliveryFault{About: "aws.kms", Mishap: Lost}, "aws.s3@1s aws.s3@1s"},
		{"doubled once", DeliveryFault{About: "aws.s3", Mishap: Doubled, Times: 1}, "aws.kms@1s aws.s3@1s aws.s3@1s aws.kms@1s aws.s3@1s"},
		{"overtaken", DeliveryFault{About: "aws.kms", Mishap: Overtaken, Times: 1}, "aws.s3@1s aws.kms@1s aws.kms@1s aws.s3@1s"},
		{"of another sender", DeliveryFault{From: "kms", About: "aws.kms", Mishap: Lost}, "aws.kms@1s aws.s3@1s aws.kms@1s aws.s3@1s"},
	} {
		w := New(Options{})
		w.DeliverBadly(c.order)
		var got []string
		w.Locked(func() {
			for _, about := range []string{"aws.kms", "aws.s3", "aws.kms", "aws.s3"} {
				w.Deliver(Delivery{From: "cloudtrail", To: "arn:bus", About: about, Typical: time.Second, Do: func() {
					got = append(got, about+"@"+w.Clock.Now().Sub(Epoch).String())
				}})
			}
		})
		w.Advance(time.Minute)
		equal(t, c.name+": what arrived", strings.Join(got, " "), c.want)
	}
}

// What waits to be overtaken is not overtaken by what goes elsewhere, and is let
// go with the orders.
func TestOvertaken(t *testing.T) {
	p := &post{world: New(Options{})}
	p.world.DeliverBadly(DeliveryFault{Mishap: Overtaken, Times: 1})
	p.send("s3", "arn:queue", "a")
	p.send("s3", "arn:other", "b")
	p.send("sns", "arn:queue", "c")
	p.world.Advance(time.Minute)
	equal(t, "what arrived", strings.Join(p.got, " "), "b@1s c@1s")
	p.world.DeliverWell()
	p.world.Advance(time.Minute)
	equal(t, "what arrived then", strings.Join(p.got, " "), "b@1s c@1s a@1m1s")
}

func TestNoMishap(t *testing.T) {
	for name, o := range map[string]DeliveryFault{
		"none": {}, "unknown": {Mishap: Overtaken + 1}, "a delay without one": {Mishap: Delayed}, "a loss with a delay": {Mishap: Lost, Delay: 1}, "negative": {Mishap: Lost, Times: -1},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("the order was taken")
				}
			}()
			New(Options{}).DeliverBadly(o)
		})
	}
}
