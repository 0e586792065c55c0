package energy

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// VCD reads a waveform moment by moment, and holds the value of every signal at the
// moment that was read last.
type VCD struct {
	Time   uint64
	in     *bufio.Reader
	ids    map[string]int32 // identifiers in the file
	byName map[string]int32
	values [][]byte // binary digits, highest first
	next   uint64   // the moment that comes, if more is set
	more   bool
}

// NewVCD reads the header.
func NewVCD(r io.Reader) (*VCD, error) {
	v := &VCD{in: bufio.NewReaderSize(r, 1<<20), ids: map[string]int32{}, byName: map[string]int32{}}
	var scope []string
	for {
		line, err := v.in.ReadString('\n')
		if err != nil {
			return nil, fmt.Errorf("the waveform ends in its header: %w", err)
		}
		f := strings.Fields(line)
		switch {
		case len(f) == 0:
		case f[0] == "$scope" && len(f) >= 3:
			scope = append(scope, f[2])
		case f[0] == "$upscope" && len(scope) > 0:
			scope = scope[:len(scope)-1]
		case f[0] == "$var" && len(f) >= 5:
			id, ok := v.ids[f[3]]
			if !ok {
				id = int32(len(v.values))
				v.ids[f[3]] = id
				v.values = append(v.values, nil)
			}
			v.byName[strings.Join(append(scope[:len(scope):len(scope)], f[4]), ".")] = id
		case f[0] == "$enddefinitions":
			return v, nil
		}
	}
}

// Next goes to the next moment, and reports whether there is one.
func (v *VCD) Next() (bool, error) {
	seen := v.more
	v.Time, v.more = v.next, false
	for {
		line, err := v.in.ReadSlice('\n')
		if err == io.EOF && len(line) == 0 {
			return seen, nil
		}
		if err != nil {
			return false, fmt.Errorf("the waveform's lines do not end: %w", err)
		}
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '$' {
			continue
		}
		if line[0] != '#' {
			if err := v.value(line); err != nil {
				return false, err
			}
			continue
		}
		t, err := strconv.ParseUint(string(line[1:]), 10, 64)
		if err != nil {
			return false, fmt.Errorf("the waveform has a moment %q", line)
		}
		if seen {
			v.next, v.more = t, true
			return true, nil
		}
		v.Time, seen = t, true
	}
}

// value reads "1id" or "b101 id".
func (v *VCD) value(line []byte) error {
	digits, id := line[:1], line[1:]
	if line[0] == 'b' {
		var ok bool
		if digits, id, ok = bytes.Cut(line[1:], []byte(" ")); !ok {
			return fmt.Errorf("the waveform has a line %q", line)
		}
	}
	n, ok := v.ids[string(id)]
	if !ok {
		return fmt.Errorf("the waveform has a value of %q, which it does not declare", id)
	}
	v.values[n] = append(v.values[n][:0], digits...)
	return nil
}

// Signal finds a signal by its scopes and name, joined by dots.
func (v *VCD) Signal(name string) (int32, bool) {
	id, ok := v.byName[name]
	return id, ok
}

// Bit is a bit of a signal now, lowest first. Leading digits may be left out in a
// waveform, and are 0.
func (v *VCD) Bit(signal int32, bit int) bool {
	s := v.values[signal]
	return bit < len(s) && s[len(s)-1-bit] == '1'
}

// Number is a signal's value now, of its lowest 64 bits.
func (v *VCD) Number(signal int32) uint64 {
	var x uint64
	for _, d := range v.values[signal] {
		x = x<<1 | uint64(d&1)
	}
	return x
}
