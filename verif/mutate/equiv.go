package mutate

import "context"

func (w *workshop) prove(ctx context.Context, fates []*Fate) error { return nil }
