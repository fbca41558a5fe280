#include "CKernels.h"
int tilescope_kernels_placeholder(void) { return 0; }
