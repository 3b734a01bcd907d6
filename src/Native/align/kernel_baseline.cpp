#define UVLM_ALIGN_LANES 4
#define UVLM_ALIGN_TILE_X 2
#define UVLM_ALIGN_KERNEL kBaselineKernel
#include "kernel_impl.h"
