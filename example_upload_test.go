package dugong_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"

	"github.com/dugong-http/dugong"
)

// swallow answers with what it was sent; /forbidden it refuses unread.
func swallow(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/forbidden" {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	p, err := io.ReadAll(r.Body)
	fmt.Fprintf(w, "%s, length %d, %q, trailer %q, %v", r.Method, r.ContentLength, p, r.Trailer.Get("Sum"), err)
}

// show reads the next response and prints its body.
func show(ctx context.Context, c *dugong.Conn) {
	resp, err := c.ReadResponse(ctx)
	if err != nil {
		log.Fatal(err)
	}
	body, err := resp.Body.ReadAll()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(resp.Status, string(body))
}

// The four forms of a request body.
func Example_upload() {
	addr, stop := serve(swallow)
	defer stop()
	ctx := context.Background()
	c, err := dugong.Dial(ctx, addr, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	// Octets in memory.
	err = c.SendRequest(ctx, &dugong.Request{Method: "PUT", Path: "/1", Body: dugong.BodyBytes([]byte("one"))})
	if err != nil {
		log.Fatal(err)
	}
	show(ctx, c)

	// A reader whose length is known, such as a file.
	err = c.SendRequest(ctx, &dugong.Request{Method: "PUT", Path: "/2", Body: dugong.BodyReader(strings.NewReader("two"), 3)})
	if err != nil {
		log.Fatal(err)
	}
	show(ctx, c)

	// A length that is announced, and octets that follow.
	err = c.SendRequest(ctx, &dugong.Request{Method: "PUT", Path: "/3", Body: dugong.BodyFollowing(5)})
	if err != nil {
		log.Fatal(err)
	}
	if _, err = io.WriteString(c.BodyWriter(), "three"); err != nil {
		log.Fatal(err)
	}
	show(ctx, c)

	// A length that nobody knows yet; trailer fields may end it. The server of
	// this example wants them announced.
	err = c.SendRequest(ctx, &dugong.Request{
		Method: "PUT", Path: "/4",
		Header: dugong.HeaderOf("Trailer", "Sum"),
		Body:   dugong.BodyChunked(),
	})
	if err != nil {
		log.Fatal(err)
	}
	if _, err = c.ReadFrom(strings.NewReader("four")); err != nil {
		log.Fatal(err)
	}
	if err = c.EndBody(dugong.HeaderOf("Sum", "444")); err != nil {
		log.Fatal(err)
	}
	show(ctx, c)

	// Output:
	// 200 PUT, length 3, "one", trailer "", <nil>
	// 200 PUT, length 3, "two", trailer "", <nil>
	// 200 PUT, length 5, "three", trailer "", <nil>
	// 200 PUT, length -1, "four", trailer "444", <nil>
}

// The peer looks at the header before the body is sent.
func Example_continue() {
	addr, stop := serve(swallow)
	defer stop()
	ctx := context.Background()
	c, err := dugong.New(addr, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	for _, path := range []string{"/allowed", "/forbidden"} {
		err := c.SendRequest(ctx, &dugong.Request{
			Method: "PUT", Path: path, Body: dugong.BodyFollowing(5), ExpectContinue: true,
		})
		if err != nil {
			log.Fatal(err)
		}
		resp, err := c.ReadResponse(ctx)
		var e *dugong.Error
		silent := errors.As(err, &e) && e.Phase == dugong.PhaseWait100 && errors.Is(err, dugong.ErrConnectionTimedOut)
		if silent || err == nil && resp.Status == 100 {
			fmt.Println("send it")
			_, cut := c.Write([]byte("hello"))
			// Whatever Write says: the server may have answered and gone.
			if resp, err = c.ReadResponse(ctx); err != nil {
				err = errors.Join(cut, err)
			}
		}
		if err != nil {
			log.Fatal(err)
		}
		body, err := resp.Body.ReadAll()
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(path, resp.Status, len(body))
	}

	// The second body was never sent, so the connection is not used again:
	err = c.SendRequest(ctx, &dugong.Request{Path: "/"})
	fmt.Println(errors.Is(err, dugong.ErrConnectionClosed), len(c.Unanswered()))

	// Output:
	// send it
	// /allowed 200 41
	// /forbidden 403 0
	// true 0
}
