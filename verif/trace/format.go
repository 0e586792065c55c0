package trace

import (
	"fmt"
	"io"
	"strings"

	"marvelgen/gen/isa"
)

// Formatter prints records as text, one line each.
type Formatter struct {
	Decoder *isa.Decoder   // nil: the words are not disassembled
	Symbol  isa.Symbolizer // may be nil
}

// Line is the text of one record: cycle, pc, word, disassembly, then what the
// instruction wrote and accessed.
func (f *Formatter) Line(r *Record) string {
	text := ""
	if f.Decoder != nil {
		text = isa.DisassembleSym(f.Decoder.Decode(r.Insn), r.Insn, r.PC, f.Symbol)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%8d  %08x  %08x  %-36s", r.Cycle, r.PC, r.Insn, text)
	for _, w := range []struct {
		rd   uint8
		data uint32
	}{{r.Rd, r.RdWData}, {r.Rd2, r.Rd2WData}, {r.Rd3, r.Rd3WData}} {
		if w.rd != 0 {
			fmt.Fprintf(&b, " %s=%08x", isa.RegNames[w.rd&31], w.data)
		}
	}
	if r.RMask != 0 {
		fmt.Fprintf(&b, " load[%08x/%04b]=%08x", r.MemAddr, r.RMask, r.MemRData)
	}
	if r.WMask != 0 {
		fmt.Fprintf(&b, " store[%08x/%04b]=%08x", r.MemAddr, r.WMask, r.MemWData)
	}
	if r.NextPC != r.PC+4 {
		fmt.Fprintf(&b, " ->%08x", r.NextPC)
	}
	if r.Flags&Trap != 0 {
		b.WriteString(" trap")
	}
	if r.Flags&Intr != 0 {
		b.WriteString(" interrupt")
	}
	return strings.TrimRight(b.String(), " ")
}

// Window prints records to w, the one at index mark (-1: none) with an arrow.
func (f *Formatter) Window(w io.Writer, records []Record, mark int) error {
	for i := range records {
		arrow := "   "
		if i == mark {
			arrow = "-> "
		}
		if _, err := fmt.Fprintln(w, arrow+f.Line(&records[i])); err != nil {
			return err
		}
	}
	return nil
}
