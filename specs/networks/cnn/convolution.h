// Convolutions and depthwise layers: for each band of the input, for each four
// channels, their scales, their weights, and their plane.
#ifndef CNN_CONVOLUTION_H
#define CNN_CONVOLUTION_H

#ifndef MARVELGEN_EMULATE

#include "fully_connected.h"
#include "input.h"
#include "weights.h"

#define NN_CONV cnn_conv
#define NN_DEPTHWISE cnn_depthwise

// The plane of one phase.
COMMON_APART void cnn_phase(const struct cnn_view *l, const struct cnn_plane *all, const struct nn_conv *p, const int8_t *w, int32_t f)
{
    const struct nn_window *v = &p->window;
    int32_t length = v->kernel[1] * v->in_channels, at = f * v->stride[1] * v->in_channels;
    struct cnn_plane s = *all;
    s.row = common_span(at, length) / 4;
    s.x += at & ~3;
    s.y += f * s.channels;
    s.skip = l->in.pitch - (s.row - 1) * 4;
    s.hop = l->in.phases * v->stride[1] * v->in_channels - (s.rows - 1) * l->in.pitch - (s.row - 1) * 4;
    s.out[1] = (v->out[1] - f + l->in.phases - 1) / l->in.phases;
    s.gap = (v->out[1] - s.out[1] * l->in.phases) * s.channels;
    s.channels *= l->in.phases;
    cnn_turn(&s);
    if (((at | length) & 3) == 0 && common_aligned(w))
        cnn_word_weights(w, v->kernel[0] * length / 4);
    else
        cnn_weights(w, v->kernel[0] * length, length, at & 3);
    l->phase[f](&s);
}

COMMON_PART void cnn_conv(const struct nn_conv *p, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y, int8_t *scratch)
{
    const struct nn_window *v = &p->window;
    int32_t ch = v->in_channels, outs = v->out_channels, depth = v->kernel[0] * v->kernel[1] * ch, c, first, next, right, f;
    enum cnn_store store = (outs & 3) == 0 && common_aligned(y) ? CNN_IN_WHOLE : ((outs | (int32_t)(uintptr_t)y) & 1) == 0 ? CNN_IN_HALVES : CNN_IN_BYTES;
    struct cnn_plane s;
    struct cnn_view l;
    if (p->groups == 1 && v->batch == 1 && depth == ch && v->in[0] * v->in[1] == 1 && v->out[0] * v->out[1] == 1 && cnn_row_times_matrix(&p->out, depth, outs, x, w, bias, y))
        return;
    if (p->groups != 1)
        COMMON_LEAVE("groups", nn_conv(p, x, w, bias, y, scratch));
    if (v->dilation[0] != 1 || v->dilation[1] != 1)
        COMMON_LEAVE("dilation", nn_conv(p, x, w, bias, y, scratch));
    if (v->batch != 1 || outs < 4)
        COMMON_LEAVE("a batch, or fewer than four channels of outputs", nn_conv(p, x, w, bias, y, scratch));
    if (!(right = cnn_right(&p->out, outs)))
        COMMON_LEAVE("sums beyond 26 bits, or shifts beyond those of the unit", nn_conv(p, x, w, bias, y, scratch));
    if (!cnn_choose(&l, &s, p, x, 0, (outs + 3) / 4, store))
        COMMON_LEAVE("no kernel for this window, or no room for its weights", nn_conv(p, x, w, bias, y, scratch));
    cnn_outputs(cnn_half(p->out.zero, right), right, p->out.min, p->out.max);
    for (first = 0; first < v->out[0]; first = next) {
        next = cnn_band(&l, &s, p, x, first);
        for (c = 0; c < outs; c += 4) {
            if (c > outs - 4)
                c = outs - 4; // some channels twice
            cnn_scales(&p->out, bias, c, right);
            s.y = y + first * v->out[1] * outs + c;
            if (l.in.phases) {
                for (f = 0; f < common_least(l.in.phases, v->out[1]); f++)
                    cnn_phase(&l, &s, p, w + c * depth, f);
                continue;
            }
            if (l.in.gathered)
                cnn_weights(w + c * depth, depth, v->kernel[1] * ch, 0);
            else if (l.in.wide != ch)
                cnn_weights(w + c * depth, depth, ch, 0);
            else
                cnn_word_weights(w + c * depth, depth / 4);
            l.run(&s);
        }
    }
}

// All planes of a depthwise layer; without weights each is 1, and the same scale is
// that of all channels. 0 if there is no kernel.
COMMON_APART int cnn_channels(const struct nn_conv *p, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y, int32_t right)
{
    const struct nn_window *v = &p->window;
    int32_t ch = v->in_channels, taps = v->kernel[0] * v->kernel[1], c, k, first, next;
    struct cnn_plane s;
    struct cnn_view l;
    if (!cnn_choose(&l, &s, p, x, 1, ch / 4, CNN_IN_WHOLE))
        return 0;
    cnn_outputs(cnn_half(p->out.zero, right), right, p->out.min, p->out.max);
    if (!w) {
        cnn_scales(&p->out, bias, 0, right);
        mv_wput(0, 0, 0, 0, 1);
        for (k = 0; k < taps; k++)
            CNN_ENTRY(1, 1 << 8, 1 << 16, 1 << 24);
    }
    for (first = 0; first < v->out[0]; first = next) {
        const int8_t *from;
        next = cnn_band(&l, &s, p, x, first);
        from = s.x;
        for (c = 0; c < ch; c += 4) {
            const int8_t *f = w + c;
            if (w) {
                cnn_scales(&p->out, bias, c, right);
                mv_wput(0, 0, 0, 0, 1);
                for (k = 0; k < taps; k++, f += ch) { // a weight of each channel, in its lane
                    uint32_t u = (uint32_t)*(const common_word *)(const void *)f;
                    CNN_ENTRY((int32_t)(u & 0xff), (int32_t)(u & 0xff00), (int32_t)(u & 0xff0000), (int32_t)(u & 0xff000000));
                }
            }
            s.x = from + c;
            s.y = y + first * v->out[1] * ch + c;
            l.run(&s);
        }
    }
    return 1;
}

COMMON_PART void cnn_depthwise(const struct nn_conv *p, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y, int8_t *scratch)
{
    const struct nn_window *v = &p->window;
    int32_t right;
    if (p->multiplier != 1 || (v->in_channels & 3) || !common_aligned(y))
        COMMON_LEAVE("channels that are no whole words", nn_depthwise(p, x, w, bias, y, scratch));
    if (v->dilation[0] != 1 || v->dilation[1] != 1)
        COMMON_LEAVE("dilation", nn_depthwise(p, x, w, bias, y, scratch));
    if (v->batch != 1)
        COMMON_LEAVE("a batch", nn_depthwise(p, x, w, bias, y, scratch));
    if (!(right = cnn_right(&p->out, v->in_channels)))
        COMMON_LEAVE("sums beyond 26 bits, or shifts beyond those of the unit", nn_depthwise(p, x, w, bias, y, scratch));
    if (!cnn_channels(p, x, w, bias, y, right))
        COMMON_LEAVE("no kernel for this window", nn_depthwise(p, x, w, bias, y, scratch));
}

#endif
#endif
