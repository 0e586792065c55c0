package cc

import (
	"fmt"
	"testing"

	"marvelgen/gen/cc/asm"
)

// TestUpper reads the upper immediates that assemblers take, of which clang prints all: those
// whose first bit is set are numbers like others.
func TestUpper(t *testing.T) {
	r := seededRewriter(t)
	for _, c := range []struct {
		text  string
		value uint64
		ok    bool
	}{
		{"lui\ta0, 0", 0, true},
		{"lui\ta0, 524287", 0x7ffff000, true},
		{"lui\ta0, 524288", 0x80000000, true},
		{"lui\ta0, 0xfffff", 0xfffff000, true},
		{"lui\ta0, 1048576", 0, false},
		{"lui\ta0, -1", 0, false},
	} {
		f := asm.Read("f.s", []byte("\t"+c.text+"\n"))
		in := r.decode(&f.Lines[0], 0)
		if ok := in.class == plain; ok != c.ok {
			t.Fatalf("%s is understood: %t", c.text, ok)
		}
		if !c.ok {
			continue
		}
		m := start(r.norm)
		m.step(in)
		if v, ok := m.regs[10].IsConst(); !ok || v != c.value {
			t.Errorf("%s makes %s, not %#x", c.text, m.regs[10], c.value)
		}
		if got, want := in.print(), fmt.Sprintf("\tlui\ta0, %d", c.value>>12); got != want {
			t.Errorf("%s is printed as %s, not as %s", c.text, got, want)
		}
	}
}
