package golden

// Requantise brings an accumulator to the output's scale: it multiplies by
// multiplier/2^31 and by 2^shift, rounding twice as the reference kernels of
// TensorFlow Lite Micro do.
func Requantise(acc, multiplier, shift int32) int32 {
	left, right := max(shift, 0), max(-shift, 0)
	return roundingDivideByPowerOfTwo(doublingHighMultiply(acc<<left, multiplier), right)
}

// doublingHighMultiply is round(2*a*b / 2^32), saturated: the one product that
// does not fit is the square of the most negative number. The nudge and the
// division that truncates are written as the reference writes them.
func doublingHighMultiply(a, b int32) int32 {
	const least, most = -1 << 31, 1<<31 - 1
	if a == least && b == least {
		return most
	}
	product := int64(a) * int64(b)
	nudge := int64(1 << 30)
	if product < 0 {
		nudge = 1 - 1<<30
	}
	return int32((product + nudge) / (1 << 31))
}

// roundingDivideByPowerOfTwo is x / 2^exponent, halves rounded away from zero.
func roundingDivideByPowerOfTwo(x, exponent int32) int32 {
	mask := int32(1)<<exponent - 1
	threshold := mask >> 1
	if x < 0 {
		threshold++
	}
	quotient := x >> exponent
	if x&mask > threshold {
		quotient++
	}
	return quotient
}
