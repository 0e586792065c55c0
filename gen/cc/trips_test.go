package cc

import "testing"

// TestTripsAreNeverTooMany goes through all loops of an 8-bit machine that count from
// i by a power of two until they are at the bound: as many times as the set-up says,
// low bits of the distance in steps, and at least once, no branch before the last
// would have left. The set-up's count may be cut to any number of low bits.
func TestTripsAreNeverTooMany(t *testing.T) {
	const width = 8
	for shift := range width {
		for _, sign := range []int{1, -1} {
			step := sign << shift
			for i := range 1 << width {
				for bound := range 1 << width {
					distance := uint8(sign * (bound - i))
					for bits := 1; bits <= width; bits++ {
						count := int(distance>>shift) & (1<<bits - 1)
						if count == 0 {
							count = 1 // the body is executed once in any case
						}
						at := uint8(i)
						for trip := 1; trip < count; trip++ {
							if at += uint8(step); at == uint8(bound) {
								t.Fatalf("from %d by %d to %d: %d of %d times, counted in %d bits", i, step, bound, trip, count, bits)
							}
						}
					}
				}
			}
		}
	}
}
