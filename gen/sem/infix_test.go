package sem

import "testing"

func TestInfix(t *testing.T) {
	b := NewBuilder()
	x, y, s := b.Input("rs1", Unsigned(32)), b.Input("rs2", Unsigned(32)), b.Input("imm", Signed(12))
	for want, n := range map[string]*Node{
		"rs1 + rs2 * imm":                   b.Add(x, b.Mul(y, s)),
		"(rs1 + rs2) * imm":                 b.Mul(b.Add(x, y), s),
		"rs1 - (rs2 - imm)":                 b.Sub(x, b.Sub(y, s)),
		"rs1 - rs2 - imm":                   b.Sub(b.Sub(x, y), s),
		"rs1 == rs2 ? rs1 + 1 : rs2":        b.Cond(b.Eq(x, y), b.Add(x, b.Int(1)), y),
		"rs1 < imm":                         b.Lt(x, s),
		"signed(rs1, 8) * unsigned(rs2, 4)": b.Mul(b.Signed(x, 8), b.Bits(y, 3, 0)),
		"asr(rs1 + 1, 4)":                   b.Shr(b.Add(x, b.Int(1)), b.Int(4)),
		"rs1 + (-3)":                        b.Add(x, b.Int(-3)),
	} {
		if got := n.Infix(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
