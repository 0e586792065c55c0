package network

import (
	"cmp"
	"slices"

	"marvelgen/gen/isa"
	"marvelgen/verif/iss"
	"marvelgen/verif/profile"
)

// Profile is where the cycles of one inference go.
type Profile struct {
	File     string `json:"file"`
	Network  string `json:"network"`
	Design   string `json:"design"`
	Compiler string `json:"compiler"`
	MACs     int64  `json:"macs"`
	profile.Totals
	Layers    []LayerProfile `json:"layers"`
	Operators []LayerProfile `json:"operators"` // by class, most cycles first
	Blocks    []BlockProfile `json:"blocks"`    // the hot ones
	Mix       profile.Mix    `json:"mix"`

	Lines []profile.LineCounts `json:"lines"` // of C, the hot ones

	parts []part
	code  *profile.Program
	lines *profile.Lines
}

// LayerProfile is one layer, or all layers of one operator.
type LayerProfile struct {
	Name     string `json:"name"`
	Operator string `json:"operator"`
	Layers   int    `json:"layers"`
	MACs     int64  `json:"macs"`
	profile.Totals
	CyclesPerMAC float64 `json:"cycles_per_mac,omitempty"`
	Share        float64 `json:"share"`            // of the cycles
	Kernel       string  `json:"kernel,omitempty"` // the function that takes most of them
	// Of a layer on a design with instructions of its own: whose code ran, and why the
	// design's kernel left it to another.
	Path  string   `json:"path,omitempty"`
	Notes []string `json:"notes,omitempty"`
}

// BlockProfile is one basic block.
type BlockProfile struct {
	Function   string   `json:"function"`
	Start      uint32   `json:"start"`
	File       string   `json:"file,omitempty"`
	Line       int      `json:"line,omitempty"` // of its first instruction
	Executions uint64   `json:"executions"`
	Cycles     uint64   `json:"cycles"`
	Share      float64  `json:"share"`
	Code       []string `json:"code"`
}

// part is the blocks of one layer.
type part struct {
	layer  *LayerProfile
	blocks []iss.BlockCounts
}

// ProfileOf sums up a run: at most hot blocks and as many rows of each statistic.
// lines may be nil.
func (m *Model) ProfileOf(s *Sample, design *isa.Machine, lines *profile.Lines, hot int) *Profile {
	all := design.All()
	code := profile.NewProgram(all[:len(design.Base)], all[len(design.Base):], s.Image)
	p := &Profile{File: m.Graph.File, Network: m.Graph.Name, Design: design.Design.Name, MACs: m.MACs(), code: code, lines: lines}
	classes := map[string]*LayerProfile{}
	counts := map[[2]uint32]iss.BlockCounts{}
	for i, n := range m.Graph.Nodes {
		l := LayerProfile{Name: n.Name, Operator: n.Op.String(), Layers: 1, MACs: n.MACs()}
		var blocks []iss.BlockCounts
		if r := s.Layers[i]; r != nil {
			blocks = r.Blocks
			l.Totals = code.Totals(blocks)
			l.Notes = lines.Notes(blocks)
			l.Path = path(design, &l)
			for _, f := range r.Functions { // most cycles first
				l.Kernel = f.Name
				break
			}
		}
		for _, b := range blocks {
			at := [2]uint32{b.Start, b.End}
			c := counts[at]
			c.Start, c.End = b.Start, b.End
			c.Executions += b.Executions
			c.Jumps += b.Jumps
			c.Instructions += b.Instructions
			c.Cycles += b.Cycles
			counts[at] = c
		}
		p.Add(l.Totals)
		c := classes[l.Operator]
		if c == nil {
			c = &LayerProfile{Name: l.Operator, Operator: l.Operator}
			classes[l.Operator] = c
		}
		c.Layers++
		c.MACs += l.MACs
		c.Add(l.Totals)
		p.Layers = append(p.Layers, l)
		p.parts = append(p.parts, part{blocks: blocks})
	}
	for i := range p.Layers {
		p.Layers[i].finish(p.Cycles)
		p.parts[i].layer = &p.Layers[i]
	}
	for _, c := range classes {
		c.finish(p.Cycles)
		p.Operators = append(p.Operators, *c)
	}
	slices.SortFunc(p.Operators, func(a, b LayerProfile) int {
		return cmp.Or(cmp.Compare(b.Cycles, a.Cycles), cmp.Compare(a.Name, b.Name))
	})
	var ran []iss.BlockCounts
	for _, c := range counts {
		ran = append(ran, c)
	}
	slices.SortFunc(ran, func(a, b iss.BlockCounts) int {
		return cmp.Or(cmp.Compare(b.Cycles, a.Cycles), cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
	})
	for _, b := range ran[:min(hot, len(ran))] {
		one := BlockProfile{Function: code.Function(b.Start), Start: b.Start, Executions: b.Executions, Cycles: b.Cycles, Share: share(b.Cycles, p.Cycles)}
		one.File, one.Line = lines.At(b.Start)
		for pc := b.Start; pc < b.End; pc += 4 {
			one.Code = append(one.Code, code.Text(pc))
		}
		p.Blocks = append(p.Blocks, one)
	}
	p.Mix = code.Mix(ran, hot)
	if lines.Known() {
		p.Lines = code.ByLine(ran, iss.TimingOf(design), lines)
		p.Lines = p.Lines[:min(hot, len(p.Lines))]
	}
	return p
}

// Whose code ran.
const (
	PathFast     = "fast"     // the design's instructions
	PathPortable = "portable" // portable C alone
	PathPartly   = "partly"   // the design's instructions, but something was left to another
)

// path says whose code a layer ran: who executes instructions of the extension is the
// judge, not names.
func path(design *isa.Machine, l *LayerProfile) string {
	switch {
	case len(design.Exts) == 0 || l.Instructions == 0:
		return ""
	case l.Custom == 0:
		return PathPortable
	case len(l.Notes) > 0:
		return PathPartly
	}
	return PathFast
}

func (l *LayerProfile) finish(all uint64) {
	l.Share = share(l.Cycles, all)
	if l.MACs > 0 {
		l.CyclesPerMAC = float64(l.Cycles) / float64(l.MACs)
	}
}

func share(part, all uint64) float64 { return float64(part) / float64(max(all, 1)) }
