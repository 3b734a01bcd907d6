// Growth of scratch memory, kept out of the files that are compiled for wider instruction sets.
#pragma once

#include <cstdint>
#include <vector>

namespace uvlm::align {

// At least `count` elements; what was in them is undefined.
float* grow(std::vector<float>& buffer, int64_t count);
double* grow(std::vector<double>& buffer, int64_t count);

}  // namespace uvlm::align
