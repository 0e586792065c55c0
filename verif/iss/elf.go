package iss

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
)

// maxFile bounds the files that are read: a network may bring hundreds of mebibytes
// of weights.
const maxFile = 640 << 20

// maxSymbols bounds the symbols that are kept.
const maxSymbols = 1 << 20

// Segment is a piece of a program image.
type Segment struct {
	Addr uint32
	Data []byte
	Zero uint32 // bytes of zeros behind Data
}

// Image is a program.
type Image struct {
	Entry    uint32
	Segments []Segment
	Symbols  []Symbol
}

// ReadFile reads an ELF32 executable or, if the file does not begin as one, a
// flat image of the RAM. Errors name the file.
func ReadFile(name string) (*Image, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", name)
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%s: %d bytes; a program file has at most %d", name, info.Size(), maxFile)
	}
	img, err := Read(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return img, nil
}

// CodeBytes is how many bytes of instructions an ELF file has, a program or an object.
func CodeBytes(name string) (bytes uint64, err error) {
	f, err := elf.Open(name)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	defer f.Close()
	for _, s := range f.Sections {
		if s.Flags&elf.SHF_EXECINSTR != 0 {
			bytes += s.Size
		}
	}
	return bytes, nil
}

// Read reads a program of the given size from r.
func Read(r io.ReaderAt, size int64) (*Image, error) {
	var magic [4]byte
	if n, _ := r.ReadAt(magic[:], 0); n == 4 && string(magic[:]) == elf.ELFMAG {
		return readELF(r, size)
	}
	if size == 0 {
		return nil, errors.New("the file is empty")
	}
	if size > maxRAMSize {
		return nil, fmt.Errorf("a flat image of %d bytes does not fit into any RAM", size)
	}
	data := make([]byte, size)
	if _, err := r.ReadAt(data, 0); err != nil && err != io.EOF {
		return nil, err
	}
	return &Image{Entry: RAMBase, Segments: []Segment{{Addr: RAMBase, Data: data}}}, nil
}

func readELF(r io.ReaderAt, size int64) (*Image, error) {
	f, err := elf.NewFile(r)
	if err != nil {
		return nil, err
	}
	switch {
	case f.Class != elf.ELFCLASS32:
		return nil, fmt.Errorf("the program is %s; want a 32-bit one", f.Class)
	case f.Machine != elf.EM_RISCV:
		return nil, fmt.Errorf("the program is for %s; want RISC-V", f.Machine)
	case f.Data != elf.ELFDATA2LSB:
		return nil, errors.New("the program is big-endian")
	case f.Type != elf.ET_EXEC:
		return nil, fmt.Errorf("the file is of type %s; want a linked executable", f.Type)
	case f.Entry > 1<<32-1:
		return nil, fmt.Errorf("the entry 0x%x is not a 32-bit address", f.Entry)
	}
	img := &Image{Entry: uint32(f.Entry)}
	left := uint64(size) // segments do not share bytes of the file
	for i, p := range f.Progs {
		if p.Type != elf.PT_LOAD || p.Memsz == 0 {
			continue
		}
		// Programs run where they are loaded, so the physical address counts.
		addr := p.Paddr
		switch {
		case p.Filesz > p.Memsz || addr+p.Memsz > 1<<32 || p.Memsz > maxRAMSize:
			return nil, fmt.Errorf("segment %d: %d bytes in the file for %d at 0x%x", i, p.Filesz, p.Memsz, addr)
		case p.Off > uint64(size) || p.Filesz > uint64(size)-p.Off:
			return nil, fmt.Errorf("segment %d reaches beyond the end of the file", i)
		case p.Filesz > left:
			return nil, fmt.Errorf("the segments up to %d hold more bytes than the file", i)
		}
		left -= p.Filesz
		data := make([]byte, p.Filesz)
		if _, err := r.ReadAt(data, int64(p.Off)); err != nil && err != io.EOF {
			return nil, fmt.Errorf("segment %d: %w", i, err)
		}
		img.Segments = append(img.Segments, Segment{uint32(addr), data, uint32(p.Memsz - p.Filesz)})
	}
	if len(img.Segments) == 0 {
		return nil, errors.New("the program has no segment to load")
	}
	img.Symbols = symbolsOf(f, size)
	return img, nil
}

// symbolsOf reads the symbol table; a program without one has no names.
func symbolsOf(f *elf.File, size int64) (out []Symbol) {
	for _, s := range f.Sections {
		// debug/elf allocates what the header claims.
		if (s.Type == elf.SHT_SYMTAB || s.Type == elf.SHT_STRTAB) && (s.Size > uint64(size) || s.FileSize > uint64(size) || s.Flags&elf.SHF_COMPRESSED != 0) {
			return nil
		}
	}
	list, err := f.Symbols()
	if err != nil || len(list) > maxSymbols {
		return nil
	}
	for _, s := range list {
		kind := elf.ST_TYPE(s.Info)
		if s.Name == "" || s.Name[0] == '$' || s.Name[0] == '.' || s.Value > 1<<32-1 || s.Section == elf.SHN_UNDEF ||
			kind != elf.STT_FUNC && kind != elf.STT_OBJECT && kind != elf.STT_NOTYPE {
			continue
		}
		out = append(out, Symbol{Name: s.Name, Addr: uint32(s.Value), Size: uint32(min(s.Size, 1<<32-1)), Func: kind == elf.STT_FUNC})
	}
	return out
}

// Load puts a program into RAM and resets the core. The core starts at the
// beginning of the RAM, so the program has to as well.
func (m *Machine) Load(img *Image) error {
	if img.Entry != RAMBase {
		return fmt.Errorf("the program starts at 0x%08x; the core starts at 0x%08x", img.Entry, uint32(RAMBase))
	}
	for _, s := range img.Segments {
		if uint64(s.Addr-RAMBase)+uint64(len(s.Data))+uint64(s.Zero) > uint64(len(m.ram.b)) {
			return fmt.Errorf("the program needs 0x%08x to +%d, outside the RAM of %d bytes at 0x%08x",
				s.Addr, uint64(len(s.Data))+uint64(s.Zero), len(m.ram.b), uint32(RAMBase))
		}
	}
	if m.used { // fresh memory is clear, and most of it may never be touched
		clear(m.ram.w)
	}
	m.used = true
	for _, s := range img.Segments {
		copy(m.ram.b[s.Addr-RAMBase:], s.Data)
	}
	m.symbols = NewSymbols(img.Symbols)
	m.Reset()
	return nil
}

// Symbols are the names of the loaded program.
func (m *Machine) Symbols() *Symbols { return m.symbols }
