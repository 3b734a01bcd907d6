// The JPEGs and PNGs given, decoded and encoded again while memory runs out: of N allocations the first fails, then the second, and so on, once alone and once with all after it.
// Whatever comes of it is a picture or "out of memory", never "damaged"; the C library ends the program at a block that is freed twice.
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

#include "../image/image.h"

extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* block, size_t size);
}

namespace {

thread_local long left = -1;  // allocations until one fails; negative: none does
thread_local bool for_good = false;
thread_local bool failed = false;

bool fails() {
    if (left < 0 || left-- > 0)
        return false;
    if (for_good)
        left = 0;
    failed = true;
    return true;
}

struct Picture {
    const char* name;
    std::vector<uint8_t> file;
};

bool is_right(int32_t status) { return status == UVLM_IMAGE_OK || status == UVLM_IMAGE_OUT_OF_MEMORY; }

// Each kind of work once. Memory of its own it takes before anything fails.
bool work(const Picture& picture, int kind, std::vector<uint8_t>& rgb, const uvlm_image_info& known) {
    const uvlm_image_limits limits = {1 << 24, 1 << 24, 1 << 14};
    const int64_t size = static_cast<int64_t>(picture.file.size());
    uvlm_image_info info;
    uvlm_image_error error = {};
    int32_t status = UVLM_IMAGE_OK;
    if (kind == 0) {
        status = uvlm_image_probe(picture.file.data(), size, &limits, &info, &error);
    } else if (kind == 1) {
        status = uvlm_image_decode_rgb(picture.file.data(), size, &limits, known.width, known.height, rgb.data(), &error);
    } else {
        uint8_t* file = nullptr;
        int64_t length = 0;
        status = uvlm_image_encode(kind == 2 ? UVLM_IMAGE_JPEG : UVLM_IMAGE_PNG, rgb.data(), known.width, known.height, 100, &file, &length, &error);
        if (status == UVLM_IMAGE_OK)
            uvlm_image_free(file);
    }
    left = -1;
    if (is_right(status))
        return true;
    std::printf("%s, work %d: status %d (%s) when memory ran out\n", picture.name, kind, status, error.detail);
    return false;
}

}  // namespace

extern "C" void* malloc(size_t size) { return fails() ? nullptr : __libc_malloc(size); }
extern "C" void* calloc(size_t count, size_t size) { return fails() ? nullptr : __libc_calloc(count, size); }
extern "C" void* realloc(void* block, size_t size) { return fails() ? nullptr : __libc_realloc(block, size); }

int main(int argc, char** argv) {
    long runs = 0, wrong = 0;
    for (int a = 1; a < argc; ++a) {
        std::ifstream stream(argv[a], std::ios::binary);
        const Picture picture = {argv[a], {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()}};
        const uvlm_image_limits limits = {1 << 24, 1 << 24, 1 << 14};
        uvlm_image_info info;
        uvlm_image_error error;
        // What is refused anyway has nothing to say here. libwebp 1.2 is not up to it: it reads through null pointers of its own.
        if (uvlm_image_probe(picture.file.data(), static_cast<int64_t>(picture.file.size()), &limits, &info, &error) != UVLM_IMAGE_OK ||
            info.format == UVLM_IMAGE_WEBP)
            continue;
        std::vector<uint8_t> rgb(static_cast<size_t>(3) * static_cast<size_t>(info.width) * static_cast<size_t>(info.height));
        if (uvlm_image_decode_rgb(picture.file.data(), static_cast<int64_t>(picture.file.size()), &limits, info.width, info.height, rgb.data(), &error) != UVLM_IMAGE_OK)
            continue;
        for (int kind = 0; kind < 4; ++kind) {
            for (const bool good : {false, true}) {
                for (long n = 0;; ++n, ++runs) {
                    left = n;
                    for_good = good;
                    failed = false;
                    wrong += work(picture, kind, rgb, info) ? 0 : 1;
                    if (!failed)
                        break;
                }
            }
        }
    }
    std::printf("%ld runs, %ld wrong\n", runs, wrong);
    return wrong == 0 && runs > 0 ? 0 : 1;
}
