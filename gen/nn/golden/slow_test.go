package golden

import (
	"math/rand/v2"
	"slices"
	"testing"

	"marvelgen/gen/nn"
)

// slow computes a convolution as its definition has it: for every output, every tap
// is looked up by its coordinates. It is the judge of the direct loops, and carries
// the seeded bugs.
type slow struct {
	rescale func(r Rescale, acc int32) int32 // nil: Apply
	padding int32                            // what a tap in the padding contributes instead of nothing, times its weight
}

func (s slow) run(p *Plan, in, out []Value) {
	n := p.Node
	xs, ws, ys, w := n.In[0].Shape, n.In[1].Shape, n.Out[0].Shape, n.Window
	x := func(b, y, x, c int) int32 {
		if y < 0 || y >= xs[1] || x < 0 || x >= xs[2] {
			return s.padding
		}
		return int32(in[0].I8[((b*xs[1]+y)*xs[2]+x)*xs[3]+c]) - p.InZero[0]
	}
	weight := func(o, y, x, i int) int32 { return int32(in[1].I8[((o*ws[1]+y)*ws[2]+x)*ws[3]+i]) }
	for i := range out[0].I8 {
		c, ox, oy, b := i%ys[3], i/ys[3]%ys[2], i/ys[3]/ys[2]%ys[1], i/ys[3]/ys[2]/ys[1]
		acc := int64(0)
		for ky := range ws[1] {
			for kx := range ws[2] {
				iy, ix := oy*w.Stride[0]-w.Before[0]+ky*w.Dilation[0], ox*w.Stride[1]-w.Before[1]+kx*w.Dilation[1]
				switch n.Op {
				case nn.Conv:
					for k := range ws[3] {
						acc += int64(x(b, iy, ix, c/(ys[3]/n.Groups)*ws[3]+k)) * int64(weight(c, ky, kx, k))
					}
				case nn.Depthwise:
					acc += int64(x(b, iy, ix, c/n.Multiplier)) * int64(weight(0, ky, kx, c))
				case nn.TransposedConv:
					// Every input that scatters to this output with this tap.
					for ty := range xs[1] {
						for tx := range xs[2] {
							if ty*w.Stride[0]-w.Before[0]+ky*w.Dilation[0] != oy || tx*w.Stride[1]-w.Before[1]+kx*w.Dilation[1] != ox {
								continue
							}
							for k := range ws[3] {
								acc += int64(x(b, ty, tx, k)) * int64(weight(c, ky, kx, k))
							}
						}
					}
				}
			}
		}
		if len(in) > 2 && in[2].I32 != nil {
			acc += int64(in[2].I32[c])
		}
		rescale := s.rescale
		if rescale == nil {
			rescale = Rescale.Apply
		}
		out[0].I8[i] = int8(min(max(rescale(p.Out[c%len(p.Out)], int32(acc))+p.OutZero, p.Min), p.Max))
	}
}

// singleRounding is the other family's rescaling.
func singleRounding(r Rescale, acc int32) int32 {
	shift := 31 - r.Shift
	return int32((int64(acc)*int64(r.Multiplier) + 1<<(shift-1)) >> shift)
}

func randomBytes(r *rand.Rand, n int) []int8 {
	out := make([]int8, n)
	for i := range out {
		out[i] = int8(r.Uint32())
	}
	return out
}

// randomConv is a small convolution of any kind; ok is false where its window does
// not fit.
func randomConv(r *rand.Rand) (p *Plan, in []Value, ok bool) {
	pick := func(most int) int { return 1 + r.IntN(most) }
	n := &nn.Node{Op: []nn.Op{nn.Conv, nn.Depthwise, nn.TransposedConv}[r.IntN(3)], Params: nn.Params{Groups: 1, Multiplier: pick(2)}}
	w := &n.Window
	xs, ys := []int{pick(2), pick(6), pick(6), 0}, []int{0, 0, 0, 0}
	ys[0] = xs[0]
	for i := range 2 {
		w.Kernel[i], w.Stride[i], w.Dilation[i], w.Before[i], w.After[i] = pick(4), pick(3), pick(3), r.IntN(4), r.IntN(4)
		if n.Op == nn.TransposedConv {
			ys[1+i] = (xs[1+i]-1)*w.Stride[i] + (w.Kernel[i]-1)*w.Dilation[i] + 1 - w.Before[i] - w.After[i]
		} else {
			room := xs[1+i] + w.Before[i] + w.After[i] - (w.Kernel[i]-1)*w.Dilation[i] - 1
			if room < 0 {
				return nil, nil, false
			}
			ys[1+i] = room/w.Stride[i] + 1
		}
		if ys[1+i] < 1 {
			return nil, nil, false
		}
	}
	var ws []int
	switch n.Op {
	case nn.Conv:
		n.Groups = pick(3)
		each := pick(5)
		xs[3], ys[3] = n.Groups*each, n.Groups*pick(9)
		ws = []int{ys[3], w.Kernel[0], w.Kernel[1], each}
	case nn.Depthwise:
		xs[3] = pick(5)
		ys[3] = xs[3] * n.Multiplier
		ws = []int{1, w.Kernel[0], w.Kernel[1], ys[3]}
	default:
		xs[3], ys[3] = pick(5), pick(5)
		ws = []int{ys[3], w.Kernel[0], w.Kernel[1], xs[3]}
	}
	n.In = []*nn.Tensor{shaped(xs...), shaped(ws...)}
	n.Out = []*nn.Tensor{shaped(ys...)}
	p = &Plan{Node: n, InZero: [2]int32{r.Int32N(256) - 128}, OutZero: r.Int32N(256) - 128, Min: -128, Max: r.Int32N(256) - 128}
	bias := make([]int32, ys[3])
	for c := range ys[3] {
		bias[c] = r.Int32N(20000) - 10000
		p.Out = append(p.Out, Rescale{1<<30 + r.Int32N(1<<30), -r.Int32N(12)})
	}
	in = []Value{{I8: randomBytes(r, nn.Elements(xs))}, {I8: randomBytes(r, nn.Elements(ws))}, {I32: bias}}
	if r.IntN(4) == 0 {
		in[2] = Value{}
	}
	return p, in, true
}

func TestConvolutionsAgainstDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	seen := map[nn.Op]int{}
	for range 3000 {
		p, in, ok := randomConv(r)
		if !ok {
			continue
		}
		seen[p.Node.Op]++
		size := p.Node.Out[0].Elements()
		got, want := NewValue(nn.Int8, size), NewValue(nn.Int8, size)
		operators[p.Node.Op].run(p, in, []Value{got})
		slow{}.run(p, in, []Value{want})
		if !slices.Equal(got.I8, want.I8) {
			t.Fatalf("%s %+v from %v with %v to %v:\n got %v\nwant %v", p.Node.Op, p.Node.Params, p.Node.In[0].Shape, p.Node.In[1].Shape, p.Node.Out[0].Shape, got.I8, want.I8)
		}
	}
	for _, op := range []nn.Op{nn.Conv, nn.Depthwise, nn.TransposedConv} {
		if seen[op] < 200 {
			t.Errorf("only %d cases of %s", seen[op], op)
		}
	}
}

// bugs are mistakes that the vectors must notice; each changes a case's plan.
var bugs = []struct {
	name string
	seed func(p *Plan)
}{
	{"single rounding", func(p *Plan) { p.run = slow{rescale: singleRounding}.run }},
	{"input zero point off by one", func(p *Plan) { p.InZero[0]++ }},
	{"output zero point off by one", func(p *Plan) { p.OutZero-- }},
	{"padding with the number 0 instead of the zero point", func(p *Plan) { p.run = slow{padding: -p.InZero[0]}.run }},
	{"padding one to the right", func(p *Plan) { p.Node.Window.Before[1]++ }},
	{"padding one below", func(p *Plan) { p.Node.Window.Before[0]++ }},
	{"truncated multiplier", func(p *Plan) {
		p.Out = slices.Clone(p.Out)
		for i := range p.Out {
			p.Out[i].Multiplier &^= 1<<24 - 1
		}
	}},
	{"no activation", func(p *Plan) { p.Min, p.Max = -128, 127 }},
	{"one rescaling for all channels", func(p *Plan) { p.Out = p.Out[:1] }},
}

// Without a bug all cases pass; with each of them, one of the convolutions fails.
func TestCMSISCatchesBugs(t *testing.T) {
	cases := cmsis(t)
	for _, bug := range append(bugs, struct {
		name string
		seed func(p *Plan)
	}{"", func(p *Plan) { p.run = slow{}.run }}) {
		caught := 0
		for _, o := range cases {
			j, err := o.job()
			if err != nil {
				t.Fatal(err)
			}
			op := j.plan.Node.Op
			if op != nn.Conv && op != nn.Depthwise {
				continue
			}
			j.plan.run = operators[op].run
			bug.seed(j.plan)
			if !slices.Equal(j.run(), j.want) {
				caught++
			}
		}
		if (caught > 0) != (bug.name != "") {
			t.Errorf("bug %q: %d cases fail", bug.name, caught)
		}
	}
}

// The networks' vectors tell the two families of rounding apart as well, and every
// other mistake that does not cancel out.
func TestNetworksCatchBugs(t *testing.T) {
	for _, bug := range bugs {
		g, in, want := network(t, "kws_dscnn")
		m, err := New(g)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range m.Plans {
			if p.Node.Op == nn.Conv || p.Node.Op == nn.Depthwise {
				bug.seed(p)
			}
		}
		// Relu of a range that begins at 0 is the clamp to int8 itself.
		if bug.name == "no activation" {
			continue
		}
		if differ(m, in, want, 25) == nil {
			t.Errorf("bug %q was not noticed", bug.name)
		}
	}
}
