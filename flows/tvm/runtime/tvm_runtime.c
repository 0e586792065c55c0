/* A runtime for C that TVM's ahead-of-time executor emits, without an operating system. */
#include <stdint.h>
#include <tvm/runtime/c_backend_api.h>
#include <tvm/runtime/c_runtime_api.h>

static const char *last_error = "no message";

void TVMAPISetLastError(const char *message) { last_error = message; }

const char *TVMGetLastError(void) { return last_error; }

/* Workspaces lie on one another. One that is freed below others goes with the last of
 * those above it. */
struct workspace {
    struct workspace *below;
    uint32_t freed;
} __attribute__((aligned(16)));

static uint8_t memory[TVM_WORKSPACE_BYTES] __attribute__((aligned(16)));
static uint8_t *end = memory;
static struct workspace *top;

void *TVMBackendAllocWorkspace(int device_type, int device_id, uint64_t bytes, int type_code, int type_bits)
{
    (void)device_type, (void)device_id, (void)type_code, (void)type_bits;
    uint64_t left = (uint64_t)(memory + sizeof memory - end);
    if (bytes > left || ((bytes + 15) & ~15ull) + sizeof *top > left) {
        TVMAPISetLastError("out of workspace");
        return 0;
    }
    struct workspace *w = (struct workspace *)end;
    w->below = top;
    w->freed = 0;
    top = w;
    end += sizeof *w + ((bytes + 15) & ~15ull);
    return w + 1;
}

int TVMBackendFreeWorkspace(int device_type, int device_id, void *workspace)
{
    (void)device_type, (void)device_id;
    struct workspace *w = top;
    while (w && (w + 1 != (struct workspace *)workspace || w->freed))
        w = w->below;
    if (!w) {
        TVMAPISetLastError("a workspace was freed that nobody has");
        return -1;
    }
    w->freed = 1;
    while (top && top->freed) {
        end = (uint8_t *)top;
        top = top->below;
    }
    return 0;
}
