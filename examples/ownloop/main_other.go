//go:build !unix

// Command ownloop needs descriptors that can be polled, which only Unix has.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "ownloop: there are no descriptors to poll on this system; see package aio")
	os.Exit(1)
}
