/* What operators that TVM emits call: memory for what they compute on the way. */
#ifndef TVM_RUNTIME_C_BACKEND_API_H_
#define TVM_RUNTIME_C_BACKEND_API_H_

#include "c_runtime_api.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Memory aligned to 16 bytes, NULL if there is none left. */
void *TVMBackendAllocWorkspace(int device_type, int device_id, uint64_t bytes, int type_code, int type_bits);

/* 0, or -1 if there is no such workspace. */
int TVMBackendFreeWorkspace(int device_type, int device_id, void *workspace);

#ifdef __cplusplus
}
#endif
#endif
