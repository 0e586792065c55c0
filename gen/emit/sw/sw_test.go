package sw

import (
	"strings"
	"testing"
)

func TestRAMFor(t *testing.T) {
	for data, want := range map[int]int{0: 4 << 20, 3 << 20: 4 << 20, 3<<20 + 1: 5 << 20, 150e6: 145 << 20, 255 << 20: MaxRAM} {
		if got := RAMFor(data); got != want || got-data < 1<<20 {
			t.Errorf("RAMFor(%d) = %d, want %d", data, got, want)
		}
	}
	if _, err := LinkScript(nil, MaxRAM+1); err == nil || !strings.Contains(err.Error(), "at most 268435456") {
		t.Errorf("got %v", err)
	}
}
