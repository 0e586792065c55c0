package spec

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"marvelgen/gen/isa"
)

// Opcodes are the major opcodes of the RISC-V Instruction Set Manual, Volume I,
// table "RISC-V base opcode map", inst[1:0] = 11.
var Opcodes = map[string]uint32{
	"load": 0x03, "load-fp": 0x07, "custom-0": 0x0b, "misc-mem": 0x0f, "op-imm": 0x13, "auipc": 0x17, "op-imm-32": 0x1b,
	"store": 0x23, "store-fp": 0x27, "custom-1": 0x2b, "amo": 0x2f, "op": 0x33, "lui": 0x37, "op-32": 0x3b,
	"madd": 0x43, "msub": 0x47, "nmsub": 0x4b, "nmadd": 0x4f, "op-fp": 0x53, "op-v": 0x57, "custom-2": 0x5b,
	"branch": 0x63, "jalr": 0x67, "jal": 0x6f, "system": 0x73, "op-ve": 0x77, "custom-3": 0x7b,
}

func reg(name string, lo int) isa.Field {
	return isa.Field{Name: name, Kind: isa.Register, Pieces: []isa.Piece{{Hi: lo + 4, Lo: lo}}}
}

func imm(name string, signed bool, shift int, pieces ...isa.Piece) isa.Field {
	return isa.Field{Name: name, Signed: signed, Shift: shift, Pieces: pieces}
}

// formats are the base instruction formats of the manual, Volume I, chapter 2.
var formats = map[string][]isa.Field{
	"R":      {reg("rd", 7), reg("rs1", 15), reg("rs2", 20)},
	"R4":     {reg("rd", 7), reg("rs1", 15), reg("rs2", 20), reg("rs3", 27)},
	"I":      {reg("rd", 7), reg("rs1", 15), imm("imm", true, 0, isa.Piece{Hi: 31, Lo: 20})},
	"shift":  {reg("rd", 7), reg("rs1", 15), imm("shamt", false, 0, isa.Piece{Hi: 24, Lo: 20})},
	"S":      {reg("rs1", 15), reg("rs2", 20), imm("imm", true, 0, isa.Piece{Hi: 31, Lo: 25}, isa.Piece{Hi: 11, Lo: 7})},
	"B":      {reg("rs1", 15), reg("rs2", 20), imm("imm", true, 1, isa.Piece{Hi: 31, Lo: 31}, isa.Piece{Hi: 7, Lo: 7}, isa.Piece{Hi: 30, Lo: 25}, isa.Piece{Hi: 11, Lo: 8})},
	"U":      {reg("rd", 7), imm("imm", false, 12, isa.Piece{Hi: 31, Lo: 12})},
	"J":      {reg("rd", 7), imm("imm", true, 1, isa.Piece{Hi: 31, Lo: 31}, isa.Piece{Hi: 19, Lo: 12}, isa.Piece{Hi: 20, Lo: 20}, isa.Piece{Hi: 30, Lo: 21})},
	"custom": {},
}

// encoding reads an encoding block.
func (f *fields) encoding() isa.Encoding {
	e := isa.Encoding{Pos: posOf(f.rng)}
	e.Format = f.word("format", "custom", "R", "R4", "I", "S", "B", "U", "J", "shift", "custom")
	e.Fields = append(e.Fields, formats[e.Format]...)
	f.constBits(&e, "opcode", 6, 0, f.opcode())
	for _, c := range []struct {
		name   string
		hi, lo int
	}{{"funct3", 14, 12}, {"funct7", 31, 25}, {"funct2", 26, 25}, {"funct12", 31, 20}} {
		if f.attrs[c.name] != nil {
			f.constBits(&e, c.name, c.hi, c.lo, uint32(f.number(c.name, 0, 0, 1<<(c.hi-c.lo+1)-1)))
		}
	}
	f.fixedBits(&e)
	for _, b := range f.blocks["field"] {
		b.field(&e)
	}
	return e
}

func (f *fields) opcode() uint32 {
	v, rng, ok := f.constant("opcode", cty.String)
	if !ok {
		return 0
	}
	if code, ok := Opcodes[v.AsString()]; ok {
		return code
	}
	if n, ok := parseInt(v.AsString()); ok && n.IsInt64() && n.Int64() >= 0 && n.Int64() < 128 && n.Int64()&3 == 3 && n.Int64()&0x1c != 0x1c {
		return uint32(n.Int64())
	}
	var names []string
	for k := range Opcodes {
		names = append(names, k)
	}
	f.r.errorf(rng, "Unknown opcode", "%q is neither a major opcode nor the 7 bits of one (they end in 11, and 111 below that means a longer instruction).%s", v.AsString(), suggest(v.AsString(), names))
	return 0
}

// constBits fixes bits hi..lo of the encoding and drops the fields they cover.
func (f *fields) constBits(e *isa.Encoding, what string, hi, lo int, v uint32) {
	f.constBitsAt(e, f.rng, what, hi, lo, v)
}

func (f *fields) constBitsAt(e *isa.Encoding, rng hcl.Range, what string, hi, lo int, v uint32) {
	m := uint32(1<<(hi-lo+1)-1) << lo
	if e.Mask&m != 0 {
		f.r.errorf(rng, "Bits given twice", "%s fixes bits %d:%d, of which some are fixed already.", what, hi, lo)
		return
	}
	e.Mask |= m
	e.Match |= v << lo
	kept := e.Fields[:0:0]
	for _, fl := range e.Fields {
		switch fm := fl.Mask(); {
		case fm&m == 0:
			kept = append(kept, fl)
		case fm&^m != 0:
			f.r.errorf(rng, "Bits given twice", "%s fixes bits %d:%d, a part of the field %q. Use format = \"custom\" with fields of your own.", what, hi, lo, fl.Name)
		}
	}
	e.Fields = kept
}

func (f *fields) fixedBits(e *isa.Encoding) {
	a := f.attrs["fixed"]
	if a == nil {
		return
	}
	obj, ok := a.Expr.(*hclsyntax.ObjectConsExpr)
	if !ok {
		f.r.errorf(a.Expr.Range(), "Wrong type", "fixed is a map from bit ranges to values: { \"11:7\" = 0 }.")
		return
	}
	for _, item := range obj.Items {
		k, d1 := item.KeyExpr.Value(nil)
		v, d2 := item.ValueExpr.Value(nil)
		p, ok := isa.Piece{}, false
		if !d1.HasErrors() && k.Type() == cty.String {
			p, ok = parsePiece(k.AsString())
		}
		if !ok || d2.HasErrors() || v.Type() != cty.Number || v.IsNull() {
			f.r.errorf(item.KeyExpr.Range(), "Not a bit range", "Write \"high:low\" = value with 31 >= high >= low >= 0.")
			continue
		}
		n, _ := v.AsBigFloat().Int64()
		if n < 0 || n >= 1<<(p.Hi-p.Lo+1) {
			f.r.errorf(item.ValueExpr.Range(), "Number out of range", "Bits %d:%d hold 0 to %d.", p.Hi, p.Lo, 1<<(p.Hi-p.Lo+1)-1)
			continue
		}
		f.constBitsAt(e, item.KeyExpr.Range(), "fixed", p.Hi, p.Lo, uint32(n))
	}
}

func parsePiece(s string) (isa.Piece, bool) {
	hi, lo, found := strings.Cut(s, ":")
	if !found {
		lo = hi
	}
	h, err1 := strconv.Atoi(hi)
	l, err2 := strconv.Atoi(lo)
	return isa.Piece{Hi: h, Lo: l}, err1 == nil && err2 == nil && h <= 31 && l >= 0 && h >= l
}

// specialOperand are names that lowered meanings and units give to other things
// than fields.
var specialOperand = regexp.MustCompile(`^(pc|load|product|commit|valid|x[0-9]+|x[0-9]+_x|is_.*|.*_index)$`)

// field reads one field block into e.
func (f *fields) field(e *isa.Encoding) {
	fl := isa.Field{Name: f.name, Signed: f.boolean("signed")}
	if f.boolean("register") {
		fl.Kind = isa.Register
	}
	scale := f.number("scale", 1, 1, 4096)
	for 1<<fl.Shift < scale {
		fl.Shift++
	}
	if 1<<fl.Shift != scale {
		f.r.errorf(f.rng, "Number out of range", "scale must be a power of two.")
	}
	f.names("bits", func(rng hcl.Range, s string) bool {
		p, ok := parsePiece(s)
		if !ok {
			f.r.errorf(rng, "Not a bit range", "%.20q: write \"high:low\" with 31 >= high >= low >= 0.", s)
			return false
		}
		m := (&isa.Field{Pieces: []isa.Piece{p}}).Mask()
		if taken := f.taken(e, &fl, m); taken != "" {
			f.r.errorf(rng, "Bits given twice", "Bits %s belong to %s already.", s, taken)
			return false
		}
		fl.Pieces = append(fl.Pieces, p)
		return true
	})
	switch {
	case e.Field(fl.Name) != nil:
		f.r.errorf(f.rng, "Second field", "The encoding has a field %q already.", fl.Name)
	case len(fl.Pieces) == 0:
	case fl.Kind == isa.Register && fl.Width() != 5:
		f.r.errorf(f.rng, "Wrong width", "A register number has 5 bits, %q has %d.", fl.Name, fl.Width())
	case fl.Kind == isa.Register && fl.Name != "rd" && fl.Name != "rs1" && fl.Name != "rs2" && fl.Name != "rs3":
		f.r.errorf(f.rng, "Wrong name", "Register fields are called rd, rs1, rs2 and rs3.")
	case fl.Name == "rs1" && fl.Pieces[0].Lo != 15, fl.Name == "rs2" && fl.Pieces[0].Lo != 20:
		f.r.errorf(f.rng, "Wrong place", "The core reads rs1 from bits 19:15 and rs2 from bits 24:20 of every instruction; %s cannot lie elsewhere.", fl.Name)
		e.Fields = append(e.Fields, fl)
	case specialOperand.MatchString(fl.Name):
		f.r.errorf(f.rng, "Reserved word", "%q stands for another operand in meanings, or for a port of the unit; choose another name.", fl.Name)
		fallthrough
	default:
		e.Fields = append(e.Fields, fl)
	}
}

// taken says what occupies any of the bits m.
func (f *fields) taken(e *isa.Encoding, own *isa.Field, m uint32) string {
	if e.Mask&m != 0 {
		return "the opcode or another constant"
	}
	for _, o := range append(append([]isa.Field(nil), e.Fields...), *own) {
		if o.Mask()&m != 0 {
			return fmt.Sprintf("the field %q", o.Name)
		}
	}
	return ""
}
