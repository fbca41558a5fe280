// The tables that the variants' files define.
#pragma once

#include "CKernels.h"

extern const ts_kernels ts_portable_table;
#ifdef __x86_64__
extern const ts_kernels ts_avx2_table;
extern const ts_kernels ts_avx512_table;
extern const ts_kernels ts_avx512_vnni_table;
extern const ts_kernels ts_avx512_bf16_table;
#endif
