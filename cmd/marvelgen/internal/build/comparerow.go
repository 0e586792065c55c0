package build

import (
	"debug/elf"
	"math"
	"slices"

	"marvelgen/cmd/marvelgen/internal/compare"
	"marvelgen/cmd/marvelgen/internal/network"
)

// sizes is the bytes of code and constants, and of RAM with what is kept for the stack.
func sizes(file string) (code, ram int, err error) {
	f, err := elf.Open(file)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	const stack = 4096
	ram = stack
	for _, s := range f.Sections {
		switch {
		case s.Flags&elf.SHF_ALLOC == 0:
		case s.Flags&elf.SHF_WRITE != 0:
			ram += int(s.Size)
		default:
			code += int(s.Size)
		}
	}
	return code, ram, nil
}

// byKind sums cycles of layers by operator, the rest last.
func byKind(kinds []string, m *network.Model, layers []uint64, all uint64) []uint64 {
	out := make([]uint64, len(kinds))
	rest := len(kinds) - 1
	out[rest] = all
	for i, n := range m.Graph.Nodes {
		if k := slices.Index(kinds, n.Op.String()); k >= 0 {
			out[k] += layers[i]
			out[rest] -= layers[i]
		}
	}
	return out
}

func first(v []float32) []float32 { return v[:min(len(v), shownOutputs)] }

func largest(a, b []float32) float64 {
	most := 0.
	for i := range a {
		d := math.Abs(float64(a[i]) - float64(b[i]))
		if math.IsNaN(d) {
			return math.Inf(1)
		}
		most = max(most, d)
	}
	return most
}

// margin is by how much the largest is above the next.
func margin(v []float32) float64 {
	best, least := network.Top(v), math.Inf(1)
	for i, x := range v {
		if i != best {
			least = min(least, float64(v[best])-float64(x))
		}
	}
	return least
}

// accuracy lists the worst error of each instruction of each design.
func (c *comparison) accuracy() {
	for _, m := range c.machines {
		for _, p := range m.Exts {
			worst := map[bool]compare.Accuracy{}
			for _, a := range p.Accuracy {
				if w, ok := worst[a.Relative]; !ok || a.Worst > w.Worst {
					worst[a.Relative] = compare.Accuracy{Design: m.Design.Name, Instruction: p.Name, Relative: a.Relative, Worst: a.Worst, Bound: a.Bound}
				}
			}
			for _, relative := range []bool{false, true} {
				if w, ok := worst[relative]; ok {
					c.out.Accuracy = append(c.out.Accuracy, w)
				}
			}
		}
	}
}
