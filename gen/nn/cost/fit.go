package cost

import (
	"cmp"
	"math"
	"slices"

	"marvelgen/gen/nn"
)

// Sample is a measured layer.
type Sample struct {
	Layer
	Cycles uint64
}

// Model is what each term of each class costs.
type Model struct {
	Classes []Class `json:"classes"` // by name
}

// Class is the coefficients of one class, in cycles.
type Class struct {
	Name         string        `json:"name"`
	Samples      int           `json:"samples"`
	Coefficients []Coefficient `json:"coefficients"` // of the terms that occur in a sample
}

// Coefficient is what one of a term costs.
type Coefficient struct {
	Term   string  `json:"term"`
	Cycles float64 `json:"cycles"`
}

// Fit finds coefficients, none negative, that make the sum of the squares of relative
// errors least. Samples without cycles do not count.
func Fit(samples []Sample) Model {
	by := map[string][]Sample{}
	for _, s := range samples {
		if s.Cycles > 0 && s.Class != ClassNothing && len(s.Terms) == len(TermNames(s.Class)) {
			by[s.Class] = append(by[s.Class], s)
		}
	}
	var m Model
	for name, all := range by {
		m.Classes = append(m.Classes, fitClass(name, all))
	}
	slices.SortFunc(m.Classes, func(a, b Class) int { return cmp.Compare(a.Name, b.Name) })
	return m
}

func fitClass(name string, samples []Sample) Class {
	rows := make([][]float64, len(samples))
	for i, s := range samples {
		for _, t := range s.Terms {
			rows[i] = append(rows[i], t/float64(s.Cycles))
		}
	}
	c := Class{Name: name, Samples: len(samples)}
	for k, x := range nonNegative(rows) {
		if slices.ContainsFunc(samples, func(s Sample) bool { return s.Terms[k] > 0 }) {
			c.Coefficients = append(c.Coefficients, Coefficient{TermNames(name)[k], x})
		}
	}
	return c
}

// Predict is the cycles of a layer. unknown names the terms that no sample had, or the
// class if it had no sample: they count as nothing.
func (m Model) Predict(n *nn.Node) (cycles float64, unknown []string) {
	return m.PredictLayer(LayerOf(n))
}

// PredictLayer is the same of a layer whose terms have been counted.
func (m Model) PredictLayer(l Layer) (cycles float64, unknown []string) {
	class := l.Class
	if class == ClassNothing {
		return 0, nil
	}
	i := slices.IndexFunc(m.Classes, func(c Class) bool { return c.Name == class })
	if i < 0 {
		return 0, []string{class}
	}
	for k, t := range l.Terms {
		if t == 0 {
			continue
		}
		name := TermNames(class)[k]
		j := slices.IndexFunc(m.Classes[i].Coefficients, func(c Coefficient) bool { return c.Term == name })
		if j < 0 {
			unknown = append(unknown, class+": "+name)
			continue
		}
		cycles += t * m.Classes[i].Coefficients[j].Cycles
	}
	return cycles, unknown
}

// nonNegative finds x >= 0 with the least squared distance of rows * x from ones, by
// the active sets of Lawson and Hanson.
func nonNegative(rows [][]float64) []float64 {
	n := len(rows[0])
	scale, gram, right := make([]float64, n), make([][]float64, n), make([]float64, n)
	for k := range n { // columns of length 1
		for _, r := range rows {
			scale[k] += r[k] * r[k]
		}
		if scale[k] = math.Sqrt(scale[k]); scale[k] == 0 {
			scale[k] = 1
		}
	}
	for k := range n {
		gram[k] = make([]float64, n)
		for _, r := range rows {
			right[k] += r[k] / scale[k]
			for j := range n {
				gram[k][j] += r[k] * r[j] / scale[k] / scale[j]
			}
		}
		gram[k][k] += ridge
	}
	x, used := make([]float64, n), make([]bool, n)
	for range 10 * n {
		best, most := -1, 1e-9
		for k := range n {
			g := right[k]
			for j := range n {
				g -= gram[k][j] * x[j]
			}
			if !used[k] && g > most {
				best, most = k, g
			}
		}
		if best < 0 {
			break
		}
		used[best] = true
		descend(gram, right, x, used)
	}
	for k := range x {
		x[k] /= scale[k]
	}
	return x
}

// ridge makes terms that occur together share what they cost.
const ridge = 1e-9

// descend goes to the best x that has nothing but the used ones, and stops where one
// would become negative: that one is used no more.
func descend(gram [][]float64, right, x []float64, used []bool) {
	for {
		var at []int
		for k, u := range used {
			if u {
				at = append(at, k)
			}
		}
		z := solve(gram, right, at)
		step, stop := 1., -1
		for i, k := range at {
			if z[i] <= 0 {
				if a := x[k] / (x[k] - z[i]); stop < 0 || a < step {
					step, stop = a, k
				}
			}
		}
		for i, k := range at {
			x[k] += step * (z[i] - x[k])
		}
		if stop < 0 {
			return
		}
		x[stop], used[stop] = 0, false
	}
}

// solve solves the equations of some unknowns, by Cholesky's decomposition.
func solve(gram [][]float64, right []float64, at []int) []float64 {
	n := len(at)
	l, z := make([][]float64, n), make([]float64, n)
	for i := range n {
		l[i] = make([]float64, n)
		for j := 0; j <= i; j++ {
			sum := gram[at[i]][at[j]]
			for k := range j {
				sum -= l[i][k] * l[j][k]
			}
			if i == j {
				l[i][i] = math.Sqrt(max(sum, ridge/2))
			} else {
				l[i][j] = sum / l[j][j]
			}
		}
		z[i] = right[at[i]]
		for k := range i {
			z[i] -= l[i][k] * z[k]
		}
		z[i] /= l[i][i]
	}
	for i := n - 1; i >= 0; i-- {
		for k := i + 1; k < n; k++ {
			z[i] -= l[k][i] * z[k]
		}
		z[i] /= l[i][i]
	}
	return z
}
