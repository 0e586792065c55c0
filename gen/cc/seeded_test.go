package cc

import (
	"strings"
	"testing"

	"marvelgen/gen"
	"marvelgen/gen/cc/asm"
	"marvelgen/specs"
)

// seededSpec is MARVEL with two more instructions, whose operands do not commute and
// that access memory.
const seededSpec = `
instruction "msub" {
  summary  = "Subtracts rs1, shifted left by rs2, from rd"
  assembly = "mv.msub rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-0"
    funct3 = 5
    funct7 = 1
  }
  write {
    rd = rd - shl(rs1, bits(rs2, 4, 0))
  }
}
instruction "lbadd" {
  summary  = "Loads a byte at rs1 + rs2"
  assembly = "mv.lbadd rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-0"
    funct3 = 5
    funct7 = 2
  }
  write {
    rd = load_s8(rs1 + rs2)
  }
}
design "seeded" {
  instructions = ["mac", "add2i", "fusedmac", "msub", "lbadd"]
  write_ports  = 3
}
`

func seededRewriter(t *testing.T) *rewriter {
	t.Helper()
	text, err := specs.FS.ReadFile("marvel.hcl")
	if err != nil {
		t.Fatal(err)
	}
	l, problems, err := gen.Load("marvel.hcl", append(text, seededSpec...))
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	return newRewriter(l.Machines[len(l.Machines)-1], Options{})
}

// seededList reads instructions, separated by semicolons.
func seededList(t *testing.T, r *rewriter, text string) []*insn {
	t.Helper()
	var out []*insn
	for _, s := range strings.Split(text, ";") {
		f := asm.Read("test.s", []byte("\t"+strings.TrimSpace(s)+"\n"))
		in := r.decode(&f.Lines[0], len(out))
		if in.class == opaque {
			t.Fatalf("%q is not understood", s)
		}
		out = append(out, in)
	}
	return out
}

// TestSameBites feeds the check of every selection with wrong ones, each of which is
// a slip that a selection could make.
func TestSameBites(t *testing.T) {
	for _, c := range []struct {
		name, before, right string
		live                regs
		wrong               map[string]string
	}{
		{"mac", "mul a3, a1, a2; add a0, a0, a3", "mv.mac a0, a1, a2", allRegs &^ set("a3"), map[string]string{
			"the sum's own operand":     "mv.mac a0, a0, a2",
			"another factor":            "mv.mac a0, a1, a1",
			"another sum":               "mv.mac a3, a1, a2",
			"twice":                     "mv.mac a0, a1, a2; mv.mac a0, a1, a2",
			"not at all":                "nop",
			"a live register clobbered": "mv.mac a0, a1, a2; li a4, 0",
			"an operand clobbered":      "li a1, 0; mv.mac a0, a1, a2",
		}},
		{"mac of which the product lives", "mul a3, a1, a2; add a0, a0, a3", "mul a3, a1, a2; mv.mac a0, a1, a2", allRegs, map[string]string{
			"the product dropped": "mv.mac a0, a1, a2",
		}},
		{"msub", "sll a3, a1, a2; sub a0, a0, a3", "mv.msub a0, a1, a2", allRegs &^ set("a3"), map[string]string{
			"operands swapped":       "mv.msub a0, a2, a1",
			"subtracted from itself": "mv.msub a0, a0, a2",
		}},
		{"add2i", "addi a0, a0, 1; addi a1, a1, 20", "mv.add2i a0, a1, 1, 20", allRegs, map[string]string{
			"immediates swapped":      "mv.add2i a0, a1, 20, 1",
			"registers swapped":       "mv.add2i a1, a0, 1, 20",
			"immediate one too large": "mv.add2i a0, a1, 2, 20",
			"the other, too":          "mv.add2i a0, a1, 1, 21",
			"one register twice":      "mv.add2i a0, a0, 1, 20",
			"another register":        "mv.add2i a0, a2, 1, 20",
		}},
		{"fusedmac", "mul t0, s5, s6; add s4, s4, t0; addi a0, a0, 1; addi a1, a1, 2", "mv.fusedmac a0, a1, 1, 2", allRegs &^ set("t0"), map[string]string{
			"without the product":   "mv.add2i a0, a1, 1, 2",
			"immediates swapped":    "mv.fusedmac a0, a1, 2, 1",
			"a factor counts, too":  "mv.fusedmac s5, a1, 1, 2; addi a0, a0, 1",
			"product of new values": "addi s5, s5, 1; mv.fusedmac a0, a1, 1, 2; addi s5, s5, -1",
		}},
		{"a loaded byte", "add a3, a1, a2; lb a0, 0(a3)", "mv.lbadd a0, a1, a2", allRegs &^ set("a3"), map[string]string{
			"another address":   "mv.lbadd a0, a1, a1",
			"another size":      "add a3, a1, a2; lh a0, 0(a3)",
			"another extension": "add a3, a1, a2; lbu a0, 0(a3)",
			"another offset":    "add a3, a1, a2; lb a0, 1(a3)",
			"loaded twice":      "mv.lbadd a0, a1, a2; mv.lbadd a0, a1, a2",
			"not loaded":        "li a0, 0",
		}},
		{"accesses in order", "sw a4, 0(a5); add a3, a1, a2; lb a0, 0(a3)", "sw a4, 0(a5); mv.lbadd a0, a1, a2", allRegs &^ set("a3"), map[string]string{
			"loaded before the store":  "mv.lbadd a0, a1, a2; sw a4, 0(a5)",
			"the store elsewhere":      "sw a4, 4(a5); mv.lbadd a0, a1, a2",
			"another value stored":     "sw a3, 0(a5); mv.lbadd a0, a1, a2",
			"a part of it stored":      "sh a4, 0(a5); mv.lbadd a0, a1, a2",
			"the store dropped":        "mv.lbadd a0, a1, a2",
			"the address overwritten":  "li a5, 0; sw a4, 0(a5); mv.lbadd a0, a1, a2",
			"loads instead of a store": "lw a4, 0(a5); mv.lbadd a0, a1, a2",
		}},
		{"two loads", "lw a0, 0(a2); lw a1, 4(a2)", "lw a0, 0(a2); lw a1, 4(a2)", allRegs, map[string]string{
			"in the other order": "lw a1, 4(a2); lw a0, 0(a2)",
			"registers swapped":  "lw a1, 0(a2); lw a0, 4(a2)",
		}},
		{"a return", "lui a1, 5; addi a1, a1, 20; xor a0, a0, a1; addi sp, sp, 16; ret", "lui a1, 5; addi a1, a1, 20; xor a0, a0, a1; addi sp, sp, 16; ret", 0, map[string]string{
			"of another result":   "lui a1, 5; xor a0, a0, a1; mv.add2i sp, a1, 16, 20; ret",
			"of a register moved": "lui a1, 5; addi a1, a1, 20; xor a0, a0, a1; addi sp, sp, 16; mv s1, a0; ret",
		}},
		{"a call", "addi a1, a1, 20; add a2, a1, a0; call f", "addi a1, a1, 20; add a2, a1, a0; call f", 0, map[string]string{
			"with another argument": "add a2, a1, a0; addi a1, a1, 20; call f",
		}},
		{"a branch", "addi a0, a0, -1; bnez a0, .L1", "addi a0, a0, -1; bnez a0, .L1", allRegs, map[string]string{
			"on another condition": "addi a0, a0, -1; beqz a0, .L1",
			"on another register":  "addi a0, a0, -1; bnez a1, .L1",
			"before the change":    "bnez a0, .L1; addi a0, a0, -1",
			"gone":                 "addi a0, a0, -1",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := seededRewriter(t)
			check := func(after string) error {
				return same(r.norm, seededList(t, r, c.before), form{seededList(t, r, after), identity, identity}, allRegs, c.live)
			}
			if err := check(c.right); err != nil {
				t.Errorf("refused: %v", err)
			}
			for name, after := range c.wrong {
				if check(after) == nil {
					t.Errorf("%s: %q passes for %q", name, after, c.before)
				}
			}
		})
	}
}

// TestSameNeedsNamesOfRegisters renames registers: those that do not live may change
// places, others have to be where the form says.
func TestSameNeedsNamesOfRegisters(t *testing.T) {
	r := seededRewriter(t)
	before, after := seededList(t, r, "add a0, a0, a1"), seededList(t, r, "add a4, a4, a1")
	renamed := *identity
	renamed[10], renamed[14] = 14, 10
	for _, c := range []struct {
		name        string
		entry, exit *[32]int
		ok          bool
	}{
		{"at both ends", &renamed, &renamed, true},
		{"at the beginning only", &renamed, identity, false},
		{"at the end only", identity, &renamed, false},
		{"nowhere", identity, identity, false},
	} {
		if err := same(r.norm, before, form{after, c.entry, c.exit}, allRegs, set("a0", "a1")); (err == nil) != c.ok {
			t.Errorf("renamed %s: %v", c.name, err)
		}
	}
	// What no register of the first form is, is not what it was.
	if same(r.norm, before, form{after, &renamed, &renamed}, set("a0", "a1"), allRegs) == nil {
		t.Error("registers that nobody vouches for pass for those of before")
	}
}
