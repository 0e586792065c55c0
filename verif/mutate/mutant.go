package mutate

import (
	"fmt"
	"math/rand/v2"
	"path"
	"sort"
	"strings"
)

// Mutant is one small change of one expression.
type Mutant struct {
	ID     int    // from 1; 0 is the design as it is
	File   string // path in the design's folder
	Line   int
	Kind   string
	Before string // the line's text, or the lines', without the indentation
	After  string

	site *site
	text string // the site's expression after the change
	full string // the whole file after the change
}

// String says what was changed, and where.
func (m *Mutant) String() string {
	return fmt.Sprintf("%s:%d: %s: %s → %s", path.Base(m.File), m.Line, m.Kind, m.Before, m.After)
}

// Text is the mutated file.
func (m *Mutant) Text() string { return m.full }

// excluded are files that are not mutated: mv32_rvfi is the witness that the
// judges hear; mv32_ram and the FPGA's top are not part of the simulated design,
// and the SoC module only connects the core to the simulation's memories.
func excluded(file string) bool {
	base := path.Base(file)
	return base == "mv32_rvfi.v" || base == "mv32_ram.v" || strings.HasSuffix(base, "_top.v") || strings.HasSuffix(base, "_soc.v")
}

// apply carries out edits on the part of a text that begins at an offset.
func apply(text string, start int, edits []edit) string {
	var b strings.Builder
	at := start
	for _, e := range edits {
		b.WriteString(text[at-start : e.from-start])
		b.WriteString(e.text)
		at = e.to
	}
	b.WriteString(text[at-start:])
	return b.String()
}

// enumerate lists every mutant of a file, in the order of the text.
func enumerate(file, src string) ([]*Mutant, error) {
	p, err := parse(file, src)
	if err != nil {
		return nil, err
	}
	var out []*Mutant
	seen := map[string]bool{}
	for _, s := range p.sites {
		start := s.tokens[0].at
		old := s.text(src)
		for _, c := range s.changes(p) {
			text := apply(old, start, c.edits)
			full := src[:start] + text + src[start+len(old):]
			if text == old || seen[full] {
				continue
			}
			seen[full] = true
			at := c.edits[0].from
			before, after := around(src, full, at)
			out = append(out, &Mutant{File: file, Line: lineOf(src, at), Kind: c.kind, Before: before, After: after, site: s, text: text, full: full})
		}
	}
	return out, nil
}

// around gives the lines that differ.
func around(src, full string, at int) (before, after string) {
	from := strings.LastIndexByte(src[:at], '\n') + 1
	same := 0 // from the end
	for same < len(src)-at && same < len(full)-at && src[len(src)-1-same] == full[len(full)-1-same] {
		same++
	}
	end := func(s string) int {
		if n := strings.IndexByte(s[len(s)-same:], '\n'); n >= 0 {
			return len(s) - same + n
		}
		return len(s)
	}
	clean := func(s string) string {
		s, _, _ = strings.Cut(s, " //")
		return strings.Join(strings.Fields(s), " ")
	}
	return clean(src[from:end(src)]), clean(full[from:end(full)])
}

// sample draws n mutants, the same for a seed: from each file and kind in turn,
// so that small files and rare kinds are not lost among large ones.
func sample(all []*Mutant, n int, seed uint64) []*Mutant {
	groups := map[string][]*Mutant{}
	var names []string
	for _, m := range all {
		key := m.File + " " + m.Kind
		if groups[key] == nil {
			names = append(names, key)
		}
		groups[key] = append(groups[key], m)
	}
	sort.Strings(names)
	draw := rand.New(rand.NewPCG(seed, 1))
	for _, name := range names {
		g := groups[name]
		draw.Shuffle(len(g), func(i, j int) { g[i], g[j] = g[j], g[i] })
	}
	var out []*Mutant
	for round := 0; len(out) < n; round++ {
		draw.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		any := false
		for _, name := range names {
			if g := groups[name]; round < len(g) && len(out) < n {
				out, any = append(out, g[round]), true
			}
		}
		if !any {
			break
		}
	}
	sort.Slice(out, func(i, j int) bool {
		a, b := out[i], out[j]
		if a.File != b.File {
			return a.File < b.File
		}
		if a.site.tokens[0].at != b.site.tokens[0].at {
			return a.site.tokens[0].at < b.site.tokens[0].at
		}
		return a.text < b.text
	})
	for i, m := range out {
		m.ID = i + 1
	}
	return out
}
