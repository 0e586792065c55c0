package pass_test

import (
	"strings"
	"testing"
)

const ram = `
state "w" {
  bits  = 32
  count = 16
  ram   = true
}
`

// TestRAMRefuses: what a RAM with one read and one write port cannot do is a
// located problem that says what to do instead.
func TestRAMRefuses(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"two reads":     {"write {\nrd = w[bits(rs1, 3, 0)] + w[bits(rs2, 3, 0)]\n}", "Choose the index instead: w[c ? i : j]"},
		"two writes":    {"set \"w\" {\nindex = 1\nvalue = rs1\n}\nset \"w\" {\nindex = 2\nvalue = rs2\n}", "in one set block"},
		"both":          {"write {\nrd = w[0]\n}\nset \"w\" {\nindex = 1\nvalue = rs1\n}", "Split it into two"},
		"late index":    {"write {\nrd = w[bits(load_u8(rs1), 3, 0)]\n}", "which depends on loaded data"},
		"chained":       {"write {\nrd = w[bits(w[0], 3, 0)]\n}", "Known too late"},
		"late value":    {"set \"w\" {\nindex = 1\nvalue = load_32(rs1)\n}", "The value of what a writes"},
		"late where":    {"set \"w\" {\nindex = bits(load_u8(rs1), 3, 0)\nvalue = rs2\n}", "The index of what a writes"},
		"late when":     {"set \"w\" {\nindex = 1\nvalue = rs2\nwhen = load_u8(rs1) == 0\n}", "The condition of what a writes"},
		"late state":    {"write {\nacc = acc + load_s8(rs1)\n}\nset \"w\" {\nindex = bits(acc, 3, 0)\nvalue = rs2\n}", "a state that those change"},
		"late pin":      {"write {\nx20 = x20 + 1\n}\nset \"w\" {\nindex = bits(x20, 3, 0)\nvalue = rs2\n}", "Known too late"},
		"address":       {"write {\nrd = load_32(w[0])\n}", "The load address"},
		"stored":        {"store {\naddr = rs1\nsize = 4\ndata = w[0]\n}", "The stored value"},
		"state in turn": {"write {\nptr = w[0]\nrd = load_32(ptr)\n}", "The load address"},
	} {
		t.Run(name, func(t *testing.T) {
			_, problems := resolve(t, ram+instruction("a", 0, c.body), "a")
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

// TestRAMTakes: several instructions may read at indices of their own, and a
// state that follows from what is read lives in W.
func TestRAMTakes(t *testing.T) {
	src := ram + instruction("a", 0, "write {\nacc = acc + w[bits(rs1, 3, 0)]\n}") +
		instruction("b", 1, "write {\nrd = w[bits(ptr, 3, 0)] + w[bits(ptr, 3, 0)]\nptr = ptr + 1\n}") +
		instruction("c", 2, "set \"w\" {\nindex = bits(ptr, 3, 0)\nvalue = rs1 * rs2\nwhen = rs1 > 0\n}") +
		"unit \"u\" {\nsummary = \"x\"\ninstructions = [\"a\", \"b\", \"c\"]\n}\n"
	m, problems := resolve(t, src, "a", "b", "c")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, st := range m.States {
		if want := map[string]string{"acc": "W", "ptr": "X", "w": "X"}[st.Name]; st.Stage.String() != want {
			t.Errorf("%s lives in %s, want %s", st.Name, st.Stage, want)
		}
	}
}
