package front

import (
	"bytes"
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Size of the picture.
const (
	width, height = 10.2 * vg.Inch, 5.4 * vg.Inch
	legendWidth   = 2.9 * vg.Inch
)

// published are the points of others.
var published = []struct {
	short, long  string
	lut, speedup float64
}{
	{"MARVEL", "MARVEL: 2x, +28.23 % LUT", marvelLUT, 2},
	{"XCV", "CV32E40P + XCV: ~8x, +53 % LUT", 53, 8},
}

// The colours of the series keep apart for the colour-blind too (Okabe and Ito).
var (
	ink     = color.Gray{0x22}
	faint   = color.Gray{0xd8}
	foreign = color.RGBA{0x6e, 0x6e, 0x6e, 0xff}
	green   = color.RGBA{0xe3, 0xf3, 0xe6, 0xff}
	palette = []color.Color{
		color.RGBA{0x00, 0x72, 0xb2, 0xff}, color.RGBA{0xe6, 0x9f, 0x00, 0xff}, color.RGBA{0x00, 0x9e, 0x73, 0xff}, color.RGBA{0xcc, 0x79, 0xa7, 0xff},
		color.RGBA{0x56, 0xb4, 0xe9, 0xff}, color.RGBA{0xd5, 0x5e, 0x00, 0xff}, color.RGBA{0x8c, 0x6b, 0xb1, 0xff},
	}
	shapes = []draw.GlyphDrawer{draw.CircleGlyph{}, draw.SquareGlyph{}, draw.TriangleGlyph{}, draw.RingGlyph{}, draw.BoxGlyph{}}
)

// SVG draws speed-up against area.
func (f *Front) SVG() ([]byte, error) {
	c := vgsvg.NewWith(vgsvg.UseWH(width, height))
	if err := f.draw(draw.New(c)); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	_, err := c.WriteTo(&b)
	return b.Bytes(), err
}

func (f *Front) draw(dc draw.Canvas) error {
	p, legend := f.axes()
	columns := f.columns()
	for i, n := range f.Networks {
		var xy plotter.XYs
		for _, d := range f.Designs {
			if s := d.Runs[i].Speedup; s > 0 {
				xy = append(xy, plotter.XY{X: d.Overhead.LUTLUTRAM, Y: s})
			}
		}
		style := draw.GlyphStyle{Color: palette[i%len(palette)], Shape: shapes[i%len(shapes)], Radius: 3.2}
		if err := addPoints(p, legend, n.Name, style, xy); err != nil {
			return err
		}
	}
	var means plotter.XYs
	for _, d := range f.Designs {
		if d.Geomean > 0 {
			means = append(means, plotter.XY{X: d.Overhead.LUTLUTRAM, Y: d.Geomean})
		}
	}
	if err := addFront(p, means); err != nil {
		return err
	}
	if err := addPoints(p, legend, "geometric mean, and the front", draw.GlyphStyle{Color: ink, Shape: diamond{}, Radius: 6}, means); err != nil {
		return err
	}
	var others plotter.XYs
	for _, o := range published {
		xy := plotter.XY{X: o.lut, Y: o.speedup}
		others = append(others, xy)
		if err := addPoints(p, legend, o.long, draw.GlyphStyle{Color: foreign, Shape: draw.CrossGlyph{}, Radius: 4.5}, plotter.XYs{xy}); err != nil {
			return err
		}
	}
	p.Add(&columns, names{others, small(foreign)})
	p.Draw(draw.Crop(dc, 4, -legendWidth, 4, -band))
	legend.Draw(draw.Crop(dc, width-legendWidth+12, 0, 0, -band))
	return nil
}

// axes is the empty picture: what all series have in common.
func (f *Front) axes() (*plot.Plot, *plot.Legend) {
	p := plot.New()
	l := plot.NewLegend()
	l.Top, l.Left, l.TextStyle, l.Padding, l.ThumbnailWidth = true, true, small(ink), 4, 18
	right, low, high := 60.0, 1.0, 40.0
	for _, d := range f.Designs {
		right = max(right, 1.08*d.Overhead.LUTLUTRAM)
		for _, r := range d.Runs {
			if r.Speedup > 0 {
				low, high = min(low, r.Speedup), max(high, r.Speedup)
			}
		}
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, right, low/1.1, 1.3*high
	for _, d := range f.Designs {
		p.X.Min = min(p.X.Min, 1.08*d.Overhead.LUTLUTRAM)
	}
	p.X.Label.Text, p.Y.Label.Text = "LUT + LUTRAM more than the core alone, %", "speed-up"
	p.X.Tick.Marker = plot.ConstantTicks(percentTicks(p.X.Min, p.X.Max))
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, plot.ConstantTicks(logTicks(p.Y.Min, p.Y.Max))
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Color, a.Tick.Color, a.LineStyle.Color = ink, foreign, foreign
		a.Label.TextStyle.Font, a.Tick.Label.Font = sans(10.5), sans(10)
		a.Label.TextStyle.Color, a.Tick.Label.Color = ink, ink
		a.Label.Padding, a.Padding = 4, 0
	}
	fast := Goals[0]
	p.Add(goalArea{fast})
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = faint, faint
	grid.Vertical.Width, grid.Horizontal.Width = 0.5, 0.5
	p.Add(grid)
	l.Add(fmt.Sprintf("goal: mean ≥ %gx at +%g %%", fast.Geomean, fast.LUT), goalArea{fast})
	return p, &l
}

// columns are the names of the designs above their points.
func (f *Front) columns() columns {
	c := columns{style: small(ink)}
	for _, d := range f.Designs {
		top := 0.0
		for _, r := range d.Runs {
			top = max(top, r.Speedup)
		}
		if top > 0 {
			c.at = append(c.at, column{d.Name, d.Overhead.LUTLUTRAM, top})
		}
	}
	slices.SortStableFunc(c.at, func(a, b column) int {
		if a.x < b.x {
			return -1
		}
		return 1
	})
	return c
}

func addPoints(p *plot.Plot, l *plot.Legend, name string, style draw.GlyphStyle, xy plotter.XYs) error {
	if len(xy) == 0 {
		return nil
	}
	s, err := plotter.NewScatter(xy)
	if err != nil {
		return err
	}
	s.GlyphStyle = style
	p.Add(s)
	l.Add(name, s)
	return nil
}

// addFront draws steps through the means that no smaller design exceeds.
func addFront(p *plot.Plot, means plotter.XYs) error {
	best := frontOf(means)
	if len(best) < 2 {
		return nil
	}
	line, err := plotter.NewLine(best)
	if err != nil {
		return err
	}
	line.StepStyle, line.LineStyle = plotter.PostStep, draw.LineStyle{Color: ink, Width: 0.8, Dashes: []vg.Length{4, 3}}
	p.Add(line)
	return nil
}

// frontOf selects the points that no point at most as far right exceeds.
func frontOf(points plotter.XYs) plotter.XYs {
	all := slices.Clone(points)
	slices.SortFunc(all, func(a, b plotter.XY) int {
		if a.X < b.X || a.X == b.X && a.Y > b.Y {
			return -1
		}
		return 1
	})
	var best plotter.XYs
	for _, xy := range all {
		if len(best) == 0 || xy.Y > best[len(best)-1].Y {
			best = append(best, xy)
		}
	}
	return best
}

// logTicks labels 1, 2, 5, 10 and so on.
func logTicks(low, high float64) []plot.Tick {
	var out []plot.Tick
	for e := math.Floor(math.Log10(low)); e <= math.Ceil(math.Log10(high)); e++ {
		for m := 1.0; m < 10; m++ {
			v := m * math.Pow(10, e)
			if v < low || v > high {
				continue
			}
			t := plot.Tick{Value: v}
			if m == 1 || m == 2 || m == 5 {
				t.Label = fmt.Sprintf("%gx", math.Round(1e6*v)/1e6)
			}
			out = append(out, t)
		}
	}
	return out
}

// percentTicks labels every tenth, or fewer where areas are large.
func percentTicks(low, high float64) []plot.Tick {
	step := 10.0
	for (high-low)/step > 10 {
		step *= 2
	}
	var out []plot.Tick
	for v := step * math.Ceil(low/step); v <= high; v += step {
		out = append(out, plot.Tick{Value: v, Label: fmt.Sprintf("%g", v)})
	}
	return out
}

func sans(size font.Length) font.Font {
	return font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
}

func small(c color.Color) text.Style {
	return text.Style{Color: c, Font: sans(9.5), Handler: plot.DefaultTextHandler}
}
