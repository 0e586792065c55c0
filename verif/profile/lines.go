package profile

import (
	"cmp"
	"debug/dwarf"
	"debug/elf"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
)

// Lines finds the C line of an address, and what kernels note there. Nil knows none.
type Lines struct {
	rows    []row
	notes   []note // by address
	sources sources
}

type row struct {
	addr uint64
	path string
	line int // 0: no line, from here on
}

// maxRows bounds the line table.
const maxRows = 1 << 22

// ReadLines reads the line table of an ELF file, which is empty unless it was compiled
// with -g, and its notes.
func ReadLines(file string) (*Lines, error) {
	f, err := elf.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	l := &Lines{}
	if f.Section(".debug_line") != nil || f.Section(".zdebug_line") != nil {
		if err := l.readRows(f); err != nil {
			return nil, fmt.Errorf("%s: line table: %w", file, err)
		}
	}
	if l.notes, err = readNotes(f); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return l, nil
}

// readRows reads the line tables of all units.
func (l *Lines) readRows(f *elf.File) error {
	d, err := f.DWARF()
	if err != nil {
		return err
	}
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
				return err
			}
			one := row{addr: e.Address}
			if e.File != nil && !e.EndSequence {
				one.path, one.line = e.File.Name, e.Line
			}
			l.rows = append(l.rows, one)
		}
	}
	slices.SortStableFunc(l.rows, func(a, b row) int { return cmp.Compare(a.addr, b.addr) })
	return nil
}

// At is the file, without folder, and the line of an address; "" and 0 if unknown.
func (l *Lines) At(pc uint32) (file string, line int) {
	path, line := l.Place(pc)
	if line == 0 {
		return "", 0
	}
	return filepath.Base(path), line
}

// Own reads the files below dir, and drops their folders from their names: they are
// about to go, and nobody knows them by these names.
func (l *Lines) Own(dir string) {
	for i := range l.rows {
		r := &l.rows[i]
		if rest, below := strings.CutPrefix(r.path, filepath.Clean(dir)+string(filepath.Separator)); below {
			name := filepath.Base(rest)
			l.sources.read(name, r.path)
			r.path = name
		}
	}
}

// Text is a line of a file that the table names; not ok if the file cannot be read.
func (l *Lines) Text(path string, line int) (text string, ok bool) {
	if l == nil {
		return "", false
	}
	return l.sources.line(path, line)
}

// Known reports whether any address has a line.
func (l *Lines) Known() bool { return l != nil && len(l.rows) > 0 }

// Place is At with the file as the compiler found it, with its folder.
func (l *Lines) Place(pc uint32) (path string, line int) {
	if l == nil {
		return "", 0
	}
	i, _ := slices.BinarySearchFunc(l.rows, uint64(pc)+1, func(r row, a uint64) int { return cmp.Compare(r.addr, a) })
	// Of several rows for one address the last with a line counts: one sequence may
	// end where another begins.
	for i--; i >= 0; i-- {
		if r := l.rows[i]; r.line > 0 {
			return r.path, r.line
		} else if i == 0 || l.rows[i-1].addr != r.addr {
			break
		}
	}
	return "", 0
}
