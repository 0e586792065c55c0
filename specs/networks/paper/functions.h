// Softmax, GELU, layer normalisation and sums on design paper, in fixed point.
#if defined NN_FLOAT_H && !defined PAPER_FUNCTIONS_H // of no use to networks of integers
#define PAPER_FUNCTIONS_H

static inline void paper_softmax(int32_t rows, int32_t depth, float beta, const float *x, float *y)
{
    float factor = beta * 1.442695041f; // log2(e)
    int32_t c = paper_bits(&factor), cs = paper_shift(c & 0x7fffffff, 15), i;
    for (; rows > 0; rows--, x += depth, y += depth) {
        int32_t s = paper_shift(paper_top(depth, x), 15), top = -0x7fffffff, k, least, r, rs;
        uint32_t sum = 0;
        s = s > 26 - cs ? 26 - cs : s;
        k = 26 - s - cs > 15 ? 0x3fffffff : mv_tofixed(c, cs) << (26 - s - cs); // of huge scores one step makes a nought
        least = -(int32_t)(0x7c000000u / (uint32_t)k); // where the exponential is 0 anyway
        for (i = 0; i < depth; i++) {
            int32_t v = mv_tofixed(paper_bits(x + i), s);
            top = v > top ? v : top;
            paper_put(y + i, v);
        }
        for (i = 0; i < depth; i++) {
            int32_t v = paper_bits(y + i) - top;
            v = mv_exp(v < least ? least : v, k);
            sum += (uint32_t)v;
            paper_put(y + i, v);
        }
        r = mv_recip(paper_tofloat((int32_t)(sum >> 1), 14));
        rs = paper_shift(r, 15);
        r = mv_tofixed(r, rs);
        r = r > 0x7fff ? 0x7fff : r; // the product stays below 2^30
        for (i = 0; i < depth; i++)
            paper_put(y + i, mv_tofloat(paper_bits(y + i) * r >> 14, 1 + rs));
    }
}

static inline void paper_gelu(int32_t n, int32_t tanh_form, const float *x, float *y)
{
    int32_t i;
    if (tanh_form) {
        nnf_gelu(n, tanh_form, x, y);
        return;
    }
    for (i = 0; i < n; i++) {
        int32_t v = paper_bits(x + i);
        if ((v & 0x7fffffff) < 0x40800000) // below 4; beyond, it is x or 0
            v = mv_tofloat(mv_gelu(mv_tofixed(v, 12)), 12);
        else if (v < 0)
            v = 0;
        paper_put(y + i, v);
    }
}

// Elements that a row may have for gains and biases to be kept as integers.
#define PAPER_NORM 256

static inline void paper_layer_norm(int32_t rows, int32_t depth, float epsilon, const float *x, const float *gain, const float *bias, float *y)
{
    static int16_t gains[PAPER_NORM];
    static int32_t biases[PAPER_NORM];
    float part = 1.0f / (float)depth;
    int32_t point = 14 - (paper_log2(depth) + 1) / 2, gs, i; // of normalised elements, which are up to the root of depth
    if (depth > PAPER_NORM || !gain || !bias) {
        nnf_layer_norm(rows, depth, epsilon, x, gain, bias, y);
        return;
    }
    gs = paper_shift(paper_top(depth, gain), 14);
    i = paper_shift(paper_top(depth, bias), 15);
    gs = gs > i + 14 - point ? i + 14 - point : gs; // the bias, too, stays below 2^29
    for (int32_t k = 0; k < depth; k++) {
        gains[k] = (int16_t)mv_tofixed(paper_bits(gain + k), gs);
        biases[k] = paper_scale(mv_tofixed(paper_bits(bias + k), i), point + gs - i);
    }
    for (; rows > 0; rows--, x += depth, y += depth) {
        int32_t s = paper_shift(paper_top(depth, x), 14), sum = 0, squares = 0, down, r, rs;
        uint64_t all = 0;
        float variance;
        for (i = 0; i < depth; i++) {
            int32_t v = mv_tofixed(paper_bits(x + i), s);
            sum += v;
            paper_put(y + i, v);
        }
        sum = (sum + (depth >> 1)) / depth;
        for (i = 0; i < depth; i++) {
            int32_t v = paper_bits(y + i) - sum;
            paper_put(y + i, v);
            all += (uint32_t)(v * v);
        }
        for (down = 0; all >> 30; all >>= 4)
            down += 4;
        squares = paper_tofloat((int32_t)all, 2 * s - down);
        paper_put(&variance, squares);
        variance = variance * part + epsilon;
        r = mv_rsqrt(paper_bits(&variance));
        rs = paper_shift(r, 15);
        r = mv_tofixed(r, rs);
        down = s + rs - point;
        down = down > 31 ? 31 : down < 0 ? 0 : down;
        for (i = 0; i < depth; i++)
            paper_put(y + i, paper_tofloat((paper_bits(y + i) * r >> down) * gains[i] + biases[i], point + gs));
    }
}

static inline void paper_add(int32_t n, int32_t repeat, const float *a, const float *b, float *y)
{
    int32_t top = paper_top(n, a), other = paper_top(repeat, b), s = paper_shift(top > other ? top : other, 15), i, k = 0;
    for (i = 0; i < n; i++) {
        paper_put(y + i, mv_tofloat(mv_tofixed(paper_bits(a + i), s) + mv_tofixed(paper_bits(b + k), s), s));
        if (++k == repeat)
            k = 0;
    }
}

#define NNF_SOFTMAX paper_softmax
#define NNF_GELU paper_gelu
#define NNF_LAYER_NORM paper_layer_norm
#define NNF_ADD paper_add

#endif
