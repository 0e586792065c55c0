package cost

import "marvelgen/gen/nn"

// The terms of layers whose weights stay inside the unit, in their order.
const (
	perLayer   = iota
	perAverage // an average's scale
	perOnes    // entries of an average
	perPlane   // four channels of outputs: calls
	perScales  // of a plane, which averages have in common
	perPhase   // of a plane whose windows begin at several places of a word
	perLoop    // rounds of the loop around rows, which is C
	perLate    // the same where results of rows do not follow each other
	perRow     // rows of windows
	perWord    // of windows; at least four, since results are read four behind another
	perStore   // instructions that store results
	perLine    // rows of long windows, each a loop
	perEntry   // of weights that are whole words
	perShifted // of weights that are not
	perEdge    // of those that are words in part
	perRun     // of such weights: those of a window's row
	perCopied  // rows of the input copied for their padding
	perBlock   // instructions of copying and filling words
	perByte    // copied one at a time
	perMoved   // words put together from two
	perPiece   // rows of windows gathered
	windowed
)

var windowTerms = []string{"layer", "average", "entry of an average", "plane", "scales of a plane", "phase of a plane", "loop", "loop of rows apart", "row of windows", "word of a window", "store instruction", "row of a long window", "entry of weights",
	"entry of shifted weights", "entry of parts of words", "run of shifted weights", "row copied", "instruction of copying words", "byte copied", "word shifted", "row gathered"}

// terms counts what a layer with weights inside takes.
func (v *view) terms(weights bool) []float64 {
	x := make([]float64, windowed)
	x[perLayer] = 1
	planes := (v.outs + 3) / 4
	x[perPlane] = float64(v.bands * planes)
	for first := 0; first < v.size[0]; first += v.band {
		rows := min(v.band, v.size[0]-first)
		if v.copied {
			v.copying(x, first, rows)
		}
		all := v.planeOf(rows)
		if v.phases == 0 {
			all.run(x, planes)
			continue
		}
		for f := range min(v.phases, v.size[1]) {
			p := v.phase(all, f)
			p.run(x, planes)
		}
	}
	if !weights {
		x[perAverage], x[perOnes] = 1, float64(v.rows*v.row)
		return x
	}
	x[perScales] = x[perPlane]
	v.entries(x, v.bands*planes)
	return x
}

// run counts what a plane takes, so many times.
func (p *plane) run(x []float64, times int) {
	loops, rows := p.trips()
	windows := float64(p.out[0] * p.out[1] * times)
	if p.gap == 0 {
		x[perLoop] += float64(loops * times)
	} else {
		x[perLate] += float64(loops * times)
	}
	x[perRow] += float64(rows * times)
	x[perWord] += windows * float64(max(4, p.rows*p.row))
	x[perStore] += windows * float64(p.store)
	if p.long() {
		x[perLine] += windows * float64(p.rows)
	}
}

// entries counts the weights of so many planes.
func (v *view) entries(x []float64, planes int) {
	kh, length := v.window.Kernel[0], v.window.Kernel[1]*v.channels
	n := float64(planes)
	switch {
	case v.depthwise:
		x[perEntry] += n * float64(kh*v.window.Kernel[1])
	case v.phases > 0:
		for f := range min(v.phases, v.size[1]) {
			at := f * v.window.Stride[1] * v.channels
			x[perPhase] += n
			if (at|length)&3 == 0 {
				x[perEntry] += n * float64(kh*length/4)
				continue
			}
			shifted(x, planes*kh, length, at&3)
		}
	case v.gathered:
		shifted(x, planes*kh, length, 0)
	case v.wide != v.channels:
		shifted(x, planes*kh*v.window.Kernel[1], v.channels, 0)
	default:
		x[perEntry] += n * float64(v.rows*v.row)
	}
}

// shifted counts runs of weights, so many bytes from byte `from` of a word on, that are
// put together from words that lie otherwise.
func shifted(x []float64, runs, length, from int) {
	n := float64(runs)
	x[perRun] += n
	if length <= 4 {
		return
	}
	for i := -from; i < length; i += 4 {
		if i >= 0 && i+8 <= length {
			whole := (length - i - 4) / 4
			x[perShifted] += n * float64(whole)
			i += 4 * whole
		}
		x[perEdge] += n
	}
}

// copying counts what it takes to lay down the input of so many rows of outputs.
func (v *view) copying(x []float64, first, rows int) {
	w := &v.window
	kh, length := w.Kernel[0], w.Kernel[1]*v.channels
	if v.gathered {
		pieces := rows * v.size[1] * kh
		x[perPiece] += float64(pieces)
		x[perByte] += float64(pieces * length)
		return
	}
	left := w.Before[1] * v.wide
	pixels := min((v.pitch-left)/v.wide, v.in[1])
	right := v.pitch - left - pixels*v.wide
	for r := first * w.Stride[0]; r < (first+rows-1)*w.Stride[0]+kh; r++ {
		x[perCopied]++
		outside := r < w.Before[0] || r-w.Before[0] >= v.in[0]
		if v.channels%4 == 0 {
			if outside {
				x[perBlock] += filling(v.pitch / 4)
			} else {
				x[perBlock] += filling(left/4) + moving(pixels*v.wide/4) + filling(right/4)
			}
			continue
		}
		if outside {
			x[perBlock] += filling(v.pitch / 4)
			continue
		}
		x[perBlock] += filling(left/4) + filling(right/4)
		x[perByte] += float64(left%4 + right%4)
		from, to := (r-w.Before[0])*v.in[1]*v.channels, (r-first*w.Stride[0])*v.pitch+left
		n, head := pixels*v.channels, -to&3
		switch {
		case v.wide != v.channels:
			x[perByte] += float64(pixels * v.wide)
		case (from+head)%4 == 0:
			x[perBlock] += moving((n - head) / 4)
			x[perByte] += float64(head + (n-head)%4)
		default:
			words := max(n-head-4, 0) / 4
			x[perMoved] += float64(words)
			x[perByte] += float64(n - 4*words)
		}
	}
}

// filling is the instructions that fill words, eight at a time and the rest one by one.
func filling(words int) float64 { return float64(words/8*9 + words%8*2) }

// moving is those that copy words, sixteen at a time and the rest one by one.
func moving(words int) float64 { return float64(words/16*34 + words%16*4) }

// windowLayer is the terms of a convolution or of an average; class "" if portable C
// computes it.
func windowLayer(n *nn.Node) (string, []float64) {
	in, out := n.In[0].Shape, n.Out[0].Shape
	if len(in) != 4 || len(out) != 4 || n.Op == nn.Conv && n.Groups != 1 || n.Op == nn.Depthwise && n.Multiplier != 1 {
		return "", nil
	}
	w := n.Window
	if n.Op == nn.AveragePool {
		if w.Before != [2]int{} || w.After != [2]int{} || w.Kernel[0]*w.Kernel[1] < 2 {
			return "", nil
		}
		if out[1]*out[2] == 1 && w.Kernel[1] == in[2] { // one row
			in = []int{in[0], 1, w.Kernel[0] * in[2], in[3]}
			w.Kernel = [2]int{1, in[2]}
		}
	}
	v := look(w, in, out, n.Op != nn.Conv)
	if v == nil {
		return "", nil
	}
	class := ClassConv
	switch {
	case n.Op != nn.Conv:
		class = ClassDepthwise
	case v.phases > 0 || v.gathered || v.wide != v.channels:
		class = ClassParts
	}
	return class, v.terms(n.Op != nn.AveragePool)
}
