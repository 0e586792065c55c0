// Products of matrices on design paper: both operands become integers of up to 14 bits,
// sums are integers, and come back to float32.
#if defined NN_FLOAT_H && !defined PAPER_PRODUCTS_H // of no use to networks of integers
#define PAPER_PRODUCTS_H

// Integers that a layer works with: a row of one operand, behind it the other operand.
#define PAPER_ROOM 2048

static int16_t paper_room[PAPER_ROOM];

// The sum of a row's products, from a bias on.
static inline int32_t paper_dot(int32_t depth, const int16_t *a, const int16_t *b, int32_t sum)
{
    int32_t i;
    for (i = 0; i < depth; i++)
        sum += a[i] * b[i];
    return sum;
}

// Four of them at a time, which share the loads of a.
static inline void paper_dot4(int32_t depth, const int16_t *a, const int16_t *b, int32_t *sums)
{
    const int16_t *b1 = b + depth, *b2 = b1 + depth, *b3 = b2 + depth;
    int32_t s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3], i;
    for (i = 0; i < depth; i++) {
        int32_t v = a[i];
        s0 += v * b[i];
        s1 += v * b1[i];
        s2 += v * b2[i];
        s3 += v * b3[i];
    }
    sums[0] = s0;
    sums[1] = s1;
    sums[2] = s2;
    sums[3] = s3;
}

// Operands of so many bits in all have sums below 2^29.
static inline int32_t paper_width(int32_t depth) { return 29 - paper_log2(depth); }

// Rows by the columns that lie behind the row's room, times 2^ws. y has the columns from
// first on, of outs.
static inline void paper_rows(int32_t rows, int32_t depth, int32_t columns, int32_t ws, const float *x, const float *bias, int32_t outs, float *y)
{
    const int16_t *w = paper_room + depth;
    int32_t bits = paper_width(depth) - paper_width(depth) / 2, bs = 60, c, i;
    bits = bits > 14 ? 14 : bits;
    if (bias)
        bs = paper_shift(paper_top(columns, bias), 15);
    for (; rows > 0; rows--, x += depth, y += outs) {
        int32_t s = paper_shift(paper_top(depth, x), bits), total;
        if (s + ws > bs + 14) // the bias, too, stays below 2^29
            s = bs + 14 - ws;
        total = s + ws;
        for (i = 0; i < depth; i++)
            paper_room[i] = (int16_t)mv_tofixed(paper_bits(x + i), s);
        for (c = 0; c + 4 <= columns; c += 4) {
            int32_t sums[4] = {0, 0, 0, 0};
            if (bias)
                for (i = 0; i < 4; i++)
                    sums[i] = paper_scale(mv_tofixed(paper_bits(bias + c + i), bs), total - bs);
            paper_dot4(depth, paper_room, w + c * depth, sums);
            for (i = 0; i < 4; i++)
                paper_put(y + c + i, paper_tofloat(sums[i], total));
        }
        for (; c < columns; c++) {
            int32_t sum = bias ? paper_scale(mv_tofixed(paper_bits(bias + c), bs), total - bs) : 0;
            paper_put(y + c, paper_tofloat(paper_dot(depth, paper_room, w + c * depth, sum), total));
        }
    }
}

// The second operand, columns of depth, as integers behind the row's room.
static inline int32_t paper_columns(int32_t depth, int32_t columns, const float *b, int32_t across, int32_t step)
{
    int16_t *w = paper_room + depth;
    int32_t half = paper_width(depth) / 2, s = paper_shift(paper_top(columns * depth, b), half > 14 ? 14 : half), c, i;
    for (c = 0; c < columns; c++)
        for (i = 0; i < depth; i++)
            *w++ = (int16_t)mv_tofixed(paper_bits(b + c * across + i * step), s);
    return s;
}

static inline void paper_fully_connected(int32_t rows, int32_t depth, int32_t outs, const float *x, const float *weights, const float *bias, float *y)
{
    int32_t most = PAPER_ROOM / depth - 1, first, n; // columns that there is room for
    if (most < 1) {
        nnf_fully_connected(rows, depth, outs, x, weights, bias, y);
        return;
    }
    for (first = 0; first < outs; first += n) {
        n = outs - first < most ? outs - first : most;
        paper_rows(rows, depth, n, paper_columns(depth, n, weights + first * depth, depth, 1), x, bias ? bias + first : 0, outs, y + first);
    }
}

static inline void paper_matmul(int32_t batch, int32_t rows, int32_t depth, int32_t columns, int32_t transposed, const float *a, const float *b, float *y)
{
    if ((columns + 1) * depth > PAPER_ROOM) {
        nnf_matmul(batch, rows, depth, columns, transposed, a, b, y);
        return;
    }
    for (; batch > 0; batch--, a += rows * depth, b += depth * columns, y += rows * columns)
        paper_rows(rows, depth, columns, transposed ? paper_columns(depth, columns, b, depth, 1) : paper_columns(depth, columns, b, 1, columns), a, 0, columns, y);
}

#define NNF_FULLY_CONNECTED paper_fully_connected
#define NNF_MATMUL paper_matmul

#endif
