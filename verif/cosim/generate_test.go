package cosim

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"marvelgen/gen/isa"
	"marvelgen/verif/trace"
)

// programOf makes the first program of a design's suite.
func programOf(t *testing.T, m *isa.Machine, seed uint64) *program {
	t.Helper()
	s, err := newSuite(m, 1000, seed)
	if err != nil {
		t.Fatal(err)
	}
	p, _, err := s.program(0, 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSeedDecides(t *testing.T) {
	m := marvel(t)["v4"]
	a, b, c := programOf(t, m, 5), programOf(t, m, 5), programOf(t, m, 6)
	if !bytes.Equal(a.image, b.image) || len(a.trail) != len(b.trail) {
		t.Error("one seed, two programs")
	}
	if bytes.Equal(a.image, c.image) {
		t.Error("two seeds, one program")
	}
}

// TestCoverage counts what vectors are there for.
func TestCoverage(t *testing.T) {
	m := marvel(t)["v4"]
	got := map[string]int{}
	regs := map[uint8]bool{}
	for seed := range uint64(4) {
		p := programOf(t, m, seed)
		for i := range p.trail {
			e := &p.trail[i]
			regs[e.Rd] = true
			if e.vector == nil {
				continue
			}
			ins := e.vector.ins
			dist := int32(e.NextPC - e.PC)
			class := ins.Name
			switch {
			case e.Flags&trace.Trap != 0:
				class += " traps"
			case dist == 4:
				class += " goes on"
			case dist > 4 && dist <= nearby:
				class += " jumps forward"
			case dist < 0 && dist >= -nearby:
				class += " jumps back"
			default:
				class += " jumps far"
			}
			got[class]++
			if dist == -0x1000 || dist == 0x1000-4 || dist == -0x100000 || dist == 0x100000-4 {
				got["reach of "+ins.Name]++
			}
			rd, rs1, rs2 := e.Insn>>7&31, e.Insn>>15&31, e.Insn>>20&31
			if ins.Name == "add" {
				note(got, "add rd = x0", rd == 0)
				note(got, "add rd = rs1", rd == rs1 && rd != 0)
				note(got, "add rs1 = rs2", rs1 == rs2 && rs1 != 0)
			}
			if ins.Name == "fusedmac" {
				note(got, "two results for one register", e.Rd == e.Rd2 && e.Rd != 0)
				note(got, "fixed register twice", e.Rd == 20 || e.Rd2 == 20)
			}
			if i > 0 {
				note(got, "operand of the instruction before", p.trail[i-1].Rd != 0 && uint32(p.trail[i-1].Rd) == rs1)
			}
		}
		loops(p, got)
	}
	if len(regs) != 32 {
		t.Errorf("%d registers are written", len(regs))
	}
	for what, least := range map[string]int{
		"beq goes on": 100, "beq jumps forward": 30, "beq jumps back": 30, "beq jumps far": 10, "beq traps": 20, "reach of bge": 1, "bge traps": 20,
		"jal jumps forward": 50, "jal jumps back": 50, "jal jumps far": 50, "jal traps": 50, "reach of jal": 5,
		"jalr jumps forward": 50, "jalr jumps back": 50, "jalr jumps far": 50, "jalr traps": 50,
		"lw traps": 10, "lh traps": 10, "sw traps": 10, "sh traps": 10, "lw goes on": 200, "sb goes on": 200,
		"ecall traps": 200, "ebreak traps": 200, "mret jumps forward": 50, "mret jumps far": 10, "csrrw traps": 5, "csrrs goes on": 200,
		"lpset goes on": 100, "a loop runs again": 300, "both levels end": 10, "a body of one": 20,
		"add rd = x0": 5, "add rd = rs1": 10, "add rs1 = rs2": 10, "two results for one register": 10, "fixed register twice": 10,
		"operand of the instruction before": 500,
	} {
		if got[what] < least {
			t.Errorf("%s: %d times, want %d", what, got[what], least)
		}
	}
	for _, bad := range []string{"lb traps", "sb traps", "add traps", "fence_i traps"} {
		if got[bad] > 0 {
			t.Errorf("%s", bad)
		}
	}
}

func note(got map[string]int, what string, is bool) {
	if is {
		got[what]++
	}
}

// loops counts what hardware loops did.
func loops(p *program, got map[string]int) {
	jumps := map[uint32]bool{}
	for i := range p.trail {
		e := &p.trail[i]
		if k := p.suite.byIns[p.code[(e.PC-0x80000000)/4].ins]; k.pc != nil || k.ins.System != "" || e.Flags != 0 || e.NextPC == e.PC+4 {
			continue
		}
		note(got, "a loop runs again", true)
		note(got, "a body of one", e.NextPC == e.PC)
		note(got, "both levels end", jumps[e.PC] && i > 1 && p.trail[i-1].NextPC == e.PC)
		jumps[e.PC] = true
	}
}

// TestNoPlace wants an error for an instruction that cannot be run safely, as
// its address is beyond control.
func TestNoPlace(t *testing.T) {
	src, err := os.ReadFile("testdata/ldot.hcl")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(src), "ptr = rs1", "ptr = 4096", 1)
	m := machines(t, "ldot.hcl", []byte(text))["all"]
	if _, err := simulate(m, m, 10, 1); err == nil || !strings.Contains(err.Error(), "no vector of ldotp can be placed") {
		t.Errorf("got %v", err)
	}
}
