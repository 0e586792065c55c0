package golden

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	judge "marvelgen/verif/golden"
)

// interesting gives numbers of all magnitudes, and the edges of int32.
func interesting(r *rand.Rand) int32 {
	switch r.IntN(8) {
	case 0:
		return []int32{0, 1, -1, math.MaxInt32, math.MinInt32, 1 << 30, -1 << 30, 1<<30 - 1}[r.IntN(8)]
	case 1:
		return int32(r.Uint32())
	}
	return int32(r.Uint32()) >> r.IntN(32)
}

// rounded is a/b rounded to nearest, halves away from zero or up, by big numbers.
func rounded(a, b *big.Int, up bool) int64 {
	two := big.NewInt(2)
	twice := new(big.Int).Mul(new(big.Int).Abs(a), two)
	twice.Add(twice, b)
	if a.Sign() < 0 && up {
		twice.Sub(twice, big.NewInt(1))
	}
	q := twice.Quo(twice, new(big.Int).Mul(b, two)).Int64()
	if a.Sign() < 0 {
		return -q
	}
	return q
}

func TestArithmetic(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		a, b := interesting(r), interesting(r)
		product := new(big.Int).Mul(big.NewInt(int64(a)), big.NewInt(int64(b)))
		if want := min(rounded(product, big.NewInt(1<<31), true), math.MaxInt32); int64(highMul(a, b)) != want {
			t.Fatalf("highMul(%d, %d) is %d, want %d", a, b, highMul(a, b), want)
		}
		n := r.Int32N(32)
		if want := rounded(big.NewInt(int64(a)), new(big.Int).Lsh(big.NewInt(1), uint(n)), false); n < 31 && int64(roundingShift(a, n)) != want {
			t.Fatalf("roundingShift(%d, %d) is %d, want %d", a, n, roundingShift(a, n), want)
		}
		a16, b16, n16 := int16(a), int16(b), r.Int32N(15)
		product.SetInt64(int64(a16) * int64(b16))
		if want := min(rounded(product, big.NewInt(1<<15), true), math.MaxInt16); int64(highMul16(a16, b16)) != want {
			t.Fatalf("highMul16(%d, %d) is %d, want %d", a16, b16, highMul16(a16, b16), want)
		}
		if want := rounded(big.NewInt(int64(a16)), big.NewInt(1<<n16), false); int64(roundingShift16(a16, n16)) != want {
			t.Fatalf("roundingShift16(%d, %d) is %d, want %d", a16, n16, roundingShift16(a16, n16), want)
		}
		// The hand-written judge of kernels agrees.
		s := Rescale{int32(1<<30 + r.Uint32N(1<<30)), r.Int32N(62) - 31}
		if got, want := s.Apply(a), judge.Requantise(a, s.Multiplier, s.Shift); got != want {
			t.Fatalf("%+v of %d is %d, the judge's %d", s, a, got, want)
		}
	}
}

func TestNewRescale(t *testing.T) {
	for _, c := range []struct {
		real float64
		want Rescale
	}{
		{0, Rescale{}},
		{1, Rescale{1 << 30, 1}},
		{0.5, Rescale{1 << 30, 0}},
		{-0.75, Rescale{-3 << 29, 0}},
		{math.Nextafter(1, 0), Rescale{1 << 30, 1}}, // the significand rounds up to 2^31
		{math.Ldexp(0.5, -31), Rescale{1 << 30, -31}},
		{math.Ldexp(0.5, -32), Rescale{}},
		{1 / 3., Rescale{1431655765, -1}},
	} {
		if got := NewRescale(c.real); got != c.want {
			t.Errorf("%v gives %+v, want %+v", c.real, got, c.want)
		}
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 10_000 {
		real := math.Ldexp(0.5+r.Float64()/2, r.IntN(40)-30)
		s := NewRescale(real)
		if back := math.Ldexp(float64(s.Multiplier), int(s.Shift)-31); math.Abs(back-real) > real*0x1p-31 {
			t.Fatalf("%v became %+v, which is %v", real, s, back)
		}
	}
}

// The fixed-point functions against the real ones.
func TestFixedPoint(t *testing.T) {
	const q0 = 1 << 31
	r := rand.New(rand.NewPCG(5, 6))
	near := func(what string, x float64, got int32, want, within float64) {
		t.Helper()
		if math.Abs(float64(got)/q0-want) > within {
			t.Fatalf("%s of %v is %v, want %v", what, x, float64(got)/q0, want)
		}
	}
	for i := range 100_000 {
		a := -(interesting(r) &^ math.MinInt32)
		if i == 0 {
			a = 0
		}
		q5, q4 := float64(a)/(1<<26), float64(a)/(1<<27)
		near("exp", q5, exp(a, 5), math.Exp(q5), 1e-6)
		near("exp", q4, exp(a, 4), math.Exp(q4), 1e-6)
		for _, x := range []int32{a, -a} {
			q4 := float64(x) / (1 << 27)
			near("logistic", q4, logistic(x), 1/(1+math.Exp(-q4)), 1e-6)
			near("tanh", q4, tanh(x), math.Tanh(q4), 2e-6)
		}
		x := 1<<19 + r.Int32N(math.MaxInt32-1<<19)
		scale, over := reciprocal(x, 12)
		if got, want := math.Ldexp(float64(scale)/q0, -over), (1<<19)/float64(x); math.Abs(got-want) > 1e-6 {
			t.Fatalf("the reciprocal of %d is %v, want %v", x, got, want)
		}
	}
}

// The tabulated mean must equal the one in float32 for every sum there can be.
func TestMeanSteps(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	tries := 300
	if testing.Short() {
		tries = 30
	}
	for range tries {
		count := 1 + r.IntN([]int{10, 64, 400}[r.IntN(3)])
		ratio := float32(math.Exp(r.Float64()*4 - 2))
		in, out := r.Int32N(256)-128, r.Int32N(256)-128
		a := newSteps(count, func(sum int) int8 { return floatMean(sum, count, ratio, in, out) })
		for sum := -128 * count; sum <= 127*count; sum++ {
			if got, want := a.Apply(int32(sum)), floatMean(sum, count, ratio, in, out); got != want {
				t.Fatalf("%d elements, ratio %v, zero points %d and %d, sum %d: %d, want %d", count, ratio, in, out, sum, got, want)
			}
		}
	}
}
