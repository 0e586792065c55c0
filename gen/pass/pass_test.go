package pass_test

import (
	"fmt"
	"strings"
	"testing"

	"marvelgen/gen/isa"
	"marvelgen/gen/pass"
	"marvelgen/gen/spec"
)

// instruction writes one instruction block; format is R, funct3 tells them apart.
func instruction(name string, funct3 int, body string) string {
	return fmt.Sprintf(`
instruction %q {
  summary  = "x"
  assembly = "mv.%s rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-0"
    funct3 = %d
    funct7 = 0
  }
%s
}
`, name, name, funct3, body)
}

const state = `
state "acc" {
  bits   = 32
  signed = true
}
state "ptr" {
  bits = 32
}
`

func resolve(t *testing.T, src string, names ...string) (*isa.Machine, []isa.Problem) {
	t.Helper()
	s, problems := spec.Parse("t.hcl", []byte("extension \"t\" {\n}\n"+state+src))
	for _, p := range problems {
		t.Fatal(p)
	}
	base, err := spec.Base()
	if err != nil {
		t.Fatal(err)
	}
	return pass.Resolve(s, &isa.Design{Name: "d", Instructions: names, Pos: isa.Pos{File: "t.hcl", Line: 1}}, base)
}

// TestResolveRefuses: what the socket cannot carry is a located problem.
func TestResolveRefuses(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"pc":          {"write {\npc = rs1\n}", "writes the pc"},
		"condition":   {"write {\nwhen = rs1 == 0\nrd = rs2\n}", "under a condition"},
		"three":       {"write {\nrd = 1\nrs1 = 2\nrs2 = 3\n}", "more than two registers"},
		"order":       {"write {\nx20 = 1\nrd = 2\n}", "write it last"},
		"two fixed":   {"write {\nx20 = 1\nx21 = 2\n}", "two fixed registers"},
		"trap":        {"trap {\ncause = 2\n}", "only base instructions do"},
		"late":        {"write {\nptr = load_32(ptr)\nrd = ptr\n}", "Known too late"},
		"many pins":   {"write {\nx20 = x21 + x22 + x23\n}", "Too many fixed registers"},
		"accumulator": {"write {\nacc = acc + load_s8(acc)\n}", "Known too late"},
	} {
		t.Run(name, func(t *testing.T) {
			_, problems := resolve(t, instruction("a", 0, c.body), "a")
			found := false
			for _, p := range problems {
				found = found || strings.Contains(p.Summary+" "+p.Detail, c.want) && p.Pos.Line > 0
			}
			if !found {
				t.Errorf("problems %v do not say %q", problems, c.want)
			}
		})
	}
}

// TestStages: an accumulator fed by a load lives in W, a pointer in X.
func TestStages(t *testing.T) {
	m, problems := resolve(t, instruction("ldot", 0, "write {\nacc = acc + s8(rs2) * load_s8(ptr)\nptr = ptr + 1\n}")+
		instruction("rdacc", 1, "write {\nrd = acc\n}")+`
unit "dot" {
  instructions = ["ldot", "rdacc"]
}
`, "ldot", "rdacc")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	got := map[string]isa.Stage{}
	for _, s := range m.States {
		got[s.Name] = s.Stage
	}
	if got["acc"] != isa.StageW || got["ptr"] != isa.StageX {
		t.Errorf("stages %v, want acc in W and ptr in X", got)
	}
	if k := m.Socket; !k.Mem || k.RS3 || k.Results != 1 || k.Loops != 0 {
		t.Errorf("socket %+v", k)
	}
}

// TestStateInTwoUnits: private state has one owner.
func TestStateInTwoUnits(t *testing.T) {
	_, problems := resolve(t, instruction("a", 0, "write {\nacc = rs1\n}")+instruction("b", 1, "write {\nrd = acc\n}"), "a", "b")
	if len(problems) != 1 || problems[0].Summary != "State in two units" {
		t.Errorf("problems %v", problems)
	}
}

// TestCopies: add2i's sum shares mac's adder through the third port, unless the
// unit has no such adder.
func TestCopies(t *testing.T) {
	src := instruction("mac", 0, "write {\nrd = rd + rs1 * rs2\n}") + instruction("inc", 1, "write {\nrs1 = rs1 + 4\n}") + `
unit "u" {
  instructions = ["mac", "inc"]
}
`
	m, _ := resolve(t, src, "mac", "inc")
	if p := m.Exts[1]; p.RS3 != "rs1" || !p.Copy {
		t.Errorf("inc reads %q through the third port, copy %v", p.RS3, p.Copy)
	}
	m, _ = resolve(t, src, "inc")
	if p := m.Exts[0]; p.RS3 != "" || m.Socket.RS3 {
		t.Errorf("inc alone reads %q through the third port", p.RS3)
	}
}

// TestOverlap finds two instructions of one encoding, and shows both.
func TestOverlap(t *testing.T) {
	s, _ := spec.Parse("t.hcl", []byte("extension \"t\" {\n}\n"+instruction("a", 0, "write {\nrd = 1\n}")+instruction("b", 0, "write {\nrd = 2\n}")))
	problems := pass.CheckEncodings(s, nil)
	if len(problems) != 1 || strings.Count(problems[0].Detail, "0000000 ..... ..... 000 ..... 0001011") != 2 {
		t.Errorf("problems %v", problems)
	}
}

// TestExamplesBite: an example that the meaning contradicts is a problem at the
// expected value.
func TestExamplesBite(t *testing.T) {
	for expect, bad := range map[string]bool{"rd = 7": false, "rd = 8": true, `rd = "0x100000007"`: false, "rd = -1": true} {
		s, problems := spec.Parse("t.hcl", []byte("extension \"t\" {\n}\n"+instruction("a", 0,
			"write {\nrd = rs1 + rs2\n}\nexample {\ngiven = { rs1 = 3, rs2 = 4 }\nexpect = { "+expect+" }\n}")))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if _, failed := pass.CheckExamples(s.Exts, s); (len(failed) > 0) != bad {
			t.Errorf("expect %s: problems %v", expect, failed)
		}
	}
}
