// Package crosstest holds tests that open, with the official AWS Encryption SDK
// for Go, what rekey/shared/envelope seals, and the other way round. It is a
// module of its own, so that nothing of the official SDK reaches the product's
// dependencies. Run it in its folder with go test.
package crosstest
