#define UVLM_ALIGN_LANES 8
#define UVLM_ALIGN_TILE_X 2
#define UVLM_ALIGN_KERNEL kAvx2Kernel
#include "kernel_impl.h"
