package cc

import "testing"

// TestReadPrototypes reads what gcc 12 writes for functions of all kinds. What takes
// two registers, or may, counts as two, and its parameters as all there are.
func TestReadPrototypes(t *testing.T) {
	got := ReadPrototypes([]byte(`/* compiled from: . */
/* t.c:5:NF */ static int f (int a, const char *b, int (*g) (int, double), int *v); /* (a, b, g, v) int a; const char *b; int (*g)(); int *v; */
/* t.c:5:NF */ static int three (int a, const char *b, int *v); /* (a, b, v) int a; const char *b; int *v; */
/* t.c:6:NF */ extern long long int h (two t, enum { A, B } e, ...); /* (t, e) two t; enum { A, B } e; */
/* t.c:7:NF */ extern uint8_t u8 (uint8_t x); /* (x) uint8_t x; */
/* t.c:8:NF */ extern two s (void); /* () */
/* t.c:9:NF */ extern int (*fp (int x)) (int); /* (x) int x; */
/* t.c:10:OF */ extern void old (void); /* () */
/* t.c:11:OC */ extern int unsaid (void); /* () */
/* t.c:12:OF */ extern int kr (int a, char b); /* (a, b) int a; char b; */
/* t.c:13:NF */ extern _Bool bb (_Bool x, volatile long unsigned int *q, float z, fnp (*w)); /* (x, q, z, w) _Bool x; volatile long unsigned int *q; float z; fnp (*w); */
/* t.c:14:NC */ extern int vararg (const char *, ...);
/* t.c:15:NC */ extern double d (double);
/* t.c:16:NC */ extern long int wide (long long unsigned int, int);
/* t.c:17:NC */ extern handle typed (handle);
/* string.h:63:NC */ extern void *memcpy (void *, const void *, size_t);
/* twice.c:1:NC */ extern int twice (int);
/* twice.c:2:NC */ extern long long int twice (int);
`))
	want := Prototypes{
		"f": {8, 1}, "three": {3, 1}, "h": {8, 2}, "u8": {1, 1}, "s": {0, 2}, "fp": {8, 2}, "old": {0, 0}, "unsaid": {8, 1}, "kr": {2, 1}, "bb": {8, 1},
		"vararg": {8, 1}, "d": {8, 2}, "wide": {8, 1}, "typed": {8, 2}, "memcpy": {3, 1}, "twice": {1, 2},
	}
	for name, w := range want {
		if g, ok := got[name]; !ok || g != w {
			t.Errorf("%s: %+v (%t), want %+v", name, g, ok, w)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s was made up: %+v", name, got[name])
		}
	}
}

// TestPrototypesLimitReads looks at what a call and a return are taken to read.
func TestPrototypesLimitReads(t *testing.T) {
	r := seededRewriter(t)
	for _, c := range []struct {
		text       string
		p          Prototypes
		read, free regs
	}{
		{"ret", nil, set("a0", "a1", "s0", "sp"), set("a2")},
		{"ret", Prototypes{"f": {8, 2}}, set("a0", "a1", "s0"), set("a2")},
		{"ret", Prototypes{"f": {8, 1}}, set("a0", "s0", "ra"), set("a1")},
		{"ret", Prototypes{"f": {8, 0}}, set("s0", "s11", "sp"), set("a0", "a1")},
		{"call g", Prototypes{"f": {0, 0}}, set("a0", "a7"), set("t0")},
		{"call g", Prototypes{"g": {2, 2}}, set("a0", "a1", "sp"), set("a2", "a7")},
		{"call g", Prototypes{"g": {0, 2}}, set("sp"), set("a0", "a7")},
		{"tail g", Prototypes{"f": {0, 0}, "g": {0, 0}}, set("a0", "a7", "s0"), set("t0")},
		{"jr a5", Prototypes{"f": {0, 0}}, allRegs, 0},
	} {
		fn := &function{name: "f"}
		b := fn.add()
		b.insns = seededList(t, r, c.text)
		c.p.limit(fn)
		if got := b.last().uses(); got&c.read != c.read || got&c.free != 0 {
			t.Errorf("%s, %v: reads %032b", c.text, c.p, got)
		}
	}
}
