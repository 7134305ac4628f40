package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/dugong-http/dugong/internal/fetch"
)

// Exit codes. help and docs/cli.md say the same.
const (
	exitOK          = 0
	exitTemporary   = 1
	exitUsage       = 2
	exitPermanent   = 3
	exitStatus      = 4
	exitInterrupted = 130
)

const description = "Fetch documents by HTTP/1.1 pipelining over few connections.\n\n" + exitCodes

const exitCodes = `Exit codes: 0 all was fetched; 1 something failed that may go well later (demo: something failed);
2 usage or bad input, nothing was done; 3 something failed for good;
4 an answer had another status than 2xx, redirects included; 130 interrupted.`

// cli is the model of the command line. A test holds docs/cli.md to it.
type cli struct {
	Get   getCmd   `cmd:"" help:"Fetch documents into files."`
	Serve serveCmd `cmd:"" help:"Run a small origin server for trying things out."`
	Demo  demoCmd  `cmd:"" help:"Compare clients over a long way, in one process."`

	Version kong.VersionFlag `help:"Print the version and end."`
}

type getCmd struct {
	URLs        []string      `arg:"" optional:"" name:"url" help:"What to fetch: http or https."`
	Input       string        `short:"i" placeholder:"FILE" help:"Read URLs from this file, one a line; - is standard input. Blank lines and lines that begin with # are skipped."`
	Output      string        `short:"o" placeholder:"FILE" xor:"where" help:"Write the document to this file (one URL only); - is standard output."`
	Dir         string        `placeholder:"DIR" xor:"where" help:"Write the documents into this directory, under the last element of their paths. Default: the current one."`
	Connections int           `default:"2" placeholder:"N" help:"Most connections to one host (default 2)."`
	Depth       int           `default:"64" placeholder:"N" help:"Most requests in flight on one connection (default 64)."`
	Retry       int           `default:"3" placeholder:"N" help:"How often to repeat a request that may have been processed (default 3)."`
	Timeout     time.Duration `default:"30s" placeholder:"TIME" help:"Give up a connection on which nothing has moved for this long (default 30s)."`
	Header      []string      `short:"H" sep:"none" placeholder:"'NAME: VALUE'" help:"Send this header field with every request. May be repeated."`
	Method      string        `short:"X" default:"GET" placeholder:"METHOD" help:"Send this method: GET, HEAD or OPTIONS (default GET)."`
	Proxy       string        `placeholder:"URL" help:"Go through this proxy: http, https, socks5 or socks5h. The environment is not looked at."`
	CACert      string        `name:"cacert" placeholder:"FILE" help:"Trust the certificates in this PEM file, and no others."`
	Insecure    bool          `help:"Accept any certificate."`
	SaveErrors  bool          `help:"Save the bodies of all answers, not only of those with a status of 2xx."`
	Report      string        `placeholder:"FILE" help:"Write what became of each URL to this file, as JSON."`
	Quiet       bool          `short:"q" help:"Show complaints only: no progress, no summary."`
}

// Help is what kong adds to the help of this command.
func (*getCmd) Help() string { return exitCodes }

type serveCmd struct {
	Dir        string        `arg:"" optional:"" help:"Serve the files of this directory."`
	Addr       string        `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Listen here (default 127.0.0.1:8080); port 0 is a free one."`
	RTT        time.Duration `name:"rtt" default:"0s" placeholder:"TIME" help:"Make the way this long, in round-trip time (default 0s)."`
	Docs       *int          `placeholder:"N" help:"Serve so many synthetic documents at /doc/0 and so on, their sums at /sums (default 1000, with DIR 0)."`
	Size       int64         `default:"10240" placeholder:"BYTES" help:"Size of each synthetic document (default 10240)."`
	CloseAfter int           `default:"0" placeholder:"N" help:"Close each connection after so many requests, announced (default 0: never)."`
	TLS        bool          `name:"tls" help:"Serve https, with a certificate made for this run."`
	CertOut    string        `placeholder:"FILE" help:"Write that certificate to this file, for --cacert."`
}

type demoCmd struct {
	Docs int           `default:"1000" placeholder:"N" help:"Number of documents (default 1000)."`
	Size int64         `default:"10240" placeholder:"BYTES" help:"Size of each document (default 10240)."`
	RTT  time.Duration `name:"rtt" default:"50ms" placeholder:"TIME" help:"Round-trip time of the way (default 50ms)."`
}

// exitCalled is what kong's Exit panics with: it is called for --help
// and --version.
type exitCalled int

func newParser(model *cli, std streams) *kong.Kong {
	return kong.Must(model, append(valueMappers(), kong.Name("dugong"), kong.Description(description), kong.Writers(silent{std.out}, std.err),
		kong.Vars{"version": version()}, kong.Exit(func(code int) { panic(exitCalled(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}))...)
}

// userinfo is where a URL has its credentials. The parser of the flags repeats
// what it does not understand.
var userinfo = regexp.MustCompile(`://[^/\s"]*@`)

// command is what each command does once its flags are parsed.
type command interface {
	run(ctx context.Context, std streams) (code int, err error)
}

// runContext runs the command. What was asked for and could not be written to
// standard output is a failure, whatever else went well.
func runContext(ctx context.Context, args []string, std streams) int {
	out := &sticky{w: std.out}
	std.out = out
	code := dispatch(ctx, args, std)
	if code == exitOK && out.err != nil {
		return complain(std, fmt.Errorf("standard output: %w", reasonOf(out.err)))
	}
	return code
}

func dispatch(ctx context.Context, args []string, std streams) (code int) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case exitCalled:
			code = int(v)
		default:
			panic(v)
		}
	}()
	var model cli
	parsed, err := newParser(&model, std).Parse(withHelp(args))
	if err != nil {
		return complain(std, &usageError{userinfo.ReplaceAllString(parseText(err), "://...@") + "; see dugong --help"})
	}
	selected := map[string]command{"get": &model.Get, "serve": &model.Serve, "demo": &model.Demo}
	code, err = selected[strings.Fields(parsed.Command())[0]].run(ctx, std)
	if err != nil {
		return max(code, complain(std, err))
	}
	return code
}

// withHelp takes "help" for --help, as many programs do.
func withHelp(args []string) []string {
	if len(args) == 0 || args[0] != "help" {
		return args
	}
	return append(slices.Clone(args[1:]), "--help")
}

// parseText says what the parser found wrong. Where it met a word that is no
// command, its own text does not say which there are.
func parseText(err error) string {
	var p *kong.ParseError
	if !errors.As(err, &p) || p.Context.Selected() != nil || !strings.HasPrefix(err.Error(), "unexpected argument ") {
		return err.Error()
	}
	var names []string
	for _, c := range p.Context.Model.Children {
		names = append(names, c.Name)
	}
	i := slices.IndexFunc(p.Context.Args, func(arg string) bool { return !strings.HasPrefix(arg, "-") })
	if i < 0 {
		return err.Error()
	}
	return fmt.Sprintf("%q is no command: %s", fetch.Excerpt(p.Context.Args[i]), strings.Join(names, ", "))
}

// usageError is what the user can mend: nothing was done.
type usageError struct{ text string }

func (u *usageError) Error() string { return u.text }

func usage(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// complain prints an error in one line and gives its exit code.
func complain(std streams, err error) int {
	fmt.Fprintln(std.err, "dugong: "+words(err))
	var u *usageError
	if errors.As(err, &u) {
		return exitUsage
	}
	return exitPermanent
}

// words are those of an error, in one line. The library's errors begin with its
// name, which stands before each line already.
func words(err error) string { return oneLine(strings.TrimPrefix(err.Error(), "dugong: ")) }

// oneLine makes a text fit for one line of a terminal: no control characters,
// and not too long.
func oneLine(s string) string {
	const most = 600
	if len(s) > most {
		s = s[:most/2] + " ... " + s[len(s)-most/2:]
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}
