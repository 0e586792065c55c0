package sw

import (
	"fmt"
	"strings"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
	"marvelgen/gen/sem/bv"
)

// cPrinter prints vectors as C statements on uint64_t, each masked to its width.
type cPrinter struct {
	fn    bool // names are parameters; in macros they carry the suffix _arg and are evaluated once
	memo  map[*bv.Node]string
	lines []string
}

// emulation writes the meaning in portable C: all reads, then all writes.
func (in *Intrinsic) emulation(m *isa.Machine, p *isa.Placed) {
	for _, n := range sem.Inputs(p.Exprs()...) {
		if n == "pc" || strings.HasSuffix(n, "_index") {
			in.NoEmulation = "its address or the numbers of its registers, which C does not have, enter the meaning"
			return
		}
	}
	low := bv.NewLowerer()
	c := &cPrinter{fn: in.Function, memo: map[*bv.Node]string{}}
	if p.Load != nil {
		addr := c.ref(low.Lower(p.Load.Addr, 32))
		load := fmt.Sprintf("mv_emulate_load((uint32_t)%s, %d)", addr, p.Load.Size)
		if p.Load.Signed {
			load = sext(load, 8*p.Load.Size)
		}
		c.lines = append(c.lines, fmt.Sprintf("uint64_t mv_load = (uint64_t)%s & %s;", load, mask(8*p.Load.Size)))
	}
	var finals []string
	for n, name := range in.Results { // in the order of the operands, not of the writes
		for _, w := range p.Results {
			if w != nil && w.Name == strings.TrimSuffix(name, "_arg") {
				c.lines = append(c.lines, fmt.Sprintf("uint32_t mv_r%d = (uint32_t)%s;", n, c.ref(low.Lower(w.Value, 32))))
			}
		}
	}
	for i := range p.Writes {
		w := &p.Writes[i]
		if w.Kind != isa.DestState {
			continue
		}
		bits := m.Spec.StateWidths()[w.Name]
		value, index := c.ref(low.Lower(w.Value, bits)), c.ref(low.Full(w.Index))
		final := fmt.Sprintf("mv_state_%s[%s] = %s;", w.Name, index, c.temp(value))
		if w.When != nil {
			final = fmt.Sprintf("if (%s) %s", c.temp(c.ref(low.Full(w.When))), final)
		}
		finals = append(finals, final)
	}
	if p.Store != nil {
		finals = append(finals, fmt.Sprintf("mv_emulate_store((uint32_t)%s, %d, (uint32_t)%s);",
			c.temp(c.ref(low.Lower(p.Store.Addr, 32))), p.Store.Size, c.temp(c.ref(low.Lower(p.Store.Data, 8*p.Store.Size)))))
	}
	in.Emulate = append(c.lines, finals...)
}

// temp keeps a value that a later write must not disturb.
func (c *cPrinter) temp(expr string) string {
	name := fmt.Sprintf("mv_t%d", len(c.lines))
	c.lines = append(c.lines, fmt.Sprintf("uint64_t %s = %s;", name, expr))
	return name
}

func (c *cPrinter) ref(n *bv.Node) string {
	if e, ok := c.memo[n]; ok {
		return e
	}
	e := c.expr(n)
	if n.Op != bv.Const && n.Op != bv.Input {
		e = c.temp(e)
	}
	c.memo[n] = e
	return e
}

func (c *cPrinter) expr(n *bv.Node) string {
	switch n.Op {
	case bv.Const:
		return fmt.Sprintf("UINT64_C(0x%x)", n.Value)
	case bv.Input:
		name := n.Name
		switch {
		case name == "load":
			return "mv_load"
		case !c.fn:
			name += "_arg"
		}
		e := "(uint64_t)(uint32_t)(" + name + ")"
		if n.Width != 32 {
			e = fmt.Sprintf("((uint64_t)(%s) & %s)", name, mask(n.Width))
		}
		if !c.fn {
			return c.temp(e)
		}
		return e
	case bv.Read:
		return fmt.Sprintf("mv_state_%s[%s]", n.Name, c.ref(n.Args[0]))
	case bv.Table:
		return fmt.Sprintf("mv_table_%s[%s]", n.Name, c.ref(n.Args[0]))
	}
	a := make([]string, len(n.Args))
	for i, x := range n.Args {
		a[i] = c.ref(x)
	}
	w, aw := n.Width, n.Args[0].Width
	masked := func(e string) string { return "(" + e + ") & " + mask(w) }
	switch n.Op {
	case bv.Add:
		return masked(a[0] + " + " + a[1])
	case bv.Sub:
		return masked(a[0] + " - " + a[1])
	case bv.Mul:
		return masked(a[0] + " * " + a[1])
	case bv.QuoU:
		return masked(fmt.Sprintf("%s ? %s / %s : ~UINT64_C(0)", a[1], a[0], a[1]))
	case bv.RemU:
		return fmt.Sprintf("%s ? %s %% %s : %s", a[1], a[0], a[1], a[0])
	case bv.QuoS: // a divisor of -1 negates modulo 2^w, so the one overflow cannot trap
		return masked(fmt.Sprintf("!%s ? ~UINT64_C(0) : %s == %s ? 0 - %s : (uint64_t)(%s / %s)", a[1], a[1], mask(w), a[0], sext(a[0], w), sext(a[1], w)))
	case bv.RemS:
		return masked(fmt.Sprintf("!%s ? %s : %s == %s ? 0 : (uint64_t)(%s %% %s)", a[1], a[0], a[1], mask(w), sext(a[0], w), sext(a[1], w)))
	case bv.And:
		return a[0] + " & " + a[1]
	case bv.Or:
		return a[0] + " | " + a[1]
	case bv.Xor:
		return a[0] + " ^ " + a[1]
	case bv.Not:
		return masked("~" + a[0])
	case bv.Shl:
		return masked(fmt.Sprintf("%s > 63 ? 0 : %s << (%s & 63)", a[1], a[0], a[1]))
	case bv.ShrU:
		return fmt.Sprintf("%s > 63 ? 0 : %s >> (%s & 63)", a[1], a[0], a[1])
	case bv.ShrS:
		return masked(fmt.Sprintf("(uint64_t)(%s >> (%s > 63 ? 63 : %s))", sext(a[0], aw), a[1], a[1]))
	case bv.Eq:
		return a[0] + " == " + a[1]
	case bv.LtU:
		return a[0] + " < " + a[1]
	case bv.LtS:
		return sext(a[0], aw) + " < " + sext(a[1], aw)
	case bv.Mux:
		return fmt.Sprintf("%s ? %s : %s", a[0], a[1], a[2])
	case bv.Extract:
		return masked(fmt.Sprintf("%s >> %d", a[0], n.Lo))
	case bv.ZeroExt:
		return a[0]
	case bv.SignExt:
		return masked("(uint64_t)" + sext(a[0], aw))
	}
	panic("sw: cannot print " + n.Op.String())
}

// sext is the w-bit vector e as int64_t; right shifts of negative values are
// arithmetic in every compiler that matters here.
func sext(e string, w int) string {
	return fmt.Sprintf("((int64_t)((uint64_t)(%s) << %d) >> %d)", e, 64-w, 64-w)
}

func mask(w int) string { return fmt.Sprintf("UINT64_C(0x%x)", bv.Mask(w)) }
