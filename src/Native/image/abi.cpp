#include "image.h"

int uvlm_image_abi_version() { return 1; }
