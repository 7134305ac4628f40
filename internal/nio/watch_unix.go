//go:build unix

package nio

import "slices"

// Watch tells w of the next wake for one of the directions, or of the closing.
// It reports false, and does nothing, if a wake is waiting to be noticed, or the
// closing is.
func (s *sock) Watch(w *Watcher, dirs Events) bool {
	if dirs&In != 0 && !s.r.watch(w) {
		return false
	}
	if dirs&Out != 0 && !s.w.watch(w) {
		s.r.unwatch(w)
		return false
	}
	if s.closing.Load() { // looked at now: Close wakes those whom it finds
		s.Unwatch(w)
		return false
	}
	return true
}

// Unwatch takes w off.
func (s *sock) Unwatch(w *Watcher) {
	s.r.unwatch(w)
	s.w.unwatch(w)
}

func (h *half) watch(w *Watcher) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.pending {
		h.pending = false
		return false
	}
	h.watchers = append(h.watchers, w)
	return true
}

func (h *half) unwatch(w *Watcher) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if i := slices.Index(h.watchers, w); i >= 0 {
		h.watchers = slices.Delete(h.watchers, i, i+1)
	}
}
