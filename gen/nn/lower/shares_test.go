package lower

import (
	"testing"

	"pgregory.net/rapid"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
)

// wrongShares counts the pairs of inputs for which tables do not give what the
// reference does.
func wrongShares(p *golden.Plan, s shares) int {
	wrong := 0
	for x := range 256 {
		for y := range 256 {
			l := p.In[0].Apply((int32(int8(x)) - p.InZero[0]) << p.LeftShift)
			r := p.In[1].Apply((int32(int8(y)) - p.InZero[1]) << p.LeftShift)
			if p.Node.Op == nn.Sub {
				r = -r
			}
			want := min(max(p.Out[0].Apply(l+r)+p.OutZero, p.Min), p.Max)
			sum := s.tables[0][x] + s.tables[1][y]
			if got := min(max(sum>>s.right-s.up, p.Min), p.Max); got != want || sum < 0 || sum >= 1<<shareBits {
				wrong++
			}
		}
	}
	return wrong
}

// TestShares draws scales and zero points of additions and compares all pairs of
// inputs. Not every addition has tables, but nearly all.
func TestShares(t *testing.T) {
	tried, none := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		zero := func(name string) int32 { return rapid.Int32Range(-128, 127).Draw(t, name) }
		scale := rapid.Float64Range(0.001, 1)
		a, b := scale.Draw(t, "a"), scale.Draw(t, "b")
		out := (a + b) * rapid.Float64Range(0.2, 2).Draw(t, "out")
		twice := 2 * max(a, b)
		p := &golden.Plan{
			Node:   &nn.Node{Op: rapid.SampledFrom([]nn.Op{nn.Add, nn.Sub}).Draw(t, "op")},
			InZero: [2]int32{zero("za"), zero("zb")}, OutZero: zero("zy"), Min: -128, Max: 127, LeftShift: 20,
			In:  [2]golden.Rescale{golden.NewRescale(a / twice), golden.NewRescale(b / twice)},
			Out: []golden.Rescale{golden.NewRescale(twice / (out * (1 << 20)))},
		}
		if rapid.Bool().Draw(t, "relu") {
			p.Min = p.OutZero
		}
		s := addShares(p)
		tried++
		if s.right == 0 {
			none++
			return
		}
		if n := wrongShares(p, s); n > 0 {
			t.Fatalf("%d of 65536 pairs are wrong", n)
		}
	})
	if none*20 > tried {
		t.Errorf("%d of %d additions have no tables", none, tried)
	}
}

// TestWrongSharesAreSeen seeds a fault: one entry is one step off.
func TestWrongSharesAreSeen(t *testing.T) {
	p := &golden.Plan{
		Node: &nn.Node{Op: nn.Add}, Min: -128, Max: 127, LeftShift: 20,
		In:  [2]golden.Rescale{golden.NewRescale(0.5), golden.NewRescale(0.3)},
		Out: []golden.Rescale{golden.NewRescale(0.7 / (1 << 20))},
	}
	s := addShares(p)
	if wrongShares(p, s) != 0 {
		t.Fatal("wrong as they are")
	}
	s.tables[0][3] += 1 << s.right
	if n := wrongShares(p, s); n < 200 {
		t.Errorf("%d pairs are wrong", n)
	}
}

// TestSharesAreRefused gives an addition whose sums need more bits than there are.
func TestSharesAreRefused(t *testing.T) {
	p := &golden.Plan{
		Node: &nn.Node{Op: nn.Add}, Min: -128, Max: 127, LeftShift: 20,
		In:  [2]golden.Rescale{golden.NewRescale(0.5), golden.NewRescale(0.5)},
		Out: []golden.Rescale{golden.NewRescale(1)},
	}
	if s := addShares(p); s.right != 0 {
		t.Errorf("tables with %d bits behind the point for sums of 2^28", s.right)
	}
}
