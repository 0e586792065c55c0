package zoo

import (
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"testing"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
	"marvelgen/gen/nn/quant"
)

// cost is a network's multiplications and parameters.
func cost(g *nn.Graph) (macs, params int64) {
	for _, n := range g.Nodes {
		macs += n.MACs()
		for _, t := range n.In {
			if t.Const() {
				params += int64(t.Elements())
			}
		}
	}
	return macs, params
}

// The papers' figures, which are rounded and count parameters of batch
// normalisation, or not, as each pleases; and ours, to the last one.
func TestCosts(t *testing.T) {
	for _, c := range []struct {
		name           string
		macs, params   int64
		mega, millions float64 // of the papers; 0 where there is none
	}{
		{"lenet5", 416520, 61706, 0, 0.06}, // "60,000 trainable parameters"
		{"mobilenetv1", 568740352, 4221032, 569, 4.2},
		{"mobilenetv1_0.75_192", 239273472, 2577352, 239, 2.6},
		{"mobilenetv1_0.25_128", 13570048, 467336, 14, 0.5},
		{"mobilenetv2", 300774272, 3487816, 300, 3.4},
		{"vgg16", 15470264320, 138357544, 15500, 138},
		{"resnet50", 4089184256, 25530472, 4100, 25.6},
		{"densenet121", 2844711168, 7974120, 2870, 7.98},
		{"kwt", 42600, 1646, 0, 0.001646},
		{"bert_tiny", 29360128, 198272, 0, 0.198},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "vgg16" && testing.Short() {
				t.Skip("553 MB")
			}
			g, err := Build(c.name)
			if err != nil {
				t.Fatal(err)
			}
			macs, params := cost(g)
			if macs != c.macs || params != c.params {
				t.Errorf("%d MACs, %d parameters; want %d and %d", macs, params, c.macs, c.params)
			}
			if c.mega > 0 && math.Abs(float64(macs)/1e6/c.mega-1) > 0.035 || math.Abs(float64(params)/1e6/c.millions-1) > 0.07 {
				t.Errorf("%d MACs, %d parameters; the paper has %v M and %v M", macs, params, c.mega, c.millions)
			}
		})
	}
}

// At any depth the activations keep a range in which int8 and ReLU6 see something.
func TestActivations(t *testing.T) {
	for _, name := range []string{"lenet5", "mobilenetv1", "mobilenetv2", "resnet50", "densenet121", "kwt", "bert_tiny"} {
		g, err := Build(name)
		if err != nil {
			t.Fatal(err)
		}
		see := func(x *nn.Tensor, v []float32) {
			sum := 0.
			for _, f := range v {
				sum += float64(f) * float64(f)
			}
			if strings.HasPrefix(x.Name, "scores") || strings.HasPrefix(x.Name, "attention") {
				return // the softmax divides the scores, and what it gives sums to 1
			}
			if rms := math.Sqrt(sum / float64(len(v))); x != g.Outputs[0] && (rms < 0.2 || rms > 8) {
				t.Errorf("%s: the root of the mean square of %s is %v", name, x, rms)
			}
		}
		out, err := golden.Float(t.Context(), g, see, quant.RandomSamples(g, 1, 1)[0]...)
		if err != nil {
			t.Fatal(err)
		}
		if top := slices.Max(out[0]); top < 8./256 {
			t.Errorf("%s: the most likely class has %v: int8 will not show it", name, top)
		}
	}
}

// Weights are those of the seed, today as ever: figures of benchmarks are made with
// them.
func TestSeed(t *testing.T) {
	g, err := Build("lenet5")
	if err != nil {
		t.Fatal(err)
	}
	sum := fnv.New64a()
	for _, n := range g.Nodes {
		for _, x := range n.In[1:] {
			sum.Write(golden.Value{F32: x.F32}.Bytes())
		}
	}
	if got := sum.Sum64(); got != 0xdb4873ef17e24260 {
		t.Errorf("the weights' hash is %#x", got)
	}
	w := g.Nodes[0].In[1].F32
	if slices.Max(w) > float32(math.Sqrt(3*2/25.)) || w[0] == w[1] {
		t.Errorf("weights %v", w)
	}
}

func TestUnknown(t *testing.T) {
	for _, name := range []string{"", "lenet", "vgg16_1_224", "mobilenetv1_", "mobilenetv1_0_128", "mobilenetv1_NaN_128", "mobilenetv1_1_100", "mobilenetv1_1_-32", "mobilenetv1_1_99999968", "bert", "kwt_1_32"} {
		if _, err := Build(name); err == nil || !strings.Contains(err.Error(), "network") {
			t.Errorf("%q: %v", name, err)
		}
	}
}
