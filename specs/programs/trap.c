// Traps: each kind is provoked once, and the handler checks what it is told.
#include "marvel_rt.h"

#ifdef __riscv

enum { FETCH_MISALIGNED = 0, ILLEGAL = 2, BREAKPOINT = 3, LOAD_MISALIGNED = 4, STORE_MISALIGNED = 6, ECALL = 11 };

static const uint32_t INTERRUPT = 0x80000000u;
enum { MACHINE_TIMER = 7 };

static volatile uint32_t traps, last_cause, last_value, last_pc;

uint32_t trap_handler(uint32_t mcause, uint32_t mepc, uint32_t mtval)
{
    traps++;
    last_cause = mcause;
    last_value = mtval;
    last_pc = mepc;
    if (mcause == (INTERRUPT | MACHINE_TIMER)) {
        MV_MTIMECMP[1] = 0xffffffffu; // not again
        return mepc;
    }
    return mepc + 4;
}

static int wrong;

// Counts a failure unless exactly one trap of this cause and value came.
static void expect(uint32_t cause, uint32_t value)
{
    wrong += traps != 1 || last_cause != cause || last_value != value;
    traps = 0;
}

static uint32_t words[2] = {0x11223344, 0x55667788};

static void exceptions(void)
{
    uint32_t untouched = 0xabcd, address;

    __asm__ volatile(".word 0xffffffff");
    expect(ILLEGAL, 0xffffffffu);
    __asm__ volatile("csrr %0, 0x7c0" : "+r"(untouched)); // no such CSR
    wrong += traps != 1 || last_cause != ILLEGAL || untouched != 0xabcd;
    traps = 0;
    __asm__ volatile("la %0, 1f\n1: ecall" : "=r"(address));
    wrong += last_pc != address;
    expect(ECALL, 0);
    __asm__ volatile("la %0, 1f\n1: ebreak" : "=r"(address));
    wrong += traps != 1 || last_cause != BREAKPOINT || last_pc != address;
    traps = 0;
    __asm__ volatile("lw %0, 1(%1)" : "+r"(untouched) : "r"(words));
    wrong += untouched != 0xabcd;
    expect(LOAD_MISALIGNED, (uint32_t)words + 1);
    __asm__ volatile("lhu %0, 3(%1)" : "+r"(untouched) : "r"(words));
    wrong += untouched != 0xabcd;
    expect(LOAD_MISALIGNED, (uint32_t)words + 3);
    __asm__ volatile("sw %0, 2(%1)" ::"r"(untouched), "r"(words) : "memory");
    expect(STORE_MISALIGNED, (uint32_t)words + 2);
    __asm__ volatile("sh %0, 5(%1)" ::"r"(untouched), "r"(words) : "memory");
    expect(STORE_MISALIGNED, (uint32_t)words + 5);
    __asm__ volatile("la %0, 1f + 2\n1: jr %0" : "=r"(address));
    wrong += last_pc + 2 != address;
    expect(FETCH_MISALIGNED, address);
    wrong += words[0] != 0x11223344 || words[1] != 0x55667788;
}

static void counters(void)
{
    uint64_t cycles = mv_cycles(), retired = mv_instret();
    for (volatile int i = 0; i < 10; i++) {
    }
    wrong += mv_cycles() <= cycles || mv_instret() <= retired;
    uint32_t scratch;
    __asm__ volatile("csrw mscratch, %1\n csrr %0, mscratch" : "=r"(scratch) : "r"(0xdeadbeefu));
    wrong += scratch != 0xdeadbeefu;
}

static void timer_interrupt(void)
{
    MV_MTIMECMP[1] = 0xffffffffu;
    MV_MTIMECMP[0] = MV_MTIME[0] + 200;
    MV_MTIMECMP[1] = MV_MTIME[1];
    __asm__ volatile("csrs mie, %0" ::"r"(1u << MACHINE_TIMER));
    wrong += traps != 0; // not before mstatus allows it
    __asm__ volatile("csrsi mstatus, 8");
    for (int i = 0; i < 2000 && traps == 0; i++) {
        __asm__ volatile("");
    }
    __asm__ volatile("csrci mstatus, 8");
    __asm__ volatile("csrc mie, %0" ::"r"(1u << MACHINE_TIMER));
    wrong += traps != 1 || last_cause != (INTERRUPT | MACHINE_TIMER);
    wrong += MV_MTIME[0] < 200;
    traps = 0;
}

int main(void)
{
    exceptions();
    counters();
    timer_interrupt();
    exceptions(); // all of it still works after an interrupt
    return wrong;
}

#else

int main(void) { return 0; }

#endif
