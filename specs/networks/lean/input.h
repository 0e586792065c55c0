// How windows see a layer's input: which of the ways of common/input.h is chosen, what
// runs on it, and the way from window to window.
#ifndef LEAN_INPUT_H
#define LEAN_INPUT_H

#ifndef MARVELGEN_EMULATE

#include "windows.h"
#include "../common/input.h"

// How a layer reads its input, and what runs on that; phases each have a kernel of
// their own.
struct lean_view {
    struct common_view in;
    int32_t across, stores, channels; // channels: of a plane
    lean_kernel run;
};

// Whether windows of all phases have a kernel.
COMMON_PART int lean_phases(const struct nn_conv *p, int32_t phases, int32_t stores)
{
    const struct nn_window *v = &p->window;
    int32_t f;
    for (f = 0; f < phases; f++)
        if (!lean_find(v->kernel[0], common_span(f * v->stride[1] * v->in_channels, v->kernel[1] * v->in_channels) / 4, stores))
            return 0;
    return 1;
}

// The ways from a window's last word to its first and to the next window.
COMMON_PART void lean_hop(struct lean_plane *s)
{
    s->back = -(s->rows - 1) * (s->skip + (s->row - 1) * s->step) - (s->row - 1) * s->step - lean_moves(s->rows, s->row) * s->step;
    s->hop = s->across + s->back;
}

// Chooses how to read; 0 if there is no way. A plane of two channels is computed
// `groups` times.
COMMON_PART int lean_choose(struct lean_view *l, struct lean_plane *s, const struct nn_conv *p, const int8_t *x, int32_t depthwise, int32_t groups, int32_t stores)
{
    const struct nn_window *v = &p->window;
    int32_t ch = v->in_channels, wide = (ch + 3) & ~3, kh = v->kernel[0], kw = v->kernel[1], line = (kw * ch + 3) / 4, hop = v->stride[1] * ch;
    l->in.gathered = 0;
    l->in.wide = wide;
    l->in.phases = 0;
    s->rows = kh;
    s->row = depthwise ? kw : kw * wide / 4;
    s->step = depthwise ? ch : 4;
    s->zero = p->out.zero;
    l->run = lean_find(s->rows, s->row, stores);
    if (wide != ch) {
        int32_t phases = common_phases(hop, kw * ch, s->row);
        if (phases && lean_phases(p, phases, stores)) {
            l->in.phases = phases;
            l->in.wide = wide = ch;
            s->row = 1 + (kw * ch + 2) / 4; // the longest, for its room
        }
    }
    // A word less is a cycle less for each two channels; gathering takes four for a byte.
    if (!depthwise && !l->in.phases && (!l->run || (kw * wide / 4 - line) * groups > 4 * kw * ch)) {
        lean_kernel run = lean_find(1, kh * line, stores);
        if (run) {
            l->in.gathered = 1;
            l->run = run;
            s->rows = 1;
            s->row = kh * line;
        }
    }
    if ((!l->run && !l->in.phases) || s->rows * s->row > LEAN_WORDS)
        return 0;
    l->stores = stores;
    l->channels = 2;
    if (stores == LEAN_TWO && (v->out_channels & 3) == 0 && s->rows * s->row <= LEAN_WORDS / 2 && (l->in.phases ? lean_phases(p, l->in.phases, LEAN_FOURS) : lean_find(s->rows, s->row, LEAN_FOURS) != NULL)) {
        l->stores = LEAN_FOURS;
        l->channels = 4;
        if (!l->in.phases)
            l->run = lean_find(s->rows, s->row, LEAN_FOURS);
    }
    l->across = l->in.gathered ? s->row * 4 : v->stride[1] * wide;
    return common_lay(&l->in, p, x, s->row * 4);
}

// Lets a plane go down its longer side: the end of a row costs what a window does.
COMMON_PART void lean_turn(struct lean_plane *s)
{
    int32_t across = s->across, rows = s->out[0], pitch = s->out[1] * s->channels + s->gap;
    if (rows <= 2 * s->out[1] || !(s->gap || s->out[1] == 1))
        return;
    s->across = s->line;
    s->line = across;
    s->gap = s->channels - rows * pitch;
    s->channels = pitch;
    s->out[0] = s->out[1];
    s->out[1] = rows;
}

// The rows of outputs from row `first` on; returns where the next ones begin.
COMMON_PART int32_t lean_band(const struct lean_view *l, struct lean_plane *s, const struct nn_conv *p, const int8_t *x, int32_t first)
{
    const struct nn_window *v = &p->window;
    s->out[0] = common_least(l->in.band, v->out[0] - first);
    s->out[1] = v->out[1];
    s->x = common_read(&l->in, p, x, first, s->out[0], s->row / v->kernel[0] * 4);
    first += s->out[0];
    s->gap = 0;
    s->channels = v->out_channels;
    s->across = l->across;
    s->line = l->in.line;
    s->skip = l->in.pitch - (s->row - 1) * s->step;
    if (!l->in.phases && s->line == s->out[1] * s->across) {
        s->out[1] *= s->out[0]; // one row behind another
        s->out[0] = 1;
    }
    lean_hop(s);
    return first;
}

#endif
#endif
