package front

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// band is the height that the names of the designs take above the picture.
const band vg.Length = 32

// column is a design: its name above the picture, a hairline down to its points.
type column struct {
	name   string
	x, top float64
}

// columns draw the names so that none lies on another.
type columns struct {
	at    []column // from left to right
	style text.Style
}

// Plot implements plot.Plotter.
func (c *columns) Plot(dc draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&dc)
	hair := draw.LineStyle{Color: foreign, Width: 0.5, Dashes: []vg.Length{1, 2}}
	style := c.style
	style.XAlign, style.YAlign = text.XCenter, text.YBottom
	var centres, widths []vg.Length
	for _, k := range c.at {
		centres, widths = append(centres, x(k.x)), append(widths, style.Width(k.name)+8)
	}
	spread(centres, widths, dc.Max.X)
	base := dc.Max.Y + band - 14
	for i, k := range c.at {
		dc.StrokeLines(hair, []vg.Point{{X: x(k.x), Y: y(k.top) + 5}, {X: x(k.x), Y: dc.Max.Y + 2}, {X: centres[i], Y: base - 1}})
		dc.FillText(style, vg.Point{X: centres[i], Y: base}, k.name)
	}
}

// spread moves centres, ordered from left to right, as little apart as their widths
// ask for, none beyond right.
func spread(centres, widths []vg.Length, right vg.Length) {
	for range 40 * len(centres) {
		for i := 1; i < len(centres); i++ {
			if over := (widths[i-1]+widths[i])/2 - (centres[i] - centres[i-1]); over > 0 {
				centres[i-1] -= over / 2
				centres[i] += over / 2
			}
		}
		if n := len(centres); n > 0 {
			centres[n-1] = min(centres[n-1], right)
		}
	}
}

// names writes the short names of published points beside them.
type names struct {
	at    plotter.XYs
	style text.Style
}

// Plot implements plot.Plotter.
func (n names) Plot(dc draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&dc)
	for i, at := range n.at {
		s := n.style
		pt := vg.Point{X: x(at.X) + 7, Y: y(at.Y)}
		s.XAlign, s.YAlign = text.XLeft, text.YCenter
		if pt.X+s.Width(published[i].short) > dc.Max.X {
			pt.X -= 14
			s.XAlign = text.XRight
		}
		dc.FillText(s, pt, published[i].short)
	}
}

// goalArea shades where the mean of a design would have to lie.
type goalArea struct{ goal Goal }

// Plot implements plot.Plotter.
func (g goalArea) Plot(dc draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&dc)
	fill(&dc, vg.Rectangle{Min: vg.Point{X: dc.Min.X, Y: y(g.goal.Geomean)}, Max: vg.Point{X: x(g.goal.LUT), Y: dc.Max.Y}})
}

// Thumbnail implements plot.Thumbnailer.
func (goalArea) Thumbnail(dc *draw.Canvas) { fill(dc, dc.Rectangle) }

func fill(dc *draw.Canvas, r vg.Rectangle) {
	dc.SetColor(green)
	dc.Fill(r.Path())
}

// diamond is the glyph of the means.
type diamond struct{}

// DrawGlyph implements draw.GlyphDrawer.
func (diamond) DrawGlyph(c *draw.Canvas, s draw.GlyphStyle, at vg.Point) {
	var p vg.Path
	p.Move(vg.Point{X: at.X, Y: at.Y + s.Radius})
	p.Line(vg.Point{X: at.X + s.Radius, Y: at.Y})
	p.Line(vg.Point{X: at.X, Y: at.Y - s.Radius})
	p.Line(vg.Point{X: at.X - s.Radius, Y: at.Y})
	p.Close()
	c.SetColor(s.Color)
	c.Fill(p)
}
