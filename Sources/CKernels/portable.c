#include "variants.h"

#define VARIANT(name) ts_portable_##name
#define ROWS_OF_1 4
#define ROWS_OF_2 2
#define ROWS_OF_4 1
#include "kernels.inc"
