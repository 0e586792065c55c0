// Quick sort and merge sort of the same numbers: recursion, calls through
// pointers, unpredictable branches.
#include "marvel_rt.h"

#define COUNT 300

static uint32_t state = 12345;

// The next number of a xorshift generator.
static int32_t draw(void)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return (int32_t)state >> 8;
}

typedef int (*compare_t)(int32_t, int32_t);

static int upward(int32_t a, int32_t b) { return (a > b) - (a < b); }
static int downward(int32_t a, int32_t b) { return (a < b) - (a > b); }

static void quick_sort(int32_t *v, int count, compare_t compare)
{
    if (count < 2)
        return;
    int32_t pivot = v[count / 2];
    int i = 0, j = count - 1;
    while (i <= j) {
        while (compare(v[i], pivot) < 0)
            i++;
        while (compare(v[j], pivot) > 0)
            j--;
        if (i <= j) {
            int32_t t = v[i];
            v[i++] = v[j];
            v[j--] = t;
        }
    }
    quick_sort(v, j + 1, compare);
    quick_sort(v + i, count - i, compare);
}

static void merge_sort(int32_t *v, int32_t *spare, int count, compare_t compare)
{
    if (count < 2)
        return;
    int half = count / 2;
    merge_sort(v, spare, half, compare);
    merge_sort(v + half, spare, count - half, compare);
    for (int i = 0; i < count; i++)
        spare[i] = v[i];
    for (int i = 0, a = 0, b = half; i < count; i++) {
        if (b == count || (a < half && compare(spare[a], spare[b]) <= 0))
            v[i] = spare[a++];
        else
            v[i] = spare[b++];
    }
}

static int32_t first[COUNT], second[COUNT], spare[COUNT];

int main(void)
{
    int wrong = 0;
    uint32_t sum = 0;
    for (int i = 0; i < COUNT; i++) {
        first[i] = second[i] = draw() % 100;
        sum += (uint32_t)first[i];
    }
    mv_roi_begin();
    quick_sort(first, COUNT, upward);
    merge_sort(second, spare, COUNT, downward);
    mv_roi_end();
    for (int i = 0; i < COUNT; i++) {
        sum -= (uint32_t)first[i];
        wrong += first[i] != second[COUNT - 1 - i];
        wrong += i > 0 && first[i - 1] > first[i];
    }
    wrong += sum != 0;
    return wrong > 255 ? 255 : wrong;
}
