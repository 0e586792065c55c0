package spec

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
	"marvelgen/specs"
)

// What a spec may use, itself and through others.
const (
	maxUseDepth = 8
	maxUseFiles = 32
)

// shipped is what stands before the names of shipped files.
const shipped = "specs"

// uses is what the specs of one reading have in common: each file is read once.
type uses struct {
	parse func(*parser, []byte) (*isa.Spec, []isa.Problem)
	read  map[string]*parser // by file; nil where it cannot be used
	stack []string           // the files that led to the one being read
	sums  []string           // hashes of what was read, in this order
}

// use takes instructions from another spec.
func (p *parser) use(f *fields) {
	from := p.used(f)
	if from == nil {
		for _, n := range f.names("instructions", f.r.reference) {
			p.absent[n] = true // said once
		}
		return
	}
	if from.spec.Name == p.spec.Name {
		f.r.errorf(f.rng, "Name in use", "%s is extension %q, too; name this one otherwise.", from.spec.File, from.spec.Name)
		return
	}
	for _, o := range p.taken {
		if o.name == f.name {
			f.r.errorf(f.rng, "Second use", "The spec uses %s already, at line %d; take all instructions there.", f.name, o.rng.Start.Line)
			return
		}
	}
	p.taken = append(p.taken, f)
	var names []string
	for _, i := range from.spec.Exts {
		names = append(names, i.Name)
	}
	wanted := f.names("instructions", func(rng hcl.Range, s string) bool {
		switch {
		case !f.r.reference(rng, s):
			return false
		case !slices.Contains(names, s):
			f.r.errorf(rng, "Unknown instruction", "%s defines no instruction %q.%s", from.spec.File, s, suggest(s, names))
			return false
		}
		return true
	})
	for i, n := range wanted {
		if slices.Contains(wanted[:i], n) {
			f.r.errorf(f.attrs["instructions"].Expr.Range(), "Named twice", "%q stands in the list already.", n)
			return
		}
	}
	for _, n := range append([]string{from.spec.Name}, from.spec.Uses...) {
		if n != p.spec.Name && !slices.Contains(p.spec.Uses, n) {
			p.spec.Uses = append(p.spec.Uses, n)
		}
	}
	p.take(f, from.spec, wanted)
}

// take copies instructions, and what they need, in the other spec's order.
func (p *parser) take(f *fields, from *isa.Spec, wanted []string) {
	needs := map[string]bool{}
	for _, ins := range from.Exts {
		if slices.Contains(wanted, ins.Name) {
			p.spec.Exts = append(p.spec.Exts, ins)
			contents(ins, needs)
		}
	}
	for _, s := range from.States {
		if needs[s.Name] && p.free(f, from, s.Name) {
			p.states[s.Name] = s
			p.spec.States = append(p.spec.States, s)
		}
	}
	for _, t := range from.Tables {
		if needs[t.Name] && p.free(f, from, t.Name) {
			p.tables[t.Name] = t
			p.spec.Tables = append(p.spec.Tables, t)
		}
	}
	for _, u := range from.Units {
		c := *u
		c.Instructions = nil
		for _, n := range u.Instructions {
			if slices.Contains(wanted, n) {
				c.Instructions = append(c.Instructions, n)
			}
		}
		p.adopts = append(p.adopts, &c)
	}
}

// free reports whether no state or table that came before has the name.
func (p *parser) free(f *fields, from *isa.Spec, name string) bool {
	if p.states[name] == nil && p.tables[name] == nil {
		return true
	}
	f.r.errorf(f.rng, "Name in use", "The instructions of %s bring %q, which another spec brings, too.", from.File, name)
	return false
}

// contents adds the states and tables that an instruction names.
func contents(ins *isa.Instruction, to map[string]bool) {
	visit := func(roots ...*sem.Node) {
		for _, n := range roots {
			if n != nil {
				sem.Walk(func(n *sem.Node) {
					if n.Op == sem.OpRead || n.Op == sem.OpTable {
						to[n.Name] = true
					}
				}, n)
			}
		}
	}
	for _, l := range ins.Lets {
		visit(l.Values...)
	}
	for _, w := range ins.Writes {
		visit(w.Index, w.Value, w.When)
		if w.Kind == isa.DestState {
			to[w.Name] = true
		}
	}
	for _, a := range []*isa.Access{ins.Load, ins.Store} {
		if a != nil {
			visit(a.Addr, a.Data)
		}
	}
	if l := ins.Loop; l != nil {
		visit(l.Level, l.Count, l.End)
	}
	if t := ins.Trap; t != nil {
		visit(t.When)
	}
}

// adopt gives instructions of other specs the units that they had there, unless a unit
// of this spec names them.
func (p *parser) adopt() {
	own := map[string]bool{}
	for _, u := range p.spec.Units {
		for _, n := range u.Instructions {
			own[n] = true
		}
	}
	var all []*isa.Unit
	for _, u := range p.adopts {
		u.Instructions = slices.DeleteFunc(u.Instructions, func(n string) bool { return own[n] })
		if len(u.Instructions) > 0 {
			all = append(all, u)
		}
	}
	p.spec.Units = append(all, p.spec.Units...)
}

// used reads the file that a block names, once; nil if that cannot be used.
func (p *parser) used(f *fields) *parser {
	u := p.uses
	from, src, err := p.open(f.name)
	if errors.Is(err, fs.ErrNotExist) {
		f.r.errorf(f.rng, "No such file", "%s is neither beside the spec nor shipped.%s", f.name, suggest(f.name, specsNear(p.spec.File)))
		return nil
	}
	if err != nil {
		f.r.errorf(f.rng, "Unreadable file", "%v.", err)
		return nil
	}
	file := from.spec.File
	chain := append(slices.Clone(u.stack), p.spec.File)
	if i := slices.Index(chain, file); i >= 0 {
		f.r.errorf(f.rng, "Cyclic use", "%s uses itself: %s.", file, strings.Join(append(chain[i:], file), " → "))
		return nil
	}
	if before, ok := u.read[file]; ok {
		return before
	}
	if len(chain) > maxUseDepth || len(u.read) >= maxUseFiles {
		f.r.errorf(f.rng, "Too many files", "Specs use each other to a depth of %d, and %d files in all.", maxUseDepth, maxUseFiles)
		return nil
	}
	u.read[file] = nil
	u.stack = chain
	s, problems := u.parse(from, src)
	u.stack = chain[:len(chain)-1]
	if len(problems) > 0 || s == nil {
		p.r.problems = append(p.r.problems, problems[:min(len(problems), max(0, 100-len(p.r.problems)))]...)
		return nil
	}
	u.read[file] = from
	sum := sha256.Sum256(src)
	u.sums = append(u.sums, hex.EncodeToString(sum[:]))
	return from
}

// hash is that of the file's bytes, followed by those of the files used.
func (p *parser) hash(src []byte) string {
	h := sha256.New()
	h.Write(src)
	for _, s := range p.uses.sums {
		fmt.Fprintf(h, "\n%s", s)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// open reads a file that the spec names: beside it, or shipped. A shipped spec finds
// shipped files only.
func (p *parser) open(name string) (from *parser, src []byte, err error) {
	from = newParser(filepath.Join(filepath.Dir(p.spec.File), name), p.uses, p.steps)
	if !p.shipped {
		st, err := os.Stat(from.spec.File)
		if err == nil && !st.Mode().IsRegular() {
			return nil, nil, fmt.Errorf("%s is no file", from.spec.File)
		}
		if err == nil {
			src, err = ReadFile(from.spec.File)
			return from, src, err
		}
		from.spec.File = path.Join(shipped, name)
	}
	from.shipped = true
	src, err = specs.FS.ReadFile(strings.TrimPrefix(from.spec.File, shipped+"/"))
	return from, src, err
}

// specsNear are the specs beside a file, and those that are shipped.
func specsNear(file string) []string {
	var out []string
	beside, _ := filepath.Glob(filepath.Join(filepath.Dir(file), "*.hcl"))
	for _, b := range beside {
		out = append(out, filepath.Base(b))
	}
	all, _ := fs.Glob(specs.FS, "*.hcl")
	return append(out, all...)
}

// Texts are the files that problems of a spec lie in: the spec's, and those that it uses,
// read again.
func Texts(filename string, src []byte, problems []isa.Problem) map[string][]byte {
	texts := map[string][]byte{}
	if src != nil {
		texts[filename] = src
	}
	for _, p := range problems {
		if _, ok := texts[p.Pos.File]; ok {
			continue
		}
		text, err := ReadFile(p.Pos.File)
		if err != nil {
			text, _ = specs.FS.ReadFile(strings.TrimPrefix(p.Pos.File, shipped+"/"))
		}
		texts[p.Pos.File] = text
	}
	return texts
}
