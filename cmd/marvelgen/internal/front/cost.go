package front

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"marvelgen/gen/nn/cost"
)

// CostLimit is how far off, in per cent, the predicted cycles of a network may be.
const CostLimit = 5

// CostModel predicts the cycles of a design's layers.
type CostModel struct {
	cost.Model            // fitted to all layers
	Networks   []Estimate `json:"networks"`
	Layers     int        `json:"layers"` // single ones whose errors these are
	Median     float64    `json:"layer_error_median"`
	Ninetieth  float64    `json:"layer_error_90th_percentile"`
}

// Estimate is a network's cycles, predicted from the layers of all others.
type Estimate struct {
	Network   string   `json:"network"`
	Predicted uint64   `json:"predicted"`
	Measured  uint64   `json:"measured"`
	Error     float64  `json:"error_percent"`
	Unknown   []string `json:"unknown,omitempty"` // classes and terms that no other layer has: they count as nothing
}

// costModel is nil where the design was not calibrated, or no network has layers.
func (f *Front) costModel(d *Design) *CostModel {
	if d.Calibration == nil || d.Calibration.Difference != "" {
		return nil
	}
	all := samples(f.Calibration, *d.Calibration)
	for i, n := range f.Networks {
		all = append(all, samples(n.Layers, d.Runs[i])...)
	}
	m := &CostModel{Model: cost.Fit(all)}
	var errors []float64
	for i, n := range f.Networks {
		r := d.Runs[i]
		own := samples(n.Layers, r)
		if len(own) == 0 {
			continue
		}
		e, each := estimate(n, r, cost.Fit(without(all, own)), own)
		m.Networks = append(m.Networks, e)
		errors = append(errors, each...)
	}
	if len(m.Networks) == 0 {
		return nil
	}
	slices.Sort(errors)
	m.Layers, m.Median, m.Ninetieth = len(errors), quantile(errors, 0.5), quantile(errors, 0.9)
	return m
}

// estimate predicts a network and, in per cent, how far off its layers are.
func estimate(n Network, r Run, m cost.Model, own []cost.Sample) (Estimate, []float64) {
	e := Estimate{Network: n.Name, Measured: r.Cycles}
	sum, each := 0., []float64{}
	for _, s := range own {
		cycles, unknown := m.PredictLayer(s.Layer)
		sum += cycles
		for _, u := range unknown {
			if !slices.Contains(e.Unknown, u) {
				e.Unknown = append(e.Unknown, u)
			}
		}
		if s.Cycles > 0 {
			each = append(each, math.Abs(percent(cycles, s.Cycles)))
		}
	}
	e.Predicted, e.Error = uint64(math.Round(sum)), percent(sum, r.Cycles)
	return e, each
}

// without leaves out a network's layers, and those of others that are made of the same.
func without(all, own []cost.Sample) []cost.Sample {
	return slices.DeleteFunc(slices.Clone(all), func(s cost.Sample) bool {
		return slices.ContainsFunc(own, func(o cost.Sample) bool { return o.Equal(s.Layer) })
	})
}

// samples are the layers of a run that counts.
func samples(layers []cost.Layer, r Run) []cost.Sample {
	if r.Difference != "" || len(layers) != len(r.Layers) {
		return nil
	}
	var out []cost.Sample
	for i, l := range layers {
		out = append(out, cost.Sample{Layer: l, Cycles: r.Layers[i]})
	}
	return out
}

func percent(got float64, want uint64) float64 { return 100 * (got/float64(max(want, 1)) - 1) }

// quantile is the least element that so large a part is not above.
func quantile(sorted []float64, part float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[max(int(math.Ceil(part*float64(len(sorted))))-1, 0)]
}

// checkLayers refuses layers that are not made of what their class is.
func (f *Front) checkLayers() error {
	check := func(of string, layers []cost.Layer) error {
		for _, l := range layers {
			if l.Class != cost.ClassNothing && len(l.Terms) != len(cost.TermNames(l.Class)) {
				return fmt.Errorf("layer %q of %s has %d terms; %q has %d: measure anew with `marvelgen front`", l.Name, of, len(l.Terms), l.Class, len(cost.TermNames(l.Class)))
			}
			if slices.ContainsFunc(l.Terms, func(t float64) bool { return t < 0 }) {
				return fmt.Errorf("layer %q of %s has a negative count", l.Name, of)
			}
		}
		return nil
	}
	for _, n := range f.Networks {
		if err := check(n.Name, n.Layers); err != nil {
			return err
		}
	}
	return check("the calibration", f.Calibration)
}

func (d *Design) costTable() Table {
	m := d.Cost
	t := Table{Title: "Cost model of " + d.Name, Head: []string{"network", "predicted", "measured", "error %", fmt.Sprintf("within %d %%", CostLimit), "not known"},
		Note: fmt.Sprintf("Cycles predicted from shapes, each network by the layers of the others and of a calibration, without any of the same shape. "+
			"Of %d single layers the absolute error is %.1f %% in the median, %.1f %% at the 90th percentile. What is not known, since no other layer has it, counts as nothing.",
			m.Layers, m.Median, m.Ninetieth)}
	for _, e := range m.Networks {
		within := "yes"
		if math.Abs(e.Error) > CostLimit {
			within = "no"
		}
		t.Rows = append(t.Rows, []string{e.Network, grouped(e.Predicted), grouped(e.Measured), fmt.Sprintf("%+.2f", e.Error), within, strings.Join(e.Unknown, "; ")})
	}
	return t
}

func (d *Design) coefficientTable() Table {
	t := Table{Title: "Cycles of " + d.Name + " by the cost model", Words: true, Head: []string{"class", "layers", "cycles"},
		Note: "Fitted to all layers at once; none may be negative. Terms that nearly always occur together share their cycles."}
	for _, c := range d.Cost.Classes {
		var each []string
		for _, k := range c.Coefficients {
			if k.Cycles > 0 {
				each = append(each, fmt.Sprintf("%.2f per %s", k.Cycles, k.Term))
			}
		}
		t.Rows = append(t.Rows, []string{c.Name, fmt.Sprint(c.Samples), strings.Join(each, ", ")})
	}
	return t
}
