// Life of a handle, errors, creation, data in and out, devices, threads, memory, autograd's switches.
#include "handle.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/util/Exception.h>
#include <malloc.h>

#include <atomic>
#include <cstring>
#include <limits>
#include <string>

namespace uvlm {

namespace {

std::atomic<int64_t> live_handles{0};

struct LastError {
  std::string message;
  std::string details;
};

thread_local LastError last_error;

void record(const char* message, const char* details) noexcept {
  try {
    last_error.message = message;
    last_error.details = details;
  } catch (...) {
    // Out of memory while describing an error: an empty text is all that is left to say.
    last_error.message.clear();
    last_error.details.clear();
  }
}

}  // namespace

Handle adopt(at::Tensor tensor) {
  auto handle = new at::Tensor(std::move(tensor));
  live_handles.fetch_add(1, std::memory_order_relaxed);
  return handle;
}

void record_current_exception() noexcept {
  try {
    throw;
  } catch (const c10::Error& error) {
    record(error.what_without_backtrace(), error.what());
  } catch (const std::exception& error) {
    record(error.what(), error.what());
  } catch (...) {
    record("an exception of an unknown type", "an exception of an unknown type");
  }
}

at::Scalar scalar_of(Scalar value) {
  if (value.kind == 1) {
    double number;
    std::memcpy(&number, &value.bits, sizeof number);
    return at::Scalar(number);
  }
  return value.kind == 2 ? at::Scalar(value.bits != 0) : at::Scalar(value.bits);
}

namespace {

at::Device device_of(int32_t device_type, int32_t device_index) {
  const auto type = static_cast<at::DeviceType>(device_type);
  // libtorch counts devices in eight bits: a larger number would be cut to that of another device.
  TORCH_CHECK(device_index <= std::numeric_limits<c10::DeviceIndex>::max(), "there is no device ", c10::DeviceTypeName(type, /*lower_case=*/true), ":",
      device_index);
  return at::Device(type, device_index < 0 ? c10::DeviceIndex{-1} : static_cast<c10::DeviceIndex>(device_index));
}

}  // namespace

at::TensorOptions options_of(int32_t type, int32_t device_type, int32_t device_index) {
  return at::TensorOptions().dtype(type_of(type)).device(device_of(device_type, device_index));
}

}  // namespace uvlm

using namespace uvlm;

// ---- life and errors

/// The C# side refuses a library whose number differs from its own.
UVLM_API int32_t uvlm_torch_abi_version() { return 1; }

UVLM_API const char* uvlm_error_message() { return last_error.message.c_str(); }

UVLM_API const char* uvlm_error_details() { return last_error.details.c_str(); }

UVLM_API const char* uvlm_version() { return TORCH_VERSION; }

UVLM_API void uvlm_free(Handle tensor) {
  if (!tensor) return;
  delete tensor;
  live_handles.fetch_sub(1, std::memory_order_relaxed);
}

UVLM_API int64_t uvlm_live_handles() { return live_handles.load(std::memory_order_relaxed); }

/// A second handle to the same tensor.
UVLM_API Handle uvlm_alias(Handle tensor) {
  return guard([&] { return ref(tensor); });
}

// ---- threads and memory

UVLM_API int uvlm_set_num_threads(int32_t count) {
  return status([&] {
    // A thread's first look at its setting replaces it by the process's last one: let that happen before it is set, not after.
    at::get_num_threads();
    at::set_num_threads(count);
  });
}

UVLM_API int32_t uvlm_get_num_threads() { return at::get_num_threads(); }

/// A register of the calling thread. Returns 0 where the processor has no such switch.
UVLM_API int32_t uvlm_set_flush_denormal(int32_t on) { return at::globalContext().setFlushDenormal(on != 0); }

/// Activations come and go with every step. By default glibc maps each large one and returns it to the kernel, which then has to
/// clear its pages again; kept on the heap they are reused. One arena keeps parallel threads from fragmenting many.
UVLM_API int uvlm_tune_malloc(int64_t mmap_threshold_bytes, int64_t trim_threshold_bytes, int32_t arenas) {
  return status([&] {
    const bool done = mallopt(M_MMAP_THRESHOLD, static_cast<int>(mmap_threshold_bytes)) != 0 &&
        mallopt(M_TRIM_THRESHOLD, static_cast<int>(trim_threshold_bytes)) != 0 && mallopt(M_ARENA_MAX, arenas) != 0;
    TORCH_CHECK(done, "mallopt refused its settings");
  });
}

/// Gives free heap memory back to the system.
UVLM_API int uvlm_trim_malloc() {
  return status([] { malloc_trim(0); });
}

UVLM_API int uvlm_manual_seed(int64_t seed) {
  return status([&] { at::manual_seed(static_cast<uint64_t>(seed)); });
}

// By the device guard, whose interface is the same in every version of libtorch and needs no CUDA header.
UVLM_API int32_t uvlm_cuda_device_count() {
  try {
    if (!c10::impl::hasDeviceGuardImpl(c10::DeviceType::CUDA)) return 0;
    return c10::impl::VirtualGuardImpl(c10::DeviceType::CUDA).deviceCount();
  } catch (...) {
    record_current_exception();
    return 0;
  }
}

/// Waits for the current stream. index < 0 means the current device.
UVLM_API int uvlm_cuda_synchronize(int32_t index) {
  return status([&] {
    const c10::impl::VirtualGuardImpl guard(c10::DeviceType::CUDA);
    const auto device = index < 0 ? guard.getDevice() : device_of(static_cast<int32_t>(c10::DeviceType::CUDA), index);
    guard.getStream(device).synchronize();
  });
}

/// "highest", "high" (TF32 on a GPU that has it) or "medium": how the factors of float32 matrix products may be rounded.
UVLM_API int uvlm_set_float32_matmul_precision(const char* precision) {
  return status([&] { at::globalContext().setFloat32MatmulPrecision(std::string(precision)); });
}

// ---- autograd's switches, all of the calling thread

UVLM_API int32_t uvlm_grad_enabled() { return c10::GradMode::is_enabled(); }

UVLM_API void uvlm_set_grad_enabled(int32_t enabled) { c10::GradMode::set_enabled(enabled != 0); }

UVLM_API void* uvlm_enter_inference_mode(int32_t enabled) {
  try {
    return new c10::InferenceMode(enabled != 0);
  } catch (...) {
    record_current_exception();
    return nullptr;
  }
}

UVLM_API void uvlm_leave_inference_mode(void* guard) { delete static_cast<c10::InferenceMode*>(guard); }

// ---- creation

UVLM_API Handle uvlm_empty(const int64_t* shape, int64_t rank, int32_t type, int32_t device_type, int32_t device_index) {
  return guard([&] { return at::empty(ints(shape, rank), options_of(type, device_type, device_index)); });
}

UVLM_API Handle
uvlm_full(const int64_t* shape, int64_t rank, Scalar value, int32_t type, int32_t device_type, int32_t device_index) {
  return guard([&] { return at::full(ints(shape, rank), scalar_of(value), options_of(type, device_type, device_index)); });
}

UVLM_API Handle uvlm_arange(Scalar start, Scalar end, Scalar step, int32_t type, int32_t device_type, int32_t device_index) {
  return guard([&] {
    return at::arange(scalar_of(start), scalar_of(end), scalar_of(step), options_of(type, device_type, device_index));
  });
}

UVLM_API Handle
uvlm_linspace(double start, double end, int64_t steps, int32_t type, int32_t device_type, int32_t device_index) {
  return guard([&] { return at::linspace(start, end, steps, options_of(type, device_type, device_index)); });
}

UVLM_API Handle uvlm_eye(int64_t n, int64_t m, int32_t type, int32_t device_type, int32_t device_index) {
  return guard([&] { return at::eye(n, m, options_of(type, device_type, device_index)); });
}

UVLM_API Handle uvlm_rand(const int64_t* shape, int64_t rank, int32_t type, int32_t device_type, int32_t device_index) {
  return guard([&] { return at::rand(ints(shape, rank), options_of(type, device_type, device_index)); });
}

UVLM_API Handle uvlm_randn(const int64_t* shape, int64_t rank, int32_t type, int32_t device_type, int32_t device_index) {
  return guard([&] { return at::randn(ints(shape, rank), options_of(type, device_type, device_index)); });
}

UVLM_API Handle uvlm_randint(
    int64_t low, int64_t high, const int64_t* shape, int64_t rank, int32_t type, int32_t device_type, int32_t device_index) {
  return guard([&] { return at::randint(low, high, ints(shape, rank), options_of(type, device_type, device_index)); });
}

UVLM_API Handle uvlm_randperm(int64_t n, int32_t type, int32_t device_type, int32_t device_index) {
  return guard([&] { return at::randperm(n, options_of(type, device_type, device_index)); });
}

/// Copies `bytes` bytes of row-major data: a managed array, or a memory-mapped file.
UVLM_API Handle uvlm_from_memory(
    const void* data, int64_t bytes, const int64_t* shape, int64_t rank, int32_t type, int32_t device_type, int32_t device_index) {
  return guard([&] {
    const auto device = options_of(type, device_type, device_index).device();
    // From pinned memory a GPU copies by itself, while the caller goes on; libtorch keeps the memory until that is done.
    auto tensor = at::empty(ints(shape, rank), at::TensorOptions().dtype(type_of(type)).pinned_memory(device.is_cuda()));
    const auto needed = static_cast<int64_t>(tensor.nbytes());
    TORCH_CHECK(needed == bytes, "a tensor of shape ", tensor.sizes(), " and type ", tensor.scalar_type(), " takes ", needed,
        " bytes, but ", bytes, " were given");
    if (bytes > 0) std::memcpy(tensor.data_ptr(), data, static_cast<size_t>(bytes));
    return device.is_cpu() ? tensor : tensor.to(device, /*non_blocking=*/true);
  });
}

/// Copies the elements out, row-major.
UVLM_API int uvlm_to_memory(Handle tensor, void* data, int64_t bytes) {
  return status([&] {
    const auto source = ref(tensor).detach().to(at::kCPU).contiguous();
    const auto held = static_cast<int64_t>(source.nbytes());
    TORCH_CHECK(held == bytes, "the tensor holds ", held, " bytes, but the buffer takes ", bytes);
    if (bytes > 0) std::memcpy(data, source.data_ptr(), static_cast<size_t>(bytes));
  });
}

UVLM_API int uvlm_item_double(Handle tensor, double* value) {
  return status([&] { *value = ref(tensor).item().toDouble(); });
}

UVLM_API int uvlm_item_int64(Handle tensor, int64_t* value) {
  return status([&] { *value = ref(tensor).item().toLong(); });
}

// ---- what a tensor is

UVLM_API int64_t uvlm_dim(Handle tensor) { return ref(tensor).dim(); }

UVLM_API int64_t uvlm_numel(Handle tensor) { return ref(tensor).numel(); }

UVLM_API void uvlm_shape(Handle tensor, int64_t* shape) {
  const auto sizes = ref(tensor).sizes();
  std::copy(sizes.begin(), sizes.end(), shape);
}

UVLM_API void uvlm_strides(Handle tensor, int64_t* strides) {
  const auto values = ref(tensor).strides();
  std::copy(values.begin(), values.end(), strides);
}

UVLM_API int uvlm_size(Handle tensor, int64_t dim, int64_t* size) {
  return status([&] { *size = ref(tensor).size(dim); });
}

UVLM_API int32_t uvlm_dtype(Handle tensor) { return static_cast<int32_t>(ref(tensor).scalar_type()); }

UVLM_API int32_t uvlm_device_type(Handle tensor) { return static_cast<int32_t>(ref(tensor).device().type()); }

UVLM_API int32_t uvlm_device_index(Handle tensor) { return static_cast<int32_t>(ref(tensor).device().index()); }

UVLM_API int32_t uvlm_is_contiguous(Handle tensor) { return ref(tensor).is_contiguous(); }

UVLM_API int64_t uvlm_element_size(Handle tensor) { return static_cast<int64_t>(ref(tensor).element_size()); }

UVLM_API int64_t uvlm_data_ptr(Handle tensor) { return reinterpret_cast<int64_t>(ref(tensor).data_ptr()); }

// ---- autograd

UVLM_API int32_t uvlm_requires_grad(Handle tensor) { return ref(tensor).requires_grad(); }

UVLM_API int uvlm_set_requires_grad(Handle tensor, int32_t required) {
  return status([&] { ref(tensor).set_requires_grad(required != 0); });
}

UVLM_API int32_t uvlm_is_leaf(Handle tensor) { return ref(tensor).is_leaf(); }

/// NULL without an error where there is no gradient.
UVLM_API int uvlm_grad(Handle tensor, Handle* gradient) {
  *gradient = nullptr;
  return status([&] {
    const auto& grad = ref(tensor).grad();
    if (grad.defined()) *gradient = adopt(grad);
  });
}

UVLM_API int uvlm_set_grad(Handle tensor, Handle gradient) {
  return status([&] { ref(tensor).mutable_grad() = ref(gradient); });
}

/// Without a graph of the derivatives themselves: the functions of this library have no second ones.
UVLM_API int uvlm_backward(Handle tensor, Handle gradient, int32_t retain_graph) {
  return status([&] { ref(tensor).backward(ref(gradient), retain_graph != 0); });
}

UVLM_API Handle uvlm_detach(Handle tensor) {
  return guard([&] { return ref(tensor).detach(); });
}

UVLM_API Handle uvlm_to(Handle tensor, int32_t type, int32_t device_type, int32_t device_index, int32_t copy) {
  return guard([&] {
    return ref(tensor).to(options_of(type, device_type, device_index), /*non_blocking=*/false, /*copy=*/copy != 0);
  });
}

UVLM_API int uvlm_copy_(Handle tensor, Handle source) {
  return status([&] { ref(tensor).copy_(ref(source)); });
}
