//go:build !nolab

package main

import "github.com/spf13/cobra"

// labCommands are those that need the lab.
func (a *app) labCommands() []*cobra.Command {
	return []*cobra.Command{a.labCommand(), a.demoCommand()}
}
