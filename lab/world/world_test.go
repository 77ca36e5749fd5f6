package world_test

import (
	"testing"
	"time"

	"rekey/lab/world"
)

func TestCancel(t *testing.T) {
	w := world.New(world.Options{})
	var done []int
	var due [5]*world.Due
	w.Locked(func() {
		for i := range due {
			due[i] = w.Clock.At(world.Epoch.Add(time.Duration(5-i)*time.Hour), func() { done = append(done, i) })
		}
		w.Clock.Cancel(due[2])
		w.Clock.Cancel(due[2])
		w.Clock.Cancel(nil)
	})
	w.Advance(24 * time.Hour)
	w.Locked(func() { w.Clock.Cancel(due[0]) })
	if len(done) != 4 || done[0] != 4 || done[1] != 3 || done[2] != 1 || done[3] != 0 {
		t.Errorf("done were %v", done)
	}
}

func TestRegionExists(t *testing.T) {
	if !world.RegionExists("eu-west-1") || world.RegionExists("") || world.RegionExists("us-gov-west-1") || world.RegionExists("mars-north-1") {
		t.Error("a Region is taken for what it is not")
	}
}

// However slow a world is, nothing is due before it was asked for.
func TestSlowestWorld(t *testing.T) {
	for _, speed := range []float64{1e-9, 1e-10, 1e-300} {
		c := world.New(world.Options{WallClock: true, Speed: speed}).Clock
		before := c.Now()
		if at, _ := c.After(time.Second, func() {}).At(); at.Before(before.Add(time.Second)) {
			t.Errorf("at the speed of %v it is due at %v", speed, at)
		}
	}
}
