package iss

import (
	"fmt"
	"math/big"
	"math/bits"
	"unsafe"
)

// The memory map of simulation and FPGA top.
const (
	RAMBase        = 0x8000_0000
	DefaultRAMSize = 4 << 20
	maxRAMSize     = 1 << 30
)

// ram is one piece of memory seen as words, half-words and bytes, so that each
// access is one bounds check and one move.
type ram struct {
	w []uint32
	h []uint16
	b []byte
}

func newRAM(size int) (*ram, error) {
	if size < 16 || size > maxRAMSize || size%4 != 0 {
		return nil, fmt.Errorf("a RAM of %d bytes: want 16 to %d in steps of 4", size, maxRAMSize)
	}
	w := make([]uint32, size/4)
	r := &ram{
		w: w,
		h: unsafe.Slice((*uint16)(unsafe.Pointer(&w[0])), size/2),
		b: unsafe.Slice((*byte)(unsafe.Pointer(&w[0])), size),
	}
	if w[0] = 1; r.b[0] != 1 {
		return nil, fmt.Errorf("the simulator needs a little-endian host")
	}
	w[0] = 0
	return r, nil
}

// word is the index of the word at offset off; out of range if misaligned, as
// the low bits turn up at the top.
func word(off uint32) uint32 { return bits.RotateLeft32(off, -2) }

func lowBits(v *big.Int) uint64 {
	m := new(big.Int).SetUint64(^uint64(0))
	return m.And(m, v).Uint64()
}

// ReadMem copies RAM at addr into p; what lies outside is an error.
func (m *Machine) ReadMem(addr uint32, p []byte) error {
	off := uint64(addr - RAMBase)
	if off+uint64(len(p)) > uint64(len(m.ram.b)) {
		return fmt.Errorf("0x%08x to +%d is not in RAM", addr, len(p))
	}
	copy(p, m.ram.b[off:])
	return nil
}

// WriteMem copies p into RAM at addr; what lies outside is an error. Code that
// has been run already is not looked at again without FENCE.I.
func (m *Machine) WriteMem(addr uint32, p []byte) error {
	off := uint64(addr - RAMBase)
	if off+uint64(len(p)) > uint64(len(m.ram.b)) {
		return fmt.Errorf("0x%08x to +%d is not in RAM of %d bytes at 0x%08x", addr, len(p), len(m.ram.b), uint32(RAMBase))
	}
	m.used = true
	copy(m.ram.b[off:], p)
	return nil
}
