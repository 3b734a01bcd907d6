#define UVLM_ALIGN_LANES 16
#define UVLM_ALIGN_TILE_X 4
#define UVLM_ALIGN_KERNEL kAvx512Kernel
#include "kernel_impl.h"
