// C ABI of uvlm_image. Every function is thread-safe and keeps no state between calls.
#pragma once

#define UVLM_IMAGE_API extern "C" __attribute__((visibility("default")))

// The C# side refuses a library whose number differs from its own.
UVLM_IMAGE_API int uvlm_image_abi_version();
