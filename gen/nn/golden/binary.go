package golden

import "marvelgen/gen/nn"

// spread is the strides of a tensor of some shape seen as one of another rank and
// larger dimensions: those that are 1 do not advance.
func spread(shape, to []int) []int {
	own := strides(shape)
	out := make([]int, len(to))
	for i := range to {
		if j := i - (len(to) - len(shape)); j >= 0 && shape[j] > 1 {
			out[i] = own[j]
		}
	}
	return out
}

// pairs calls f for every output with the elements of both inputs.
func pairs(n *nn.Node, f func(i, a, b int)) {
	shape := n.Out[0].Shape
	second := make([]int, n.Out[0].Elements())
	walk(shape, spread(n.In[1].Shape, shape), 0, func(i, at int) { second[i] = at })
	walk(shape, spread(n.In[0].Shape, shape), 0, func(i, at int) { f(i, at, second[i]) })
}

// runAdd is addition and subtraction.
func runAdd(p *Plan, in, out []Value) {
	// Of int8 inputs there are few: rescale each once.
	var scaled [2][256]int32
	for side := range scaled {
		for i := range scaled[side] {
			scaled[side][i] = p.In[side].Apply((int32(int8(i)) - p.InZero[side]) << p.LeftShift)
		}
	}
	if p.Node.Op == nn.Sub {
		for i, v := range scaled[1] {
			scaled[1][i] = -v
		}
	}
	x, y := in[0].I8, in[1].I8
	pairs(p.Node, func(i, a, b int) {
		out[0].I8[i] = p.finish(scaled[0][uint8(x[a])]+scaled[1][uint8(y[b])], 0)
	})
}

func runMul(p *Plan, in, out []Value) {
	x, y := in[0].I8, in[1].I8
	pairs(p.Node, func(i, a, b int) {
		out[0].I8[i] = p.finish((int32(x[a])-p.InZero[0])*(int32(y[b])-p.InZero[1]), 0)
	})
}

// matMul calls f for every output with where its row and column start, how many
// products it sums, and the distance between elements of the column.
func matMul(n *nn.Node, f func(i, a, b, depth, step int)) {
	as, bs, ys := n.In[0].Shape, n.In[1].Shape, n.Out[0].Shape
	ra, rb, ry := len(as), len(bs), len(ys)
	rows, columns, depth := ys[ry-2], ys[ry-1], as[ra-1]
	step, across := columns, 1
	if n.TransposeB {
		step, across = 1, depth
	}
	batches := ys[:ry-2]
	second := make([]int, nn.Elements(batches))
	walk(batches, spread(bs[:rb-2], batches), 0, func(i, at int) { second[i] = at * depth * columns })
	walk(batches, spread(as[:ra-2], batches), 0, func(i, at int) {
		for r := range rows {
			for c := range columns {
				f((i*rows+r)*columns+c, (at*rows+r)*depth, second[i]+c*across, depth, step)
			}
		}
	})
}
