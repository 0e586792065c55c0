package main

import (
	"context"
	"math"
	"math/rand/v2"
	"sync"
)

// recipe is how to train.
type recipe struct {
	Epochs  int
	Batch   int     // images for each step, a multiple of shards
	Rate    float64 // of the first step; it falls to 0 along half a cosine
	Shift   int     // pixels by which images move at most, each way
	Seed    uint64
	Workers int
}

// shards is in how many parts the gradient of a batch is summed, whoever does it:
// the result depends on nothing but the recipe.
const shards = 8

// train returns the weights after the last epoch, and reports the mean loss of each.
func (r recipe) train(ctx context.Context, images []digit, report func(epoch int, loss float64)) (*params, error) {
	p := newParams()
	draw := rand.New(rand.NewPCG(r.Seed, 0))
	p.initialise(draw)
	a := newAdam(len(p.all))
	var parts [shards]shard
	for i := range parts {
		parts[i] = shard{newState(), newParams(), 0}
	}
	batches := len(images) / r.Batch
	for epoch := range r.Epochs {
		order, loss := draw.Perm(len(images)), 0.
		for b := range batches {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			batch := order[b*r.Batch:][:r.Batch]
			each := r.Batch / shards
			parallel(r.Workers, shards, func(i int) {
				parts[i].run(p, images, batch[i*each:][:each], r, uint64(epoch+1))
			})
			g := parts[0].gradient.all
			for i := range parts {
				loss += parts[i].loss
				if i > 0 {
					axpy(g, 1, parts[i].gradient.all)
				}
			}
			done := float64(epoch*batches+b) / float64(r.Epochs*batches)
			a.step(p.all, g, 1/float32(r.Batch), r.Rate*(1+math.Cos(math.Pi*done))/2)
		}
		report(epoch+1, loss/float64(batches*r.Batch))
	}
	return p, nil
}

// shard is a part of a batch.
type shard struct {
	state    *state
	gradient *params
	loss     float64
}

func (s *shard) run(p *params, images []digit, batch []int, r recipe, epoch uint64) {
	clear(s.gradient.all)
	s.loss = 0
	for _, i := range batch {
		move := rand.New(rand.NewPCG(r.Seed<<32|epoch, uint64(i)))
		s.state.place(&images[i], move.IntN(2*r.Shift+1)-r.Shift, move.IntN(2*r.Shift+1)-r.Shift)
		p.forward(s.state)
		s.loss += s.state.crossEntropy(int(images[i].label))
		p.backward(s.state, int(images[i].label), s.gradient)
	}
}

// parallel calls f for 0 to n-1 on so many goroutines.
func parallel(workers, n int, f func(i int)) {
	var wait sync.WaitGroup
	for k := range min(workers, n) {
		wait.Go(func() {
			for i := k; i < n; i += workers {
				f(i)
			}
		})
	}
	wait.Wait()
}

// adam is Kingma and Ba, "Adam", 2014, with their constants.
type adam struct {
	mean, square []float32
	steps        int
}

func newAdam(n int) *adam { return &adam{make([]float32, n), make([]float32, n), 0} }

// step moves p against the gradient g times by.
func (a *adam) step(p, g []float32, by float32, rate float64) {
	const keep1, keep2, epsilon = 0.9, 0.999, 1e-8
	a.steps++
	c1, c2 := 1-math.Pow(keep1, float64(a.steps)), 1-math.Pow(keep2, float64(a.steps))
	speed, correct := float32(rate/c1), float32(1/c2)
	for i, d := range g {
		d *= by
		a.mean[i] = keep1*a.mean[i] + (1-keep1)*d
		a.square[i] = keep2*a.square[i] + (1-keep2)*d*d
		p[i] -= speed * a.mean[i] / (float32(math.Sqrt(float64(a.square[i]*correct))) + epsilon)
	}
}
