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
// access is one bounds check and one move. Behind it, in the same piece, is what
// else translated code gets at: it knows one memory, of whole pages.
type ram struct {
	w []uint32
	h []uint16
	b []byte

	all  []byte
	rest []uint64 // not taken yet
}

// newRAM makes a RAM of size bytes with at least extra words of 64 bits behind it.
func newRAM(size, extra int) (*ram, error) {
	if size < 16 || size > maxRAMSize || size%4 != 0 {
		return nil, fmt.Errorf("a RAM of %d bytes: want 16 to %d in steps of 4", size, maxRAMSize)
	}
	all := make([]uint64, (size+8+8*extra+wasmPage-1)/wasmPage*(wasmPage/8))
	at := unsafe.Pointer(&all[0])
	r := &ram{
		w:    unsafe.Slice((*uint32)(at), size/4),
		h:    unsafe.Slice((*uint16)(at), size/2),
		b:    unsafe.Slice((*byte)(at), size),
		all:  unsafe.Slice((*byte)(at), 8*len(all)),
		rest: all[(size+7)/8:],
	}
	if r.w[0] = 1; r.b[0] != 1 {
		return nil, fmt.Errorf("the simulator needs a little-endian host")
	}
	r.w[0] = 0
	return r, nil
}

// take reserves n words behind the RAM.
func (r *ram) take(n int) []uint64 {
	out := r.rest[:n:n]
	r.rest = r.rest[n:]
	return out
}

// offset is where p lies in the whole memory.
func (r *ram) offset(p *uint64) uint32 {
	return uint32(uintptr(unsafe.Pointer(p)) - uintptr(unsafe.Pointer(&r.all[0])))
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
