// Package reals is expressions over real numbers, in float64: what an instruction
// approximates, and what its operands and results stand for.
package reals

import "math"

// Expr is one expression. Exactly one of Name, Func and Cond says what it is; with
// none of them it is the constant Value.
type Expr struct {
	Value float64
	Var   int // of a name: its place in the environment
	Name  string
	Func  *Func
	Cond  bool // Args[0] != 0 ? Args[1] : Args[2]
	Args  []*Expr
}

// Size is the number of its parts.
func (e *Expr) Size() int {
	n := 1
	for _, a := range e.Args {
		n += a.Size()
	}
	return n
}

// Func is a function or an operator of one or two arguments.
type Func struct {
	Name string
	Args int
	F    func(x, y float64) float64
}

// Eval computes the expression; env holds the variables by their places.
func (e *Expr) Eval(env []float64) float64 {
	switch {
	case e.Func != nil:
		var a [2]float64
		for i, x := range e.Args {
			a[i] = x.Eval(env)
		}
		return e.Func.F(a[0], a[1])
	case e.Cond:
		if e.Args[0].Eval(env) != 0 {
			return e.Args[1].Eval(env)
		}
		return e.Args[2].Eval(env)
	case e.Name != "":
		return env[e.Var]
	}
	return e.Value
}

func one(name string, f func(float64) float64) Func {
	return Func{name, 1, func(x, _ float64) float64 { return f(x) }}
}

// Functions is what may be called in an expression.
var Functions = []Func{
	one("exp", math.Exp), one("erf", math.Erf), one("tanh", math.Tanh), one("sqrt", math.Sqrt), one("log", math.Log),
	one("round", math.Round), one("floor", math.Floor), one("abs", math.Abs),
	{"pow", 2, math.Pow}, {"min", 2, math.Min}, {"max", 2, math.Max},
	one("s8", func(x float64) float64 { return float64(int8(int64(x))) }),
	one("s16", func(x float64) float64 { return float64(int16(int64(x))) }),
	one("s32", func(x float64) float64 { return float64(int32(int64(x))) }),
	one("float32", func(x float64) float64 { return float64(math.Float32frombits(uint32(int64(x)))) }),
}

// Operators is the infix ones.
var Operators = []Func{
	{"+", 2, func(x, y float64) float64 { return x + y }},
	{"-", 2, func(x, y float64) float64 { return x - y }},
	{"*", 2, func(x, y float64) float64 { return x * y }},
	{"/", 2, func(x, y float64) float64 { return x / y }},
	{"%", 2, math.Mod},
	{"<", 2, func(x, y float64) float64 { return truth(x < y) }},
	{"<=", 2, func(x, y float64) float64 { return truth(x <= y) }},
	{">", 2, func(x, y float64) float64 { return truth(x > y) }},
	{">=", 2, func(x, y float64) float64 { return truth(x >= y) }},
	{"==", 2, func(x, y float64) float64 { return truth(x == y) }},
	{"!=", 2, func(x, y float64) float64 { return truth(x != y) }},
}

// Lookup finds a function or operator in a list.
func Lookup(list []Func, name string) *Func {
	for i := range list {
		if list[i].Name == name {
			return &list[i]
		}
	}
	return nil
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
