#include <oneapi/dnnl/dnnl.h>
#include <oneapi/dnnl/dnnl_debug.h>

// libgomp's entry points; its omp.h is not on clang's search path. Each OS thread has its own setting.
void omp_set_num_threads(int count);
