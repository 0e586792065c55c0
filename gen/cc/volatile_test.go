package cc

import "testing"

// TestHasVolatile tells sources apart by whether any access may be volatile or atomic.
func TestHasVolatile(t *testing.T) {
	for source, want := range map[string]bool{
		"int x; int f(void) { return x; }":                                         false,
		"volatile int x;":                                                          true,
		"int f(int const __volatile__*p) { return *p; }":                           true,
		"typedef __volatile int v;":                                                true,
		"int f(void) { asm volatile (\"nop\"); return 1; }":                        false,
		"void f(void) { __asm__ __volatile__(\"nop\"); asm goto volatile(\"\"); }": false,
		"void f(void) { asm volatile(\"\"); } volatile char c;":                    true,
		"_Atomic char c;":                                                          true,
		"char f(char *p) { return __atomic_load_n(p, 0); }":                        true,
		"char f(char *p) { return __sync_fetch_and_add(p, 1);}":                    true,
		"#include <atomic>\natomic_int a;":                                         true,
		"int involatile, volatiles;":                                               false,
	} {
		if HasVolatile([]byte(source)) != want {
			t.Errorf("%s: volatile: %t", source, !want)
		}
	}
}
