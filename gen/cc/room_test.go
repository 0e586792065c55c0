package cc

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"marvelgen/gen/cc/asm"
)

// What is used again in place of something new is compared here with what is new; and then
// with something in it that was left from before, which has to show.

// state is all that is known and named in a function, and whether names are others', as text.
func (fn *function) state(r *rewriter) string {
	var out strings.Builder
	k := fn.constants(r)
	for _, b := range fn.blocks {
		m := k.at(r.norm, b)
		m.through(b)
		for i := range m.regs {
			name := b.named(r.norm, i)
			fmt.Fprint(&out, name, i > 0 && r.norm.Input(name.Name, 32) != name, m.regs[i].ID, m.regs[i], " ")
		}
		fmt.Fprintln(&out, b.names, b.live, b.entry, b.loop, len(fn.asked))
	}
	return out.String()
}

// TestPutBack: functions that have been put back are as they were when they were read, until the
// file changes.
func TestPutBack(t *testing.T) {
	var functions, seen int
	each(t, func(r *rewriter, fn *function) {
		used := func(forget bool) string {
			fn.asked["?"] = true
			fn.forget()
			fn.state(r.alone()) // with other values
			if forget {
				fn.forget()
			}
			return fn.state(r.alone())
		}
		fn.forget()
		want := fn.state(r.alone())
		if got := used(true); got != want {
			t.Errorf("%s: %s is not as it was:\n%s\nnot\n%s", r.file.Name, fn.name, got, want)
		}
		if used(false) != want { // in terms of another builder's names
			seen++
		}
		functions++
	})
	if functions < 100 || seen < functions {
		t.Errorf("stale functions show in %d of %d", seen, functions)
	}
	r := seededRewriter(t)
	f := asm.Read("f.s", []byte("\t.type\tf, @function\nf:\n\tadd\ta0,a0,a1\n\tret\n\t.size\tf, .-f\n"))
	r.file = f
	fns := r.whole(f)
	r.putBack(fns)
	if again := r.whole(f); again[0] != fns[0] {
		t.Error("the function has been read again")
	}
	if again := r.whole(f); again[0] == fns[0] {
		t.Error("two have the same function")
	}
	r.putBack(fns)
	splice(f, map[int][]asm.Line{fns[0].blocks[0].insns[0].line: asm.Read("", []byte("\tadd\ta0,a2,a3")).Lines})
	stale := r.parts.back[0].blocks[0].insns[0].uses()
	if got := r.whole(f)[0].blocks[0].insns[0].uses(); got != set("a2", "a3") || got == stale {
		t.Errorf("after an edit it reads %x", got)
	}
}

// text is the webs as text: which are joined, pinned or alive together.
func (ws *webs) text() string {
	var out strings.Builder
	for _, at := range ws.states {
		for _, w := range at[1:] {
			w = w.find()
			fmt.Fprint(&out, w.number, w.reg, w.pinned, w.call)
			for _, c := range w.conflicts {
				fmt.Fprint(&out, " ", c.number)
			}
			fmt.Fprintln(&out)
		}
	}
	return out.String()
}

// TestWebsRoom: webs in the room of others are those in room of their own.
func TestWebsRoom(t *testing.T) {
	var functions, seen int
	var room webs
	each(t, func(_ *rewriter, fn *function) {
		if len(fn.blocks) > 30 {
			return
		}
		var own webs
		own.find(fn)
		want := own.text()
		room.find(fn)
		if got := room.text(); got != want {
			t.Errorf("webs of %s are\n%s\nnot\n%s", fn.name, got, want)
		}
		functions++
		w := room.states[0][10].find()
		w.conflicts = append(w.conflicts, w) // left from before
		if room.text() != want {
			seen++
		}
	})
	if functions < 100 || seen < functions {
		t.Errorf("stale conflicts show in %d of %d functions", seen, functions)
	}
}

// TestSearchRoom: searches in the room of others find what they find in room of their own, and
// blocks are executed there as elsewhere.
func TestSearchRoom(t *testing.T) {
	var ways, stale, seen int
	each(t, func(r *rewriter, fn *function) {
		for _, b := range fn.blocks {
			if len(b.insns) == 0 || len(b.insns) > 20 {
				continue
			}
			own := newTrace(r.norm, b.insns, b.live)
			r.trace.execute(r.norm, b.insns, b.live)
			if tr := &r.trace; !slices.Equal(tr.before, own.before) || !slices.Equal(tr.accesses, own.accesses) || !slices.Equal(tr.lasting, own.lasting) {
				t.Fatalf("block %d of %s is executed in another way", b.index, fn.name)
			}
			for reg := range 32 {
				if v := own.before[len(b.insns)][reg]; r.trace.was(reg, v) != own.was(reg, v) {
					t.Fatalf("block %d of %s: x%d was not what it was", b.index, fn.name, reg)
				}
			}
			for _, p := range r.patterns {
				var one search
				one.begin(r.norm, own, p, false, nil)
				want := one.ways()
				r.search.begin(r.norm, &r.trace, p, false, nil)
				if got := r.search.ways(); !slices.Equal(got, want) {
					t.Fatalf("block %d of %s:\n%v, not\n%v", b.index, fn.name, got, want)
				}
				if len(want) == 0 || len(p.list) == 0 {
					continue
				}
				ways += len(want)
				stale++
				r.search.begin(r.norm, &r.trace, p, false, nil)
				r.search.values.set(p.list[0], r.norm.Input("left", p.list[0].Width)) // as if it had not been cleared
				if !slices.Equal(r.search.ways(), want) {
					seen++
				}
			}
		}
	})
	if ways < 200 || seen < stale/2 {
		t.Errorf("%d candidates; %d of %d stale values show", ways, seen, stale)
	}
}

// TestLent: what is stored behind a block's beginning changes nothing of what is known there;
// and a word that the stack holds is loaded as it is now.
func TestLent(t *testing.T) {
	r := seededRewriter(t)
	r.file = asm.Read("f.s", []byte("\t.type\tf, @function\nf:\n\tsw\ta1,0(sp)\n\tlw\ta0,0(sp)\n\tret\n\t.size\tf, .-f\n"))
	b := r.functions(r.file)[0].blocks[0]
	word := slot{r.norm.registers[sp], r.norm.registers[12]}
	for _, lent := range []bool{true, false} {
		h := &held{regs: r.norm.registers, slots: slots{word}}
		k := make(known, b.id+1)
		k[b.id] = h
		m := k.at(r.norm, b)
		if !m.lent {
			t.Fatal("slots are taken for the machine's own")
		}
		m.lent = lent // else: the seeded bug
		m.through(b)
		if m.regs[10] != m.regs[11] {
			t.Errorf("a0 is %s, not what was stored", m.regs[10])
		}
		if kept := len(h.slots) == 1 && h.slots[0] == word; kept != lent {
			t.Errorf("lent %t: what is known has changed: %t", lent, !kept)
		}
		m = k.at(r.norm, b)
		m.regs[11] = r.norm.registers[13]
		if m.through(b); m.regs[10] != m.regs[11] {
			t.Errorf("a0 is %s, as the last time, not what has been stored now", m.regs[10])
		}
	}
}

// TestMarked: the number of a sum is the same sum of numbers, so that no relation goes unseen.
func TestMarked(t *testing.T) {
	n := newBuilder()
	seen := 0
	for i := 1; i < 31; i++ {
		for _, times := range []uint64{1, 4, 1<<32 - 3} {
			x, y := n.registers[i], n.Scale(n.registers[i+1], 5, uint64(i))
			want := marked(x) + uint32(times)*marked(y)
			if got := marked(n.Add(x, y, times)); got != want {
				t.Errorf("%s + %d %s is marked %x, not %x", x, times, y, got, want)
			}
			if marked(n.Add(x, n.Scale(y, 1, 1), times)) != want { // which is another sum
				seen++
			}
		}
	}
	if seen < 80 {
		t.Errorf("%d of 90 other sums show", seen)
	}
}
