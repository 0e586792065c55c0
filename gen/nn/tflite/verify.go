package tflite

import (
	"encoding/binary"
	"fmt"

	"marvelgen/gen/nn/tflite/schema"
)

// The FlatBuffers runtime trusts every offset. This verifier walks the file once
// before anything reads it: each offset that an accessor will follow must stay
// inside. A file whose tables share their bytes may unfold to far more than its
// size; the walk visits no more tables than an honest file can hold.

// kind is what a field of a table holds.
type kind uint8

const (
	unread   kind = iota
	number        // size bytes in the table
	vector        // of numbers of size bytes; a string is one of 1
	child         // another table
	children      // a vector of tables
	choice        // a table whose layout is that of the number in the field before
)

type field struct {
	kind kind
	size int64
	of   layout
}

// layout is the fields of a table by their numbers in schema.fbs.
type layout []field

var (
	skip = field{}
	i8   = field{kind: number, size: 1}
	i32  = field{kind: number, size: 4}
	u64  = field{kind: number, size: 8}
	text = field{kind: vector, size: 1}
	i32s = field{kind: vector, size: 4}
	i64s = field{kind: vector, size: 8}
)

func table(of layout) field  { return field{kind: child, of: of} }
func tables(of layout) field { return field{kind: children, of: of} }

var (
	tensorLayout = layout{i32s, i8, i32, text,
		table(layout{skip, skip, i32s, i64s, i8, skip, i32}), i8, table(layout{i32s})}
	operatorLayout = layout{i32, i32s, i32s, i8, {kind: choice}}
	modelLayout    = layout{i32,
		tables(layout{i8, text, i32, i32}),
		tables(layout{tables(tensorLayout), i32s, i32s, tables(operatorLayout), text}),
		text,
		tables(layout{text, u64, u64})}
)

// optionLayouts has the options that the importer reads.
var optionLayouts = map[schema.BuiltinOptions]layout{
	schema.BuiltinOptionsConv2DOptions:                {i8, i32, i32, i8, i32, i32},
	schema.BuiltinOptionsDepthwiseConv2DOptions:       {i8, i32, i32, i32, i8, i32, i32},
	schema.BuiltinOptionsTransposeConvOptions:         {i8, i32, i32, i8},
	schema.BuiltinOptionsPool2DOptions:                {i8, i32, i32, i32, i32, i8},
	schema.BuiltinOptionsFullyConnectedOptions:        {i8, i8, i8},
	schema.BuiltinOptionsSoftmaxOptions:               {i32},
	schema.BuiltinOptionsConcatenationOptions:         {i32, i8},
	schema.BuiltinOptionsAddOptions:                   {i8},
	schema.BuiltinOptionsSubOptions:                   {i8},
	schema.BuiltinOptionsMulOptions:                   {i8},
	schema.BuiltinOptionsReducerOptions:               {i8},
	schema.BuiltinOptionsSplitOptions:                 {i32},
	schema.BuiltinOptionsSplitVOptions:                {i32},
	schema.BuiltinOptionsStridedSliceOptions:          {i32, i32, i32, i32, i32, i8},
	schema.BuiltinOptionsResizeNearestNeighborOptions: {i8, i8},
	schema.BuiltinOptionsLeakyReluOptions:             {i32},
	schema.BuiltinOptionsBatchMatMulOptions:           {i8, i8},
}

// verify returns an error unless every accessor can read data safely.
func verify(data []byte) error {
	switch {
	case len(data) >= 1<<31-1:
		return fmt.Errorf("%d bytes: files of 2 GiB and more are not supported", len(data))
	case len(data) < 8 || string(data[4:8]) != "TFL3":
		return fmt.Errorf("not a TensorFlow Lite model: bytes 4 to 7 are not %q", "TFL3")
	}
	// A table and the offset to it take 8 bytes; twice as many is generous.
	v := verifier{data: data, tables: len(data) / 4}
	return v.offset(0, modelLayout)
}

type verifier struct {
	data   []byte
	tables int // that may still be visited
}

// outside is the error of bytes that the file does not have.
func (v *verifier) outside(pos int64, what string) error {
	return fmt.Errorf("truncated or damaged: %s at byte %d reaches beyond the file's %d bytes", what, pos, len(v.data))
}

func (v *verifier) has(pos, size int64) bool {
	return pos >= 0 && size >= 0 && pos <= int64(len(v.data)) && size <= int64(len(v.data))-pos
}

func (v *verifier) u16(pos int64) int64 { return int64(binary.LittleEndian.Uint16(v.data[pos:])) }
func (v *verifier) u32(pos int64) int64 { return int64(binary.LittleEndian.Uint32(v.data[pos:])) }

// offset follows the offset at pos to a table.
func (v *verifier) offset(pos int64, l layout) error {
	if !v.has(pos, 4) {
		return v.outside(pos, "an offset")
	}
	return v.table(pos+v.u32(pos), l)
}

func (v *verifier) table(pos int64, l layout) error {
	if v.tables--; v.tables < 0 {
		return fmt.Errorf("damaged: more tables than a file of %d bytes can hold", len(v.data))
	}
	if !v.has(pos, 4) {
		return v.outside(pos, "a table")
	}
	vt := pos - int64(int32(v.u32(pos)))
	if !v.has(vt, 4) || v.u16(vt) < 4 || !v.has(vt, v.u16(vt)) {
		return v.outside(vt, fmt.Sprintf("the field list of the table at byte %d", pos))
	}
	if v.u16(vt)%2 != 0 { // the runtime would read half a slot more
		return fmt.Errorf("damaged: the field list at byte %d has %d bytes, an odd number", vt, v.u16(vt))
	}
	slots := (v.u16(vt) - 4) / 2
	at := func(i int) int64 { // 0: absent
		if int64(i) >= slots || v.u16(vt+4+2*int64(i)) == 0 {
			return 0
		}
		return pos + v.u16(vt+4+2*int64(i))
	}
	for i, f := range l {
		if p := at(i); p != 0 {
			if f.kind == choice {
				f = field{kind: unread}
				if t := at(i - 1); t != 0 && v.has(t, 1) {
					if of, ok := optionLayouts[schema.BuiltinOptions(v.data[t])]; ok {
						f = table(of)
					}
				}
			}
			if err := v.field(p, f); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *verifier) field(p int64, f field) error {
	switch f.kind {
	case unread:
		return nil
	case number:
		if !v.has(p, f.size) {
			return v.outside(p, "a field")
		}
		return nil
	case child:
		return v.offset(p, f.of)
	}
	if !v.has(p, 4) {
		return v.outside(p, "an offset")
	}
	p += v.u32(p)
	if !v.has(p, 4) {
		return v.outside(p, "a vector")
	}
	n, size := v.u32(p), f.size
	if f.kind == children {
		size = 4
	}
	if !v.has(p+4, n*size) {
		return v.outside(p, fmt.Sprintf("a vector of %d elements of %d bytes", n, size))
	}
	if f.kind == children {
		for i := range n {
			if err := v.offset(p+4+4*i, f.of); err != nil {
				return err
			}
		}
	}
	return nil
}
