package random

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"marvelgen/gen/isa"
)

// seeded are bugs in the core that need something awkward to show: what is found in
// a module, and what it becomes while BUG holds.
var seeded = []struct {
	name, file, find, replace string
	seed                      uint64 // its lowest bits say how the program runs
}{
	{"an interrupt at a loop's end counts the trip", "mv32_core.v", `\.x_step_i( +)\(x_fell_through\)`, `.x_step_i$1(x_fell_through | BUG & x_go & x_irq)`, withIRQ + 4},
	{"a loop's end is forgotten in a wait state", "mv32_loops.v", `if \(d_leave_i\) begin`, `if (d_leave_i | BUG) begin`, withWaits},
	{"both levels count where both end", "mv32_loops.v", `active\[1\] & ~again0`, `active[1] & ~(again0 & ~BUG)`, 0},
	{"the trip of the instruction before is not seen", "mv32_loop.v", `again_o = many \| \(pending_i \?`, `again_o = many | ((pending_i & ~BUG) ?`, 0},
	{"a branch falls through at a loop's end and leaves it", "mv32_core.v", `x_again & \{2\{x_branch & x_taken_q\}\}`, `x_again & {2{x_branch & x_taken_q & ~BUG}}`, 0},
	{"an interrupt comes in the middle of an instruction", "mv32_core.v", `irq_pending & ~x_held_q`, `irq_pending & ~(x_held_q & ~BUG)`, withIRQ},
	{"a bit of a far jump's distance is its neighbour", "mv32_decode.v", `op_jal \? instr_i\[20\]`, `op_jal ? (BUG ? instr_i[19] : instr_i[20])`, 0},
	{"a set-up is the end of a loop", "mv32_loops.v", `at_end\[0\] & ~d_setup_i`, `at_end[0] & ~(d_setup_i & ~BUG)`, 0},
}

// short bounds what is left of a failing program.
const short = 12

// TestSeededBugs wants each bug found in one program and shrunk to a few
// instructions. All bugs are built into one model, which reads which of them to have.
func TestSeededBugs(t *testing.T) {
	m := machine(t, marvel, "v4", 0)
	choice := filepath.Join(t.TempDir(), "bug")
	exe := buildModel(t, m, func(name, text string) string {
		changed := text
		for i, b := range seeded {
			if b.file != name {
				continue
			}
			re := regexp.MustCompile(b.find)
			if n := len(re.FindAllString(text, -1)); n != 1 {
				t.Fatalf("%s: %q occurs %d times in %s", b.name, b.find, n, name)
			}
			changed = re.ReplaceAllString(changed, strings.ReplaceAll(b.replace, "BUG", fmt.Sprintf("(bug == 32'd%d)", i+1)))
		}
		if changed == text {
			return text
		}
		return strings.Replace(changed, "\n);\n", fmt.Sprintf(`
);
  reg [31:0] bug;
  integer bug_file, bug_read;
  initial begin
    bug_file = $fopen("%s", "r");
    bug_read = $fscanf(bug_file, "%%d", bug);
    if (bug_read != 1) $stop;
    $fclose(bug_file);
  end
`, choice), 1)
	})
	choose := func(n int) {
		if err := os.WriteFile(choice, fmt.Appendf(nil, "%d\n", n), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	run := func(seed uint64, m *isa.Machine) error {
		_, err := Run(context.Background(), Options{Machine: m, Model: exe, Instructions: 1, Seed: seed, Dir: t.TempDir(), Replay: "marvelgen verify"})
		return err
	}
	found := func(t *testing.T, err error) {
		t.Helper()
		var f *Failure
		if !errors.As(err, &f) {
			t.Fatalf("not found: %v", err)
		}
		t.Logf("%d instructions", f.Program.Len())
		if f.Program.Len() > short {
			t.Errorf("%v", f)
		}
		if text, err := os.ReadFile(f.File); err != nil || !strings.Contains(string(text), f.Listing) || !strings.Contains(f.ReplayCmd, fmt.Sprintf("--seed %d", f.Seed)) {
			t.Errorf("%s: %s %v", f.ReplayCmd, text, err)
		}
	}
	choose(0)
	for seed := range uint64(4) {
		if err := run(seed, m); err != nil {
			t.Fatalf("without a bug: %v", err)
		}
	}
	for i, b := range seeded {
		t.Run(b.name, func(t *testing.T) {
			choose(i + 1)
			found(t, run(b.seed, m))
		})
	}
	t.Run("the simulator has another instruction", func(t *testing.T) {
		choose(0)
		found(t, run(3, swapped(t, m, "mulhsu", "mulhu")))
	})
}

// swapped is the machine with the meaning of one base instruction given to another.
func swapped(t *testing.T, m *isa.Machine, name, other string) *isa.Machine {
	t.Helper()
	wrong := *m
	wrong.Base = append([]*isa.Instruction(nil), m.Base...)
	at := map[string]int{}
	for i, ins := range m.Base {
		at[ins.Name] = i
	}
	ins := *m.Base[at[name]]
	ins.Writes = m.Base[at[other]].Writes
	wrong.Base[at[name]] = &ins
	return &wrong
}
