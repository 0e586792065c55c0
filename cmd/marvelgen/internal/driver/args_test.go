package driver

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// shown is what the table below says of a command line.
func shown(a *Args) string {
	var b strings.Builder
	fmt.Fprint(&b, [...]string{"link", "object", "assembly", "pass"}[a.Stage])
	for _, s := range a.Sources {
		kind := "assemble"
		if s.Rewrite {
			kind = "rewrite"
		}
		fmt.Fprintf(&b, "; %s %s", kind, s.Name)
		if s.Language != "" {
			fmt.Fprintf(&b, " as %s", s.Language)
		}
	}
	list := func(name string, words []string) {
		if len(words) > 0 {
			fmt.Fprintf(&b, "; %s %s", name, strings.Join(words, " "))
		}
	}
	var link []string
	for _, i := range a.Link {
		if i.Text == "" {
			i.Text = fmt.Sprintf("<%d>", i.Source)
		}
		link = append(link, i.Text)
	}
	if a.Output != "" {
		fmt.Fprintf(&b, "; to %s", a.Output)
	}
	list("compile", a.Compile)
	list("assemble", a.Assemble)
	if a.Stage == Link {
		list("link", link)
	}
	return b.String()
}

func TestParse(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"-c x.c", "object; rewrite x.c"},
		{"-O2 -g -Wall -c -o out/x.o x.c", "object; rewrite x.c; to out/x.o; compile -O2 -g -Wall"},
		{"-oy x.c", "link; rewrite x.c; to y; link <0>"},
		{"-S x.c -fverbose-asm", "assembly; rewrite x.c; compile -fverbose-asm"},
		{"-c -S x.c", "assembly; rewrite x.c"},
		{"-S -c x.c", "assembly; rewrite x.c"},
		{"-E x.c -o -", "pass; rewrite x.c; to -"},
		{"-c -E x.c", "pass; rewrite x.c"},
		{"-I inc -Iinc2 -D A=1 -DB -U C -include pre.h -isystem sys -c x.c", "object; rewrite x.c; compile -I inc -Iinc2 -D A=1 -DB -U C -include pre.h -isystem sys"},
		{"-MMD -MP -MF x.d -MT x.o -c x.c", "object; rewrite x.c; compile -MMD -MP -MF x.d -MT x.o"},
		{"-M x.c", "pass; rewrite x.c"},
		{"-Wp,-MMD,x.d -Wa,-a -Wl,-Map=x.map -c x.c", "object; rewrite x.c; compile -Wp,-MMD,x.d; assemble -Wa,-a"},
		{"a.o x.c -L lib -lm b.a y.s -T mem.ld", "link; rewrite x.c; assemble y.s; link a.o <0> -L lib -lm b.a <1> -T mem.ld"},
		{"-Xlinker -z -Xlinker now x.c -u f -e g", "link; rewrite x.c; link -Xlinker -z -Xlinker now <0> -u f -e g"},
		{"-march=rv32im -mno-relax -msmall-data-limit=0 x.c", "link; rewrite x.c; compile -march=rv32im -mno-relax -msmall-data-limit=0; assemble -march=rv32im -mno-relax -msmall-data-limit=0; link -mno-relax <0>"},
		{"-x c a.txt -x none b.S c.s", "link; rewrite a.txt as c; assemble b.S; assemble c.s; link <0> <1> <2>"},
		{"-xc - -c", "object; rewrite - as c"},
		{"-c x.cpp y.cc z.i", "object; rewrite x.cpp; rewrite y.cc; rewrite z.i"},
		{"-c x.h", "pass"},
		{"-x c-header x.c -c", "pass"},
		{"-c x.c y.c -o z.o", "pass; rewrite x.c; rewrite y.c; to z.o"},
		{"--version", "pass"},
		{"-v", "pass; compile -v; assemble -v"},
		{"-print-search-dirs", "pass"},
		{"", "pass"},
		{"-flto -flto=auto -O2 -c x.c", "object; rewrite x.c; compile -O2"},
		{"-c x.c -I", "object; rewrite x.c; compile -I"},
		{"a.o b.a", "link; link a.o b.a"},
		{"-specs=picolibc.specs -specs picolibc.specs -specs=other.specs -specs more x.c", "link; rewrite x.c; compile -specs=other.specs -specs more; link -specs=other.specs -specs more <0>"},
	} {
		t.Run(c.line, func(t *testing.T) {
			ours := []string{"--spec", "s.hcl", "--design=v4", "--remarks", "--compiler", "gcc", "--no-loops", "--write-ports", "3", "--libc"}
			words := strings.Fields(c.line)
			a, err := Parse(words)
			if err != nil || shown(a) != c.want || !slices.Equal(a.All, words) {
				t.Fatalf("%v, %v\n got %s\nwant %s", err, a.All, shown(a), c.want)
			}
			// Our options may stand at every place where no flag waits for its value.
			for _, words := range [][]string{append(slices.Clone(ours), words...), append(slices.Clone(words), ours...)} {
				if c.line == "-c x.c -I" && words[0] == "-c" {
					continue
				}
				a, err := Parse(words)
				if err != nil || shown(a) != c.want || a.Spec != "s.hcl" || a.Design != "v4" || a.Compiler != "gcc" || !a.Remarks || !a.NoLoops || !a.LibC || a.WritePorts != 3 {
					t.Errorf("%v\n%+v", err, a)
				}
			}
		})
	}
}

// What the user says is not said by us as well.
func TestNotes(t *testing.T) {
	type notes struct{ start, script, ipa, libc, freestanding, arch, deps, file, target bool }
	for line, want := range map[string]notes{
		"-c x.c":                        {},
		"-nostartfiles x.c":             {start: true},
		"-nostdlib x.c":                 {start: true},
		"-r x.c":                        {start: true},
		"-T a.ld x.c":                   {script: true},
		"-Ta.ld x.c":                    {script: true},
		"-Ttext 0x100 -Tdata=0x200 x.c": {},
		"-Wl,--gc-sections,-T,a.ld x.c": {script: true},
		"-Wl,--script=a.ld x.c":         {script: true},
		"-Xlinker -Ta.ld x.c":           {script: true},
		"-Wl,-Map=T x.c":                {},
		"-fipa-ra x.c":                  {ipa: true},
		"-fipa-ra -fno-ipa-ra x.c":      {},
		"-mllvm -enable-ipra x.c":       {ipa: true},
		"--specs=picolibc.specs x.c":    {libc: true},
		"-fhosted x.c":                  {freestanding: true},
		"-march=rv32i_zicsr x.c":        {arch: true},
		"-MD -MFx -MT y x.c":            {deps: true, file: true, target: true},
	} {
		a, err := Parse(strings.Fields(line))
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		if got := (notes{a.NoStart, a.OwnScript, a.IPA, a.LibC, a.Freestand, a.Arch, a.Deps, a.DepsFile, a.DepsTarget}); got != want {
			t.Errorf("%s:\n got %+v\nwant %+v", line, got, want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for line, want := range map[string]string{
		"--spec":                 "--spec wants a value",
		"--write-ports two x.c":  "--write-ports two: want a number",
		"--write-ports=0 x.c":    "want a number",
		"--compiler tcc x.c":     `unknown compiler "tcc": use --compiler clang or --compiler gcc`,
		"-march=rv64gc x.c":      "the cores are rv32im",
		"-march=rv32imac -c x.c": "the cores are rv32im",
		"-mabi=ilp32d x.c":       "use -mabi=ilp32",
	} {
		if _, err := Parse(strings.Fields(line)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", line, err, want)
		}
	}
}

func TestExpand(t *testing.T) {
	dir := t.TempDir()
	one, two := filepath.Join(dir, "one"), filepath.Join(dir, "two")
	for name, text := range map[string]string{one: "-DA='a b' \"-DB=\\\"c\\\"\"\n@" + two + "\t@" + one + "x ''", two: "-c x\\ y.c @" + two} {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	got := Expand([]string{"-O2", "@" + one, "@", "x@y"})
	want := []string{"-O2", "-DA=a b", "-DB=\"c\"", "-c", "x y.c"}
	if !slices.Equal(got[:len(want)], want) || !slices.Equal(got[len(got)-4:], []string{"@" + one + "x", "", "@", "x@y"}) {
		t.Errorf("%q", got)
	}
	if n := len(got); n > 3*deepest+10 {
		t.Errorf("a file that names itself gives %d words", n)
	}
}
