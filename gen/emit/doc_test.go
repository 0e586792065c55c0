package emit_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"marvelgen/gen"
	"marvelgen/verif/iss"
)

// TestDocTiming compares the cycles that the pages state with the simulator's
// table, for every number of write ports.
func TestDocTiming(t *testing.T) {
	src, err := os.ReadFile(kinds)
	if err != nil {
		t.Fatal(err)
	}
	for ports := 1; ports <= 3; ports++ {
		text := string(src) + fmt.Sprintf(`
design "all" {
  instructions = ["avg", "madd", "ldacc", "rdacc", "sthigh", "cube", "repeat", "steps", "slow", "ext"]
  write_ports  = %d
}
`, ports)
		l, problems, err := gen.Load("kinds.hcl", []byte(text))
		if err != nil || len(problems) > 0 {
			t.Fatal(err, problems)
		}
		m := l.Machines[0]
		timing := iss.TimingOf(m)
		pages := map[string]string{}
		for _, f := range files(t, m) {
			pages[f.Path] = string(f.Data)
		}
		for _, p := range m.Exts {
			want := fmt.Sprintf("\n%d cycle", 1+timing.Extra[p.Name]+timing.Surplus[p.Name])
			if page := pages["doc/"+p.Name+".md"]; !strings.Contains(page, want) {
				t.Errorf("with %d ports the page of %s does not say%s:\n%s", ports, p.Name, want, page[strings.Index(page, "## Timing"):])
			}
		}
	}
}

// TestDocCalls looks for the calls that the pages promise in the header.
func TestDocCalls(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"avg", "`int32_t mv_avg(int32_t rs1, int32_t rs2)`, a function in `riscv_kinds.h`."},
		{"steps", "`mv_steps(x10, x11, x12, rs1, rs2, i1, i2)`, a macro in `riscv_kinds.h`. It changes `rs1`, `rs2`, `x10`."},
		{"repeat", "No intrinsic: a loop"},
		{"steps", "| i2[9:3] | rs2 | rs1 | i2[2:0] | i1 | 0101011 |"},
		{"ldacc", "| step[7:2] | lane |"},
	} {
		for _, f := range files(t, last(t, kinds)) {
			if f.Path == "doc/"+c.name+".md" && !strings.Contains(string(f.Data), c.want) {
				t.Errorf("%s has no %q:\n%s", f.Path, c.want, f.Data)
			}
		}
	}
}
