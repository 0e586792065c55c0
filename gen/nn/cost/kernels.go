package cost

import "slices"

// Windows that the kernels have code of their own for, as rows and words of each; a
// test holds the lists against the kernels'.
var (
	wholeWindows = [][2]int{
		{1, 1}, {1, 2}, {1, 3}, {1, 4}, {1, 5}, {1, 6}, {1, 7}, {1, 8}, {1, 9}, {1, 10}, {1, 12}, {1, 16}, {1, 24}, {1, 32}, {1, 36}, {1, 40},
		{1, 48}, {1, 56}, {1, 64}, {1, 72}, {1, 80}, {1, 88}, {1, 96}, {1, 104}, {1, 112}, {1, 120}, {1, 128}, {1, 144}, {2, 2}, {2, 3}, {2, 8},
		{3, 3}, {3, 6}, {3, 9}, {3, 12}, {3, 24}, {3, 48}, {3, 96}, {5, 2}, {5, 5}, {5, 8}, {7, 6}, {7, 7}, {10, 1}, {10, 2}}
	partWindows = [][2]int{{1, 1}, {1, 2}, {1, 3}, {1, 4}, {1, 5}, {1, 6}, {1, 7}, {1, 8}, {1, 9}, {1, 10}, {5, 2}, {3, 3}}
	wholeRows   = []int{1, 2, 3, 5, 7} // with ten words or more, by a loop
	partRows    = []int{1, 3, 5}
)

// unrolled reports whether a window has code without a loop.
func unrolled(rows, row, store int) bool {
	if store == 1 {
		return slices.Contains(wholeWindows, [2]int{rows, row})
	}
	return slices.Contains(partWindows, [2]int{rows, row})
}

// hasKernel reports whether there is code for a window.
func hasKernel(rows, row, store int) bool {
	loops := wholeRows
	if store != 1 {
		loops = partRows
	}
	return unrolled(rows, row, store) || row >= 10 && slices.Contains(loops, rows)
}
