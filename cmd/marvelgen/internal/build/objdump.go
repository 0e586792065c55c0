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
	"marvelgen/verif/profile"
)

// ObjdumpOptions says what a disassembly shows besides instructions.
type ObjdumpOptions struct {
	Source bool // C lines
	Lines  bool // their files and numbers
}

// Objdump prints the executable sections of an ELF file in the manner of
// objdump -d, with the mnemonics of the given instructions.
func Objdump(w io.Writer, file string, list []*isa.Instruction, o ObjdumpOptions) error {
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
	source := sourceLines{options: o, out: out}
	if o.Source || o.Lines {
		if source.lines, err = profile.ReadLines(file); err != nil {
			return err
		}
		if !source.lines.Known() {
			return &UsageError{file + " does not say which lines it is made of: compile it with -g"}
		}
	}
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
				source.path, source.line = "", 0
			}
			source.print(pc)
			text := isa.DisassembleSym(dec.Decode(word), word, pc, symbols.Name)
			fmt.Fprintf(out, "%8x:\t%08x\t%s\n", pc, word, text)
		}
	}
	return out.Flush()
}

// sourceLines prints C lines before what they became.
type sourceLines struct {
	options ObjdumpOptions
	lines   *profile.Lines
	out     io.Writer
	path    string // the last line shown
	line    int
	highest int // of the lines of path shown since the function began
}

// linesBefore is how many lines without code are shown with the line behind them.
const linesBefore = 5

// print shows the line of pc, if it is another than the last one's.
func (s *sourceLines) print(pc uint32) {
	path, line := s.lines.Place(pc)
	if line == 0 || path == s.path && line == s.line {
		return
	}
	if s.options.Lines {
		fmt.Fprintf(s.out, "%s:%d\n", path, line)
	}
	first := line
	if path != s.path {
		s.highest = line
	} else if line > s.highest {
		first = max(s.highest+1, line-linesBefore)
		s.highest = line
	}
	s.path, s.line = path, line
	if !s.options.Source {
		return
	}
	for ; first <= line; first++ {
		if text, ok := s.lines.Text(path, first); ok {
			fmt.Fprintln(s.out, text)
		} else if first == line && !s.options.Lines {
			fmt.Fprintf(s.out, "%s:%d\n", path, line) // at least where it is
		}
	}
}
