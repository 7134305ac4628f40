package main

import (
	"io"
	"os"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// A bar is the progress on a terminal; nil is none.
type bar struct {
	p     *mpb.Progress
	docs  *mpb.Bar
	bytes *mpb.Bar
}

// newBar draws on standard error if that is a terminal. total is 0 where the
// number of documents is not known.
func newBar(quiet bool, errOut io.Writer, total int) *bar {
	f, ok := errOut.(*os.File)
	if quiet || !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return drawBar(f, total)
}

func drawBar(w io.Writer, total int, more ...mpb.ContainerOption) *bar {
	p := mpb.New(append([]mpb.ContainerOption{mpb.WithOutput(w), mpb.WithWidth(80)}, more...)...)
	b := &bar{p: p}
	elapsed := mpb.AppendDecorators(decor.Elapsed(decor.ET_STYLE_MMSS))
	if total > 0 {
		b.docs = p.AddBar(int64(total), mpb.PrependDecorators(decor.CountersNoUnit("%d / %d documents ")), elapsed)
	} else {
		b.docs = p.New(0, mpb.NopStyle(), mpb.PrependDecorators(decor.CurrentNoUnit("%d documents ")), elapsed)
	}
	b.bytes = p.New(0, mpb.NopStyle(), mpb.PrependDecorators(decor.Current(decor.SizeB1024(0), "% .1f"), decor.AverageSpeed(decor.SizeB1024(0), "  % .1f")))
	return b
}

func (b *bar) moved(n int) {
	if b != nil {
		b.bytes.IncrBy(n)
	}
}

func (b *bar) done() {
	if b != nil {
		b.docs.Increment()
	}
}

// Write puts complaints above the bar.
func (b *bar) Write(p []byte) (int, error) { return b.p.Write(p) }

// end leaves the bar as it is and returns when it is drawn.
func (b *bar) end() {
	if b == nil {
		return
	}
	b.docs.Abort(false)
	b.bytes.Abort(false)
	b.p.Wait()
}
