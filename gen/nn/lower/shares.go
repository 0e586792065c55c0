package lower

import (
	"math"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
)

// shares are an addition with one rounding instead of three:
// clamp(((a[x] + b[y]) >> right) - up), where sums are from 0 to below 2^26 and
// tables go by the input's byte. Right is 0 where there is no such thing.
type shares struct {
	tables    [2][256]int32
	right, up int32
}

// shareBits is how many bits a sum has: few enough to be cheap in hardware.
const shareBits = 26

// addShares looks for tables with which that equals the reference for each of the
// 65,536 pairs of inputs. The result of a pair bounds the sum of two entries, so the
// tables are a solution of a system of difference constraints (Cormen et al.,
// Introduction to Algorithms, 24.4): from the true shares, rounded, entries move as
// far as some pair demands, until none does.
func addShares(p *golden.Plan) shares {
	var given [2][256]int32
	for side, r := range p.In {
		sign := int32(1)
		if side == 1 && p.Node.Op == nn.Sub {
			sign = -1
		}
		for i := range given[side] {
			given[side][i] = sign * r.Apply((int32(int8(i))-p.InZero[side])<<p.LeftShift)
		}
	}
	scale := math.Ldexp(float64(p.Out[0].Multiplier), int(p.Out[0].Shift)-31)
	var least, span float64 // of outputs before they are clamped
	for _, g := range given {
		low, high := float64(min(g[127], g[128]))*scale, float64(max(g[127], g[128]))*scale
		least, span = least+low, span+high-low
	}
	least += float64(p.OutZero)
	up := int32(math.Ceil(-least)) + 1
	right := min(17, shareBits-int(math.Ceil(math.Log2(span+4))))
	if right < 8 || math.Abs(least) > 1<<shareBits {
		return shares{}
	}
	s := shares{right: int32(right), up: up}
	half := float64(up+p.OutZero) + 0.5
	for i := range 256 {
		s.tables[0][i] = int32(math.Floor(math.Ldexp(float64(given[0][i])*scale+half, right)))
		s.tables[1][i] = int32(math.Floor(math.Ldexp(float64(given[1][i])*scale, right)))
	}
	const passes = 64 // each a step along the longest chain of pairs that are near a half
	for range passes {
		changed := false
		for x, l := range given[0] {
			for y, r := range given[1] {
				z := min(max(p.Out[0].Apply(l+r)+p.OutZero, p.Min), p.Max)
				low, high := int32(0), int32(1)<<shareBits-1
				if z > p.Min {
					low = (z + up) << right
				}
				if z < p.Max {
					high = (z+1+up)<<right - 1
				}
				// The first table only rises and the second only falls: distances
				// along paths of the system, with the second table negative.
				sum := s.tables[0][x] + s.tables[1][y]
				switch {
				case sum < low:
					s.tables[0][x] += low - sum
				case sum > high:
					s.tables[1][y] -= sum - high
				default:
					continue
				}
				changed = true
			}
		}
		if !changed {
			return s
		}
	}
	return shares{}
}
