package mutate

import (
	"context"
	"path/filepath"

	"marvelgen/gen/isa"
)

// DefaultJudges are those that run the model, in order of cost: vectors of each
// instruction, the core's self-checking programs, random programs. What they find
// depends on nothing but the design.
func DefaultJudges(ctx context.Context, m *isa.Machine, dir string) ([]Judge, error) {
	programs, err := Programs(ctx, m, filepath.Join(dir, "programs"))
	if err != nil {
		return nil, err
	}
	random, err := Random(m, 12, 1500, 1)
	if err != nil {
		return nil, err
	}
	return []Judge{Vectors(60, 1), programs, random}, nil
}
