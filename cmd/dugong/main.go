// Command dugong fetches documents by pipelining over few connections. See
// docs/cli.md or "dugong --help".
//
// What goes where: standard output has what was asked for, which is the
// address of a server, the table of the demo, and help. Everything about the
// way there goes to standard error: complaints, the progress bar (on a
// terminal only) and the line that sums up. Documents go to files, or with
// "-o -" one to standard output.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// Whoever reads our output may go away. A write that fails is dealt with,
	// and must not end the program in the middle of a file.
	signal.Ignore(syscall.SIGPIPE)
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// errInterrupted is the cause of a context that a signal has ended.
var errInterrupted = errors.New("interrupted")

// run is main for a given environment. The first interrupt ends it in good
// order, the second one at once.
func run(args []string, in io.Reader, out, errOut io.Writer) int {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	go func() {
		select {
		case <-signals:
			signal.Stop(signals)
			cancel(errInterrupted)
		case <-ctx.Done():
		}
	}()
	return runContext(ctx, args, streams{in, out, errOut})
}

// streams are the standard ones, or a test's.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

func interrupted(ctx context.Context) bool { return context.Cause(ctx) == errInterrupted }
