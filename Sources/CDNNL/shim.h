#include <oneapi/dnnl/dnnl.h>

// libgomp's entry points; its omp.h is not on clang's search path. Each OS thread has its own setting.
void omp_set_num_threads(int count);
