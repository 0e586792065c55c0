package spec

import (
	"math"
	"math/big"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"marvelgen/gen/sem"
)

// Func documents one function of the meaning language.
type Func struct {
	Name string
	Args string // as shown in the reference
	Doc  string
	min  int
	max  int // -1: any number
	eval func(c *call) value
}

// call is one function call with its arguments evaluated.
type call struct {
	s    *scope
	e    *hclsyntax.FunctionCallExpr
	args []value
}

// Functions is the table of all functions. It is filled by init, since lane
// functions come in families.
var Functions []Func

var funcByName = map[string]*Func{}

func init() {
	Functions = append(Functions, laneFuncs()...)
	Functions = append(Functions,
		Func{"signed", "x, w", "the low w bits of x as a two's complement number", 2, 2, func(c *call) value {
			return intValue(c.s.b.Signed(c.int(0), c.constant(1, 1, sem.MaxWidth)))
		}},
		Func{"unsigned", "x, w", "the low w bits of x as an unsigned number", 2, 2, func(c *call) value {
			return intValue(c.s.b.Bits(c.int(0), c.constant(1, 1, sem.MaxWidth)-1, 0))
		}},
		Func{"bits", "x, high, low", "bits high..low of x as an unsigned number; the positions are constants", 3, 3, func(c *call) value {
			return intValue(c.s.b.Bits(c.int(0), c.constant(1, 0, sem.MaxWidth-1), c.constant(2, 0, sem.MaxWidth-1)))
		}},
		Func{"pack", "w, list", "the elements as w-bit lanes, the first in the lowest bits; each modulo 2^w", 2, 2, pack},
		Func{"cat", "w, x, …", "the values as w-bit lanes, the first in the highest bits; each modulo 2^w", 2, -1, cat},
		Func{"and", "x, y", "bitwise and of two's complement numbers", 2, 2, binaryFunc((*sem.Builder).And)},
		Func{"or", "x, y", "bitwise or", 2, 2, binaryFunc((*sem.Builder).Or)},
		Func{"xor", "x, y", "bitwise exclusive or", 2, 2, binaryFunc((*sem.Builder).Xor)},
		Func{"not", "x", "bitwise complement, -x - 1", 1, 1, func(c *call) value { return intValue(c.s.b.Not(c.int(0))) }},
		Func{"shl", "x, n", "x * 2^n; n is at most 64", 2, 2, binaryFunc((*sem.Builder).Shl)},
		Func{"shr", "x, n", "floor(x / 2^n) of a value that is never negative: the logical shift", 2, 2, func(c *call) value {
			if x := c.int(0); x != nil && x.Range.Negative() {
				c.fail("Signed value", "shr is the logical shift; x ranges over %s. Use asr(x, n), or u32(x) first.", x.Range)
				return value{}
			}
			return intValue(c.s.b.Shr(c.int(0), c.int(1)))
		}},
		Func{"asr", "x, n", "floor(x / 2^n): the arithmetic shift", 2, 2, binaryFunc((*sem.Builder).Shr)},
		Func{"round_shift", "x, n", "x / 2^n to the nearest integer, halves upwards", 2, 2, binaryFunc((*sem.Builder).RoundShift)},
		Func{"quo", "x, y", "quotient rounded towards zero; -1 where y is 0, as RISC-V's DIV", 2, 2, binaryFunc((*sem.Builder).Quo)},
		Func{"rem", "x, y", "remainder with the sign of x; x where y is 0, as RISC-V's REM", 2, 2, binaryFunc((*sem.Builder).Rem)},
		Func{"min", "x, …", "the smallest", 1, -1, fold((*sem.Builder).Min)},
		Func{"max", "x, …", "the largest", 1, -1, fold((*sem.Builder).Max)},
		Func{"clamp", "x, low, high", "min(max(x, low), high)", 3, 3, func(c *call) value {
			return intValue(c.s.b.Min(c.s.b.Max(c.int(0), c.int(1)), c.int(2)))
		}},
		Func{"abs", "x", "the absolute value", 1, 1, func(c *call) value {
			x := c.int(0)
			return intValue(c.s.b.Max(x, c.s.b.Sub(c.s.b.Int(0), x)))
		}},
		Func{"sum", "list", "the sum of a list", 1, 1, sum},
		Func{"range", "n | from, to", "the integers 0 … n-1, or from … to-1; constants", 1, 2, rangeList},
		Func{"length", "list", "the number of elements", 1, 1, func(c *call) value { return intValue(c.s.b.Int(int64(len(c.list(0))))) }},
	)
	Functions = append(Functions, loadFuncs()...)
	Functions = append(Functions, realFuncs()...)
	for i := range Functions {
		funcByName[Functions[i].Name] = &Functions[i]
	}
}

func (s *scope) call(e *hclsyntax.FunctionCallExpr) value {
	f := funcByName[e.Name]
	if f == nil {
		var names []string
		for _, g := range Functions {
			names = append(names, g.Name)
		}
		s.r.errorf(e.NameRange, "Unknown function", "There is no function %q.%s", e.Name, suggest(e.Name, names))
		return value{}
	}
	if len(e.Args) < f.min || f.max >= 0 && len(e.Args) > f.max || e.ExpandFinal {
		s.r.errorf(e.Range(), "Wrong arguments", "Write %s(%s): %s.", f.Name, f.Args, f.Doc)
		return value{}
	}
	c := &call{s: s, e: e}
	for _, a := range e.Args {
		v := s.eval(a)
		if v.kind == invalid {
			return value{}
		}
		*s.steps += len(v.list) // a function of a list looks at every element
		c.args = append(c.args, v)
	}
	before := len(s.r.problems)
	for i := range c.args { // arguments are integers unless the function says otherwise
		if !c.accepts(i) {
			s.r.errorf(e.Args[i].Range(), "Wrong type", "%s(%s): this argument is %s.", f.Name, f.Args, c.args[i].kind)
		}
	}
	if len(s.r.problems) > before {
		return value{}
	}
	v := f.eval(c)
	if len(s.r.problems) > before {
		return value{}
	}
	return v
}

// listArgs names the one argument of each function that is a list.
var listArgs = map[string]int{"sum": 0, "length": 0, "pack": 1}

func (c *call) accepts(i int) bool {
	if k, ok := listArgs[c.e.Name]; ok && k == i {
		return c.args[i].kind == list
	}
	if realNames[c.e.Name] {
		_, ok := c.args[i].float()
		return ok
	}
	return c.args[i].kind == integer
}

func (c *call) int(i int) *sem.Node { return c.args[i].node }
func (c *call) list(i int) []value  { return c.args[i].list }

func (c *call) fail(summary, format string, args ...any) {
	c.s.r.errorf(c.e.Range(), summary, format, args...)
}

// constant is argument i as a constant within lo..hi.
func (c *call) constant(i, lo, hi int) int {
	n := c.int(i)
	if !n.IsConst() || n.Value.Cmp(big.NewInt(int64(lo))) < 0 || n.Value.Cmp(big.NewInt(int64(hi))) > 0 {
		c.s.r.errorf(c.e.Args[i].Range(), "Not a constant in range", "%s: this argument is a constant from %d to %d.", c.e.Name, lo, hi)
		return lo
	}
	return int(n.Value.Int64())
}

// ints is the elements of a list argument, which must be integers.
func (c *call) ints(i int) []*sem.Node {
	var out []*sem.Node
	for _, v := range c.list(i) {
		if v.kind != integer {
			c.fail("Wrong type", "%s takes a list of integers; it holds %s.", c.e.Name, v.kind)
			return nil
		}
		out = append(out, v.node)
	}
	return out
}

func binaryFunc(op func(b *sem.Builder, x, y *sem.Node) *sem.Node) func(*call) value {
	return func(c *call) value { return intValue(op(c.s.b, c.int(0), c.int(1))) }
}

func fold(op func(b *sem.Builder, x, y *sem.Node) *sem.Node) func(*call) value {
	return func(c *call) value {
		x := c.int(0)
		for i := 1; i < len(c.args); i++ {
			x = op(c.s.b, x, c.int(i))
		}
		return intValue(x)
	}
}

// laneFuncs are the views s8, u8 … s32, u32 of a value's lanes.
func laneFuncs() []Func {
	var out []Func
	for _, l := range []struct {
		name   string
		w      int
		signed bool
	}{{"s8", 8, true}, {"u8", 8, false}, {"s16", 16, true}, {"u16", 16, false}, {"s32", 32, true}, {"u32", 32, false}} {
		doc := "lane i (default 0) of x, unsigned"
		if l.signed {
			doc = "lane i (default 0) of x, as two's complement"
		}
		out = append(out, Func{l.name, "x, i", doc, 1, 2, func(c *call) value {
			i := 0
			if len(c.args) == 2 {
				i = c.constant(1, 0, sem.MaxWidth/l.w-1)
			}
			if !l.signed || i > 0 {
				lane := c.s.b.Bits(c.int(0), i*l.w+l.w-1, i*l.w)
				if !l.signed {
					return intValue(lane)
				}
				return intValue(c.s.b.Signed(lane, l.w))
			}
			return intValue(c.s.b.Signed(c.int(0), l.w))
		}})
	}
	return out
}

// loadFuncs read memory through the core's data port.
func loadFuncs() []Func {
	var out []Func
	for _, l := range []struct {
		name   string
		size   int
		signed bool
	}{{"load_s8", 1, true}, {"load_u8", 1, false}, {"load_s16", 2, true}, {"load_u16", 2, false}, {"load_32", 4, false}} {
		out = append(out, Func{l.name, "addr", "the memory value at the byte address, modulo 2^32; one load per instruction, aligned", 1, 1, func(c *call) value {
			if c.s.load == nil {
				c.fail("No memory here", "Memory is read in the meaning of an instruction only.")
				return value{}
			}
			return c.s.load(c.e, l.size, l.signed, c.int(0))
		}})
	}
	return out
}

func pack(c *call) value {
	w, items := c.constant(0, 1, sem.MaxWidth), c.ints(1)
	if w*len(items) > sem.MaxWidth {
		c.fail("width overflow", "%d lanes of %d bits exceed %d bits.", len(items), w, sem.MaxWidth)
		return value{}
	}
	return intValue(lanes(c.s.b, w, items))
}

func cat(c *call) value {
	w := c.constant(0, 1, sem.MaxWidth)
	var items []*sem.Node
	for i := len(c.args) - 1; i >= 1; i-- {
		items = append(items, c.int(i))
	}
	if w*len(items) > sem.MaxWidth {
		c.fail("width overflow", "%d lanes of %d bits exceed %d bits.", len(items), w, sem.MaxWidth)
		return value{}
	}
	return intValue(lanes(c.s.b, w, items))
}

// lanes joins w-bit lanes, the first lowest.
func lanes(b *sem.Builder, w int, items []*sem.Node) *sem.Node {
	out := b.Int(0)
	for i, x := range items {
		out = b.Or(out, b.Shl(b.Bits(x, w-1, 0), b.Int(int64(i*w))))
	}
	return out
}

// sum adds a list as a balanced tree, which is also the adder tree in hardware.
func sum(c *call) value {
	items := c.ints(0)
	if len(items) == 0 {
		return intValue(c.s.b.Int(0))
	}
	for len(items) > 1 {
		var next []*sem.Node
		for i := 0; i+1 < len(items); i += 2 {
			next = append(next, c.s.b.Add(items[i], items[i+1]))
		}
		if len(items)%2 == 1 {
			next = append(next, items[len(items)-1])
		}
		items = next
	}
	return intValue(items[0])
}

func rangeList(c *call) value {
	from, to := 0, 0
	for i := range c.args {
		n := c.int(i)
		if !n.IsConst() || !n.Value.IsInt64() || n.Value.Int64() < -maxList || n.Value.Int64() > maxList {
			c.fail("Range too large", "range takes constants; a list has at most %d elements.", maxList)
			return value{}
		}
		from, to = to, int(n.Value.Int64())
	}
	if to-from > maxList {
		c.fail("Range too large", "A list has at most %d elements.", maxList)
		return value{}
	}
	out := value{kind: list}
	*c.s.steps += to - from
	for i := from; i < to; i++ {
		out.list = append(out.list, intValue(c.s.b.Int(int64(i))))
	}
	return out
}

var realNames = map[string]bool{}

// realFuncs are the constant-only functions for table contents.
func realFuncs() []Func {
	var out []Func
	add := func(name, args, doc string, n int, f func(a []float64) float64) {
		realNames[name] = true
		out = append(out, Func{name, args, doc + " (constants only)", n, n, func(c *call) value {
			var a []float64
			for _, v := range c.args {
				x, _ := v.float()
				a = append(a, x)
			}
			return c.s.finite(f(a), c.e.Range())
		}})
	}
	for _, u := range []struct {
		name, doc string
		f         func(float64) float64
	}{
		{"exp", "e^x", math.Exp}, {"erf", "the error function", math.Erf}, {"tanh", "the hyperbolic tangent", math.Tanh},
		{"sqrt", "the square root", math.Sqrt}, {"log", "the natural logarithm", math.Log},
		{"round", "the nearest integer, halves away from zero", math.Round}, {"floor", "the largest integer that is not greater", math.Floor},
	} {
		add(u.name, "x", u.doc, 1, func(a []float64) float64 { return u.f(a[0]) })
	}
	add("pow", "x, y", "x^y", 2, func(a []float64) float64 { return math.Pow(a[0], a[1]) })
	return out
}
