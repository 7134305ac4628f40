// Command plot draws the tables of growth that the benchmarks wrote:
//
//	go run ./plot results/growth.tsv ../docs/img
//
// It is a program of its own so that fonts and drawing do not add to the memory
// of the clients.
package main

import (
	"fmt"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// A table is what one SVG shows.
type table struct {
	name, unit string
	clients    []string
	points     map[string][]point
}

type point struct{ x, cpu, peak float64 }

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: plot growth.tsv DIR")
		os.Exit(2)
	}
	tables, err := read(os.Args[1])
	for _, t := range tables {
		if err == nil {
			err = t.draw(filepath.Join(os.Args[2], t.name+".svg"))
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "plot:", err)
		os.Exit(1)
	}
}

// read takes lines of table, unit, x, client, microseconds of CPU a request and
// MiB resident at most.
func read(name string) (all []*table, err error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if len(f) != 6 {
			return nil, fmt.Errorf("%s: not six columns: %q", name, line)
		}
		var n [6]float64
		for _, i := range []int{2, 4, 5} {
			if n[i], err = strconv.ParseFloat(f[i], 64); err != nil {
				return nil, err
			}
		}
		if len(all) == 0 || all[len(all)-1].name != f[0] {
			all = append(all, &table{name: f[0], unit: f[1], points: map[string][]point{}})
		}
		all[len(all)-1].add(f[3], point{n[2], n[4], n[5]})
	}
	return all, nil
}

func (t *table) add(client string, p point) {
	if t.points[client] == nil {
		t.clients = append(t.clients, client)
	}
	t.points[client] = append(t.points[client], p)
}

func (t *table) draw(name string) error {
	cost, err := t.chart("CPU of the client, us a request", true, func(p point) float64 { return p.cpu })
	if err != nil {
		return err
	}
	memory, err := t.chart("resident at most, MiB", false, func(p point) float64 { return p.peak })
	if err != nil {
		return err
	}
	canvas := vgsvg.New(9*vg.Inch, 3.4*vg.Inch)
	tiles := draw.Tiles{Rows: 1, Cols: 2, PadX: 16, PadTop: 6, PadBottom: 4, PadLeft: 4, PadRight: 12}
	both := [][]*plot.Plot{{cost, memory}}
	for i, c := range plot.Align(both, tiles, draw.New(canvas))[0] {
		both[0][i].Draw(c)
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if _, err = canvas.WriteTo(f); err != nil {
		return err
	}
	return f.Close()
}

// colours by the beginning of a client's name.
var colours = map[string]color.Color{
	"raw": color.Gray{128}, "dugong": color.RGBA{0, 90, 200, 255}, "fasthttp": color.RGBA{220, 110, 0, 255}, "net/http": color.RGBA{180, 0, 60, 255},
}

func colour(client string) color.Color {
	for name, c := range colours {
		if strings.HasPrefix(client, name) {
			return c
		}
	}
	return color.Black
}

// chart draws a line for each client, over a logarithmic axis.
func (t *table) chart(label string, logarithmic bool, y func(point) float64) (*plot.Plot, error) {
	p := plot.New()
	p.BackgroundColor = color.White
	p.X.Label.Text, p.Y.Label.Text = t.unit, label
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, powers{}
	if logarithmic {
		p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, powers{}
	}
	p.Legend.Top = true
	p.Add(plotter.NewGrid())
	lowest, highest := 0.0, 0.0
	for _, client := range t.clients {
		var xy plotter.XYs
		for _, q := range t.points[client] {
			v := max(y(q), 0.001)
			xy = append(xy, plotter.XY{X: q.x, Y: v})
			if lowest == 0 || v < lowest {
				lowest = v
			}
			highest = max(highest, v)
		}
		line, dots, err := plotter.NewLinePoints(xy)
		if err != nil {
			return nil, err
		}
		line.Color, dots.Color, dots.Shape = colour(client), colour(client), draw.CircleGlyph{}
		line.Width, dots.Radius = vg.Points(1.5), vg.Points(2)
		p.Add(line, dots)
		p.Legend.Add(client, line)
	}
	p.Y.Min, p.Y.Max = 0, highest*1.5 // room for the legend
	if logarithmic {
		p.Y.Min, p.Y.Max = lowest/1.5, highest*4
	}
	return p, nil
}

// powers are the ticks of a logarithmic axis: each power of ten, the
// thousandths, thousands, millions with their names; with few powers each has one.
type powers struct{}

func (powers) Ticks(low, high float64) (ticks []plot.Tick) {
	first, last := math.Floor(math.Log10(low)), math.Ceil(math.Log10(high))
	for e := first; e <= last; e++ {
		v, label := math.Pow(10, e), ""
		if last-first <= 5 || math.Mod(e, 3) == 0 {
			label = named(v)
		}
		if v >= low && v <= high {
			ticks = append(ticks, plot.Tick{Value: v, Label: label})
		}
		for _, half := range []float64{2, 5} {
			if w := half * v; w >= low && w <= high {
				tick := plot.Tick{Value: w}
				if last-first <= 2 {
					tick.Label = named(w)
				}
				ticks = append(ticks, tick)
			}
		}
	}
	return ticks
}

func named(v float64) string {
	for _, u := range []struct {
		unit float64
		name string
	}{{1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if v >= u.unit {
			return fmt.Sprintf("%g%s", v/u.unit, u.name)
		}
	}
	return fmt.Sprintf("%.3g", v)
}
