package golden

import "math"

// Rescale multiplies an integer by the real number Multiplier/2^31 * 2^Shift, as
// the reference kernels do: twice rounded.
type Rescale struct {
	Multiplier int32 // 0, or its magnitude in [2^30, 2^31)
	Shift      int32 // positive: left; at least -31
}

// NewRescale is QuantizeMultiplier of the reference: real as a significand of 31
// bits, rounded half away from zero, and an exponent. What is below 2^-32 or so
// becomes nought.
func NewRescale(real float64) Rescale {
	if real == 0 {
		return Rescale{}
	}
	fraction, shift := math.Frexp(real)
	q := int64(math.Round(fraction * (1 << 31)))
	if q == 1<<31 {
		q /= 2
		shift++
	}
	if shift < -31 {
		return Rescale{}
	}
	return Rescale{int32(q), int32(shift)}
}

// Apply is MultiplyByQuantizedMultiplier of the reference.
func (r Rescale) Apply(x int32) int32 {
	left, right := max(r.Shift, 0), max(-r.Shift, 0)
	return roundingShift(highMul(x<<left, r.Multiplier), right)
}

// highMul is a*b/2^31 rounded to nearest, halves up (gemmlowp's
// SaturatingRoundingDoublingHighMul); the one product that does not fit saturates.
func highMul(a, b int32) int32 {
	if a == math.MinInt32 && b == math.MinInt32 {
		return math.MaxInt32
	}
	product := int64(a) * int64(b)
	// The reference divides, which truncates, after a nudge that depends on the
	// sign; below zero that is floor of the sum with 2^30, as the shift here is.
	return int32((product + 1<<30) >> 31)
}

// roundingShift is x/2^n rounded to nearest, halves away from zero (gemmlowp's
// RoundingDivideByPOT).
func roundingShift(x, n int32) int32 {
	mask := int32(1)<<n - 1
	threshold := mask >> 1
	if x < 0 {
		threshold++
	}
	q := x >> n
	if x&mask > threshold {
		q++
	}
	return q
}

// highMul16 and roundingShift16 are the same for 16 bits, which hard-swish uses.
func highMul16(a, b int16) int16 {
	if a == math.MinInt16 && b == math.MinInt16 {
		return math.MaxInt16
	}
	return int16((int32(a)*int32(b) + 1<<14) >> 15)
}

func roundingShift16(x int16, n int32) int16 {
	mask := int16(int64(1)<<n - 1)
	threshold := mask >> 1
	if x < 0 {
		threshold++
	}
	q := x >> n
	if x&mask > threshold {
		q++
	}
	return q
}

// to16 rounds a multiplier of 31 bits to one of 15.
func to16(m int32) int16 {
	if m >= math.MaxInt32-1<<15 {
		return math.MaxInt16
	}
	return int16((m + 1<<15) >> 16)
}

// saturatingShift is x*2^n, saturated.
func saturatingShift(x, n int32) int32 {
	return int32(min(max(int64(x)<<n, math.MinInt32), math.MaxInt32))
}

func saturatingShift16(x int16, n int32) int16 {
	return int16(min(max(int64(x)<<n, math.MinInt16), math.MaxInt16))
}

func clamp8(x int32) int8 { return int8(min(max(x, -128), 127)) }
