// C ABI of uvlm_align. Every function is thread-safe and keeps no state between calls.
#pragma once

#define UVLM_ALIGN_API extern "C" __attribute__((visibility("default")))

// The C# side refuses a library whose number differs from its own.
UVLM_ALIGN_API int uvlm_align_abi_version();
