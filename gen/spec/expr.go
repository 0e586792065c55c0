package spec

import (
	"math"
	"math/big"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"marvelgen/gen/sem"
)

// maxList bounds one list; maxSteps bounds the work of one spec's expressions.
const (
	maxList  = 1 << 16
	maxSteps = 1 << 19
	maxDepth = 200
)

// scope resolves the names of one expression.
type scope struct {
	r      *reader
	b      *sem.Builder
	lookup func(name string, rng hcl.Range) (value, bool) // names outside the expression
	known  func() []string                                // for suggestions
	index  func(name string, idx *sem.Node) (value, bool) // elements of states and tables
	load   func(call *hclsyntax.FunctionCallExpr, size int, signed bool, addr *sem.Node) value
	loop   *frame // variables of enclosing comprehensions
	steps  *int
	depth  int
}

// frame is one variable of a comprehension and those around it.
type frame struct {
	name  string
	value value
	outer *frame
}

func (f *frame) find(name string) (value, bool) {
	for ; f != nil; f = f.outer {
		if f.name == name {
			return f.value, true
		}
	}
	return value{}, false
}

// eval turns an HCL expression into a value. Problems are reported at the
// tightest expression they concern; the result is then invalid.
func (s *scope) eval(e hclsyntax.Expression) value {
	if *s.steps++; *s.steps > maxSteps || s.depth > maxDepth {
		if !s.r.tooLarge {
			s.r.tooLarge = true
			s.r.errorf(e.Range(), "Expression too large", "The spec's expressions unroll into more than %d steps or nest deeper than %d.", maxSteps, maxDepth)
		}
		return value{}
	}
	s.depth++
	v := s.evalOne(e)
	s.depth--
	if err := s.b.TakeErr(); err != nil {
		s.r.errorf(e.Range(), "Invalid meaning", "%s.", err)
		return value{}
	}
	return v
}

func (s *scope) evalOne(e hclsyntax.Expression) value {
	switch e := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		return s.literal(e.Val, e.Range())
	case *hclsyntax.TemplateExpr:
		if len(e.Parts) == 1 {
			return s.eval(e.Parts[0])
		}
	case *hclsyntax.ParenthesesExpr:
		return s.eval(e.Expression)
	case *hclsyntax.ScopeTraversalExpr:
		return s.traversal(e)
	case *hclsyntax.IndexExpr:
		return s.indexExpr(e)
	case *hclsyntax.UnaryOpExpr:
		return s.unary(e)
	case *hclsyntax.BinaryOpExpr:
		return s.binary(e)
	case *hclsyntax.ConditionalExpr:
		return s.conditional(e)
	case *hclsyntax.FunctionCallExpr:
		return s.call(e)
	case *hclsyntax.TupleConsExpr:
		out := value{kind: list}
		for _, x := range e.Exprs {
			out.list = append(out.list, s.eval(x))
		}
		return out
	case *hclsyntax.ForExpr:
		return s.comprehension(e)
	}
	s.r.errorf(e.Range(), "Unsupported expression", "The meaning language has numbers, names, elements a[i], operators, calls, lists and [for … : …].")
	return value{}
}

func (s *scope) literal(v cty.Value, rng hcl.Range) value {
	switch {
	case v.IsNull():
	case v.Type() == cty.Number:
		f := v.AsBigFloat()
		if i, acc := f.Int(nil); acc == big.Exact && f.IsInt() && i.BitLen() <= 4*sem.MaxWidth {
			return intValue(s.b.Const(i))
		}
		x, _ := f.Float64()
		return value{real: x, kind: real}
	case v.Type() == cty.Bool:
		if v.True() {
			return intValue(s.b.Int(1))
		}
		return intValue(s.b.Int(0))
	case v.Type() == cty.String:
		if i, ok := parseInt(v.AsString()); ok {
			return intValue(s.b.Const(i))
		}
	}
	s.r.errorf(rng, "Not a number", "Write a number, or a text such as \"0x7f\" or \"0b101\".")
	return value{}
}

func (s *scope) traversal(e *hclsyntax.ScopeTraversalExpr) value {
	name := e.Traversal.RootName()
	v, ok := s.loop.find(name)
	if !ok {
		if v, ok = s.lookup(name, e.Range()); !ok {
			var loops []string
			for f := s.loop; f != nil; f = f.outer {
				loops = append(loops, f.name)
			}
			s.r.errorf(e.Range(), "Unknown name", "There is no %q here.%s", name, suggest(name, append(s.known(), loops...)))
			return value{}
		}
	}
	for _, step := range e.Traversal[1:] {
		idx, isIndex := step.(hcl.TraverseIndex)
		if !isIndex {
			s.r.errorf(e.Range(), "No attributes here", "%q has no parts; write an index, %s[0].", name, name)
			return value{}
		}
		v = s.at(name, v, s.literal(idx.Key, e.Range()), e.Range())
	}
	if v.kind == element {
		v = s.at(name, v, intValue(s.b.Int(0)), e.Range()) // a state of one element needs no index
	}
	return v
}

func (s *scope) indexExpr(e *hclsyntax.IndexExpr) value {
	name := ""
	var v value
	if t, ok := e.Collection.(*hclsyntax.ScopeTraversalExpr); ok && len(t.Traversal) == 1 {
		name = t.Traversal.RootName()
		if lv, isLoop := s.loop.find(name); isLoop {
			v = lv
		} else if v, ok = s.lookup(name, t.Range()); !ok {
			return s.eval(e.Collection) // reports the unknown name
		}
	} else {
		v = s.eval(e.Collection)
	}
	return s.at(name, v, s.eval(e.Key), e.Range())
}

// at is element i of a list (i constant), a state or a table.
func (s *scope) at(name string, v, i value, rng hcl.Range) value {
	if v.kind == invalid || i.kind == invalid {
		return value{}
	}
	if i.kind != integer {
		s.r.errorf(rng, "Wrong type", "An index is an integer, not %s.", i.kind)
		return value{}
	}
	switch v.kind {
	case element:
		if x, ok := s.index(name, i.node); ok {
			return x
		}
		return value{}
	case list:
		if i.node.IsConst() && i.node.Value.IsInt64() {
			if k := i.node.Value.Int64(); k >= 0 && k < int64(len(v.list)) {
				return v.list[k]
			}
		}
		s.r.errorf(rng, "Index out of range", "The index of a list is a constant from 0 to %d.", len(v.list)-1)
		return value{}
	}
	s.r.errorf(rng, "Wrong type", "%s has no elements; use a lane: s8(x, i), bits(x, high, low).", v.kind)
	return value{}
}

// integerOf evaluates e, which must be an integer.
func (s *scope) integerOf(e hclsyntax.Expression) (*sem.Node, bool) {
	v := s.eval(e)
	switch v.kind {
	case integer:
		return v.node, true
	case invalid:
	default:
		s.r.errorf(e.Range(), "Wrong type", "This must be an integer, not %s.", v.kind)
	}
	return nil, false
}

func (s *scope) unary(e *hclsyntax.UnaryOpExpr) value {
	v := s.eval(e.Val)
	if v.kind == real && e.Op == hclsyntax.OpNegate {
		return value{real: -v.real, kind: real}
	}
	if v.kind != integer {
		if v.kind != invalid {
			s.r.errorf(e.Range(), "Wrong type", "The operand must be an integer, not %s.", v.kind)
		}
		return value{}
	}
	if e.Op == hclsyntax.OpNegate {
		return intValue(s.b.Sub(s.b.Int(0), v.node))
	}
	return intValue(s.b.LNot(v.node))
}

func (s *scope) binary(e *hclsyntax.BinaryOpExpr) value {
	x, y := s.eval(e.LHS), s.eval(e.RHS)
	if x.kind == invalid || y.kind == invalid {
		return value{}
	}
	if x.kind == real || y.kind == real || e.Op == hclsyntax.OpDivide || e.Op == hclsyntax.OpModulo {
		return s.realBinary(e, x, y)
	}
	if x.kind != integer || y.kind != integer {
		s.r.errorf(e.Range(), "Wrong type", "The operands are %s and %s; both must be integers.", x.kind, y.kind)
		return value{}
	}
	a, b, k := x.node, y.node, s.b
	switch e.Op {
	case hclsyntax.OpAdd:
		return intValue(k.Add(a, b))
	case hclsyntax.OpSubtract:
		return intValue(k.Sub(a, b))
	case hclsyntax.OpMultiply:
		return intValue(k.Mul(a, b))
	case hclsyntax.OpEqual:
		return intValue(k.Eq(a, b))
	case hclsyntax.OpNotEqual:
		return intValue(k.LNot(k.Eq(a, b)))
	case hclsyntax.OpLessThan:
		return intValue(k.Lt(a, b))
	case hclsyntax.OpGreaterThan:
		return intValue(k.Lt(b, a))
	case hclsyntax.OpLessThanOrEqual:
		return intValue(k.LNot(k.Lt(b, a)))
	case hclsyntax.OpGreaterThanOrEqual:
		return intValue(k.LNot(k.Lt(a, b)))
	case hclsyntax.OpLogicalAnd:
		return intValue(k.Cond(a, k.Cond(b, k.Int(1), k.Int(0)), k.Int(0)))
	case hclsyntax.OpLogicalOr:
		return intValue(k.Cond(a, k.Int(1), k.Cond(b, k.Int(1), k.Int(0))))
	}
	s.r.errorf(e.Range(), "Unsupported operator", "The meaning language has + - * == != < <= > >= && || ! and ?:.")
	return value{}
}

// realBinary is arithmetic on constants, where reals and division are allowed.
func (s *scope) realBinary(e *hclsyntax.BinaryOpExpr, x, y value) value {
	a, okA := x.float()
	b, okB := y.float()
	if !okA || !okB {
		s.r.errorf(e.Range(), "Not a constant", "Real numbers, / and %% are for constants only; in a meaning use quo(a, b), rem(a, b) or round_shift(x, n).")
		return value{}
	}
	switch e.Op {
	case hclsyntax.OpAdd:
		a += b
	case hclsyntax.OpSubtract:
		a -= b
	case hclsyntax.OpMultiply:
		a *= b
	case hclsyntax.OpDivide, hclsyntax.OpModulo:
		if b == 0 {
			s.r.errorf(e.RHS.Range(), "Division by zero", "The divisor of this constant is 0.")
			return value{}
		}
		if e.Op == hclsyntax.OpDivide {
			a /= b
		} else {
			a = math.Mod(a, b)
		}
	case hclsyntax.OpLessThan, hclsyntax.OpLessThanOrEqual, hclsyntax.OpGreaterThan, hclsyntax.OpGreaterThanOrEqual:
		less := a < b || a == b && (e.Op == hclsyntax.OpLessThanOrEqual || e.Op == hclsyntax.OpGreaterThanOrEqual)
		if strings.HasPrefix(operatorText(e.Op), ">") {
			less = a > b || a == b && e.Op == hclsyntax.OpGreaterThanOrEqual
		}
		return s.literal(cty.BoolVal(less), e.Range())
	default:
		s.r.errorf(e.Range(), "Unsupported operator", "Real constants have + - * / %% < <= > >=.")
		return value{}
	}
	return s.finite(a, e.Range())
}

func operatorText(op *hclsyntax.Operation) string {
	switch op {
	case hclsyntax.OpGreaterThan, hclsyntax.OpGreaterThanOrEqual:
		return ">"
	}
	return "<"
}

func (s *scope) finite(f float64, rng hcl.Range) value {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		s.r.errorf(rng, "Not a finite number", "This constant is %g.", f)
		return value{}
	}
	return realValue(s.b, f)
}

func (s *scope) conditional(e *hclsyntax.ConditionalExpr) value {
	c, ok := s.integerOf(e.Condition)
	if !ok {
		return value{}
	}
	if c.IsConst() { // a constant condition chooses, so that recursion-like tables can end
		if c.Value.Sign() != 0 {
			return s.eval(e.TrueResult)
		}
		return s.eval(e.FalseResult)
	}
	x, okX := s.integerOf(e.TrueResult)
	y, okY := s.integerOf(e.FalseResult)
	if !okX || !okY {
		return value{}
	}
	return intValue(s.b.Cond(c, x, y))
}

func (s *scope) comprehension(e *hclsyntax.ForExpr) value {
	if e.KeyExpr != nil || e.Group {
		s.r.errorf(e.Range(), "Unsupported expression", "Write a list, [for i in range(4) : …].")
		return value{}
	}
	coll := s.eval(e.CollExpr)
	if coll.kind != list {
		if coll.kind != invalid {
			s.r.errorf(e.CollExpr.Range(), "Wrong type", "[for …] runs over a list, such as range(4), not over %s.", coll.kind)
		}
		return value{}
	}
	outer := s.loop
	defer func() { s.loop = outer }()
	out := value{kind: list}
	for i, item := range coll.list {
		s.loop = &frame{e.ValVar, item, outer}
		if e.KeyVar != "" {
			s.loop = &frame{e.KeyVar, intValue(s.b.Int(int64(i))), s.loop}
		}
		if e.CondExpr != nil {
			c, ok := s.integerOf(e.CondExpr)
			if !ok || !c.IsConst() {
				if ok {
					s.r.errorf(e.CondExpr.Range(), "Not a constant", "The condition of a comprehension must be a constant.")
				}
				return value{}
			}
			if c.Value.Sign() == 0 {
				continue
			}
		}
		v := s.eval(e.ValExpr)
		if v.kind == invalid { // once is enough: the other items would repeat it
			return value{}
		}
		out.list = append(out.list, v)
	}
	return out
}
