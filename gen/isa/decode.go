package isa

import (
	"math/bits"
	"sort"
)

// Row is one line of a decode table: a word is Instr where word&Mask == Match.
type Row struct {
	Mask, Match uint32
	Instr       *Instruction
}

// Decoder finds the instruction that a word is. Where several match, the one
// with the most identifying bits wins, and among equals the first listed.
type Decoder struct {
	Rows  []Row // most specific first
	index [1 << 10][]Row
}

// NewDecoder makes the decode table of the given instructions.
func NewDecoder(list []*Instruction) *Decoder {
	d := &Decoder{Rows: make([]Row, len(list))}
	for i, ins := range list {
		d.Rows[i] = Row{ins.Encoding.Mask, ins.Encoding.Match, ins}
	}
	sort.SliceStable(d.Rows, func(i, j int) bool {
		return bits.OnesCount32(d.Rows[i].Mask) > bits.OnesCount32(d.Rows[j].Mask)
	})
	for key := range d.index {
		word := keyWord(uint32(key))
		for _, r := range d.Rows {
			if (word^r.Match)&r.Mask&keyMask == 0 {
				d.index[key] = append(d.index[key], r)
			}
		}
	}
	return d
}

// The index is by major opcode (bits 6..0) and funct3 (bits 14..12).
const keyMask = 0x707f

func wordKey(word uint32) uint32 { return word>>12&7<<7 | word&0x7f }
func keyWord(key uint32) uint32  { return key>>7<<12 | key&0x7f }

// Decode returns the instruction that word is, or nil.
func (d *Decoder) Decode(word uint32) *Instruction {
	for _, r := range d.index[wordKey(word)] {
		if word&r.Mask == r.Match {
			return r.Instr
		}
	}
	return nil
}
