package spec

import (
	"math"
	"math/big"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
	"marvelgen/gen/sem/reals"
)

// maxPoints bounds the points of an accuracy block.
const maxPoints = 1 << 20

// accuracy reads an accuracy block; pass.CheckAccuracy tries its points.
func (m *meaning) accuracy(b *fields) {
	before := len(b.r.problems)
	const far = 1 << 40
	a := &isa.Accuracy{Pos: posOf(b.rng), From: b.number("from", 0, -far, far), To: b.number("to", 0, -far, far), Step: b.number("step", 1, 1, far)}
	switch {
	case a.To < a.From:
		b.r.errorf(b.rng, "No points", "The range from %d to %d is empty.", a.From, a.To)
	case (a.To-a.From)/a.Step >= maxPoints:
		b.r.errorf(b.rng, "Too many points", "From %d to %d in steps of %d are %d points; at most %d are tried: use a larger step.", a.From, a.To, a.Step, (a.To-a.From)/a.Step+1, maxPoints)
	}
	if (b.attrs["error"] == nil) == (b.attrs["relative"] == nil) {
		b.r.errorf(b.rng, "One bound", "An accuracy block has either error or relative.")
	}
	a.Relative = b.attrs["relative"] != nil
	a.Bound = b.real("error", b.real("relative", 0, 0, math.MaxFloat64), 0, math.MaxFloat64)
	m.approximates(b)
	vars := []string{"i"}
	s := &realScope{r: b.r, src: m.p.src, vars: &vars, steps: m.p.steps}
	m.operandsAt(b, a, s)
	a.Function = s.text(b, "function")
	for i := range m.ins.Writes {
		if w := &m.ins.Writes[i]; w.Kind == isa.DestField {
			a.Dest = w.Name
		}
	}
	if a.Dest != "" { // it hides the operand of that name
		vars = append(vars, a.Dest)
	}
	a.Result = s.text(b, "result")
	if len(b.r.problems) == before {
		m.ins.Accuracy = append(m.ins.Accuracy, a)
	}
}

// approximates refuses instructions whose result does not follow from their operands.
func (m *meaning) approximates(b *fields) {
	dests := 0
	for i := range m.ins.Writes {
		w := &m.ins.Writes[i]
		if w.Kind == isa.DestField {
			dests++
		}
		sem.Walk(func(n *sem.Node) {
			if n.Op == sem.OpRead {
				b.r.errorf(b.rng, "Reads a state", "The accuracy of an instruction that reads a state (%s) cannot be tried point by point.", n.Name)
			}
		}, w.Value, w.When)
		if w.When != nil {
			b.r.errorf(b.rng, "Conditional result", "The accuracy of an instruction is that of a result that is always written.")
			return
		}
	}
	if dests != 1 || m.ins.Load != nil || m.ins.Trap != nil {
		b.r.errorf(b.rng, "Nothing to compare", "An accuracy block is for an instruction that writes one register, and that neither loads nor traps.")
	}
}

// operandsAt reads given, whose expressions know i only.
func (m *meaning) operandsAt(b *fields, a *isa.Accuracy, s *realScope) {
	at := b.attrs["given"]
	if at == nil {
		return
	}
	obj, ok := at.Expr.(*hclsyntax.ObjectConsExpr)
	if !ok {
		b.r.errorf(at.Expr.Range(), "Wrong type", "given is a map: { rs1 = i }.")
		return
	}
	for _, item := range obj.Items {
		k, diags := item.KeyExpr.Value(nil)
		if diags.HasErrors() {
			continue
		}
		name := k.AsString()
		if _, operand := m.operand(name); !operand {
			b.r.errorf(item.KeyExpr.Range(), "Unknown name", "%q is no operand of the instruction.%s", name, suggest(name, m.known()))
			continue
		}
		rng := item.ValueExpr.Range()
		a.Given = append(a.Given, isa.RealBinding{Name: name, RealText: isa.RealText{Expr: s.expr(item.ValueExpr), Text: s.source(rng)}})
	}
	for _, g := range a.Given {
		*s.vars = append(*s.vars, g.Name)
	}
}

// realScope reads real expressions. Of two variables of one name the last counts.
type realScope struct {
	r     *reader
	src   []byte
	vars  *[]string
	steps *int
	depth int
}

func (s *realScope) source(rng hcl.Range) string { return string(rng.SliceBytes(s.src)) }

func (s *realScope) text(b *fields, name string) isa.RealText {
	at := b.attrs[name]
	if at == nil {
		return isa.RealText{}
	}
	return isa.RealText{Expr: s.expr(at.Expr), Text: s.source(at.Expr.Range())}
}

func (s *realScope) expr(e hclsyntax.Expression) *reals.Expr {
	if *s.steps++; *s.steps > maxSteps || s.depth > maxDepth {
		if !s.r.tooLarge {
			s.r.tooLarge = true
			s.r.errorf(e.Range(), "Expression too large", "The spec's expressions unroll into more than %d steps or nest deeper than %d.", maxSteps, maxDepth)
		}
		return nil
	}
	s.depth++
	defer func() { s.depth-- }()
	switch e := e.(type) {
	case *hclsyntax.ParenthesesExpr:
		return s.expr(e.Expression)
	case *hclsyntax.LiteralValueExpr:
		if e.Val.Type() == cty.Number && !e.Val.IsNull() {
			f, _ := e.Val.AsBigFloat().Float64()
			return &reals.Expr{Value: f}
		}
	case *hclsyntax.TemplateExpr:
		if n, ok := s.hex(e); ok {
			return &reals.Expr{Value: n}
		}
	case *hclsyntax.ScopeTraversalExpr:
		if len(e.Traversal) == 1 {
			return s.variable(e.Traversal.RootName(), e.Range())
		}
	case *hclsyntax.UnaryOpExpr:
		if e.Op == hclsyntax.OpNegate {
			return &reals.Expr{Func: reals.Lookup(reals.Operators, "-"), Args: []*reals.Expr{{}, s.expr(e.Val)}}
		}
	case *hclsyntax.BinaryOpExpr:
		if f := reals.Lookup(reals.Operators, realOperators[e.Op]); f != nil {
			return &reals.Expr{Func: f, Args: []*reals.Expr{s.expr(e.LHS), s.expr(e.RHS)}}
		}
	case *hclsyntax.ConditionalExpr:
		return &reals.Expr{Cond: true, Args: []*reals.Expr{s.expr(e.Condition), s.expr(e.TrueResult), s.expr(e.FalseResult)}}
	case *hclsyntax.FunctionCallExpr:
		return s.call(e)
	}
	s.r.errorf(e.Range(), "Unsupported expression", "An accuracy block has numbers, i, operands, + - * / %%, comparisons, ? : and calls.")
	return nil
}

var realOperators = map[*hclsyntax.Operation]string{
	hclsyntax.OpAdd: "+", hclsyntax.OpSubtract: "-", hclsyntax.OpMultiply: "*", hclsyntax.OpDivide: "/", hclsyntax.OpModulo: "%",
	hclsyntax.OpLessThan: "<", hclsyntax.OpLessThanOrEqual: "<=", hclsyntax.OpGreaterThan: ">", hclsyntax.OpGreaterThanOrEqual: ">=",
	hclsyntax.OpEqual: "==", hclsyntax.OpNotEqual: "!=",
}

// hex is a number written as text, "0x7f".
func (s *realScope) hex(e *hclsyntax.TemplateExpr) (float64, bool) {
	if len(e.Parts) != 1 {
		return 0, false
	}
	l, ok := e.Parts[0].(*hclsyntax.LiteralValueExpr)
	if !ok || l.Val.Type() != cty.String {
		return 0, false
	}
	n, ok := parseInt(l.Val.AsString())
	if !ok {
		return 0, false
	}
	f, _ := new(big.Float).SetInt(n).Float64()
	return f, true
}

func (s *realScope) variable(name string, rng hcl.Range) *reals.Expr {
	for i := len(*s.vars) - 1; i >= 0; i-- {
		if (*s.vars)[i] == name {
			return &reals.Expr{Name: name, Var: i}
		}
	}
	s.r.errorf(rng, "Unknown name", "There is no %q here: i, and what given names.%s", name, suggest(name, *s.vars))
	return nil
}

func (s *realScope) call(e *hclsyntax.FunctionCallExpr) *reals.Expr {
	f := reals.Lookup(reals.Functions, e.Name)
	if f == nil {
		var names []string
		for _, f := range reals.Functions {
			names = append(names, f.Name)
		}
		s.r.errorf(e.NameRange, "Unknown function", "There is no real function %q.%s", e.Name, suggest(e.Name, names))
		return nil
	}
	if len(e.Args) != f.Args {
		s.r.errorf(e.Range(), "Wrong number of arguments", "%s takes %d, not %d.", f.Name, f.Args, len(e.Args))
		return nil
	}
	x := &reals.Expr{Func: f}
	for _, a := range e.Args {
		x.Args = append(x.Args, s.expr(a))
	}
	return x
}
