// Package doc emits a page per instruction: encoding, meaning, intrinsic, cycles.
package doc

import (
	"fmt"
	"strings"

	"marvelgen/gen/emit"
	"marvelgen/gen/emit/sw"
	"marvelgen/gen/isa"
)

// Page is the data of doc/instruction.md.tmpl.
type Page struct {
	Header                          emit.Header
	Name, Summary, Source, Assembly string
	Bits                            []BitField // most significant first
	Fields                          []FieldRow
	Lets                            []string
	Effects                         []string
	Unit                            string
	Timing                          string
	Intrinsic                       string
	Examples                        []string
	Accuracy                        []string
}

// BitField is one cell of the encoding table.
type BitField struct{ Range, Content string }

// FieldRow describes a field.
type FieldRow struct{ Name, Bits, Values string }

// Emit writes the doc/ folder of a design.
func Emit(m *isa.Machine) ([]emit.File, error) {
	var out []emit.File
	for _, p := range m.Exts {
		b, err := emit.Render("doc/instruction.md.tmpl", page(m, p))
		if err != nil {
			return nil, err
		}
		out = append(out, emit.File{Path: "doc/" + p.Name + ".md", Data: b})
	}
	index, err := emit.Render("doc/index.md.tmpl", struct {
		Header emit.Header
		Title  string
		M      *isa.Machine
	}{emit.NewHeader(m), m.Spec.Title, m})
	if err != nil {
		return nil, err
	}
	return append(out, emit.File{Path: "doc/README.md", Data: index}), nil
}

func page(m *isa.Machine, p *isa.Placed) Page {
	g := Page{Header: emit.NewHeader(m), Name: p.Name, Summary: p.Summary, Source: p.Source, Assembly: p.Assembly, Bits: bits(&p.Encoding),
		Unit: p.Unit.Name, Intrinsic: sw.Usage(m, p), Timing: timing(m, p)}
	for i := range p.Encoding.Fields {
		f := &p.Encoding.Fields[i]
		lo, hi := f.Bounds()
		row := FieldRow{Name: f.Name, Bits: pieces(f), Values: fmt.Sprintf("%d to %d", lo, hi)}
		if f.Shift > 0 {
			row.Values += fmt.Sprintf(" in steps of %d", 1<<f.Shift)
		}
		if f.Kind == isa.Register {
			row.Values = "a register"
		}
		g.Fields = append(g.Fields, row)
	}
	for _, l := range p.Lets {
		for i, v := range l.Values {
			name := l.Name
			if l.List {
				name = fmt.Sprintf("%s[%d]", l.Name, i)
			}
			g.Lets = append(g.Lets, name+" = "+v.Infix())
		}
	}
	for i := range p.Writes {
		w := &p.Writes[i]
		dst := w.Name
		if w.Kind == isa.DestState {
			dst = w.Name + "[" + w.Index.Infix() + "]"
		}
		line := dst + " = " + w.Value.Infix()
		if w.When != nil {
			line += " if " + w.When.Infix()
		}
		g.Effects = append(g.Effects, line)
	}
	if p.Load != nil {
		g.Effects = append(g.Effects, fmt.Sprintf("load = %d bytes at %s", p.Load.Size, p.Load.Addr.Infix()))
	}
	if p.Store != nil {
		g.Effects = append(g.Effects, fmt.Sprintf("%d bytes at %s = %s", p.Store.Size, p.Store.Addr.Infix(), p.Store.Data.Infix()))
	}
	if l := p.Loop; l != nil {
		g.Effects = append(g.Effects, fmt.Sprintf("loop level %s: from pc + 4 to %s, %s times", l.Level.Infix(), l.End.Infix(), l.Count.Infix()))
	}
	for _, ex := range p.Examples {
		g.Examples = append(g.Examples, bindings(ex.Given)+" gives "+bindings(ex.Expect))
	}
	for _, a := range p.Accuracy {
		g.Accuracy = append(g.Accuracy, a.String())
	}
	return g
}

func bindings(list []isa.Binding) string {
	var out []string
	for _, b := range list {
		v := b.Value.String()
		if len(v) > 4 {
			v = fmt.Sprintf("0x%x", b.Value)
		}
		out = append(out, b.Name+" = "+v)
	}
	return strings.Join(out, ", ")
}

// timing says in words what rtl/README.md's cycle table says in general.
func timing(m *isa.Machine, p *isa.Placed) string {
	cycles := p.Unit.Latency
	results := 0
	for _, w := range p.Results {
		if w != nil {
			results++
		}
	}
	switch ports := m.Socket.WPorts; { // surplus results wait in W for a port
	case ports <= 1:
		cycles += max(0, results-1)
	case ports == 2 && p.Results[0] != nil && p.Results[2] != nil: // which share the first
		cycles++
	}
	text := fmt.Sprintf("%d cycle", cycles)
	if cycles > 1 {
		text += "s"
	}
	if p.Loop != nil {
		text += ", and 1 bubble before the loop's first instruction; the jump back to it costs nothing"
	}
	if results > 0 {
		text += "; the next instruction may use the result"
	}
	return text
}

func pieces(f *isa.Field) string {
	var out []string
	for _, p := range f.Pieces {
		out = append(out, span(p.Hi, p.Lo))
	}
	return strings.Join(out, ", ")
}

func span(hi, lo int) string {
	if hi == lo {
		return fmt.Sprint(hi)
	}
	return fmt.Sprintf("%d:%d", hi, lo)
}

// part names a piece of a field by the bits of the value that it holds, the way
// of the RISC-V manual: imm[11:5]. pos is the encoded bit that it begins with.
func part(f *isa.Field, p isa.Piece, pos int) string {
	if len(f.Pieces) == 1 && f.Shift == 0 {
		return f.Name
	}
	lo := pos + f.Shift
	return f.Name + "[" + span(lo+p.Hi-p.Lo, lo) + "]"
}

// bits lists the encoding as cells: constants and field parts.
func bits(e *isa.Encoding) []BitField {
	content := func(i int) string {
		for k := range e.Fields {
			f := &e.Fields[k]
			pos := f.Width()
			for _, p := range f.Pieces {
				pos -= p.Hi - p.Lo + 1
				if i <= p.Hi && i >= p.Lo {
					return part(f, p, pos)
				}
			}
		}
		if e.Mask>>i&1 == 1 {
			return "="
		}
		return "-"
	}
	var out []BitField
	for hi := 31; hi >= 0; {
		c, lo := content(hi), hi
		for lo > 0 && content(lo-1) == c && !(c == "=" && (lo == 25 || lo == 20 || lo == 15 || lo == 12 || lo == 7)) {
			lo--
		}
		cell := BitField{Range: span(hi, lo), Content: c}
		if c == "=" {
			cell.Content = fmt.Sprintf("%0*b", hi-lo+1, e.Match>>lo&(1<<(hi-lo+1)-1))
		}
		out = append(out, cell)
		hi = lo - 1
	}
	return out
}
