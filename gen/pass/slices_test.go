package pass_test

import (
	"strings"
	"testing"
)

const dsp = `
state "sum" {
  bits   = 40
  signed = true
  count  = 2
  dsp    = true
}
`

// TestSlicesRefuse: what no DSP slice computes is a located problem that says why.
func TestSlicesRefuse(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"chosen element": {"set \"sum\" {\nindex = bits(rs1, 0, 0)\nvalue = rs2\n}", "that unsigned(rs1, 1) chooses"},
		"two terms":      {"write {\nsum = [rs1 + rs2, 0]\n}", "adds one term, but there are rs1 and rs2"},
		"twice itself":   {"write {\nsum = [sum[0] + sum[0], 0]\n}", "adds the former value once"},
		"difference":     {"write {\nsum = [sum[0] - s16(rs1, 0) * s16(rs2, 0), 0]\n}", "is no term of a sum"},
		"too wide":       {"write {\nsum = [s32(rs1, 0) * s16(rs2, 0), 0]\n}", "multiplies 32 by 16 signed bits, a slice 27 by 18"},
		"too far":        {"write {\nsum = [asr(s16(rs1, 0) * s16(rs2, 0), 30), 0]\n}", "shifts right by 18 to 25 for 40 bits, not by 30"},
		"other rounding": {"write {\nsum = [asr(s16(rs1, 0) * s16(rs2, 0) + 3, 20), 0]\n}", "rounds by adding 2^19, not 3"},
		"signed factor":  {"write {\nsum = [asr(s16(rs1, 0) * s32(rs2, 0), 20), 0]\n}", "has no sign, but"},
		"equal shifts":   {"write {\nsum = [asr(s16(rs1, 0) * rs2, 20), asr(s16(rs1, 0) * rs2, 20)]\n}\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, problems := resolve(t, dsp+instruction("a", 0, c.body), "a")
			found := c.want == "" && len(problems) == 0
			for _, p := range problems {
				found = found || c.want != "" && strings.Contains(p.Summary+" "+p.Detail, c.want) && p.Pos.Line > 0
			}
			if !found {
				t.Errorf("problems %v do not say %q", problems, c.want)
			}
		})
	}
	src := dsp + instruction("a", 0, "write {\nsum = [asr(s16(rs1, 0) * rs2, 20), 0]\n}") + instruction("b", 1, "write {\nsum = [asr(s16(rs1, 0) * rs2, 21), 0]\n}") +
		"unit \"u\" {\nsummary = \"x\"\ninstructions = [\"a\", \"b\"]\n}\n"
	_, problems := resolve(t, src, "a", "b")
	if len(problems) != 1 || !strings.Contains(problems[0].Detail, "b shifts it by 21, a by 20") {
		t.Errorf("two shifts of one element: %v", problems)
	}
}
