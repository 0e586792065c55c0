package isa

import (
	"fmt"
	"strings"
)

// Matches reports whether the word is this instruction.
func (e *Encoding) Matches(word uint32) bool { return word&e.Mask == e.Match }

// Field returns the field of that name, or nil.
func (e *Encoding) Field(name string) *Field {
	for i := range e.Fields {
		if e.Fields[i].Name == name {
			return &e.Fields[i]
		}
	}
	return nil
}

// Width is the number of encoded bits of the field.
func (f *Field) Width() int {
	w := 0
	for _, p := range f.Pieces {
		w += p.Hi - p.Lo + 1
	}
	return w
}

// Mask is the set of instruction bits that the field occupies.
func (f *Field) Mask() uint32 {
	var m uint32
	for _, p := range f.Pieces {
		m |= (1<<(p.Hi-p.Lo+1) - 1) << p.Lo
	}
	return m
}

// Extract is the field's value in word: sign-extended and scaled.
func (f *Field) Extract(word uint32) int64 {
	var v uint64
	for _, p := range f.Pieces {
		w := p.Hi - p.Lo + 1
		v = v<<w | uint64(word>>p.Lo)&(1<<w-1)
	}
	w := f.Width()
	if f.Signed {
		return int64(v<<(64-w)) >> (64 - w) << f.Shift
	}
	return int64(v << f.Shift)
}

// Insert puts value into the field's bits of word. A value that does not fit
// (range, or low bits lost to the scale) is an error.
func (f *Field) Insert(word uint32, value int64) (uint32, error) {
	lo, hi := f.Bounds()
	if value < lo || value > hi || value&(1<<f.Shift-1) != 0 {
		return 0, fmt.Errorf("%s = %d does not fit: want %d to %d in steps of %d", f.Name, value, lo, hi, 1<<f.Shift)
	}
	v := uint64(value) >> f.Shift
	for i := len(f.Pieces) - 1; i >= 0; i-- {
		p := f.Pieces[i]
		w := p.Hi - p.Lo + 1
		word = word&^((1<<w-1)<<p.Lo) | uint32(v&(1<<w-1))<<p.Lo
		v >>= w
	}
	return word, nil
}

// Bounds is the smallest and largest value the field can hold.
func (f *Field) Bounds() (lo, hi int64) {
	w := f.Width()
	if f.Signed {
		return -(1 << (w - 1)) << f.Shift, (1<<(w-1) - 1) << f.Shift
	}
	return 0, (1<<w - 1) << f.Shift
}

// Encode builds the instruction word from field values; fields not named are 0.
func (e *Encoding) Encode(values map[string]int64) (uint32, error) {
	word := e.Match
	for i := range e.Fields {
		f := &e.Fields[i]
		var err error
		if word, err = f.Insert(word, values[f.Name]); err != nil {
			return 0, err
		}
	}
	for name := range values {
		if e.Field(name) == nil {
			return 0, fmt.Errorf("there is no field %q", name)
		}
	}
	return word, nil
}

// Pattern shows the encoding bit by bit, most significant first: 0 and 1 where
// the instruction is identified, '.' where a field lies, '-' where neither.
func (e *Encoding) Pattern() string {
	var fields uint32
	for i := range e.Fields {
		fields |= e.Fields[i].Mask()
	}
	var b strings.Builder
	for i := 31; i >= 0; i-- {
		switch bit := uint32(1) << i; {
		case e.Mask&bit != 0 && e.Match&bit != 0:
			b.WriteByte('1')
		case e.Mask&bit != 0:
			b.WriteByte('0')
		case fields&bit != 0:
			b.WriteByte('.')
		default:
			b.WriteByte('-')
		}
		if i == 25 || i == 20 || i == 15 || i == 12 || i == 7 {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// Overlap reports whether some word is both instructions, and one such word.
func (e *Encoding) Overlap(o *Encoding) (uint32, bool) {
	common := e.Mask & o.Mask
	return e.Match | o.Match, e.Match&common == o.Match&common
}
