package front

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"marvelgen/gen/nn/cost"
)

// costed is the family with layers whose cycles are 3000, 14 a word and 1 in 500 more
// or less, on the design and in its calibration. No two have one shape.
func costed(change func(f *Front, d *Design)) *Front {
	return family(func(f *Front, d *Design) {
		layer := func(words float64) (cost.Layer, uint64) {
			return cost.Layer{Name: fmt.Sprint("add", words), Class: cost.ClassAdd, Terms: []float64{1, words}}, uint64((3000 + 14*words) * (1 + math.Mod(words, 3)/500 - 0.002))
		}
		d.Calibration = &Run{Network: "calibration"}
		for i := range 4 {
			l, n := layer(float64(100 + 301*i))
			f.Calibration, d.Calibration.Layers = append(f.Calibration, l), append(d.Calibration.Layers, n)
		}
		for i := range f.Networks {
			r := &d.Runs[i]
			r.Cycles = 0
			for k := range 3 {
				l, n := layer(float64(1000 + 700*i + 83*k))
				f.Networks[i].Layers, r.Layers = append(f.Networks[i].Layers, l), append(r.Layers, n)
				r.Cycles += n
			}
		}
		if change != nil {
			change(f, d)
		}
	})
}

func TestCostModel(t *testing.T) {
	f := costed(nil)
	m := f.Designs[0].Cost
	if m == nil || len(m.Networks) != 9 || m.Layers != 27 || m.Median <= 0 || m.Median > m.Ninetieth || m.Ninetieth > 1 {
		t.Fatalf("%+v", m)
	}
	for _, e := range m.Networks {
		if math.Abs(e.Error) > 1 || len(e.Unknown) > 0 || e.Measured == 0 || e.Predicted == 0 {
			t.Errorf("%+v", e)
		}
	}
	if c := m.Classes[0]; c.Samples != 31 || math.Abs(c.Coefficients[1].Cycles-14) > 0.2 {
		t.Errorf("%+v", c)
	}
}

// TestCostModelSees damages what a network is predicted by, or what it took.
func TestCostModelSees(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(f *Front, d *Design)
		wrong  bool
		known  bool
	}{
		{"nothing", nil, false, true},
		{"words left out", func(f *Front, _ *Design) {
			for k := range f.Networks[4].Layers {
				f.Networks[4].Layers[k].Terms[1] = 0
			}
		}, true, true},
		{"a slow layer", func(_ *Front, d *Design) {
			d.Runs[4].Layers[0] *= 2
			d.Runs[4].Cycles += d.Runs[4].Layers[0] / 2
		}, true, true},
		{"a class that another network has, of the same shape", func(f *Front, _ *Design) {
			f.Networks[3].Layers[1] = cost.Layer{Class: "tanh", Terms: []float64{1, 10, 0}}
			f.Networks[4].Layers[1] = f.Networks[3].Layers[1]
		}, true, false},
		{"time between layers", func(_ *Front, d *Design) { d.Runs[4].Cycles *= 2 }, true, true},
		{"a class of its own", func(f *Front, _ *Design) {
			f.Networks[4].Layers[1] = cost.Layer{Class: "tanh", Terms: []float64{1, 10, 0}}
		}, true, false},
	} {
		f := costed(c.change)
		e := Estimate{}
		for _, n := range f.Designs[0].Cost.Networks {
			if n.Network == "net4" {
				e = n
			}
		}
		if (math.Abs(e.Error) > CostLimit) != c.wrong || (len(e.Unknown) == 0) != c.known {
			t.Errorf("%s: %+v", c.name, e)
		}
	}
}

// TestWithout leaves out a layer wherever it is.
func TestWithout(t *testing.T) {
	a := cost.Sample{Layer: cost.Layer{Name: "a", Class: cost.ClassAdd, Terms: []float64{1, 5}}, Cycles: 10}
	b, c := a, a
	b.Name, b.Cycles = "b", 11
	c.Terms = []float64{1, 6}
	if got := without([]cost.Sample{a, b, c}, []cost.Sample{a}); len(got) != 1 || !got[0].Equal(c.Layer) {
		t.Errorf("%+v", got)
	}
}

func TestNoCostModel(t *testing.T) {
	for name, change := range map[string]func(f *Front, d *Design){
		"no calibration":     func(_ *Front, d *Design) { d.Calibration = nil },
		"failed calibration": func(_ *Front, d *Design) { d.Calibration.Difference = "layer 1" },
		"no layers": func(f *Front, _ *Design) {
			for i := range f.Networks {
				f.Networks[i].Layers = nil
			}
		},
	} {
		f := costed(change)
		if f.Designs[0].Cost != nil {
			t.Errorf("%s: %+v", name, f.Designs[0].Cost)
		}
		if failed := strings.HasPrefix(name, "failed"); failed != (len(f.Failures()) == 1) {
			t.Errorf("%s: %q", name, f.Failures())
		}
	}
}

func TestReadLayers(t *testing.T) {
	for want, change := range map[string]func(f *Front, d *Design){
		"":                       nil,
		"has 1 terms":            func(f *Front, _ *Design) { f.Networks[0].Layers[0].Terms = []float64{1} },
		"has a negative count":   func(f *Front, _ *Design) { f.Calibration[0].Terms[1] = -1 },
		"of the calibration has": func(f *Front, _ *Design) { f.Calibration[0].Class = cost.ClassSoftmax },
	} {
		b, err := json.Marshal(costed(change))
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "front.json")
		if err := os.WriteFile(file, b, 0o644); err != nil {
			t.Fatal(err)
		}
		f, err := Read(file)
		if want == "" && (err != nil || f.Designs[0].Cost == nil) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%v; want %q", err, want)
		}
	}
}
