#include "variants.h"

#define VARIANT(name) ts_portable_##name
#define WINOGRAD_SQUARES_OF_ONE 4
#define WINOGRAD_SQUARES_OF_TWO 2
#include "kernels.inc"
