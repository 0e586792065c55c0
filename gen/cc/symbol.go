package cc

import (
	"slices"
	"strconv"
	"strings"

	"marvelgen/gen/sem/norm"
)

// located is a value with what the halves of addresses add up to in their place: name+4
// by lui and addi is four more than name, wherever that lies.
func (b *builder) located(v *norm.Value) *norm.Value {
	c, terms := v.Linear()
	half := func(of, expr string, coef uint64) int {
		return slices.IndexFunc(terms, func(t norm.Term) bool {
			v := t.Value
			if v.Op == norm.Ext && v.Signed {
				v = v.Args[0]
			}
			return t.Coef == coef && v.Op == norm.Input && v.Name == "&%"+of+"("+expr+")"
		})
	}
	out := b.Const(c, 32)
	for _, t := range terms {
		x := t.Value
		switch expr, hi := strings.CutPrefix(x.Name, "&%hi("); {
		case x.Op == norm.Input && hi && half("lo", strings.TrimSuffix(expr, ")"), t.Coef) >= 0:
			x = b.symbol(strings.TrimSuffix(expr, ")"))
		case x.Op == norm.Input && strings.HasPrefix(x.Name, "&") && !strings.HasPrefix(x.Name, "&%"):
			x = b.symbol(x.Name[1:])
		case x.Op == norm.Ext && x.Signed:
			if expr, lo := strings.CutPrefix(x.Args[0].Name, "&%lo("); lo && half("hi", strings.TrimSuffix(expr, ")"), t.Coef) >= 0 {
				continue
			}
		}
		out = b.Add(out, x, t.Coef)
	}
	return out
}

// symbol is the address that an expression of the assembler stands for, with a number that
// is added to a name apart.
func (b *builder) symbol(expr string) *norm.Value {
	if i := strings.LastIndexAny(expr, "+-"); i > 0 {
		if n, err := strconv.ParseInt(expr[i:], 0, 64); err == nil {
			return b.Scale(b.Input("&"+expr[:i], 32), 1, uint64(n))
		}
	}
	return b.Input("&"+expr, 32)
}
