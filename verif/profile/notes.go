package profile

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"errors"
	"slices"

	"marvelgen/verif/iss"
)

// notesSection is where NN_NOTE of the kernels' header puts its texts. The linker
// would drop another one: as debugging information it stays.
const notesSection = ".debug_nn_notes"

// maxNotes bounds the section.
const maxNotes = 1 << 20

// note is a text beside the instruction that is run where it holds.
type note struct {
	addr uint32
	text string
}

// readNotes reads the notes of a program, by address.
func readNotes(f *elf.File) ([]note, error) {
	s := f.Section(notesSection)
	if s == nil {
		return nil, nil
	}
	if s.Size > maxNotes || s.Type == elf.SHT_NOBITS {
		return nil, errors.New("its section " + notesSection + " is damaged")
	}
	b, err := s.Data()
	if err != nil {
		return nil, err
	}
	return parseNotes(f.ByteOrder, b)
}

// parseNotes splits the section: an address of four bytes, a text that ends with a nought.
func parseNotes(order binary.ByteOrder, b []byte) ([]note, error) {
	var out []note
	for len(b) > 0 {
		end := -1
		if len(b) > 4 {
			end = bytes.IndexByte(b[4:], 0)
		}
		if end < 0 {
			return nil, errors.New("its section " + notesSection + " is damaged")
		}
		out = append(out, note{order.Uint32(b), string(b[4 : 4+end])})
		b = b[4+end+1:]
	}
	slices.SortStableFunc(out, func(a, b note) int { return cmp.Compare(a.addr, b.addr) })
	return out, nil
}

// Notes are the texts beside instructions that blocks ran, each once, in the order of
// the program.
func (l *Lines) Notes(blocks []iss.BlockCounts) []string {
	if l == nil {
		return nil
	}
	var out []string
	for _, n := range l.notes {
		ran := slices.ContainsFunc(blocks, func(b iss.BlockCounts) bool { return b.Executions > 0 && b.Start <= n.addr && n.addr < b.End })
		if ran && !slices.Contains(out, n.text) {
			out = append(out, n.text)
		}
	}
	return out
}
