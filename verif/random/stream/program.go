// Package stream makes random programs for a machine: streams of every base and
// custom instruction that it has, among hazards, branches, nested hardware
// loops, traps, CSRs and interrupts. A program always ends, whatever it computes.
//
// A program is data, a list of pieces whose jumps name instructions of their own
// piece, so that whoever finds a failure can leave out pieces and instructions and
// have what remains laid out anew. Nothing here executes anything.
package stream

import (
	"encoding/binary"
	"fmt"
	"strings"

	"marvelgen/gen/isa"
)

// The memory of a program: code from Base, data around Data.
const (
	Base = 0x8000_0000
	Data = Base + 3<<17
	RAM  = 1 << 19 // bytes

	DataLow = Data - dataSpan // where the data begins, and so much lies behind Data

	dataSpan = 1 << 12 // bytes before and behind Data that hold values
)

// Program is one random program.
type Program struct {
	Seed   uint64
	Pieces []Piece
	Values uint64 // seed of the data area
}

// Piece is a few instructions that belong together.
type Piece struct {
	Kind string
	Keep bool // the program does not end without it
	Code []Inst
}

// Inst is one instruction of a piece. Where its fields depend on the layout, Ref
// says how.
type Inst struct {
	Word uint32
	Ref  Ref
}

// Ref is a field that holds a distance between two instructions of a piece:
// (address of To - address of From + Off) / Div. There is none if Field is nil.
type Ref struct {
	Field    *isa.Field
	From, To int // indices in the piece; To may be its length
	Off, Div int
}

// Words lays the program out: its words from Base on. A distance that does not
// fit its field is an error.
func (p *Program) Words() ([]uint32, error) {
	n := 0
	for i := range p.Pieces {
		n += len(p.Pieces[i].Code)
	}
	out := make([]uint32, 0, n)
	for i := range p.Pieces {
		code := p.Pieces[i].Code
		for j := range code {
			w := code[j].Word
			if r := &code[j].Ref; r.Field != nil {
				var err error
				if w, err = r.Field.Insert(w, int64((4*(r.To-r.From)+r.Off)/max(r.Div, 1))); err != nil {
					return nil, fmt.Errorf("piece %d (%s), instruction %d: %w", i, p.Pieces[i].Kind, j, err)
				}
			}
			out = append(out, w)
		}
	}
	if 4*len(out) > Data-dataSpan-Base {
		return nil, fmt.Errorf("a program of %d instructions does not fit before its data", len(out))
	}
	return out, nil
}

// Image is the memory from Base on, code and data.
func (p *Program) Image() ([]byte, error) {
	words, err := p.Words()
	if err != nil {
		return nil, err
	}
	out := make([]byte, Data+dataSpan-Base)
	for i, w := range words {
		binary.LittleEndian.PutUint32(out[4*i:], w)
	}
	r := newRand(p.Values, 11)
	for at := Data - dataSpan - Base; at < len(out); at += 4 {
		binary.LittleEndian.PutUint32(out[at:], r.value())
	}
	return out, nil
}

// Len is the number of instructions, those that every program has not counted.
func (p *Program) Len() (n int) {
	for i := range p.Pieces {
		if !p.Pieces[i].Keep {
			n += len(p.Pieces[i].Code)
		}
	}
	return n
}

// Find is the piece and the instruction at an address; false if there is none.
func (p *Program) Find(pc uint32) (piece, inst int, ok bool) {
	at := int(pc-Base) / 4
	for i := range p.Pieces {
		if at < len(p.Pieces[i].Code) {
			return i, at, pc >= Base
		}
		at -= len(p.Pieces[i].Code)
	}
	return 0, 0, false
}

// Without is the program without the pieces from lo to hi-1 that may go; ok is
// false if none of them may.
func (p *Program) Without(lo, hi int) (out *Program, ok bool) {
	q := *p
	q.Pieces = make([]Piece, 0, len(p.Pieces))
	for i, piece := range p.Pieces {
		if i < lo || i >= hi || piece.Keep {
			q.Pieces = append(q.Pieces, piece)
		}
	}
	return &q, len(q.Pieces) < len(p.Pieces)
}

// Drop is the program without one instruction. What referred to it refers to its
// successor.
func (p *Program) Drop(piece, inst int) *Program {
	return p.edit(piece, func(code []Inst) []Inst {
		out := append(code[:inst:inst], code[inst+1:]...)
		for i := range out {
			for _, at := range []*int{&out[i].Ref.From, &out[i].Ref.To} {
				if *at > inst {
					*at--
				}
			}
		}
		return out
	})
}

// Replace is the program with one instruction's word changed.
func (p *Program) Replace(piece, inst int, word uint32) *Program {
	return p.edit(piece, func(code []Inst) []Inst {
		code[inst].Word = word
		return code
	})
}

// edit changes a copy of one piece.
func (p *Program) edit(piece int, f func([]Inst) []Inst) *Program {
	q := *p
	q.Pieces = append([]Piece(nil), p.Pieces...)
	q.Pieces[piece].Code = f(append([]Inst(nil), p.Pieces[piece].Code...))
	return &q
}

// Listing is the program as text that any assembler takes: a word each, with its
// disassembly as a comment.
func (p *Program) Listing(d *isa.Decoder) string {
	words, err := p.Words()
	if err != nil {
		return "# " + err.Error() + "\n"
	}
	var b strings.Builder
	at := 0
	for i := range p.Pieces {
		fmt.Fprintf(&b, "# %s\n", p.Pieces[i].Kind)
		for range p.Pieces[i].Code {
			w, pc := words[at], Base+4*uint32(at)
			fmt.Fprintf(&b, "  .word 0x%08x  # %08x: %s\n", w, pc, isa.Disassemble(d.Decode(w), w, pc))
			at++
		}
	}
	return b.String()
}
