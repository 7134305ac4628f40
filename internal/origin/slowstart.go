package origin

import "time"

// initialWindow is what TCP may send before the first acknowledgement: ten
// segments (RFC 6928) of the usual size on an Ethernet.
const initialWindow = 10 * 1460

// slowStart models the beginning of a TCP connection on which nothing is lost
// (RFC 5681 section 3.1): an acknowledgement comes a round-trip time after the
// octets have left, and each octet that it covers widens the window by one, so
// the window doubles every round trip. It counts octets, not segments; there is
// no threshold, no delayed acknowledgement and no restart after a pause.
type slowStart struct {
	rtt         time.Duration
	sent, acked int64
	now         time.Time
	flying      []departure // sent and not acknowledged, in order
}

// A departure is when the octets up to end left.
type departure struct {
	end int64
	at  time.Time
}

// depart says when the next octets leave of n that are there from now on, and
// how many leave then.
func (s *slowStart) depart(n int, now time.Time) (int, time.Time) {
	if s.now.Before(now) {
		s.now = now
	}
	for len(s.flying) > 0 && (s.room() <= 0 || !s.flying[0].at.Add(s.rtt).After(s.now)) {
		if acked := s.flying[0].at.Add(s.rtt); s.now.Before(acked) {
			s.now = acked
		}
		s.acked, s.flying = s.flying[0].end, s.flying[1:]
	}
	n = min(n, int(s.room()))
	s.sent += int64(n)
	s.flying = append(s.flying, departure{s.sent, s.now})
	return n, s.now
}

// room is how much the window has: what it began with and what was
// acknowledged, without what is under way.
func (s *slowStart) room() int64 { return initialWindow + s.acked - (s.sent - s.acked) }
