package cost

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/quant"
	"marvelgen/specs"
)

// TestKernelsAreThose holds the lists of windows against the header of the kernels.
func TestKernelsAreThose(t *testing.T) {
	header, err := specs.FS.ReadFile("networks/cnn/planes.h")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		windows [][2]int
		rows    []int
	}{"CNN_WHOLES": {wholeWindows, wholeRows}, "CNN_PARTS": {partWindows, partRows}} {
		_, text, _ := strings.Cut(string(header), "#define "+name+"(V, L")
		text, _, _ = strings.Cut(text, "#define")
		var windows [][2]int
		var rows []int
		for _, m := range regexp.MustCompile(`([VL])\((\d+)(?:, (\d+))?`).FindAllStringSubmatch(text, -1) {
			var a, b int
			fmt.Sscan(m[2], &a)
			if fmt.Sscan(m[3], &b); m[1] == "L" {
				rows = append(rows, a)
				continue
			}
			windows = append(windows, [2]int{a, b})
		}
		if !slices.Equal(windows, c.windows) || !slices.Equal(rows, c.rows) {
			t.Errorf("%s has %v and rows %v; the model %v and %v", name, windows, rows, c.windows, c.rows)
		}
	}
}

// TestTrips counts rounds by hand: results come late by one window of eight words or
// more, by two of shorter ones.
func TestTrips(t *testing.T) {
	for _, c := range []struct {
		what        string
		p           plane
		loops, rows int
	}{
		{"the first window, the rest of its row, all others at once", plane{rows: 1, row: 8, store: 1, out: [2]int{10, 5}}, 3, 11},
		{"a single window", plane{rows: 1, row: 8, store: 1, out: [2]int{1, 1}}, 1, 1},
		{"a column of short windows", plane{rows: 1, row: 1, store: 1, out: [2]int{5, 1}}, 3, 5},
		{"each row late", plane{rows: 1, row: 8, store: 1, out: [2]int{4, 5}, gap: 4}, 8, 8},
		{"long windows", plane{rows: 3, row: 11, store: 1, out: [2]int{4, 5}}, 5, 5},
	} {
		if loops, rows := c.p.trips(); loops != c.loops || rows != c.rows {
			t.Errorf("%s: %d loops, %d rows; want %d, %d", c.what, loops, rows, c.loops, c.rows)
		}
	}
}

// conv is a convolution; outs 0 is a depthwise one.
func conv(in [3]int, outs int, kernel, stride, pad [2]int) *nn.Node {
	s := shape{nn.Conv, in, outs, kernel, stride, pad}
	if outs == 0 {
		s.op, s.outs = nn.Depthwise, in[2]
	}
	g := &nn.Graph{}
	s.add(g, calibrationNumbers(), "layer")
	return g.Nodes[0]
}

// TestTerms counts layers by hand.
func TestTerms(t *testing.T) {
	one := [2]int{1, 1}
	for _, c := range []struct {
		what  string
		node  *nn.Node
		class string
		want  map[int]float64
	}{
		{"1 by 1, all one row", conv([3]int{5, 5, 32}, 8, one, one, [2]int{}), ClassConv,
			map[int]float64{perLayer: 1, perPlane: 2, perScales: 2, perLoop: 4, perRow: 4, perWord: 2 * 25 * 8, perStore: 2 * 25, perEntry: 2 * 8}},
		{"padded", conv([3]int{6, 6, 8}, 8, [2]int{3, 3}, one, one), ClassConv,
			map[int]float64{perLayer: 1, perPlane: 2, perScales: 2, perLoop: 6, perRow: 2 * 7, perWord: 2 * 36 * 18, perStore: 2 * 36, perEntry: 2 * 18,
				perCopied: 8, perBlock: 2*18 + 6*(4+48+4)}},
		{"two phases", conv([3]int{9, 9, 3}, 4, [2]int{3, 3}, [2]int{2, 2}, [2]int{}), ClassParts,
			map[int]float64{perLayer: 1, perPlane: 1, perScales: 1, perPhase: 2, perLoop: 6, perRow: 2 * 5, perWord: 16 * 9, perStore: 16, perRun: 6, perShifted: 3,
				perEdge: 3*2 + 3*3, perCopied: 9, perBlock: 3 * 24, perByte: 9 + 3*3 + 6*7, perMoved: 6 * 5}},
		{"depthwise", conv([3]int{8, 8, 12}, 0, [2]int{3, 3}, one, [2]int{}), ClassDepthwise,
			map[int]float64{perLayer: 1, perPlane: 3, perScales: 3, perLoop: 9, perRow: 3 * 7, perWord: 3 * 36 * 9, perStore: 3 * 36, perEntry: 3 * 9}},
		{"gathered", conv([3]int{4, 3, 8}, 4, [2]int{3, 1}, one, [2]int{}), ClassParts,
			map[int]float64{perLayer: 1, perPlane: 1, perScales: 1, perLoop: 2, perRow: 2, perWord: 6 * 6, perStore: 6, perRun: 3, perShifted: 3, perEdge: 3, perPiece: 18, perByte: 144}},
		{"a single pixel", conv([3]int{1, 1, 40}, 8, one, one, [2]int{}), ClassFull, map[int]float64{0: 1, 1: 8, 3: 80, 4: 10}},
		{"no kernel", conv([3]int{9, 9, 4}, 0, [2]int{9, 9}, one, [2]int{}), "depthwise, portable", map[int]float64{0: 1, 1: 16, 2: 324}},
	} {
		class, x := Terms(c.node)
		got := map[int]float64{}
		for k, n := range x {
			if n != 0 {
				got[k] = n
			}
		}
		if class != c.class || fmt.Sprint(got) != fmt.Sprint(c.want) || len(x) != len(TermNames(class)) {
			t.Errorf("%s: %q %v; want %q %v", c.what, class, got, c.class, c.want)
		}
	}
}

// TestGatherPays looks at 3 by 3 windows of one channel: gathered, they are four words
// with the idle one instead of nine, at 51 cycles a row of three bytes.
func TestGatherPays(t *testing.T) {
	for _, c := range []struct {
		outs, stride int
		gathered     bool
	}{{16, 1, false}, {100, 1, false}, {104, 1, true}, {24, 2, false}, {28, 2, true}} {
		_, x := Terms(conv([3]int{16, 16, 1}, c.outs, [2]int{3, 3}, [2]int{c.stride, c.stride}, [2]int{1, 1}))
		if got := x[perPiece] > 0; got != c.gathered {
			t.Errorf("%d channels of outputs, stride %d: gathered %v", c.outs, c.stride, got)
		}
	}
}

// TestCalibration holds the layers against what the counts assume, that all tensors
// begin at whole words, and wants each class to be there.
func TestCalibration(t *testing.T) {
	g := Calibration()
	q, err := quant.Quantize(t.Context(), g, quant.RandomSamples(g, 1, 1), quant.Options{})
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, n := range q.Nodes {
		if n.In[0].Bytes()%4 != 0 || n.Out[0].Bytes()%4 != 0 {
			t.Errorf("%s: %v and %v are no whole words", n.Name, n.In[0], n.Out[0])
		}
		class, _ := Terms(n)
		count[class]++
	}
	for class := range terms {
		if count[class] < 2 {
			t.Errorf("%d layers of class %q", count[class], class)
		}
	}
}
