// Kernels of networks as code generators print them: loops around one
// multiplication, with nothing unrolled, tiled or packed, and no instruction named.
// What compilers make of this is what `make bench-cc` measures.
#ifndef PLAIN_KERNELS_H
#define PLAIN_KERNELS_H

// Inlined into each layer, where the sizes are numbers.
#define PLAIN static inline __attribute__((always_inline))

// a*b/2^31 rounded to nearest, then /2^n likewise, halves away from nought, as the
// reference kernels; from an accumulator to an output.
PLAIN int8_t plain_rescale(const struct nn_rescale *r, int32_t sum, int32_t channel)
{
    int32_t m = r->multiplier[r->step ? channel : 0], shift = r->shift[r->step ? channel : 0], n = shift < 0 ? -shift : 0;
    int64_t product = (int64_t)(int32_t)((uint32_t)sum << (shift > 0 ? shift : 0)) * m;
    int32_t x = (int32_t)((product + ((int64_t)1 << 30)) >> 31);
    int32_t mask = (int32_t)(((uint32_t)1 << n) - 1);
    x = (x >> n) + ((x & mask) > (mask >> 1) + (x < 0)) + r->zero;
    return (int8_t)(x < r->min ? r->min : x > r->max ? r->max : x);
}

// What the window of one output sees, in the order of the weights; outside of the
// input that is its zero point.
PLAIN void plain_gather(const struct nn_conv *p, const int8_t *x, int32_t oy, int32_t ox, int8_t *to)
{
    const struct nn_window *v = &p->window;
    const int32_t each = v->in_channels / p->groups;
    const int32_t line = v->kernel[1] * each, left = ox * v->stride[1] - v->before[1];
    const int whole = p->groups == 1 && v->dilation[1] == 1 && left >= 0 && left + v->kernel[1] <= v->in[1];
    int32_t ky, kx;
    for (ky = 0; ky < v->kernel[0]; ky++, to += line) {
        int32_t iy = oy * v->stride[0] + ky * v->dilation[0] - v->before[0];
        if (iy < 0 || iy >= v->in[0])
            memset(to, p->zero, (size_t)line);
        else if (whole)
            memcpy(to, x + (iy * v->in[1] + left) * v->in_channels, (size_t)line);
        else
            for (kx = 0; kx < v->kernel[1]; kx++) {
                int32_t ix = left + kx * v->dilation[1];
                if (ix < 0 || ix >= v->in[1])
                    memset(to + kx * each, p->zero, (size_t)each);
                else
                    memcpy(to + kx * each, x + (iy * v->in[1] + ix) * v->in_channels, (size_t)each);
            }
    }
}

PLAIN void plain_conv(const struct nn_conv *p, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y, int8_t *scratch)
{
    const struct nn_window *v = &p->window;
    const int32_t each = v->in_channels / p->groups, outs = v->out_channels / p->groups, depth = v->kernel[0] * v->kernel[1] * each;
    const int direct = depth == each && v->before[0] == 0 && v->before[1] == 0;
    int32_t b, g, oy, ox, o, i;
    for (b = 0; b < v->batch; b++, x += v->in[0] * v->in[1] * v->in_channels)
        for (oy = 0; oy < v->out[0]; oy++)
            for (ox = 0; ox < v->out[1]; ox++, y += v->out_channels)
                for (g = 0; g < p->groups; g++) {
                    const int8_t *from = x + (oy * v->stride[0] * v->in[1] + ox * v->stride[1]) * v->in_channels + g * each;
                    if (!direct) {
                        plain_gather(p, x + g * each, oy, ox, scratch);
                        from = scratch;
                    }
                    for (o = g * outs; o < (g + 1) * outs; o++) {
                        int32_t sum = bias ? bias[o] : 0;
                        for (i = 0; i < depth; i++)
                            sum += from[i] * w[o * depth + i];
                        y[o] = plain_rescale(&p->out, sum, o);
                    }
                }
}

// One sum of a depthwise layer whose window lies within the input.
PLAIN int32_t plain_inside(const struct nn_conv *p, const int8_t *x, const int8_t *w, int32_t sum)
{
    const struct nn_window *v = &p->window;
    int32_t ky, kx;
    for (ky = 0; ky < v->kernel[0]; ky++)
        for (kx = 0; kx < v->kernel[1]; kx++)
            sum += x[(ky * v->dilation[0] * v->in[1] + kx * v->dilation[1]) * v->in_channels] * w[(ky * v->kernel[1] + kx) * v->out_channels];
    return sum;
}

// The same where it does not: outside, the input is its zero point.
PLAIN int32_t plain_edge(const struct nn_conv *p, const int8_t *x, const int8_t *w, int32_t iy, int32_t ix, int32_t sum)
{
    const struct nn_window *v = &p->window;
    int32_t ky, kx;
    for (ky = 0; ky < v->kernel[0]; ky++)
        for (kx = 0; kx < v->kernel[1]; kx++) {
            int32_t y = iy + ky * v->dilation[0], z = ix + kx * v->dilation[1];
            int outside = y < 0 || y >= v->in[0] || z < 0 || z >= v->in[1];
            sum += (outside ? p->zero : x[(y * v->in[1] + z) * v->in_channels]) * w[(ky * v->kernel[1] + kx) * v->out_channels];
        }
    return sum;
}

PLAIN void plain_depthwise(const struct nn_conv *p, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y)
{
    const struct nn_window *v = &p->window;
    int32_t b, oy, ox, o;
    for (b = 0; b < v->batch; b++, x += v->in[0] * v->in[1] * v->in_channels)
        for (oy = 0; oy < v->out[0]; oy++)
            for (ox = 0; ox < v->out[1]; ox++, y += v->out_channels) {
                int32_t iy = oy * v->stride[0] - v->before[0], ix = ox * v->stride[1] - v->before[1];
                int inside = iy >= 0 && iy + (v->kernel[0] - 1) * v->dilation[0] < v->in[0] && ix >= 0 && ix + (v->kernel[1] - 1) * v->dilation[1] < v->in[1];
                for (o = 0; o < v->out_channels; o++) {
                    const int8_t *from = x + o / p->multiplier;
                    int32_t sum = bias ? bias[o] : 0;
                    if (inside)
                        sum = plain_inside(p, from + (iy * v->in[1] + ix) * v->in_channels, w + o, sum);
                    else
                        sum = plain_edge(p, from, w + o, iy, ix, sum);
                    y[o] = plain_rescale(&p->out, sum, o);
                }
            }
}

PLAIN void plain_fully_connected(const struct nn_fully_connected *p, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y)
{
    int32_t r, o, i;
    for (r = 0; r < p->rows; r++)
        for (o = 0; o < p->outs; o++) {
            int32_t sum = bias ? bias[o] : 0;
            for (i = 0; i < p->depth; i++)
                sum += x[r * p->depth + i] * w[o * p->depth + i];
            y[r * p->outs + o] = plain_rescale(&p->out, sum, o);
        }
}

#define NN_CONV plain_conv
#define NN_DEPTHWISE(p, x, w, bias, y, scratch) ((void)(scratch), plain_depthwise(p, x, w, bias, y))
#define NN_FULLY_CONNECTED(p, x, w, bias, y, scratch) ((void)(scratch), plain_fully_connected(p, x, w, bias, y))

#endif
