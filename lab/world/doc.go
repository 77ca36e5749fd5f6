// Package world is what the services of the lab stand on: a clock moved by
// hand, counted ids, seeded randomness, who is calling, what policies say of
// it, faults to order, and a trail of every call. It knows no service.
//
// One lock covers the whole world, and a handler runs inside it: a call sees
// and leaves one consistent state, as if AWS served one call at a time. A
// service that needs another one (Secrets Manager needs KMS) calls it within
// the same lock, through Call.On.
package world
