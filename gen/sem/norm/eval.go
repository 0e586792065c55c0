package norm

import (
	"marvelgen/gen/sem/bv"
)

// Eval is v with the operands that env supplies, zero-extended to 64 bits.
func Eval(v *Value, env bv.Env) uint64 {
	m := bv.Mask(v.Width)
	a := make([]uint64, len(v.Args))
	for i, x := range v.Args {
		a[i] = Eval(x, env)
	}
	switch v.Op {
	case Sum:
		s := v.Const
		for _, t := range v.Terms {
			s += t.Coef * Eval(t.Value, env)
		}
		return s & m
	case Input:
		return env.Input(v.Name) & m
	case Element:
		return env.Element(v.Name, a[0]) & m
	case Mul:
		return a[0] * a[1] & m
	case Quo, Rem:
		return apply(bvDivide[v.Op][b2i(v.Signed)], v.Width, a[0], a[1])
	case And:
		return a[0] & a[1]
	case Or:
		return a[0] | a[1]
	case Xor:
		return a[0] ^ a[1]
	case Shl:
		return a[0] << a[1] & m
	case Shr:
		if v.Signed {
			return uint64(bv.Sext(a[0], v.Width)>>a[1]) & m
		}
		return a[0] >> a[1]
	case Zero:
		return uint64(b2i(a[0] == 0))
	case Lt:
		if w := v.Args[0].Width; v.Signed {
			return uint64(b2i(bv.Sext(a[0], w) < bv.Sext(a[1], w)))
		}
		return uint64(b2i(a[0] < a[1]))
	case Mux:
		if a[0] != 0 {
			return a[1]
		}
		return a[2]
	case Extract:
		return a[0] >> v.Lo & m
	case Ext:
		if v.Signed {
			return uint64(bv.Sext(a[0], v.Args[0].Width)) & m
		}
		return a[0]
	}
	panic("norm: Eval: unknown operation " + v.Op.String())
}
