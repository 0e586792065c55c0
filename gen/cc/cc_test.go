package cc_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"marvelgen/gen"
	"marvelgen/gen/cc"
	"marvelgen/gen/cc/asm"
	"marvelgen/gen/isa"
	"marvelgen/specs"
)

var update = flag.Bool("update", false, "write the golden files")

// marvel is a design of the shipped spec, with a write port for each result.
func marvel(t *testing.T, design string) *isa.Machine {
	t.Helper()
	src, err := specs.FS.ReadFile("marvel.hcl")
	if err != nil {
		t.Fatal(err)
	}
	l, problems, err := gen.Load("marvel.hcl", src)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	l.SetWritePorts(3)
	for _, m := range l.Machines {
		if m.Design.Name == design {
			return m
		}
	}
	t.Fatalf("no design %s", design)
	return nil
}

// rewrite is cc.Rewrite without an end.
func rewrite(f *asm.File, m *isa.Machine, o cc.Options) []cc.Remark {
	remarks, err := cc.Rewrite(context.Background(), f, m, o)
	if err != nil {
		panic(err)
	}
	return remarks
}

// TestGolden rewrites testdata for MARVEL's designs; golden files hold the text and
// the remarks.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.s")
	if err != nil || len(files) == 0 {
		t.Fatal("no testdata", err)
	}
	type way struct {
		file, design string
		growth       cc.Growth
		golden       string
	}
	// Where code may hardly grow, turns of loops share what follows, and functions what saves
	// registers.
	ways := []way{{"testdata/jam.s", "v4", 30, "testdata/jam.v4.30.golden"}}
	for _, file := range files {
		for _, design := range []string{"v1", "v4"} {
			ways = append(ways, way{file, design, cc.AnyGrowth, strings.TrimSuffix(file, ".s") + "." + design + ".golden"})
		}
	}
	for _, w := range ways {
		t.Run(filepath.Base(w.golden), func(t *testing.T) {
			file, design, golden := w.file, w.design, w.golden
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			f := asm.Read(filepath.Base(file), text)
			var out bytes.Buffer
			for _, r := range rewrite(f, marvel(t, design), cc.Options{StandardCalls: true, Growth: w.growth}) {
				out.WriteString(r.In(f.Name) + "\n")
			}
			out.WriteByte('\n')
			out.Write(f.Text())
			if *update {
				if err := os.WriteFile(golden, out.Bytes(), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(out.Bytes(), want) {
				t.Errorf("%s on %s: differs from %s (-update writes it)\n%s", file, design, golden, out.Bytes())
			}
		})
	}
}

// TestBaseCoreChangesNothing: without instructions of its own a design leaves every
// byte as it is.
func TestBaseCoreChangesNothing(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.s")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		f := asm.Read(file, text)
		rewrite(f, marvel(t, "v0"), cc.Options{StandardCalls: true, Growth: cc.AnyGrowth})
		if !bytes.Equal(f.Text(), text) {
			t.Errorf("%s became\n%s", file, f.Text())
		}
	}
}

// instructions counts the lines that hold one; here each is of four bytes before and
// after.
func instructions(f *asm.File) (n int) {
	for _, l := range asm.Read(f.Name, f.Text()).Lines {
		if l.Kind == asm.Instr || l.Name == ".insn" {
			n++
		}
	}
	return n
}

// TestGrowth: code becomes larger by no more than it may, and keeps what makes it faster
// without.
func TestGrowth(t *testing.T) {
	for _, c := range []struct {
		file              string
		large, slight, no int // instructions more; a hundredth of so few is no byte
	}{
		{"dot.s", 5, 5, 0}, {"loops.s", -1, -1, -1}, {"pointers.s", 4, 1, -7}, {"exchange.s", 11, 11, -5},
	} {
		text, err := os.ReadFile("testdata/" + c.file)
		if err != nil {
			t.Fatal(err)
		}
		for growth, want := range map[cc.Growth]int{cc.AnyGrowth: c.large, cc.SlightGrowth: c.slight, 1: c.no, cc.NoGrowth: c.no} {
			f := asm.Read(c.file, text)
			before := instructions(f)
			rewrite(f, marvel(t, "v4"), cc.Options{StandardCalls: true, Growth: growth})
			if got := instructions(f) - before; got != want {
				t.Errorf("%s, growth %d: %d instructions more, want %d", c.file, growth, got, want)
			}
		}
	}
}

// TestStops: a file stays as it is if its time is over.
func TestStops(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	text, err := os.ReadFile("testdata/dot.s")
	if err != nil {
		t.Fatal(err)
	}
	f := asm.Read("dot.s", text)
	if _, err := cc.Rewrite(ctx, f, marvel(t, "v4"), cc.Options{StandardCalls: true, Growth: cc.AnyGrowth}); !errors.Is(err, context.Canceled) || !bytes.Equal(f.Text(), text) {
		t.Errorf("%v, and the file became\n%s", err, f.Text())
	}
}

// clampText has a region.
const clampText = `	.type	f, @function
f:	li	a5,-128
	li	a4,127
.L3:	lw	a1,0(a0)
	blt	a1,a5,.L1
	ble	a1,a4,.L2
	mv	a1,a4
	j	.L2
.L1:	mv	a1,a5
.L2:	sb	a1,0(a2)
	addi	a0,a0,4
	bne	a0,a3,.L3
	ret
	.size	f, .-f
`

// FuzzRewrite: no text makes the rewriter fail, and text without functions stays.
func FuzzRewrite(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.s")
	for _, file := range append(files, "testdata/wide/dot.s") {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	src, _ := specs.FS.ReadFile("marvel.hcl")
	l, _, err := gen.Load("marvel.hcl", src)
	if err != nil {
		f.Fatal(err)
	}
	m := l.Machines[len(l.Machines)-1]
	f.Add([]byte(clampText))
	src, _ = specs.FS.ReadFile("cc.hcl")
	if l, _, err = gen.Load("cc.hcl", src); err != nil {
		f.Fatal(err)
	}
	rescale := l.Machines[len(l.Machines)-1]
	packed := l.Machines[slices.IndexFunc(l.Machines, func(m *isa.Machine) bool { return m.Design.Name == "packed" })]
	yes := func(string) (bool, error) { return true, nil } // whatever is exchanged
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 4096 {
			return
		}
		rewrite(asm.Read("fuzz.s", text), m, cc.Options{StandardCalls: true, Growth: cc.AnyGrowth})
		rewrite(asm.Read("fuzz.s", text), packed, cc.Options{StandardCalls: true, Growth: cc.AnyGrowth})
		if len(text) > 512 {
			return // what regions compute takes longer
		}
		rewrite(asm.Read("fuzz.s", text), rescale, cc.Options{StandardCalls: true, Growth: cc.AnyGrowth, Equal: yes})
	})
}
