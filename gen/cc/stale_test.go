package cc

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"marvelgen/gen"
	"marvelgen/gen/cc/asm"
	"marvelgen/gen/isa"
	"marvelgen/gen/sem/norm"
	"marvelgen/specs"
)

// What is kept instead of found again is compared here with what is found, on the functions
// of testdata; and then with something stale in it, which has to show.

// each calls f for each function of testdata, for designs with different instructions.
func each(t *testing.T, f func(r *rewriter, fn *function)) {
	t.Helper()
	files, err := filepath.Glob("testdata/*/*.s")
	more, _ := filepath.Glob("testdata/*.s")
	if files = append(files, more...); err != nil || len(files) < 10 {
		t.Fatal("no testdata", err)
	}
	for _, d := range [][2]string{{"marvel.hcl", "v4"}, {"cc.hcl", "packed"}, {"cc.hcl", "all"}} {
		m := design(t, d[0], d[1])
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			r := newRewriter(m, Options{StandardCalls: true, Growth: AnyGrowth})
			r.ctx, r.file = context.Background(), asm.Read(file, text)
			for _, fn := range r.functions(r.file) {
				f(r.alone(), fn)
			}
		}
	}
}

// design is one of a shipped spec.
func design(t testing.TB, spec, name string) *isa.Machine {
	t.Helper()
	text, err := specs.FS.ReadFile(spec)
	if err != nil {
		t.Fatal(err)
	}
	l, problems, err := gen.Load(spec, text)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	k := slices.IndexFunc(l.Machines, func(m *isa.Machine) bool { return m.Design.Name == name })
	return l.Machines[k]
}

// ways lists the candidates for a pattern, as text.
func (s *search) ways() (out []string) {
	s.f = func(c *candidate) bool {
		out = append(out, fmt.Sprint(c.roots, c.which, c.bound, c.held))
		return false
	}
	s.run()
	return out
}

// TestSearchApart: results that have no variable in common with others are found by themselves as
// they are with others.
func TestSearchApart(t *testing.T) {
	var ways, pairs, stale, seen int
	each(t, func(r *rewriter, fn *function) {
		for _, b := range fn.blocks {
			if len(b.insns) > 40 {
				continue
			}
			for _, p := range r.patterns {
				for _, relaxed := range []bool{false, true} {
					tr := newTrace(r.norm, b.insns, b.live)
					together := *p
					together.apart = make([]bool, len(p.apart))
					var all, s search
					all.begin(r.norm, tr, &together, relaxed, nil)
					want := all.ways()
					s.begin(r.norm, tr, p, relaxed, nil)
					got := s.ways()
					if !slices.Equal(got, want) {
						t.Fatalf("%s: %s in block %d of %s:\n%v, not\n%v", r.file.Name, p.m.ins.Name, b.index, fn.name, got, want)
					}
					ways += len(want)
					for n, k := range p.order {
						if n == 0 || !p.apart[k] || len(want) == 0 {
							continue
						}
						pairs += len(want)
						stale++
						s.alone[k] = slices.Clone(s.matches(k))[1:] // as if one had been found in another block
						if !slices.Equal(s.ways(), want) {
							seen++
						}
					}
				}
			}
		}
	})
	if ways < 500 || pairs < 100 || seen == 0 || seen < stale/2 {
		t.Errorf("%d candidates, %d of several results; %d of %d stale lists show", ways, pairs, seen, stale)
	}
}

// knownAgain finds what is known in a function as findKnown does, but everything again in each round,
// in which one block gives up what it knows.
func (fn *function) knownAgain(r *rewriter) known {
	order, n := fn.forward(), fn.ids+1
	gone, apart, emptied := make([]*[32]bool, n), make([]*[32]relation, n), make([]map[*norm.Value]bool, n)
	for {
		k, ends, more := make(known, n), make([]*machine, n), false
		for _, b := range order {
			k[b.id] = &held{}
			b.meet(r.norm, k[b.id], ends, gone[b.id], apart[b.id])
			if fn.ownsFrame(r) {
				k[b.id].slots = b.meetSlots(ends, emptied[b.id])
			}
			ends[b.id] = k.at(r.norm, b)
			ends[b.id].through(b)
		}
		for _, b := range order {
			for _, i := range k.wrong(r.norm, b, ends, apart[b.id]) {
				if gone[b.id] == nil {
					gone[b.id] = &[32]bool{}
				}
				if gone[b.id][i] && apart[b.id] != nil {
					apart[b.id][i] = relation{refuted: apart[b.id][i].refuted + 1}
				}
				gone[b.id][i], more = true, true
			}
			for _, addr := range k[b.id].slots.wrong(b, ends) {
				if emptied[b.id] == nil {
					emptied[b.id] = map[*norm.Value]bool{}
				}
				emptied[b.id][addr], more = true, true
			}
			if more { // one at a time
				break
			}
		}
		if !more && !k.together(r.norm, order, ends, apart, fn.newNews()) {
			return k
		}
	}
}

func (k known) equal(other known) bool { return slices.EqualFunc(k, other, (*held).equal) }

// TestKnownAgain: of blocks to which nothing new has happened the same is known.
func TestKnownAgain(t *testing.T) {
	var functions, seen int
	each(t, func(r *rewriter, fn *function) {
		want := fn.knownAgain(r)
		if !fn.constants(r).equal(want) {
			t.Errorf("%s: something else is known in %s", r.file.Name, fn.name)
		}
		news := fn.newNews()
		for _, b := range fn.blocks {
			b.succ = nil // so that nobody hears how it ends
		}
		if !fn.findKnown(r, news).equal(want) {
			seen++
		}
		functions++
	})
	if functions < 100 || seen == 0 {
		t.Errorf("stale news show in %d of %d functions", seen, functions)
	}
}

// TestFailures: what has failed in a block would fail again, also after it has been restored.
func TestFailures(t *testing.T) {
	var chosen, seen int
	each(t, func(r *rewriter, fn *function) {
		texts := func(list []*insn) (out []string) {
			for _, in := range list {
				out = append(out, fmt.Sprint(in.line, in.text))
			}
			return out
		}
		for _, b := range fn.blocks {
			before := b.insns
			become := func(keep bool) []string {
				if !keep {
					r.failed = failures{}
				}
				b.insns = before
				r.selects(b)
				return texts(b.insns)
			}
			want := become(false)
			if got := become(true); !slices.Equal(got, want) {
				t.Errorf("%s: block %d of %s became\n%v, not\n%v", r.file.Name, b.index, fn.name, got, want)
			}
			b.insns, r.failed = before, failures{}
			c := r.best(b, false, nil)
			if c == nil {
				continue
			}
			chosen++
			r.trace.gains(c, nil, false)
			gone := r.trace.gone
			last := len(gone) - 1
			for !gone[last] {
				last--
			}
			r.failed.add(&r.trace, c, slices.Index(gone, true), last) // which it has not
			if !slices.Equal(become(true), want) {
				seen++
			}
		}
	})
	if chosen < 40 || seen < chosen/2 {
		t.Errorf("a wrong failure shows in %d of %d blocks", seen, chosen)
	}
}

// TestSets: the registers that an instruction is known to read and to write are its own, and not
// those of what it was made of.
func TestSets(t *testing.T) {
	var checked, seen int
	each(t, func(r *rewriter, fn *function) {
		for _, b := range fn.blocks {
			for _, in := range b.insns {
				if in.m == nil || len(in.m.regReads) == 0 || !in.uses().has(in.fields.of(in.m.regReads[0]).reg) {
					continue
				}
				other := in.with(in.m.regReads[0], operand{reg: 31})
				if !other.uses().has(31) {
					t.Fatalf("%s reads %x", other.base(), other.uses())
				}
				stale := *other
				stale.used, stale.defined = in.used, in.defined
				if checked++; stale.uses() != other.uses() {
					seen++
				}
			}
		}
	})
	if checked < 500 || seen < checked/2 {
		t.Errorf("stale registers show in %d of %d instructions", seen, checked)
	}
}

// TestParts: of the same lines functions are made of the same parts, each of instructions of
// their own; of others they are not.
func TestParts(t *testing.T) {
	r := seededRewriter(t)
	r.ctx = context.Background()
	f := asm.Read("f.s", []byte("\t.type\tf, @function\nf:\n\tadd\ta0,a0,a1\n\tret\n\t.size\tf, .-f\n"))
	r.file = f
	first := r.functions(f)[0].blocks[0].insns[0]
	parts := r.parts
	again := r.functions(f)[0].blocks[0].insns[0]
	if first == again || first.uses() != again.uses() || &parts.insns[0] != &r.parts.insns[0] {
		t.Error("functions share instructions, or the file has been decoded again")
	}
	splice(f, map[int][]asm.Line{first.line: asm.Read("", []byte("\tadd\ta0,a2,a3")).Lines})
	if got := r.functions(f)[0].blocks[0].insns[0].uses(); got != set("a2", "a3") {
		t.Errorf("after an edit it reads %x", got)
	}
	parts.lines = f.Lines // stale
	r.parts = parts
	if got := r.functions(f)[0].blocks[0].insns[0].uses(); got == set("a2", "a3") {
		t.Error("stale parts do not show")
	}
}

// TestWaiting: who waits for a solver leaves the core to others.
func TestWaiting(t *testing.T) {
	r := &rewriter{cores: make(chan struct{}, 1)}
	answer, done := make(chan struct{}), make(chan struct{})
	go func() {
		r.parallel(2, func(i int) {
			if i == 0 {
				r.waiting(func() { <-answer })
			} else {
				close(answer)
			}
		})
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("one waits for the other")
	}
	if len(r.cores) != 0 {
		t.Errorf("%d are still busy", len(r.cores))
	}
}
