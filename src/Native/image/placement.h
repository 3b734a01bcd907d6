// Where a stored pixel stands on the displayed picture.
#pragma once

#include <cstdint>

namespace uvlm::image {

// Index of stored pixel (x, y) = origin + x * step_x + y * step_y, in pixels of the displayed picture.
struct Placement {
    int64_t origin;
    int64_t step_x;
    int64_t step_y;
};

// The stored picture is `width` x `height`; `pitch` is the distance between rows where it is displayed. EXIF orientation (CIPA DC-008): which
// edges of the display the stored first row and first column are.
inline Placement place(int32_t orientation, int64_t width, int64_t height, int64_t pitch) {
    const int64_t right = width - 1, bottom = height - 1;
    switch (orientation) {
        case 2: return {right, -1, pitch};                    // top, right
        case 3: return {bottom * pitch + right, -1, -pitch};  // bottom, right
        case 4: return {bottom * pitch, 1, -pitch};           // bottom, left
        case 5: return {0, pitch, 1};                         // left, top
        case 6: return {bottom, pitch, -1};                   // right, top
        case 7: return {right * pitch + bottom, -pitch, -1};  // right, bottom
        case 8: return {right * pitch, -pitch, 1};            // left, bottom
        default: return {0, 1, pitch};                        // top, left
    }
}

}  // namespace uvlm::image
