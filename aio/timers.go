package aio

import "time"

// timers is a heap of tasks by the time at which they are to be looked at. A
// task's place is not changed when it is resumed, and not when it waits again
// with a later deadline, which is the rule: each wait of a connection moves its
// inactivity timeout. Only when its turn comes is it seen that there is more
// time, or that it does not wait at all.
type timers []*task

// set sees to it that t is looked at by its deadline.
func (h *timers) set(t *task) {
	switch {
	case t.index < 0:
		t.alarm, t.index = t.deadline, len(*h)
		*h = append(*h, t)
		h.up(t.index)
	case t.deadline.Before(t.alarm):
		t.alarm = t.deadline
		h.up(t.index)
	}
}

// due takes out a task whose deadline has come, nil if there is none.
func (h *timers) due(now time.Time) *task {
	for len(*h) > 0 && !(*h)[0].alarm.After(now) {
		t := (*h)[0]
		h.remove(t)
		switch {
		case t.deadline.IsZero():
		case t.deadline.After(now):
			h.set(t)
		default:
			return t
		}
	}
	return nil
}

// next is when due should be asked again; zero: never.
func (h timers) next() time.Time {
	if len(h) == 0 {
		return time.Time{}
	}
	return h[0].alarm
}

func (h *timers) remove(t *task) {
	i, last := t.index, len(*h)-1
	if i < 0 {
		return
	}
	h.swap(i, last)
	(*h)[last] = nil
	*h = (*h)[:last]
	t.index = -1
	if i < last {
		h.up(i)
		h.down(i)
	}
}

func (h timers) swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h timers) up(i int) {
	for i > 0 {
		p := (i - 1) / 2
		if !h[i].alarm.Before(h[p].alarm) {
			return
		}
		h.swap(i, p)
		i = p
	}
}

func (h timers) down(i int) {
	for {
		c := 2*i + 1
		if c+1 < len(h) && h[c+1].alarm.Before(h[c].alarm) {
			c++
		}
		if c >= len(h) || !h[c].alarm.Before(h[i].alarm) {
			return
		}
		h.swap(i, c)
		i = c
	}
}
