package decrypt

import (
	"slices"

	"rekey/shared/awserr"
)

// finder gives what a batch found for one of its fetches, if anything.
type finder func(*fetch) (Result, bool)

// together fetches what one call can give several of: each Region by itself, and
// at most size in a call. One alone needs no batch. tried begins what is told of a
// failure.
func (r *run) together(fetches []*fetch, size int, tried string, one func(*fetch) Result, many func([]*fetch) (finder, error)) {
	regions := map[string][]*fetch{}
	for _, f := range fetches {
		region := regionOf(f.ref.SecretID)
		regions[region] = append(regions[region], f)
	}
	for _, all := range regions {
		for batch := range slices.Chunk(all, size) {
			if len(batch) == 1 {
				r.spawn(batch[0], func() Result { return one(batch[0]) })
				continue
			}
			r.wait.Go(func() {
				r.slots <- struct{}{}
				find, err := many(batch)
				<-r.slots
				r.settle(batch, tried, one, find, err)
			})
		}
	}
}

// settle answers what a batch found, and asks for every other by itself: the
// batch may be denied, or fail as a whole, where others are not and do not, and
// what is said of one alone is more exact. Where the service cannot serve anybody
// just now it is not asked again for each.
func (r *run) settle(batch []*fetch, tried string, one func(*fetch) Result, find finder, err error) {
	class := awserr.Classify(err)
	hopeless := class == awserr.Unreachable || class == awserr.Credentials || class == awserr.Throttled
	for _, f := range batch {
		got, ok := find(f)
		switch {
		case ok:
			r.answer(f, got)
		case hopeless:
			r.answer(f, Result{Failure: serviceFailure(err, tried+f.ref.SecretID)})
		default:
			r.spawn(f, func() Result { return one(f) })
		}
	}
}
