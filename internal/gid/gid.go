// Package gid tells goroutines apart.
//
// A task may be suspended only by the goroutine that runs it: anything else
// ends the program. A context, however, travels to other goroutines easily (an
// errgroup, a hook), so every wait asks who it is. The number that the runtime
// prints takes microseconds to get; the address of the runtime's own record
// takes none, and is different for any two goroutines that live.
package gid

// Current identifies the calling goroutine among those that live now.
func Current() uintptr { return current() }
