package golden

import (
	"math"
	"math/bits"
)

// Functions of fixed-point numbers: Qn is an int32 with n integer bits beside the
// sign, so a product of Qm and Qn (highMul) is Qm+n. They follow gemmlowp's
// fixedpoint.h, for every rounding of theirs shows in a network's output.

const oneQ0 = math.MaxInt32 // the nearest to 1 that Q0 has

// expInterval is exp(a) for a in [-1/4, 0), both Q0: four terms of the Taylor
// series about -1/8.
func expInterval(a int32) int32 {
	const (
		expMinusEighth = 1895147668
		third          = 715827883
	)
	x := a + 1<<28
	x2 := highMul(x, x)
	x3 := highMul(x2, x)
	x4 := highMul(x2, x2)
	tail := roundingShift(highMul(roundingShift(x4, 2)+x3, third)+x2, 1)
	return expMinusEighth + highMul(expMinusEighth, x+tail)
}

// expFactors are exp(-2^k) in Q0 for k = -2, -1, ... 4.
var expFactors = [...]int32{1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242}

// exp is exp(a) in Q0 for a at most 0 in Q`integer`, integer at most 5: the
// remainder below a quarter by series, the rest by a product of factors.
func exp(a int32, integer int) int32 {
	if a == 0 {
		return oneQ0
	}
	fraction := 31 - integer
	quarter := int32(1) << (fraction - 2)
	mod := a&(quarter-1) - quarter
	result := expInterval(saturatingShift(mod, int32(integer)))
	remainder := mod - a
	for k := -2; k < integer; k++ {
		if remainder>>(fraction+k)&1 != 0 {
			result = highMul(result, expFactors[k+2])
		}
	}
	return result
}

// newton is 2/(1+a) in Q2 for a in [0, 1] in Q0: three steps of Newton and Raphson.
func newton(a int32) int32 {
	const (
		c48Over17 = 1515870810
		c32Over17 = -1010580540
	)
	half := int32((int64(a) + oneQ0 + 1) / 2)
	x := c48Over17 + highMul(half, c32Over17)
	for range 3 {
		x += saturatingShift(highMul(x, 1<<29-highMul(half, x)), 2)
	}
	return x
}

// reciprocalOfOnePlus is 1/(1+a) in Q0 for a in [0, 1] in Q0.
func reciprocalOfOnePlus(a int32) int32 { return saturatingShift(newton(a), 1) }

// logistic is 1/(1+exp(-a)) in Q0 for a in Q4.
func logistic(a int32) int32 {
	switch {
	case a == 0:
		return 1 << 30
	case a > 0:
		return reciprocalOfOnePlus(exp(-a, 4))
	}
	return oneQ0 - reciprocalOfOnePlus(exp(a, 4))
}

// tanh is the hyperbolic tangent in Q0 for a in Q4.
func tanh(a int32) int32 {
	if a == 0 {
		return 0
	}
	// tanh(n) = -(1-e)/(1+e) with e = exp(2n): twice a Q4 is the same bits as Q5.
	t := saturatingShift(newton(exp(min(a, -a), 5))-1<<29, 2)
	if a < 0 {
		return -t
	}
	return t
}

// reciprocal is 1/x for positive x in Q`integer`, as Q0 and the bits by which to
// shift it right.
func reciprocal(x int32, integer int) (scale int32, over int) {
	zeros := bits.LeadingZeros32(uint32(x))
	return reciprocalOfOnePlus(int32(uint32(x)<<zeros - 1<<31)), integer - zeros
}
