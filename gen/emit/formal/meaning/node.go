package meaning

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
)

// node prints n and what it depends on, and returns the name of its wire: signed,
// just wide enough for every value of the node's range.
//
// Why each line is exact: all operands are signed, so Verilog extends them by
// sign to the widest of them and the target before it computes; sums, products,
// shifts and bitwise operations computed modulo 2^w are right modulo 2^w, and
// the true value fits the target.
func (p *printer) node(n *sem.Node) (string, error) {
	if name, ok := p.done[n]; ok {
		return name, nil
	}
	args := make([]string, len(n.Args))
	for i, a := range n.Args {
		s, err := p.node(a)
		if err != nil {
			return "", err
		}
		args[i] = s
	}
	w := signedWidth(n.Range)
	expr := ""
	switch n.Op {
	case sem.OpConst:
		expr = literal(n.Value, w)
	case sem.OpInput:
		s, err := p.operand(n)
		if err != nil {
			return "", err
		}
		expr = s
	case sem.OpRead:
		st := p.states[n.Name]
		if st == nil {
			return "", fmt.Errorf("there is no state %q", n.Name)
		}
		expr = p.element(n, st, args[0])
	case sem.OpTable:
		t := p.tables[n.Name]
		if t == nil {
			return "", fmt.Errorf("there is no table %q", n.Name)
		}
		expr = p.lookup(n, t, args[0])
	case sem.OpAdd:
		expr = args[0] + " + " + args[1]
	case sem.OpSub:
		expr = args[0] + " - " + args[1]
	case sem.OpMul:
		expr = args[0] + " * " + args[1]
	case sem.OpQuo: // towards zero, as Verilog's /; RISC-V defines the quotient by 0
		expr = fmt.Sprintf("%s == 0 ? %s : %s / %s", args[1], literal(big.NewInt(-1), w), args[0], args[1])
	case sem.OpRem:
		expr = fmt.Sprintf("%s == 0 ? %s : %s %% %s", args[1], args[0], args[0], args[1])
	case sem.OpShl:
		expr = args[0] + " <<< " + args[1]
	case sem.OpShr:
		expr = args[0] + " >>> " + args[1]
	case sem.OpAnd:
		expr = args[0] + " & " + args[1]
	case sem.OpOr:
		expr = args[0] + " | " + args[1]
	case sem.OpXor:
		expr = args[0] + " ^ " + args[1]
	case sem.OpNot:
		expr = "~" + args[0]
	case sem.OpEq:
		expr = fmt.Sprintf("$signed({1'b0, %s == %s})", args[0], args[1])
	case sem.OpLt:
		expr = fmt.Sprintf("$signed({1'b0, %s < %s})", args[0], args[1])
	case sem.OpCond:
		expr = fmt.Sprintf("%s != 0 ? %s : %s", args[0], args[1], args[2])
	case sem.OpBits: // the mask is positive, so the shift's sign bits are cut off
		mask := new(big.Int).Lsh(big.NewInt(1), uint(n.Hi-n.Lo+1))
		mask.Sub(mask, big.NewInt(1))
		expr = fmt.Sprintf("(%s >>> %d) & %s", args[0], n.Lo, literal(mask, n.Hi-n.Lo+2))
	case sem.OpSigned:
		low := fmt.Sprintf("n%d_low", n.ID)
		p.lines = append(p.lines, fmt.Sprintf("  wire signed %s %s = %s;", rangeOf(n.Hi+1), low, args[0]))
		expr = low
	default:
		return "", fmt.Errorf("operation %s is not known here", n.Op)
	}
	name := fmt.Sprintf("n%d", n.ID)
	p.lines = append(p.lines, fmt.Sprintf("  wire signed %s %s = %s;", rangeOf(w), name, expr))
	p.done[n] = name
	return name, nil
}

// operand is the value of an input as a signed expression.
func (p *printer) operand(n *sem.Node) (string, error) {
	value := func(port string) (string, error) { // 32 bits, signed or not by its range
		p.input(port, 32)
		if n.Range.Negative() {
			return "$signed(" + port + ")", nil
		}
		return "$signed({1'b0, " + port + "})", nil
	}
	f := p.ins.Encoding.Field(n.Name)
	base, isIndex := strings.CutSuffix(n.Name, "_index")
	var reg int
	switch k, _ := fmt.Sscanf(n.Name, "x%d", &reg); {
	case n.Name == "csr":
		return value("csr_i")
	case f != nil && f.Kind == isa.Register:
		return value(n.Name + "_i")
	case f != nil:
		return field(f), nil
	case n.Name == "pc", n.Name == "load":
		return value(n.Name + "_i")
	case isIndex && p.ins.Encoding.Field(base) != nil:
		return field(p.ins.Encoding.Field(base)), nil
	case k == 1 && reg < 32:
		return value(fmt.Sprintf("x%d_i", reg))
	}
	return "", fmt.Errorf("there is no operand %q", n.Name)
}

// field is the signed value of an instruction field, scaled.
func field(f *isa.Field) string {
	bits := fieldBits(f)
	if f.Shift > 0 {
		bits = strings.TrimSuffix(bits, "}") + fmt.Sprintf(", %d'd0}", f.Shift)
	}
	if f.Signed {
		return "$signed(" + bits + ")"
	}
	return "$signed({1'b0, " + bits + "})"
}

// element is one element of a state, as a signed expression.
func (p *printer) element(n *sem.Node, st *isa.State, index string) string {
	if st.RAM && p.rams == Ports { // it reads one element at most
		i := "read_" + st.Name + "_index_o"
		if !slices.ContainsFunc(p.ports, func(q namedPort) bool { return q.Name == i }) {
			p.ports = append(p.ports, namedPort{Port{i, st.IndexBits()}, index})
		}
		return asSigned(p.input("read_"+st.Name+"_i", st.Bits), st.Signed)
	}
	in := p.input("state_"+st.Name+"_i", st.Bits*max(st.Count, 1))
	if st.Count <= 1 {
		return asSigned(in, st.Signed)
	}
	var values []string
	for e := range st.Count {
		values = append(values, fmt.Sprintf("%s[%d:%d]", in, (e+1)*st.Bits-1, e*st.Bits))
	}
	return asSigned(p.choose(n, st.Bits, index, values), st.Signed)
}

// lookup is one entry of a table.
func (p *printer) lookup(n *sem.Node, t *isa.Table, index string) string {
	var values []string
	for _, v := range t.Values {
		m := new(big.Int).Lsh(big.NewInt(1), uint(t.Bits))
		values = append(values, fmt.Sprintf("%d'h%x", t.Bits, m.Mod(v, m)))
	}
	return asSigned(p.choose(n, t.Bits, index, values), t.Signed)
}

// choose is the value at the index, which the range of the index keeps inside.
func (p *printer) choose(n *sem.Node, bits int, index string, values []string) string {
	out := fmt.Sprintf("n%d_at", n.ID)
	add := func(format string, args ...any) { p.lines = append(p.lines, fmt.Sprintf(format, args...)) }
	add("  reg %s %s; // %s", rangeOf(bits), out, n.Name)
	add("  always @* begin\n    case (%s)", index)
	for i, v := range values[:len(values)-1] {
		add("      %d: %s = %s;", i, out, v)
	}
	add("      default: %s = %s;\n    endcase\n  end", out, values[len(values)-1])
	return out
}

func asSigned(expr string, signed bool) string {
	if signed {
		return "$signed(" + expr + ")"
	}
	return "$signed({1'b0, " + expr + "})"
}
