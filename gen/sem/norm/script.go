package norm

import (
	"fmt"
	"strconv"
	"strings"
)

// Products says how a script has products of two operands.
type Products bool

// A product may be any number, the same one wherever the operands are the same: what
// is equal then is equal, and a solver need not know how to multiply. Or it is computed.
const (
	AnyProducts   Products = false
	ExactProducts Products = true
)

// script prints Values as equations of SMT-LIB 2, over bit vectors.
type script struct {
	text     strings.Builder
	names    map[*Value]string
	inputs   int
	products map[[2]*Value]string
	exact    Products
	problem  string // why it cannot be asked, or ""
}

// Script asks a solver for operands with which x and y differ: if there is no model, x
// is y. Operands are called by the order in which they appear, so that a question about
// other registers is the same text.
func Script(x, y *Value, exact Products) (string, error) {
	s := &script{names: map[*Value]string{}, products: map[[2]*Value]string{}, exact: exact}
	s.text.WriteString("(set-logic QF_BV)\n")
	p, q := s.name(x), s.name(y)
	fmt.Fprintf(&s.text, "(assert (not (= %s %s)))\n(check-sat)\n", p, q)
	if s.problem != "" {
		return "", fmt.Errorf("%s", s.problem)
	}
	return s.text.String(), nil
}

// name is the constant of the script that stands for v.
func (s *script) name(v *Value) string {
	if n, ok := s.names[v]; ok {
		return n
	}
	if c, ok := v.IsConst(); ok {
		return constant(c, v.Width)
	}
	var n string
	if v.Op == Input {
		n = "i" + strconv.Itoa(s.inputs)
		s.inputs++
		s.declare(n, v.Width)
	} else {
		e := s.expression(v)
		n = "v" + strconv.Itoa(len(s.names))
		s.declare(n, v.Width)
		s.print("(assert (= ", n, " ", e, "))\n")
	}
	s.names[v] = n
	return n
}

func (s *script) declare(name string, w int) {
	s.print("(declare-fun ", name, " () (_ BitVec ", strconv.Itoa(w), "))\n")
}

// print adds to the script. It is most of what a question costs whose answer is known, so
// nothing is formatted.
func (s *script) print(parts ...string) {
	for _, p := range parts {
		s.text.WriteString(p)
	}
}

func constant(c uint64, w int) string {
	return "(_ bv" + strconv.FormatUint(c, 10) + " " + strconv.Itoa(w) + ")"
}

// applied is an operation of two operands.
func applied(op, x, y string) string { return "(" + op + " " + x + " " + y + ")" }

// expression is v's operation on the names of its arguments.
func (s *script) expression(v *Value) string {
	a := func(i int) string { return s.name(v.Args[i]) }
	op := func(name string) string { return applied(name, a(0), a(1)) }
	switch v.Op {
	case Sum:
		return s.sum(v)
	case Mul:
		return s.product(v)
	case And:
		return op("bvand")
	case Or:
		return op("bvor")
	case Xor:
		return op("bvxor")
	case Shl:
		return s.shift(v, "bvshl", false)
	case Shr:
		if v.Signed {
			return s.shift(v, "bvashr", true)
		}
		return s.shift(v, "bvlshr", false)
	case Zero:
		return bitOf(applied("=", a(0), constant(0, v.Args[0].Width)))
	case Lt:
		if v.Signed {
			return bitOf(op("bvslt"))
		}
		return bitOf(op("bvult"))
	case Mux:
		return "(ite (= " + a(0) + " #b1) " + a(1) + " " + a(2) + ")"
	case Extract:
		return extract(a(0), v.Lo, v.Width)
	case Ext:
		return extend(a(0), v.Width-v.Args[0].Width, v.Signed)
	}
	s.problem = fmt.Sprintf("operation %s has no script", v.Op)
	return constant(0, v.Width)
}

func bitOf(condition string) string { return "(ite " + condition + " #b1 #b0)" }

func extract(x string, lo, w int) string {
	return "((_ extract " + strconv.Itoa(lo+w-1) + " " + strconv.Itoa(lo) + ") " + x + ")"
}

func extend(x string, by int, signed bool) string {
	switch {
	case by == 0:
		return x
	case signed:
		return "((_ sign_extend " + strconv.Itoa(by) + ") " + x + ")"
	}
	return "((_ zero_extend " + strconv.Itoa(by) + ") " + x + ")"
}

func (s *script) sum(v *Value) string {
	out := ""
	add := func(x string) {
		if out == "" {
			out = x
		} else {
			out = applied("bvadd", out, x)
		}
	}
	for _, t := range v.Terms {
		x := s.name(t.Value)
		if t.Coef != 1 {
			x = applied("bvmul", x, constant(t.Coef, v.Width))
		}
		add(x)
	}
	if v.Const != 0 {
		add(constant(v.Const, v.Width))
	}
	return out
}

// shift shifts at the width of the wider operand, where neither loses bits.
func (s *script) shift(v *Value, op string, signed bool) string {
	x, n := s.name(v.Args[0]), s.name(v.Args[1])
	wx, wn := v.Args[0].Width, v.Args[1].Width
	w := max(wx, wn)
	e := applied(op, extend(x, w-wx, signed), extend(n, w-wn, false))
	if w > wx {
		e = extract(e, 0, wx)
	}
	return e
}

// product is the low bits of the product of both operands, read as signed numbers and
// without what only extends them. So the low word of a product and its high word are
// parts of one.
func (s *script) product(v *Value) string {
	x, y := inner(v.Args[0]), inner(v.Args[1])
	if x.ID > y.ID {
		x, y = y, x
	}
	key := [2]*Value{x, y}
	p, ok := s.products[key]
	if !ok {
		a, b := s.name(x), s.name(y)
		p = "p" + strconv.Itoa(len(s.products))
		s.products[key] = p
		s.declare(p, 128)
		if s.exact {
			fmt.Fprintf(&s.text, "(assert (= %s (bvmul %s %s)))\n", p, extend(a, 128-x.Width, true), extend(b, 128-y.Width, true))
		}
	}
	return extract(p, 0, v.Width)
}

// inner is what v extends by its sign.
func inner(v *Value) *Value {
	if v.Op == Ext && (v.Signed || v.Args[0].min >= 0) {
		return v.Args[0]
	}
	return v
}
