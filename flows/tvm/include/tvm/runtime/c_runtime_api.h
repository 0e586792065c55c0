/* What C that TVM emits needs of its runtime: types of arguments, errors. */
#ifndef TVM_RUNTIME_C_RUNTIME_API_H_
#define TVM_RUNTIME_C_RUNTIME_API_H_

#include <dlpack/dlpack.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TVM_DLL
#define TVM_WEAK __attribute__((weak))

typedef int64_t tvm_index_t;

typedef union {
    int64_t v_int64;
    double v_float64;
    void *v_handle;
    const char *v_str;
    DLDataType v_type;
    DLDevice v_device;
} TVMValue;

typedef enum {
    kTVMArgInt = kDLInt,
    kTVMArgFloat = kDLFloat,
    kTVMOpaqueHandle = 3,
    kTVMNullptr = 4,
    kTVMDataType = 5,
    kDLDevice = 6,
    kTVMDLTensorHandle = 7
} TVMArgTypeCode;

/* Keeps the text of an error, which the program prints if a function fails. */
void TVMAPISetLastError(const char *message);
const char *TVMGetLastError(void);

#ifdef __cplusplus
}
#endif
#endif
