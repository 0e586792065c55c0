package golden

import (
	"math/big"
	"math/rand/v2"
	"testing"
)

// exact states the two roundings in unbounded arithmetic: halves go up in the
// first, away from zero in the second.
func exact(acc, multiplier, shift int32) int64 {
	x := big.NewInt(int64(acc))
	if shift > 0 {
		x.Lsh(x, uint(shift))
		x = big.NewInt(int64(int32(x.Int64()))) // the reference shifts in 32 bits
	}
	x.Mul(x, big.NewInt(int64(multiplier)))
	x.Add(x, big.NewInt(1<<30))
	x.Rsh(x, 31) // floor
	if x.Cmp(big.NewInt(1<<31-1)) > 0 {
		x.SetInt64(1<<31 - 1)
	}
	if shift >= 0 {
		return x.Int64()
	}
	half := new(big.Int).Lsh(big.NewInt(1), uint(-shift-1))
	negative := x.Sign() < 0
	x.Abs(x)
	x.Add(x, half)
	x.Rsh(x, uint(-shift))
	if negative {
		x.Neg(x)
	}
	return x.Int64()
}

var corners = []int32{-1 << 31, -1<<31 + 1, -1 << 30, -65537, -256, -3, -2, -1, 0, 1, 2, 3, 255, 65536, 1<<30 - 1, 1 << 30, 1<<31 - 1}

func TestRequantiseIsExact(t *testing.T) {
	check := func(acc, multiplier, shift int32) {
		if got, want := int64(Requantise(acc, multiplier, shift)), exact(acc, multiplier, shift); got != want {
			t.Fatalf("Requantise(%d, %d, %d) = %d, want %d", acc, multiplier, shift, got, want)
		}
	}
	for _, acc := range corners {
		for _, multiplier := range corners {
			for shift := int32(-31); shift <= 8; shift++ {
				check(acc, multiplier, shift)
			}
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 200000 {
		check(int32(r.Uint32())>>r.IntN(32), int32(1<<30+r.IntN(1<<30)), int32(-r.IntN(32)))
	}
}

// Values worked out by hand; the fourth and fifth differ between the two
// rounding families: one rounding gives 0 and 0.
func TestRequantiseByHand(t *testing.T) {
	for _, c := range []struct{ acc, multiplier, shift, want int32 }{
		{10, 1 << 30, 0, 5},
		{-10, 1 << 30, 0, -5},
		{-1, 1 << 30, 0, 0},        // -0.5 goes up in the first rounding
		{1, 1 << 30, -1, 1},        // 0.5 -> 1, 1/2 -> 1: 0.25 becomes 1
		{-3, 1 << 30, -1, -1},      // -1.5 -> -1, -1/2 -> -1
		{100, 1<<31 - 1, -3, 13},   // 12.5 away from zero
		{-100, 1<<31 - 1, -3, -13}, // and below zero
		{-1 << 31, -1 << 31, 0, 1<<31 - 1},
		{3, 1 << 30, 4, 24},
	} {
		if got := Requantise(c.acc, c.multiplier, c.shift); got != c.want {
			t.Errorf("Requantise(%d, %d, %d) = %d, want %d", c.acc, c.multiplier, c.shift, got, c.want)
		}
	}
}

// The exact formula must tell the other rounding family apart.
func TestOneRoundingIsCaught(t *testing.T) {
	once := func(acc, multiplier, shift int32) int64 {
		total := 31 - int64(shift)
		return (int64(acc)*int64(multiplier) + 1<<(total-1)) >> total
	}
	r := rand.New(rand.NewPCG(3, 4))
	different := 0
	for range 10000 {
		acc, multiplier := int32(r.IntN(2000)-1000), int32(1<<30+r.IntN(1<<30))
		if once(acc, multiplier, -5) != exact(acc, multiplier, -5) {
			different++
		}
	}
	if different == 0 {
		t.Error("rounding once was not told from rounding twice")
	}
}
