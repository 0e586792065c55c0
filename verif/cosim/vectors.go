package cosim

import (
	"context"
)

// Vectors runs n vectors of every instruction and returns how many were judged.
func Vectors(ctx context.Context, r *Run, n int, seed uint64) (map[string]int, error) {
	return map[string]int{}, nil
}
