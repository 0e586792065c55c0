// Package zoo builds well-known networks in float32 with weights of our own: random
// ones by a seed, of the variance that keeps activations in one range at any depth
// (He et al., "Delving Deep into Rectifiers", 2015). They have the shapes and the
// cost of the real ones, and recognise nothing. Transformers are kwt, of KWT-Tiny's
// shapes, and bert_tiny, an encoder layer of BERT-Tiny's width.
package zoo

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"marvelgen/gen/nn"
)

// seed is that of all weights.
const seed = 5

// model is one architecture.
type model struct {
	name  string
	input []int // NHWC, or a batch of sequences
	build func(n *net, width float64)
	// scales: the name may go on with _WIDTH_RESOLUTION: a factor for all channels,
	// and the side of the input.
	scales bool
}

var models = []model{
	{"lenet5", []int{1, 28, 28, 1}, lenet5, false},
	{"mobilenetv1", []int{1, 224, 224, 3}, mobilenetV1, true},
	{"mobilenetv2", []int{1, 224, 224, 3}, mobilenetV2, false},
	{"vgg16", []int{1, 224, 224, 3}, vgg16, false},
	{"resnet50", []int{1, 224, 224, 3}, resnet50, false},
	{"densenet121", []int{1, 224, 224, 3}, densenet121, false},
	{"kwt", []int{1, 26, 16}, keyword, false},
	{"bert_tiny", []int{1, 128, 128}, bertTiny, false},
}

// Names are what Build knows, at full size.
func Names() []string {
	var names []string
	for _, m := range models {
		names = append(names, m.name)
	}
	return names
}

// Build makes the network of a name, one of Names or mobilenetv1_WIDTH_RESOLUTION,
// such as mobilenetv1_0.25_128: the width is above 0 and at most 2, the resolution
// a multiple of 32 up to 512. Multiplications and parameters, batch normalisation
// folded into biases:
//
//	lenet5        416,520 MACs           61,706 parameters   28x28x1
//	mobilenetv1   568,740,352         4,221,032             224x224x3 (width 1)
//	mobilenetv2   300,774,272         3,487,816             224x224x3
//	vgg16         15,470,264,320    138,357,544             224x224x3, 553 MB
//	resnet50      4,089,184,256      25,530,472             224x224x3
//	densenet121   2,844,711,168       7,974,120             224x224x3
//	kwt           42,600                  1,646             26x16
//	bert_tiny     29,360,128            198,272             128x128
func Build(name string) (*nn.Graph, error) {
	base, rest, scaled := strings.Cut(name, "_")
	i := slices.IndexFunc(models, func(m model) bool { return m.name == name || m.name == base && m.scales })
	if i < 0 {
		return nil, fmt.Errorf("no network is called %q; there are %s, and mobilenetv1_WIDTH_RESOLUTION", name, strings.Join(Names(), ", "))
	}
	m := models[i]
	width, shape := 1., slices.Clone(m.input)
	if scaled && m.scales {
		w, r, _ := strings.Cut(rest, "_")
		var err1, err2 error
		width, err1 = strconv.ParseFloat(w, 64)
		shape[1], err2 = strconv.Atoi(r)
		if shape[2] = shape[1]; err1 != nil || err2 != nil || !(width > 0 && width <= 2) || shape[1] < 32 || shape[1] > 512 || shape[1]%32 != 0 {
			return nil, fmt.Errorf("network %q: after %s_ come a width above 0 and at most 2, _, and a resolution that is a multiple of 32 up to 512", name, base)
		}
	}
	n := newNet(nn.Ident(name), shape)
	m.build(n, width)
	n.graph.Outputs = []*nn.Tensor{n.last}
	return n.graph, n.graph.Check()
}
