// C ABI of uvlm_align: similarities of two sequences of vectors, batched over many pairs of sequences.
// Every function is thread-safe and keeps no state between calls.
//
// Packed sequences: `rows` holds every part vector of every sequence one after another (float32, D values each); sequence s owns
// the rows [offsets[s], offsets[s + 1]). Every sequence has at least one row.
#pragma once

#include <cstdint>

#define UVLM_ALIGN_API extern "C" __attribute__((visibility("default")))

enum uvlm_align_status : int32_t {
    UVLM_ALIGN_OK = 0,
    UVLM_ALIGN_BAD_ARGUMENT = 1,   // the C# side checks arguments first, so this is a bug of the caller
    UVLM_ALIGN_BAD_VECTOR_X = 2,   // a NaN, an infinity or a norm above 1e6 in an x sequence; *bad_sequence says which
    UVLM_ALIGN_BAD_VECTOR_Y = 3,   // the same in a y sequence
    UVLM_ALIGN_OUT_OF_MEMORY = 4,
};

enum uvlm_align_measure : int32_t {
    UVLM_ALIGN_LOG_KERNEL = 0,  // log K; parameter = sigma
    UVLM_ALIGN_DTW = 1,         // the smallest sum of squared distances over all paths; parameter unused
    UVLM_ALIGN_SOFT_DTW = 2,    // its soft minimum; parameter = gamma
    UVLM_ALIGN_MAX_SIM = 3,     // mean over x's rows of the largest cosine with a row of y; parameter unused
    UVLM_ALIGN_MEAN = 4,        // cosine of the two mean rows; parameter unused
};

enum uvlm_align_instructions : int32_t {
    UVLM_ALIGN_AUTOMATIC = 0,
    UVLM_ALIGN_BASELINE = 1,
    UVLM_ALIGN_AVX2 = 2,
    UVLM_ALIGN_AVX512 = 3,
};

struct uvlm_align_sequences {
    const float* rows;
    const int32_t* offsets;  // count + 1
    int32_t count;
};

// The C# side refuses a library whose number differs from its own.
UVLM_ALIGN_API int32_t uvlm_align_abi_version();

// The widest instruction set this machine can run, never UVLM_ALIGN_AUTOMATIC.
UVLM_ALIGN_API int32_t uvlm_align_best_instructions();

// Scores pairs of sequences. `pairs` holds (x index, y index) for each pair; NULL means all x.count * y.count pairs, x-major.
// A pair's score depends on nothing but its two sequences, `measure`, `parameter` and the instruction set: not on the batch, not on `threads`.
UVLM_ALIGN_API int32_t uvlm_align_score(
    int32_t measure, const uvlm_align_sequences* x, const uvlm_align_sequences* y, int32_t dimension,
    const int32_t* pairs, int64_t pair_count, float parameter, int32_t threads, int32_t instructions,
    float* scores, int32_t* bad_sequence);

// The largest n * m of a pair that uvlm_align_gradients takes: it keeps four floats per cell.
constexpr int64_t UVLM_ALIGN_MAX_GRADIENT_CELLS = 1 << 18;

// Gradient of L = sum over pairs of weights[p] * log K(x, y) with respect to every row: the weights are dL / d log K. `pairs` as above; a pair
// of weight 0 costs nothing. x_gradient and y_gradient are [rows, dimension] and overwritten; NULL for one that is not wanted.
// A row's gradient is summed in the order of the pairs: it does not depend on `threads`.
UVLM_ALIGN_API int32_t uvlm_align_gradients(
    const uvlm_align_sequences* x, const uvlm_align_sequences* y, int32_t dimension, const int32_t* pairs, int64_t pair_count,
    const float* weights, float sigma, int32_t threads, int32_t instructions, float* x_gradient, float* y_gradient, int32_t* bad_sequence);

// The best single path of one pair. By UVLM_ALIGN_LOG_KERNEL the path with the largest product of local kernels (parameter = sigma),
// by UVLM_ALIGN_DTW the one with the smallest sum of squared distances. `steps` takes (row of x, row of y) in order, room for
// x_rows + y_rows - 1 of them; `cosines` the cosine of each matched pair.
UVLM_ALIGN_API int32_t uvlm_align_path(
    int32_t measure, const float* x, int32_t x_rows, const float* y, int32_t y_rows, int32_t dimension, float parameter,
    int32_t* steps, float* cosines, int32_t* step_count);
