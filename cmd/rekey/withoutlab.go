//go:build nolab

package main

import "github.com/spf13/cobra"

// labCommands are none in the Lambda layer: a function has no use for a lab, and
// would load it at each start.
func (a *app) labCommands() []*cobra.Command { return nil }
