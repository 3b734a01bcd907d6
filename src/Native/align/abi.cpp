#include "align.h"

int uvlm_align_abi_version() { return 1; }
