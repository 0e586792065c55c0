// Prints to the console, with the runtime's own functions and, where picolibc
// is linked, with printf.
#include "marvel_rt.h"

#ifdef MARVELGEN_LIBC
#include <stdio.h>
#endif

int main(void)
{
    mv_puts("Hello from mv32.");
    for (const char *s = "0123456789\n"; *s; s++)
        mv_putchar(*s);
#ifdef MARVELGEN_LIBC
    printf("%s %d %08x %c%%\n", "printf:", -42, 0xc0ffee, 'x');
#endif
    return 0;
}
