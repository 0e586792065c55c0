// How windows see a layer's input: which of the ways of common/input.h is chosen, what
// runs on it, and the way from window to window.
#ifndef CNN_INPUT_H
#define CNN_INPUT_H

#ifndef MARVELGEN_EMULATE

#include "copy.h"
#include "planes.h"
#include "../common/input.h"

// How a layer reads its input, and what runs on that: for each phase, or for all of it.
struct cnn_view {
    struct common_view in;
    int32_t hop;
    cnn_kernel run, phase[4];
};

// Finds the kernels of all phases, most often one for all; 0 if there are none.
COMMON_PART int cnn_phases(struct cnn_view *l, const struct nn_conv *p, int32_t phases, enum cnn_store store)
{
    const struct nn_window *v = &p->window;
    int32_t f, row = -1, last;
    for (f = 0; f < phases; f++) {
        last = row;
        row = common_span(f * v->stride[1] * v->in_channels, v->kernel[1] * v->in_channels) / 4;
        if (!(l->phase[f] = row == last ? l->phase[f - 1] : cnn_find(v->kernel[0], row, store)))
            return 0;
    }
    return 1;
}

// Chooses how to read; 0 if there is no way. A plane of four channels is computed
// `groups` times.
COMMON_PART int cnn_choose(struct cnn_view *l, struct cnn_plane *s, const struct nn_conv *p, const int8_t *x, int32_t depthwise, int32_t groups, enum cnn_store store)
{
    const struct nn_window *v = &p->window;
    int32_t ch = v->in_channels, wide = (ch + 3) & ~3, kh = v->kernel[0], kw = v->kernel[1], line = (kw * ch + 3) / 4, hop = v->stride[1] * ch;
    int32_t gather;
    l->in.gathered = 0;
    l->in.wide = wide;
    l->in.phases = 0;
    s->rows = kh;
    s->row = depthwise ? kw : kw * wide / 4;
    s->step = depthwise ? ch : 4;
    s->gap = 0;
    l->run = cnn_find(s->rows, s->row, store);
    if (wide != ch) {
        int32_t phases = common_phases(hop, kw * ch, s->row);
        if (phases && cnn_phases(l, p, phases, store)) {
            l->in.phases = phases;
            l->in.wide = wide = ch;
            s->row = 1 + (kw * ch + 2) / 4; // the longest, for its room
        }
    }
    // A word less of a window is a cycle less for each four channels. Gathering takes
    // eight cycles for a byte and 29 for a window's row, making pixels whole words eight
    // for a byte of those between two windows.
    gather = kh * (29 + 8 * kw * ch) - 8 * wide * v->stride[0] * v->stride[1];
    if (!depthwise && !l->in.phases && (!l->run || (wide != ch && (CNN_SLOTS(kh * kw * wide / 4) - CNN_SLOTS(kh * line)) * groups > gather))) {
        cnn_kernel run = cnn_find(1, kh * line, store);
        if (run) {
            l->in.gathered = 1;
            l->run = run;
            s->rows = 1;
            s->row = kh * line;
        }
    }
    if ((!l->run && !l->in.phases) || s->rows * s->row > CNN_WORDS || v->out[1] > 4095 || v->out_channels > CNN_PITCH / 4 || (l->in.phases && v->out[0] > 4095))
        return 0;
    if (!common_lay(&l->in, p, x, s->row * 4))
        return 0;
    s->hop = l->in.gathered ? 4 : v->stride[1] * wide - (kh - 1) * l->in.pitch - (s->row - 1) * s->step;
    s->line = l->in.line;
    s->skip = l->in.pitch - (s->row - 1) * s->step;
    l->hop = s->hop;
    s->out[1] = v->out[1];
    s->channels = v->out_channels;
    return 1;
}

// Lets a plane go down its longer side where that pays. A row takes three cycles where
// results follow each other, and some forty where they do not: down the longer side none
// do.
COMMON_PART void cnn_turn(struct cnn_plane *s)
{
    int32_t window = (s->rows - 1) * s->skip + (s->row - 1) * s->rows * s->step, across = s->hop + window;
    int32_t rows = s->out[0], pitch = s->out[1] * s->channels + s->gap;
    if ((rows <= (s->gap ? 1 : 12) * s->out[1] && !(s->gap && s->out[1] == 1)) || rows > 4095 || pitch > CNN_PITCH)
        return;
    s->hop = s->line - window;
    s->line = across;
    s->gap = s->channels - rows * pitch;
    s->channels = pitch;
    s->out[0] = s->out[1];
    s->out[1] = rows;
}

// The rows of outputs from row `first` on; returns where the next ones begin.
COMMON_PART int32_t cnn_band(const struct cnn_view *l, struct cnn_plane *s, const struct nn_conv *p, const int8_t *x, int32_t first)
{
    const struct nn_window *v = &p->window;
    s->out[0] = common_least(l->in.band, v->out[0] - first);
    s->out[1] = v->out[1];
    s->x = common_read(&l->in, p, x, first, s->out[0], s->row / v->kernel[0] * 4);
    first += s->out[0];
    s->gap = 0;
    s->channels = v->out_channels;
    s->hop = l->hop;
    s->line = l->in.line;
    if (!l->in.phases && l->in.line == s->out[1] * cnn_window(s) && s->out[0] * s->out[1] < 4096) {
        s->out[1] *= s->out[0]; // one row behind another
        s->out[0] = 1;
    }
    if (!l->in.phases)
        cnn_turn(s);
    return first;
}

#endif
#endif
