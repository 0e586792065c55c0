package lower

import "fmt"

// walk goes through elements of two tensors in the order of a shape.
type walk struct {
	shape, a, b []int // sizes; distances between neighbours in either tensor
}

// newWalk joins dimensions that follow each other in both tensors, and leaves out
// those of size 1.
func newWalk(shape, a, b []int) walk {
	var w walk
	for i, n := range shape {
		if n == 1 {
			continue
		}
		last := len(w.shape) - 1
		if last >= 0 && w.a[last] == a[i]*n && w.b[last] == b[i]*n {
			w.shape[last] *= n
			w.a[last], w.b[last] = a[i], b[i]
			continue
		}
		w.shape, w.a, w.b = append(w.shape, n), append(w.a, a[i]), append(w.b, b[i])
	}
	return w
}

// inner is the walk with at least one dimension, for kernels with a loop of their
// own over the last.
func (w walk) inner() walk {
	if len(w.shape) == 0 {
		return walk{[]int{1}, []int{0}, []int{0}}
	}
	return w
}

// c prints the walk as a field.
func (w walk) c(field string) (string, error) {
	if len(w.shape) > maxRank {
		return "", fmt.Errorf("%d dimensions that do not join have no C form; at most %d", len(w.shape), maxRank)
	}
	if len(w.shape) == 0 {
		return field + " = {.rank = 0}", nil
	}
	return fmt.Sprintf("%s = {.rank = %d, .shape = %s, .step_a = %s, .step_b = %s}", field, len(w.shape), list(w.shape), list(w.a), list(w.b)), nil
}

// strides are the distances between neighbours along each dimension, elements
// being size apart.
func strides(shape []int, size int) []int {
	out := make([]int, len(shape))
	for d := len(shape) - 1; d >= 0; d-- {
		out[d] = size
		size *= shape[d]
	}
	return out
}

// spread is the strides of a shape that is repeated to fill another.
func spread(shape, to []int) []int {
	own := strides(shape, 1)
	out := make([]int, len(to))
	for i := range to {
		if j := i - (len(to) - len(shape)); j >= 0 && shape[j] > 1 {
			out[i] = own[j]
		}
	}
	return out
}
