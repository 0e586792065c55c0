/* CoreMark port for mv32, bare metal, on the runtime that the generator emits (crt0.S, runtime.c, marvel_rt.h).
 *
 * Time is the core's own: mcycle counts it, and the report takes the clock for 1 MHz, so that its iterations per second
 * are CoreMark/MHz. The benchmark wants a run of ten seconds, then; ITERATIONS must be enough for 10^7 cycles.
 */
#include "coremark.h"
#include "marvel_rt.h"

#include <stdarg.h>
#include <stddef.h>

#ifndef ITERATIONS
#define ITERATIONS 50
#endif

#define HERTZ 1000000
#define SECONDS 10

_Static_assert(sizeof(ee_s16) == 2 && sizeof(ee_u16) == 2 && sizeof(ee_s32) == 4 && sizeof(ee_u32) == 4 && sizeof(ee_u8) == 1 &&
                   sizeof(ee_ptr_int) == sizeof(void *),
               "the benchmark's types have these sizes");

/* Seeds and size of the 2K performance run, the one that scores are quoted for. */
volatile ee_s32 seed1_volatile = 0;
volatile ee_s32 seed2_volatile = 0;
volatile ee_s32 seed3_volatile = 0x66;
volatile ee_s32 seed4_volatile = ITERATIONS;
volatile ee_s32 seed5_volatile = 0;
ee_u32 default_num_contexts = 1;

static uint64_t began, ended;

void start_time(void) {
  mv_roi_begin();
  began = mv_cycles();
}

void stop_time(void) {
  ended = mv_cycles();
  mv_roi_end();
}

CORE_TICKS get_time(void) { return ended - began; }

secs_ret time_in_secs(CORE_TICKS ticks) { return ticks / HERTZ; }

static void put_number(ee_u32 value, ee_u32 base, int width, char fill) {
  char digits[12];
  int n = 0;
  do {
    digits[n++] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value);
  while (width-- > n) mv_putchar(fill);
  while (n) mv_putchar(digits[--n]);
}

/* The formats that CoreMark uses: %s %c %d %u %x with l, width and zero fill. */
int ee_printf(const char *format, ...) {
  va_list args;
  va_start(args, format);
  for (; *format; format++) {
    if (*format != '%') {
      mv_putchar(*format);
      continue;
    }
    int width = 0;
    char fill = ' ';
    format++;
    if (*format == '0') fill = '0';
    for (; (*format >= '0' && *format <= '9') || *format == 'l'; format++)
      if (*format != 'l') width = width * 10 + (*format - '0');
    switch (*format) {
    case 's':
      for (const char *s = va_arg(args, const char *); *s; s++) mv_putchar(*s);
      break;
    case 'c': mv_putchar(va_arg(args, int)); break;
    case 'x': put_number(va_arg(args, ee_u32), 16, width, fill); break;
    case 'u': put_number(va_arg(args, ee_u32), 10, width, fill); break;
    case 'd': {
      ee_s32 value = va_arg(args, ee_s32);
      if (value < 0) mv_putchar('-');
      put_number(value < 0 ? -(ee_u32)value : (ee_u32)value, 10, width, fill);
      break;
    }
    default: mv_putchar(*format);
    }
  }
  va_end(args);
  return 0;
}

void portable_init(core_portable *p, int *argc, char *argv[]) {
  (void)argc, (void)argv;
  p->portable_id = 1;
}

static int wrong(const char *name, ee_u16 have, ee_u16 want) {
  if (have != want) ee_printf("%s is 0x%04x, must be 0x%04x\n", name, have, want);
  return have != want;
}

/* The benchmark's main always returns 0, and calls this last; so the verdict falls here. The port's part of the results
 * is all that it hands over, but that lies within them. */
void portable_fini(core_portable *p) {
  p->portable_id = 0;
  const core_results *r = (const core_results *)((const char *)p - offsetof(core_results, port));
  uint64_t cycles = ended - began;
  int errors = wrong("crclist", r->crclist, 0xe714) + wrong("crcmatrix", r->crcmatrix, 0x1fd7) + wrong("crcstate", r->crcstate, 0x8e3a) + r->err;
  if (r->iterations == 0 || cycles < (uint64_t)HERTZ * SECONDS || cycles >> 32) {
    ee_printf("%u iterations: too %s for a score, which takes 10^7 to 2^32 cycles\n", r->iterations, cycles >> 32 ? "many" : "few");
    errors++;
  }
  if (errors) {
    ee_printf("CoreMark failed\n");
    mv_exit(1);
  }
  ee_u32 per_iteration = (cycles + r->iterations / 2) / r->iterations;
  ee_u32 score = ((uint64_t)r->iterations * HERTZ * 100 + cycles / 2) / cycles;
  ee_printf("CoreMark %u.%02u per MHz: %u cycles an iteration, %u iterations, CRCs right\n", score / 100, score % 100, per_iteration, r->iterations);
}
