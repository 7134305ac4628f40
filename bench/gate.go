package main

import "sync"

// A gate opens when so many wait at it, and is closed for the next ones.
type gate struct {
	mu      sync.Mutex
	waiting int
	open    chan struct{}
}

func (g *gate) wait(n int) {
	g.mu.Lock()
	if g.open == nil {
		g.open = make(chan struct{})
	}
	open := g.open
	if g.waiting++; g.waiting == n {
		close(open)
		g.waiting, g.open = 0, nil
	}
	g.mu.Unlock()
	<-open
}
