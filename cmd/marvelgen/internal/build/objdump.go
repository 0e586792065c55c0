package build

import (
	"bufio"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"marvelgen/gen/isa"
	"marvelgen/verif/iss"
)

// Objdump prints the executable sections of an ELF file in the manner of
// objdump -d, with the mnemonics of the given instructions.
func Objdump(w io.Writer, file string, list []*isa.Instruction) error {
	img, err := iss.ReadFile(file) // checks sizes and the machine
	if err != nil {
		return err
	}
	f, err := elf.Open(file)
	if err != nil {
		return &UsageError{fmt.Sprintf("%s is not an ELF file: %v", file, err)}
	}
	defer f.Close()
	symbols := iss.NewSymbols(img.Symbols)
	dec := isa.NewDecoder(list)
	out := bufio.NewWriter(w)
	for _, s := range f.Sections {
		if s.Flags&elf.SHF_EXECINSTR == 0 || s.Type != elf.SHT_PROGBITS || s.Size > 1<<28 {
			continue
		}
		code, err := s.Data()
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "\nDisassembly of section %s:\n", s.Name)
		for off := 0; off+4 <= len(code); off += 4 {
			pc, word := uint32(s.Addr)+uint32(off), binary.LittleEndian.Uint32(code[off:])
			if name := symbols.Name(pc); name != "" && !strings.Contains(name, "+") {
				fmt.Fprintf(out, "\n%08x <%s>:\n", pc, name)
			}
			text := isa.DisassembleSym(dec.Decode(word), word, pc, symbols.Name)
			fmt.Fprintf(out, "%8x:\t%08x\t%s\n", pc, word, text)
		}
	}
	return out.Flush()
}
