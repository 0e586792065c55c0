package sw

import "testing"

func TestRAMFor(t *testing.T) {
	for data, want := range map[int]int{0: 4 << 20, 3 << 20: 4 << 20, 3<<20 + 1: 5 << 20, 150e6: 145 << 20} {
		if got := RAMFor(data); got != want || got-data < 1<<20 {
			t.Errorf("RAMFor(%d) = %d, want %d", data, got, want)
		}
	}
}
