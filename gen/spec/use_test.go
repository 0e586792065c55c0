package spec_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"marvelgen/gen/isa"
	"marvelgen/gen/spec"
	"marvelgen/verif/bound"
)

// one is an instruction of a name that adds what stands there to rd.
func one(name string, funct3 int, sum string) string {
	return fmt.Sprintf(`
instruction %q {
  summary  = "s"
  assembly = "mv.%s rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-0"
    funct3 = %d
    funct7 = 0
  }
  write {
    rd = rs1 + rs2 + %s
  }
}
`, name, name, funct3, sum)
}

const state = "state %q {\n  bits = 8\n}\n"

// write puts specs into a folder and reads one.
func write(t *testing.T, dir string, files map[string]string) (*isa.Spec, []isa.Problem) {
	t.Helper()
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return spec.Parse(filepath.Join(dir, "a.hcl"), []byte(files["a.hcl"]))
}

func uses(file string, instructions ...string) string {
	return fmt.Sprintf("use %q {\n  instructions = [\"%s\"]\n}\n", file, strings.Join(instructions, `", "`))
}

// TestUse takes instructions with what they need, and nothing else; through two files,
// and from a folder.
func TestUse(t *testing.T) {
	files := map[string]string{
		"a.hcl":     `extension "a" {}` + "\n" + uses("sub/b.hcl", "q", "p") + one("own", 3, "s") + "unit \"u\" {\n  instructions = [\"own\", \"p\"]\n}\ndesign \"d\" {\n  instructions = [\"q\"]\n}\n",
		"sub/b.hcl": `extension "b" {}` + "\n" + uses("c.hcl", "q") + fmt.Sprintf(state, "s") + fmt.Sprintf(state, "unneeded") + "table \"k\" {\n  bits   = 8\n  values = [1, 2]\n}\n" + one("p", 1, "s + k[1]") + one("r", 2, "unneeded") + "unit \"v\" {\n  instructions = [\"p\", \"r\", \"q\"]\n}\ndesign \"none\" {\n  instructions = []\n}\n",
		"sub/c.hcl": `extension "c" {}` + "\n" + fmt.Sprintf(state, "z") + one("q", 4, "z"),
	}
	dir := t.TempDir()
	s, problems := write(t, dir, files)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var got []string
	for _, i := range s.Exts {
		got = append(got, i.Name+" "+filepath.Base(i.Pos.File))
	}
	for _, x := range s.States {
		got = append(got, x.Name)
	}
	for _, x := range s.Tables {
		got = append(got, x.Name)
	}
	for _, u := range s.Units {
		got = append(got, u.Name+": "+strings.Join(u.Instructions, " "))
	}
	for _, d := range s.Designs {
		got = append(got, d.Name)
	}
	want := []string{"q c.hcl", "p b.hcl", "own a.hcl", "z", "s", "k", "v: q", "u: own p", "d"}
	if got = append(got, s.Uses...); !slices.Equal(got, append(want, "b", "c")) {
		t.Errorf("%q, want %q", got, want)
	}
	// Whatever of a used file changes, the hash does; so does what was built from it.
	for name, text := range files {
		files[name] = text + "# more\n"
		if o, problems := write(t, dir, files); len(problems) > 0 || o.SHA256 == s.SHA256 {
			t.Errorf("%s has changed, the hash has not: %v", name, problems)
		}
		files[name] = text
	}
	if o, _ := write(t, dir, files); o.SHA256 != s.SHA256 {
		t.Error("the hash of equal files differs")
	}
}

// TestBadUse finds what is wrong between files, each in its place.
func TestBadUse(t *testing.T) {
	const a, b = "extension \"a\" {}\n", "extension \"b\" {}\n"
	deep := map[string]string{"a.hcl": a + uses("f0.hcl", "i")}
	for i := range 12 {
		deep[fmt.Sprintf("f%d.hcl", i)] = fmt.Sprintf("extension \"f%d\" {}\n", i) + uses(fmt.Sprintf("f%d.hcl", i+1), "i")
	}
	many := map[string]string{"a.hcl": a}
	for i := range 40 {
		many["a.hcl"] += uses(fmt.Sprintf("f%d.hcl", i), fmt.Sprintf("i%d", i))
		many[fmt.Sprintf("f%d.hcl", i)] = fmt.Sprintf("extension \"f%d\" {}\n", i) + one(fmt.Sprintf("i%d", i), 0, "1")
	}
	for name, tt := range map[string]struct {
		files map[string]string
		want  []string // file:line: summary; part of the detail
	}{
		"of the used file": {map[string]string{"a.hcl": a + uses("b.hcl", "i"), "b.hcl": b + one("i", 0, "nought")}, []string{"b.hcl:13:Unknown name;nought"}},
		"its syntax":       {map[string]string{"a.hcl": a + uses("b.hcl", "i") + "design \"d\" {\n  instructions = [\"i\"]\n}\n", "b.hcl": b + "state"}, []string{"b.hcl:2:;"}},
		"no text":          {map[string]string{"a.hcl": a + uses("b.hcl", "i"), "b.hcl": "\x00"}, []string{"b.hcl:1:Not a text file;"}},
		"no extension":     {map[string]string{"a.hcl": a + uses("b.hcl", "i"), "b.hcl": one("i", 0, "1")}, []string{"b.hcl:1:Missing block;"}},
		"both, in order":   {map[string]string{"a.hcl": a + uses("b.hcl", "i") + "unit \"u\" {\n  instructions = [\"k\"]\n}\n", "b.hcl": b + "bogus {}\n"}, []string{"a.hcl:5:Unknown instruction;k", "b.hcl:2:Unknown block;bogus"}},
		"a cycle":          {map[string]string{"a.hcl": a + uses("b.hcl", "i"), "b.hcl": b + uses("c.hcl", "i"), "c.hcl": "extension \"c\" {}\n" + uses("b.hcl", "i")}, []string{"c.hcl:2:Cyclic use;b.hcl → "}},
		"the user's name":  {map[string]string{"a.hcl": a + uses("b.hcl", "i"), "b.hcl": a + one("i", 0, "1")}, []string{"a.hcl:2:Name in use;is extension \"a\", too"}},
		"a state twice":    {map[string]string{"a.hcl": a + uses("b.hcl", "i") + fmt.Sprintf(state, "s"), "b.hcl": b + fmt.Sprintf(state, "s") + one("i", 0, "s")}, []string{"a.hcl:5:Second state;There is a state \"s\" already"}},
		"of two files":     {map[string]string{"a.hcl": a + uses("b.hcl", "i") + uses("c.hcl", "k"), "b.hcl": b + fmt.Sprintf(state, "s") + one("i", 0, "s"), "c.hcl": "extension \"c\" {}\n" + fmt.Sprintf(state, "s") + one("k", 1, "s")}, []string{"a.hcl:5:Name in use;c.hcl bring \"s\""}},
		"an instruction":   {map[string]string{"a.hcl": a + uses("b.hcl", "i") + one("i", 1, "1"), "b.hcl": b + one("i", 0, "1")}, []string{"a.hcl:6:Second instruction;b.hcl:3", "a.hcl:6:Second mnemonic;b.hcl:3"}},
		"a unit":           {map[string]string{"a.hcl": a + uses("b.hcl", "i") + one("k", 1, "1") + "unit \"u\" {\n  instructions = [\"k\"]\n}\n", "b.hcl": b + one("i", 0, "1") + "unit \"u\" {\n  instructions = [\"i\"]\n}\n"}, []string{"a.hcl:19:Second unit;b.hcl:16"}},
		"too deep":         {deep, []string{"f7.hcl:2:Too many files;a depth of 8"}},
		"too many":         {many, []string{"a.hcl:98:Too many files;32 files in all"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, problems := write(t, t.TempDir(), tt.files)
			if name == "too many" {
				problems = problems[:min(1, len(problems))] // and so on
			}
			if len(problems) != len(tt.want) {
				t.Fatalf("%d problems, want %d: %v", len(problems), len(tt.want), problems)
			}
			for i, p := range problems {
				place, part, _ := strings.Cut(tt.want[i], ";")
				if got := fmt.Sprintf("%s:%d:%s", filepath.Base(p.Pos.File), p.Pos.Line, p.Summary); !strings.HasPrefix(got, place) || !strings.Contains(p.Detail, part) {
					t.Errorf("%s; %s, want %q", got, p.Detail, tt.want[i])
				}
			}
			var out strings.Builder
			texts := spec.Texts(problems[0].Pos.File, nil, problems)
			if err := spec.WriteProblems(&out, texts, problems, 0, false); err != nil || strings.Contains(out.String(), "not found") {
				t.Errorf("%v, %s", err, out.String())
			}
			for _, p := range problems {
				if line := strings.Split(string(texts[p.Pos.File]), "\n")[p.Pos.Line-1]; !strings.Contains(out.String(), strings.TrimSpace(line)) {
					t.Errorf("the excerpt lacks %q: %s", line, out.String())
				}
			}
		})
	}
}

// A folder or a pipe is no spec.
func TestUseOfNoFile(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "b.hcl"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, problems := write(t, dir, map[string]string{"a.hcl": "extension \"a\" {}\n" + uses("b.hcl", "i")})
	if len(problems) != 1 || problems[0].Summary != "Unreadable file" {
		t.Error(problems)
	}
}

// FuzzUse reads a spec that uses any bytes, and itself through them: no panic, no hang,
// and whatever is refused has a place and a text.
func FuzzUse(f *testing.F) {
	seeds(f)
	f.Add([]byte("extension \"b\" {}\n" + uses("a.hcl", "i")))
	dir := f.TempDir()
	main := []byte("extension \"main\" {}\n" + uses("b.hcl", "i") + one("own", 7, "1"))
	f.Fuzz(func(t *testing.T, src []byte) {
		if err := os.WriteFile(filepath.Join(dir, "b.hcl"), src, 0o644); err != nil {
			t.Fatal(err)
		}
		bound.Check(t, parseCPU, parseBytes, func() {
			s, problems := spec.Parse(filepath.Join(dir, "a.hcl"), main)
			if s == nil && len(problems) == 0 {
				t.Fatal("neither a spec nor a problem")
			}
			for _, p := range problems {
				if p.Pos.File == "" || p.Error() == "" {
					t.Error("a problem without a place or a text")
				}
			}
			var out strings.Builder
			_ = spec.WriteProblems(&out, spec.Texts("a.hcl", main, problems), problems, 80, false)
			if (out.Len() == 0) != (len(problems) == 0) {
				t.Errorf("%d problems are shown as %q", len(problems), out.String())
			}
		})
	})
}
