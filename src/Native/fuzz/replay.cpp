// Drives a fuzz target without libFuzzer: every file given, and with --damage N also N random changes and cuts of each.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

// A copy of exactly this size, so that a read past its end is seen.
void run(const std::vector<uint8_t>& bytes) {
    std::vector<uint8_t> exact(bytes);
    exact.shrink_to_fit();
    LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

std::vector<uint8_t> damage(std::vector<uint8_t> bytes, std::mt19937& random) {
    const auto below = [&](size_t limit) { return static_cast<size_t>(random()) % limit; };
    for (size_t changes = 1 + below(8); changes > 0 && !bytes.empty(); --changes) {
        // Headers are a small part of a file and the larger part of its dangers.
        const size_t place = below(below(2) ? bytes.size() : (bytes.size() < 64 ? bytes.size() : 64));
        switch (below(4)) {
            case 0: bytes[place] = static_cast<uint8_t>(random()); break;
            case 1: bytes[place] ^= static_cast<uint8_t>(1u << below(8)); break;
            case 2: bytes[place] = below(2) ? 0xFF : 0x00; break;
            default: bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(place)); break;
        }
    }
    if (below(8) == 0)
        bytes.resize(below(bytes.size() + 1));
    return bytes;
}

}  // namespace

int main(int argc, char** argv) {
    int first = 1, changes = 0;
    if (argc > 2 && std::strcmp(argv[1], "--damage") == 0) {
        changes = std::atoi(argv[2]);
        first = 3;
    }
    std::mt19937 random(20240229);
    long runs = 0;
    for (int a = first; a < argc; ++a) {
        std::ifstream file(argv[a], std::ios::binary);
        const std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
        run(bytes);
        for (int c = 0; c < changes; ++c)
            run(damage(bytes, random));
        runs += 1 + changes;
    }
    std::printf("%ld inputs, no fault\n", runs);
    return 0;
}
