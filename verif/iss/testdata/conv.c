// int8 3x3 convolution with per-channel requantisation: loops of loads,
// multiplies, adds and branches, as the kernels that the simulator is made for.
#include <stdint.h>

enum { H = 16, W = 16, C = 16, K = 16 };
static int8_t in[(H + 2) * (W + 2) * C], weight[K * 9 * C], out[H * W * K];
static int32_t mult[K];

#ifndef REPEAT
#define REPEAT 1
#endif

static uint32_t seed = 1;
static int8_t draw(void) {
  seed = seed * 1664525u + 1013904223u;
  return (int8_t)(seed >> 24);
}

__attribute__((noinline)) static void conv(void) {
  for (int y = 0; y < H; y++)
    for (int x = 0; x < W; x++)
      for (int k = 0; k < K; k++) {
        int32_t acc = 0;
        const int8_t *w = weight + k * 9 * C;
        for (int dy = 0; dy < 3; dy++) {
          const int8_t *p = in + ((y + dy) * (W + 2) + x) * C;
          for (int i = 0; i < 3 * C; i++) acc += p[i] * *w++;
        }
        int32_t v = (int32_t)(((int64_t)acc * mult[k] + (1ll << 37)) >> 38);
        out[(y * W + x) * K + k] = (int8_t)(v > 127 ? 127 : v < -128 ? -128 : v);
      }
}

int main(void) {
  for (int i = 0; i < (int)sizeof in; i++) in[i] = draw();
  for (int i = 0; i < (int)sizeof weight; i++) weight[i] = draw();
  for (int k = 0; k < K; k++) mult[k] = 1 << 28 | (seed >> k);
  volatile uint32_t *roi = (volatile uint32_t *)0x10000008;
  *roi = 1;
  for (int r = 0; r < REPEAT; r++) conv();
  *roi = 0;
  uint32_t sum = 0;
  for (int i = 0; i < (int)sizeof out; i++) sum = sum * 31 + (uint8_t)out[i];
  for (int i = 28; i >= 0; i -= 4) *(volatile uint8_t *)0x10000000 = "0123456789abcdef"[sum >> i & 15];
  *(volatile uint8_t *)0x10000000 = '\n';
  return 0;
}
