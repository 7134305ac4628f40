package dugong_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/dugong-http/dugong"
)

// twoEach closes every connection with its second answer, and says so.
func twoEach() http.HandlerFunc {
	var mu sync.Mutex
	served := map[string]int{}
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		served[r.RemoteAddr]++
		last := served[r.RemoteAddr] == 2
		mu.Unlock()
		if last {
			w.Header().Set("Connection", "close")
		}
		fmt.Fprint(w, "fine")
	}
}

// What was lost is sent again, if that does no harm.
func Example_retry() {
	addr, stop := serve(twoEach())
	defer stop()
	ctx := context.Background()
	c, err := dugong.New(addr, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	todo := []*dugong.Request{{Path: "/a"}, {Path: "/b"}, {Method: "POST", Path: "/c"}, {Path: "/d"}}
	for tries, lost := 0, false; len(todo) > 0 && tries < 5; tries++ {
		batch := todo
		if lost { // the first request after a loss goes alone (RFC 9112 section 9.3.2)
			c.Reset()
			batch, lost = todo[:1], false
		}
		for resp, err := range c.Pipeline(ctx, slices.Values(batch)) {
			if err == nil {
				_, err = resp.Body.ReadAll() // an answer counts once its body is whole
			}
			if err != nil {
				if !dugong.IsTemporary(err) {
					log.Fatal(err)
				}
				lost = true
				break
			}
			fmt.Println(resp.Method, resp.Path, resp.Status)
			todo = todo[1:] // answers come in the order of the requests
			tries = 0       // only tries that bring nothing count
		}
		if !lost {
			continue
		}
		for _, x := range c.Unanswered() {
			fmt.Println(x.Method, x.Path, x.Verdict)
			if x.Verdict == dugong.MaybeProcessed && x.Method == "POST" {
				log.Fatal("only a human can decide about ", x.Path)
			}
		}
	}
	if len(todo) > 0 {
		log.Fatal(len(todo), " requests are left without an answer")
	}

	// Output:
	// GET /a 200
	// GET /b 200
	// POST /c not processed
	// GET /d not processed
	// POST /c 200
	// GET /d 200
}

// Two clocks: the inactivity timeout of the connection, and the context.
func Example_timeouts() {
	addr, stop := serve(func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done() // says nothing until the client goes
	})
	defer stop()
	ctx := context.Background()
	c, err := dugong.New(addr, &dugong.Config{Timeout: 20 * time.Millisecond})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	if err := c.SendRequest(ctx, &dugong.Request{Path: "/slow"}); err != nil {
		log.Fatal(err)
	}

	// No octet moved for Config.Timeout.
	_, err = c.ReadResponse(ctx)
	var e *dugong.Error
	if errors.As(err, &e) {
		fmt.Println(errors.Is(err, dugong.ErrConnectionTimedOut), errors.Is(err, os.ErrDeadlineExceeded), e.Phase, dugong.IsTemporary(err))
	}

	// The caller's own limit. Nothing was consumed, so the call may be repeated.
	c.SetTimeout(-1)
	limited, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	_, err = c.ReadResponse(limited)
	fmt.Println(errors.Is(err, dugong.ErrCanceled), errors.Is(err, context.DeadlineExceeded), dugong.IsTemporary(err))
	fmt.Println(c.Pending())

	// Output:
	// true true head true
	// true true false
	// 1
}
