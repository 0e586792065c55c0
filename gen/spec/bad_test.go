package spec_test

import (
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"
	"time"

	"marvelgen/gen/spec"
	"marvelgen/verif/bound"
)

var errorComment = regexp.MustCompile(`# error: (.*)$`)

// TestBad reads specs whose wrong lines carry the expected problem as a comment:
// "summary; part of the detail", several of them separated by " | ".
func TestBad(t *testing.T) {
	files, _ := filepath.Glob("testdata/bad/*.hcl")
	if len(files) == 0 {
		t.Fatal("no test data")
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			start := bound.CPU()
			_, problems := spec.Parse(file, src)
			if d := bound.CPU() - start; d > 3*time.Second {
				t.Errorf("took %s", d)
			}
			got := map[int][]string{}
			for _, p := range problems {
				got[p.Pos.Line] = append(got[p.Pos.Line], p.Summary+"; "+p.Detail)
			}
			for i, line := range strings.Split(string(src), "\n") {
				var want []string
				if m := errorComment.FindStringSubmatch(line); m != nil {
					want = strings.Split(m[1], " | ")
				}
				checkLine(t, i+1, want, got[i+1])
			}
		})
	}
}

func checkLine(t *testing.T, line int, want, got []string) {
	t.Helper()
	if len(want) != len(got) {
		t.Errorf("line %d: %d problems, want %d: %q", line, len(got), len(want), got)
		return
	}
	sort.Strings(got)
	sort.Strings(want)
	for i := range want {
		for _, part := range strings.Split(want[i], "; ") {
			if !strings.Contains(got[i], part) {
				t.Errorf("line %d: %q does not say %q", line, got[i], part)
			}
		}
	}
}

// TestHostile holds inputs that no spec looks like to a located problem within
// a second.
func TestHostile(t *testing.T) {
	cases := map[string]string{
		"empty":    "",
		"binary":   "\x7fELF\x00\x01",
		"not utf8": "extension \"a\" {\xff}",
		"huge":     strings.Repeat("# filler\n", 200_000),
		"nested":   "table \"t\" {\n bits = 8\n values = " + strings.Repeat("[", 100_000),
		"parens":   "table \"t\" {\n bits = 8\n values = [" + strings.Repeat("(", 110) + "1" + strings.Repeat(")", 110) + "]\n}",
		"negated":  "table \"t\" {\n bits = 8\n values = [" + strings.Repeat("!", 50_000) + "1]\n}",
		"unclosed": "extension \"a\" {",
		"many":     strings.Repeat("bogus {}\n", 50_000),
		"terms":    "table \"t\" {\n bits = 64\n values = [0" + strings.Repeat("+1", 100_000) + "]\n}",
		"choices":  "table \"t\" {\n bits = 64\n values = [" + strings.Repeat("1 ? ", 15_000) + "0]\n}",
		"number":   "table \"t\" {\n bits = 64\n values = [1e999999999]\n}",
		"digits":   "table \"t\" {\n bits = 64\n values = [" + strings.Repeat("9", 500_000) + "]\n}",
		"power":    "table \"t\" {\n bits = 64\n values = [pow(10, 400)]\n}",
		"template": "table \"t\" {\n bits = 64\n values = [\"${1}\"]\n}",
	}
	for name, src := range cases {
		t.Run(name, func(t *testing.T) {
			start := bound.CPU()
			_, problems := spec.Parse("x.hcl", []byte(src))
			if len(problems) == 0 || problems[0].Pos.File != "x.hcl" || problems[0].Pos.Line < 1 {
				t.Errorf("problems: %v", problems)
			}
			if len(problems) > 101 {
				t.Errorf("%d problems", len(problems))
			}
			if d := bound.CPU() - start; d > 3*time.Second {
				t.Errorf("took %s", d)
			}
		})
	}
}
