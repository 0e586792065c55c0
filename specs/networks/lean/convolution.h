// Convolutions and depthwise layers: for each band of the input, for each two or four
// channels, their scales, their weights, and their plane.
#ifndef LEAN_CONVOLUTION_H
#define LEAN_CONVOLUTION_H

#ifndef MARVELGEN_EMULATE

#include "fully_connected.h"
#include "input.h"
#include "weights.h"

#define NN_CONV lean_conv
#define NN_DEPTHWISE lean_depthwise

// Scales and biases of a plane's channels.
COMMON_PART void lean_scales(const struct lean_view *l, struct lean_plane *s, const struct nn_rescale *r, const int32_t *bias, int32_t c)
{
    int32_t k;
    for (k = 0; k < l->channels; k++) {
        int32_t i = r->step ? c + k : 0;
        s->multiplier[k] = r->multiplier[i];
        s->power[k] = lean_power(r->shift[i]);
    }
    mv_pbias(bias ? bias[c] : 0, bias ? bias[c + 1] : 0, 0);
    if (k > 2)
        mv_pbias(bias ? bias[c + 2] : 0, bias ? bias[c + 3] : 0, 1);
}

// The plane of one phase.
COMMON_APART void lean_phase(const struct lean_view *l, const struct lean_plane *all, const struct nn_conv *p, const int8_t *w, int32_t f)
{
    const struct nn_window *v = &p->window;
    int32_t length = v->kernel[1] * v->in_channels, at = f * v->stride[1] * v->in_channels;
    struct lean_plane s = *all;
    s.row = common_span(at, length) / 4;
    s.x += at & ~3;
    s.y += f * s.channels;
    s.across *= l->in.phases;
    s.skip = l->in.pitch - (s.row - 1) * 4;
    s.out[1] = (v->out[1] - f + l->in.phases - 1) / l->in.phases;
    s.gap = (v->out[1] - s.out[1] * l->in.phases) * s.channels;
    s.channels *= l->in.phases;
    lean_turn(&s);
    lean_hop(&s);
    lean_weights(l, w, v->kernel[0] * length, length, at & 3);
    lean_find(s.rows, s.row, l->stores)(&s);
}

COMMON_PART void lean_conv(const struct nn_conv *p, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y, int8_t *scratch)
{
    const struct nn_window *v = &p->window;
    int32_t ch = v->in_channels, outs = v->out_channels, depth = v->kernel[0] * v->kernel[1] * ch, stores = (outs & 1) || ((uintptr_t)y & 1) ? LEAN_TWO_BYTES : LEAN_TWO, c, first, next;
    struct lean_plane s;
    struct lean_view l;
    if (p->groups == 1 && v->batch == 1 && depth == ch && v->in[0] * v->in[1] == 1 && v->out[0] * v->out[1] == 1 && lean_row_times_matrix(&p->out, depth, outs, x, w, bias, y))
        return;
    if (p->groups != 1)
        COMMON_LEAVE("groups", nn_conv(p, x, w, bias, y, scratch));
    if (v->dilation[0] != 1 || v->dilation[1] != 1)
        COMMON_LEAVE("dilation", nn_conv(p, x, w, bias, y, scratch));
    if (v->batch != 1 || outs < 2)
        COMMON_LEAVE("a batch, or a single channel of outputs", nn_conv(p, x, w, bias, y, scratch));
    if (!lean_rescales(&p->out, outs))
        COMMON_LEAVE("sums beyond 26 bits, or no shift to the right", nn_conv(p, x, w, bias, y, scratch));
    if (!lean_choose(&l, &s, p, x, 0, (outs + 1) / 2, stores))
        COMMON_LEAVE("no kernel for this window, or no room for its weights", nn_conv(p, x, w, bias, y, scratch));
    for (first = 0; first < v->out[0]; first = next) {
        next = lean_band(&l, &s, p, x, first);
        for (c = 0; c < outs; c += l.channels) {
            const int8_t *f;
            int32_t phase;
            if (c > outs - l.channels)
                c = outs - 2; // one channel twice
            f = w + c * depth;
            lean_scales(&l, &s, &p->out, bias, c);
            s.y = y + first * v->out[1] * outs + c;
            for (phase = 0; phase < common_least(l.in.phases, v->out[1]); phase++)
                lean_phase(&l, &s, p, f, phase);
            if (l.in.phases)
                continue;
            lean_weights(&l, f, depth, l.in.gathered ? v->kernel[1] * ch : ch, 0);
            l.run(&s);
        }
    }
    lean_clamp(&p->out, y, v->out[0] * v->out[1] * outs);
}

COMMON_PART void lean_depthwise(const struct nn_conv *p, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y, int8_t *scratch)
{
    const struct nn_window *v = &p->window;
    int32_t ch = v->in_channels, taps = v->kernel[0] * v->kernel[1], c, i, k, first, next;
    struct lean_plane s;
    struct lean_view l;
    if (p->multiplier != 1 || (ch & 3) || !common_aligned(w) || ((uintptr_t)y & 1))
        COMMON_LEAVE("channels that are no whole words", nn_depthwise(p, x, w, bias, y, scratch));
    if (v->dilation[0] != 1 || v->dilation[1] != 1)
        COMMON_LEAVE("dilation", nn_depthwise(p, x, w, bias, y, scratch));
    if (v->batch != 1)
        COMMON_LEAVE("a batch", nn_depthwise(p, x, w, bias, y, scratch));
    if (!lean_rescales(&p->out, ch))
        COMMON_LEAVE("sums beyond 26 bits, or no shift to the right", nn_depthwise(p, x, w, bias, y, scratch));
    if (!lean_choose(&l, &s, p, x, 1, ch / 2, LEAN_TWO))
        COMMON_LEAVE("no kernel for this window", nn_depthwise(p, x, w, bias, y, scratch));
    for (first = 0; first < v->out[0]; first = next) {
        const int8_t *from;
        next = lean_band(&l, &s, p, x, first);
        from = s.x;
        for (c = 0; c < ch; c += l.channels) {
            int32_t last = c + l.channels;
            lean_scales(&l, &s, &p->out, bias, c);
            for (i = c; i < last; i += 2) { // a weight of each channel, in its place
                const int8_t *f = w + (i & ~3);
                uint32_t one = i & 2 ? 0xff0000 : 0xff, two = one << 8;
                for (k = taps; k > 1; k--, f += ch)
                    mv_pput((uint32_t)*(const common_word *)(const void *)f & one, (uint32_t)*(const common_word *)(const void *)f & two, 0);
                if (i + 2 < last)
                    mv_pput((uint32_t)*(const common_word *)(const void *)f & one, (uint32_t)*(const common_word *)(const void *)f & two, 0);
                else
                    mv_pput((uint32_t)*(const common_word *)(const void *)f & one, (uint32_t)*(const common_word *)(const void *)f & two, 1);
            }
            s.x = from + (c & ~3);
            s.y = y + first * v->out[1] * ch + c;
            l.run(&s);
        }
    }
    lean_clamp(&p->out, y, v->out[0] * v->out[1] * ch);
}

#endif
#endif
