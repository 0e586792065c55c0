package profile

import (
	"cmp"
	"debug/dwarf"
	"debug/elf"
	"fmt"
	"io"
	"path/filepath"
	"slices"
)

// Lines finds the C line of an address, and what kernels note there. Nil knows none.
type Lines struct {
	rows  []row
	notes []note // by address
}

type row struct {
	addr uint64
	file string
	line int // 0: no line, from here on
}

// maxRows bounds the line table.
const maxRows = 1 << 22

// ReadLines reads the line table of an ELF file that was compiled with -g, and its notes.
func ReadLines(file string) (*Lines, error) {
	f, err := elf.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	d, err := f.DWARF()
	if err != nil {
		return nil, err
	}
	l := &Lines{}
	for r := d.Reader(); ; {
		unit, err := r.Next()
		if err != nil || unit == nil {
			break
		}
		if r.SkipChildren(); unit.Tag != dwarf.TagCompileUnit {
			continue
		}
		lines, err := d.LineReader(unit)
		if err != nil || lines == nil {
			continue
		}
		for e := (dwarf.LineEntry{}); len(l.rows) < maxRows; {
			if err := lines.Next(&e); err == io.EOF {
				break
			} else if err != nil {
				return nil, err
			}
			one := row{addr: e.Address}
			if e.File != nil && !e.EndSequence {
				one.file, one.line = filepath.Base(e.File.Name), e.Line
			}
			l.rows = append(l.rows, one)
		}
	}
	if l.notes, err = readNotes(f); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	slices.SortStableFunc(l.rows, func(a, b row) int { return cmp.Compare(a.addr, b.addr) })
	return l, nil
}

// At is the file, without folder, and the line of an address; "" and 0 if unknown.
func (l *Lines) At(pc uint32) (file string, line int) {
	if l == nil {
		return "", 0
	}
	i, _ := slices.BinarySearchFunc(l.rows, uint64(pc)+1, func(r row, a uint64) int { return cmp.Compare(r.addr, a) })
	// Of several rows for one address the last with a line counts: one sequence may
	// end where another begins.
	for i--; i >= 0; i-- {
		if r := l.rows[i]; r.line > 0 {
			return r.file, r.line
		} else if i == 0 || l.rows[i-1].addr != r.addr {
			break
		}
	}
	return "", 0
}
