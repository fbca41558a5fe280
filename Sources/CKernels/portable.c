#include "variants.h"

#define VARIANT(name) ts_portable_##name
#include "kernels.inc"
