package pass

import (
	"fmt"
	"math"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem/bv"
)

// maxTried bounds what is computed for all points of a spec, in operations: some seconds.
const maxTried = 1 << 29

// CheckAccuracy tries every point of every accuracy block, notes the worst error in
// it, and reports those beyond their bound.
func CheckAccuracy(s *isa.Spec) []isa.Problem {
	tables := map[string][]uint64{}
	for _, t := range s.Tables {
		for _, v := range t.Values {
			bits := v.Int64()
			if v.IsUint64() {
				bits = int64(v.Uint64())
			}
			tables[t.Name] = append(tables[t.Name], uint64(bits))
		}
	}
	var out []isa.Problem
	left := int64(maxTried)
	for _, ins := range s.Exts {
		for _, a := range ins.Accuracy {
			if p := accuracy(ins, a, tables, &left); p != nil {
				out = append(out, *p)
			}
		}
	}
	return out
}

// accuracy tries the points of one block, and takes its operations from those left.
func accuracy(ins *isa.Instruction, a *isa.Accuracy, tables map[string][]uint64, left *int64) *isa.Problem {
	var prog *bv.Program
	for i := range ins.Writes {
		if w := &ins.Writes[i]; w.Kind == isa.DestField && w.Name == a.Dest {
			prog = bv.NewProgram(tables, bv.NewLowerer().Lower(w.Value, 32))
		}
	}
	refuse := func(summary, format string, args ...any) *isa.Problem {
		return &isa.Problem{Pos: a.Pos, Summary: summary, Detail: ins.Name + ": " + fmt.Sprintf(format, args...)}
	}
	each := prog.Len() + a.Function.Expr.Size() + a.Result.Expr.Size()
	for _, g := range a.Given {
		each += g.Expr.Size()
	}
	points := (a.To-a.From)/a.Step + 1
	if *left -= points * int64(each); *left < 0 {
		*left = 0
		return refuse("Too many points", "%d points of %d operations each, and those before, are more than a check may take: use a larger step.", points, each)
	}
	env := make([]float64, 2+len(a.Given))
	var want, got float64 // at the worst point
	a.Points, a.Worst = 0, -1
	for i := a.From; i <= a.To; i += a.Step {
		env[0] = float64(i)
		for k, g := range a.Given {
			v := g.Expr.Eval(env)
			if v != math.Trunc(v) || math.Abs(v) > 1<<53 {
				return refuse("Not an integer", "%s = %s is %g where i is %d.", g.Name, g.Text, v, i)
			}
			if f := ins.Encoding.Field(g.Name); f != nil && f.Kind == isa.Immediate {
				if _, err := f.Insert(0, int64(v)); err != nil {
					return refuse("Immediate out of range", "%s: %v, where i is %d.", g.Name, err, i)
				}
			}
			env[1+k] = v
			prog.Set(g.Name, uint64(int64(v)))
		}
		prog.Run()
		f := a.Function.Expr.Eval(env)
		env[len(env)-1] = float64(prog.Root(0))
		r := a.Result.Expr.Eval(env)
		e := math.Abs(r - f)
		if a.Relative && e != 0 {
			e /= math.Abs(f)
		}
		if math.IsNaN(e) || math.IsInf(e, 0) {
			return refuse("Not a finite number", "where i is %d, %s is %g and %s is %g.", i, a.Function.Text, f, a.Result.Text, r)
		}
		a.Points++
		if e > a.Worst {
			a.Worst, a.WorstAt, want, got = e, i, f, r
		}
	}
	if a.Worst > a.Bound {
		return refuse("Not accurate enough", "where i is %d%s, %s is %.9g and %s is %.9g: the error is %.4g, and at most %.4g is allowed.", a.WorstAt, a.Operands(a.WorstAt),
			a.Function.Text, want, a.Result.Text, got, a.Worst, a.Bound)
	}
	return nil
}
