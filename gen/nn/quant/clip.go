package quant

import "math"

// Clip is how a range follows from the values seen.
type Clip uint8

// Ways to find a range.
const (
	MinMax     Clip = iota // everything seen
	Percentile             // without the outermost values at either end
	MSE                    // the share of the range with the least mean squared error
)

// bins is enough for 8 steps to each of int8's.
const bins = 2048

// histogram counts values of a known range.
type histogram struct {
	of     span
	counts [bins]int64
	total  int64
}

func newHistogram(of span) *histogram { return &histogram{of: of} }

func (h *histogram) add(values []float32) {
	h.total += int64(len(values))
	width := h.of.hi - h.of.lo
	if width == 0 {
		return
	}
	for _, v := range values {
		h.counts[min(max(int((float64(v)-h.of.lo)/width*bins), 0), bins-1)]++
	}
}

// at is the real number in the middle of a bin; of -0.5 and bins-0.5, the ends.
func (h *histogram) at(bin float64) float64 {
	return h.of.lo + (bin+0.5)*(h.of.hi-h.of.lo)/bins
}

func (h *histogram) clip(o Options) span {
	if h.of.hi-h.of.lo < least {
		return h.of
	}
	if o.Clip == MSE {
		return h.leastError()
	}
	percent := o.Percent
	if percent == 0 {
		percent = 99.99
	}
	return h.percentile(percent)
}

// percentile leaves out as many bins at each end as hold no more than the rest of
// the values.
func (h *histogram) percentile(percent float64) span {
	rest := int64((100 - percent) / 100 * float64(h.total))
	low, high := 0, bins-1
	for sum := h.counts[low]; sum <= rest && low < bins-1; sum += h.counts[low] {
		low++
	}
	for sum := h.counts[high]; sum <= rest && high > 0; sum += h.counts[high] {
		high--
	}
	return span{min(h.at(float64(low)-0.5), 0), max(h.at(float64(high)+0.5), 0)}
}

// leastError tries shares of the range. A value inside is off by a step's rounding,
// step^2/12 in the mean; one outside by its distance as well.
func (h *histogram) leastError() span {
	best, bestError := h.of, math.Inf(1)
	for share := 100; share >= 20; share-- {
		s := span{h.of.lo * float64(share) / 100, h.of.hi * float64(share) / 100}
		rounding := s.scale() * s.scale() / 12
		sum := 0.
		for i, n := range h.counts {
			x := h.at(float64(i))
			beyond := max(s.lo-x, x-s.hi, 0)
			sum += float64(n) * (rounding + beyond*beyond)
		}
		if sum < bestError {
			best, bestError = s, sum
		}
	}
	return best
}
