package sem

import (
	"fmt"
	"math/big"
)

// Env supplies the values an evaluation reads.
type Env interface {
	// Input is the value of the operand of that name.
	Input(name string) *big.Int
	// Element is entry i of the state or table of that name.
	Element(name string, i int) *big.Int
}

// Eval is the golden evaluation: the exact value of n. It panics if the
// environment gives an operand a value outside its range, since every later
// result would be meaningless.
func Eval(n *Node, env Env) *big.Int { return EvalAll(env, n)[0] }

// EvalAll evaluates several roots, sharing their common parts.
func EvalAll(env Env, roots ...*Node) []*big.Int {
	memo := map[*Node]*big.Int{}
	var eval func(*Node) *big.Int
	eval = func(n *Node) *big.Int {
		if v, ok := memo[n]; ok {
			return v
		}
		v := evalOne(n, env, eval)
		if !n.Range.Contains(v) {
			panic(fmt.Sprintf("sem: %s = %s lies outside its range %s", n, v, n.Range))
		}
		memo[n] = v
		return v
	}
	out := make([]*big.Int, len(roots))
	for i, r := range roots {
		out[i] = eval(r)
	}
	return out
}

func evalOne(n *Node, env Env, eval func(*Node) *big.Int) *big.Int {
	switch n.Op {
	case OpConst:
		return n.Value
	case OpInput:
		return env.Input(n.Name)
	case OpRead, OpTable:
		return env.Element(n.Name, int(eval(n.Args[0]).Int64()))
	case OpCond: // only the arm that counts: the other may lie outside its range
		if eval(n.Args[0]).Sign() != 0 {
			return eval(n.Args[1])
		}
		return eval(n.Args[2])
	}
	args := make([]*big.Int, len(n.Args))
	for i, a := range n.Args {
		args[i] = eval(a)
	}
	return apply(n, args)
}

// apply computes one operation on exact arguments.
func apply(n *Node, a []*big.Int) *big.Int {
	z := new(big.Int)
	switch n.Op {
	case OpAdd:
		return z.Add(a[0], a[1])
	case OpSub:
		return z.Sub(a[0], a[1])
	case OpMul:
		return z.Mul(a[0], a[1])
	case OpQuo:
		if a[1].Sign() == 0 {
			return z.SetInt64(-1)
		}
		return z.Quo(a[0], a[1])
	case OpRem:
		if a[1].Sign() == 0 {
			return a[0]
		}
		return z.Rem(a[0], a[1])
	case OpShl:
		return z.Lsh(a[0], uint(a[1].Uint64()))
	case OpShr:
		return z.Rsh(a[0], uint(a[1].Uint64()))
	case OpAnd:
		return z.And(a[0], a[1])
	case OpOr:
		return z.Or(a[0], a[1])
	case OpXor:
		return z.Xor(a[0], a[1])
	case OpNot:
		return z.Not(a[0])
	case OpEq:
		return boolInt(a[0].Cmp(a[1]) == 0)
	case OpLt:
		return boolInt(a[0].Cmp(a[1]) < 0)
	case OpCond:
		if a[0].Sign() != 0 {
			return a[1]
		}
		return a[2]
	case OpBits:
		z.Rsh(a[0], uint(n.Lo))
		return z.And(z, sub(pow2(n.Hi-n.Lo+1), one))
	case OpSigned:
		return SignExtend(a[0], n.Hi+1)
	}
	panic("sem: apply: unknown operation " + n.Op.String())
}

// SignExtend is the low w bits of v as a two's complement number.
func SignExtend(v *big.Int, w int) *big.Int {
	z := new(big.Int).And(v, sub(pow2(w), one))
	if z.Bit(w-1) == 1 {
		z.Sub(z, pow2(w))
	}
	return z
}

func boolInt(c bool) *big.Int {
	if c {
		return one
	}
	return zero
}
