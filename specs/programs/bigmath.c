// 64-bit multiplication and division, in the corner cases too. The compiler's
// library does 64 bits with 32-bit instructions; here each result is checked
// by an identity or against a value worked out by hand.
#include "marvel_rt.h"

static uint64_t state = 0x853c49e6748fea9bull;

// The next number of a xorshift generator, of very different sizes.
static uint64_t draw(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state >> (state & 63);
}

// Shift-and-subtract, to compare the library's division with.
static uint64_t slow_divide(uint64_t a, uint64_t b, uint64_t *rest)
{
    uint64_t q = 0, r = 0;
    for (int bit = 63; bit >= 0; bit--) {
        uint64_t carry = r >> 63;
        r = (r << 1) | ((a >> bit) & 1);
        if (carry || r >= b) {
            r -= b;
            q |= 1ull << bit;
        }
    }
    *rest = r;
    return q;
}

// Operands the compiler must not see through.
static volatile int32_t minus_one = -1, least = INT32_MIN, zero = 0, seven = 7;

static int check_32_bit_corners(void)
{
    int wrong = 0;
    uint32_t q, r;
    // Division by zero and overflow do not trap on RISC-V.
    __asm__ volatile("" ::: "memory");
#ifdef __riscv
    __asm__ volatile("div %0, %1, %2" : "=r"(q) : "r"(seven), "r"(zero));
    wrong += q != 0xffffffffu;
    __asm__ volatile("rem %0, %1, %2" : "=r"(r) : "r"(seven), "r"(zero));
    wrong += r != 7;
    __asm__ volatile("divu %0, %1, %2" : "=r"(q) : "r"(seven), "r"(zero));
    wrong += q != 0xffffffffu;
    __asm__ volatile("remu %0, %1, %2" : "=r"(r) : "r"(seven), "r"(zero));
    wrong += r != 7;
    __asm__ volatile("div %0, %1, %2" : "=r"(q) : "r"(least), "r"(minus_one));
    wrong += q != 0x80000000u;
    __asm__ volatile("rem %0, %1, %2" : "=r"(r) : "r"(least), "r"(minus_one));
    wrong += r != 0;
#else
    (void)q, (void)r, (void)zero;
#endif
    wrong += -seven / 2 != -3 || -seven % 2 != -1;
    wrong += (int32_t)((int64_t)least * least >> 32) != 0x40000000;
    wrong += (int32_t)((int64_t)least * minus_one >> 32) != 0;
    wrong += (uint32_t)((uint64_t)(uint32_t)least * (uint32_t)minus_one >> 32) != 0x7fffffffu;
    wrong += (int32_t)((int64_t)minus_one * (uint32_t)minus_one >> 32) != -1;
    return wrong;
}

int main(void)
{
    int wrong = check_32_bit_corners();
    mv_roi_begin();
    for (int i = 0; i < 60; i++) {
        uint64_t a = draw(), b = draw() | 1, rest;
        uint64_t q = slow_divide(a, b, &rest);
        wrong += a / b != q || a % b != rest;
        wrong += q * b + rest != a;
        int64_t s = (int64_t)a, t = -(int64_t)(b >> 1) - 1;
        wrong += s / t * t + s % t != s;
        wrong += (s % t < 0 && s >= 0) || (s % t > 0 && s < 0);
        uint32_t u = (uint32_t)a, v = (uint32_t)b;
        wrong += (uint64_t)u * v / v != u;
    }
    mv_roi_end();
    // (2^32 + 1)(2^32 - 1) = 2^64 - 1
    volatile uint64_t more = 0x100000001ull, less = 0xffffffffull;
    wrong += more * less != UINT64_MAX;
    return wrong > 255 ? 255 : wrong;
}
