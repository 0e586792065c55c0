package energy

import "math"

// Batches is how many times Lanes windows are taken of every stratum: their spread says
// how far the mean may be off.
const Batches = 4

// MaxLength bounds a window, in cycles.
const MaxLength = 128

// Span is cycles of the region of interest, in which one layer runs.
type Span struct {
	Class         string // of the layer: its operator
	Begin, Cycles uint64
}

// Stratum is all cycles of one class, and the windows that stand for them, at equal
// distances.
type Stratum struct {
	Class  string
	Cycles uint64
	Length int        // of a window
	Starts [][]uint64 // of the windows, by batch; neighbours are in different batches
}

// Strata divides a run by classes. A window may run on into the next layer, but not
// beyond the end, which is a number of cycles.
func Strata(spans []Span, end uint64) []Stratum {
	var out []Stratum
	index := map[string]int{}
	for _, s := range spans {
		if _, ok := index[s.Class]; !ok {
			index[s.Class] = len(out)
			out = append(out, Stratum{Class: s.Class})
		}
		out[index[s.Class]].Cycles += s.Cycles
	}
	for i := range out {
		s := &out[i]
		const n = Batches * Lanes
		s.Length = int(min(MaxLength, max(2, s.Cycles/n)))
		s.Starts = make([][]uint64, Batches)
		for k := range uint64(n) {
			at := s.Cycles * (2*k + 1) / (2 * n)
			for _, span := range spans {
				if span.Class != s.Class {
					continue
				}
				if at < span.Cycles {
					start := min(span.Begin+at, end-min(end, uint64(s.Length)))
					s.Starts[k%Batches] = append(s.Starts[k%Batches], start)
					break
				}
				at -= span.Cycles
			}
		}
	}
	return out
}

// Estimate is energy per cycle, in picojoules, and how far it may be off.
type Estimate struct {
	Energy
	Error float64 `json:"standard_error"` // of Core, from the spread of batches
}

// Mean is the estimate of a stratum from those of its batches.
func Mean(batches []Energy) Estimate {
	var e Estimate
	n := float64(len(batches))
	for _, b := range batches {
		e.Logic += b.Logic / n
		e.Clock += b.Clock / n
		e.RAM += b.RAM / n
		e.Idle += b.Idle / n
	}
	if n < 2 {
		return e
	}
	for _, b := range batches {
		e.Error += (b.Core() - e.Core()) * (b.Core() - e.Core())
	}
	e.Error = math.Sqrt(e.Error / (n - 1) / n)
	return e
}
