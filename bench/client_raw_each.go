package main

import "bytes"

// rawEach is j.Depth goroutines with a connection each, that write one request
// and count what is read: what connections, goroutines and the kernel cost
// whoever parses.
func rawEach(j job) error {
	var all opened
	defer all.close()
	return inParallel(j, func() func() error {
		c, err := j.dial()
		if err == nil {
			all.add(c)
		}
		r, buf, head, done := []byte(j.request("GET", "")), make([]byte, 1024), 0, 0
		return func() error {
			if err != nil {
				return err
			}
			if _, err = c.Write(r); err != nil {
				return err
			}
			for have := 0; head == 0 || have < head+j.size(done); {
				n, err := c.Read(buf[have:])
				if err != nil {
					return err
				}
				have += n
				if i := bytes.Index(buf[:have], []byte("\r\n\r\n")); head == 0 && i >= 0 {
					head = i + 4 // the same length for all of them
				}
			}
			done++
			return nil
		}
	})
}
