// Shapes and indexing of tensors. Every operation is differentiable where libtorch's own is. In-place operations return a status and
// change their first argument.
#include "handle.h"

#include <ATen/TensorIndexing.h>

using namespace uvlm;

// ---- shapes

UVLM_API Handle uvlm_view(Handle a, const int64_t* shape, int64_t rank) {
  return guard([&] { return ref(a).view(ints(shape, rank)); });
}

UVLM_API Handle uvlm_reshape(Handle a, const int64_t* shape, int64_t rank) {
  return guard([&] { return ref(a).reshape(ints(shape, rank)); });
}

UVLM_API Handle uvlm_expand(Handle a, const int64_t* shape, int64_t rank) {
  return guard([&] { return ref(a).expand(ints(shape, rank)); });
}

UVLM_API Handle uvlm_repeat(Handle a, const int64_t* times, int64_t rank) {
  return guard([&] { return ref(a).repeat(ints(times, rank)); });
}

UVLM_API Handle uvlm_repeat_interleave(Handle a, int64_t times, int64_t dim) {
  return guard([&] { return ref(a).repeat_interleave(times, dim); });
}

UVLM_API Handle uvlm_permute(Handle a, const int64_t* dims, int64_t rank) {
  return guard([&] { return ref(a).permute(ints(dims, rank)); });
}

UVLM_API Handle uvlm_transpose(Handle a, int64_t dim0, int64_t dim1) {
  return guard([&] { return ref(a).transpose(dim0, dim1); });
}

UVLM_API Handle uvlm_flatten(Handle a, int64_t start, int64_t end) {
  return guard([&] { return ref(a).flatten(start, end); });
}

UVLM_API Handle uvlm_unflatten(Handle a, int64_t dim, const int64_t* shape, int64_t rank) {
  return guard([&] {
    const auto& tensor = ref(a);
    dim = at::maybe_wrap_dim(dim, tensor.dim());
    auto sizes = tensor.sizes().vec();
    sizes.erase(sizes.begin() + dim);
    sizes.insert(sizes.begin() + dim, shape, shape + rank);
    return tensor.view(sizes);
  });
}

UVLM_API Handle uvlm_unsqueeze(Handle a, int64_t dim) {
  return guard([&] { return ref(a).unsqueeze(dim); });
}

UVLM_API Handle uvlm_squeeze(Handle a, int64_t dim, int32_t all) {
  return guard([&] { return all ? ref(a).squeeze() : ref(a).squeeze(dim); });
}

UVLM_API Handle uvlm_flip(Handle a, const int64_t* dims, int64_t count) {
  return guard([&] { return ref(a).flip(ints(dims, count)); });
}

UVLM_API Handle uvlm_pad(Handle a, const int64_t* pads, int64_t count, double value) {
  return guard([&] { return at::constant_pad_nd(ref(a), ints(pads, count), value); });
}

UVLM_API Handle uvlm_tril(Handle a, int64_t diagonal) {
  return guard([&] { return ref(a).tril(diagonal); });
}

UVLM_API Handle uvlm_triu(Handle a, int64_t diagonal) {
  return guard([&] { return ref(a).triu(diagonal); });
}

UVLM_API Handle uvlm_cat(const Handle* tensors, int64_t count, int64_t dim) {
  return guard([&] { return at::cat(list(tensors, count), dim); });
}

UVLM_API Handle uvlm_stack(const Handle* tensors, int64_t count, int64_t dim) {
  return guard([&] { return at::stack(list(tensors, count), dim); });
}

namespace {

int spread(std::vector<at::Tensor> pieces, Handle* out, int64_t capacity) {
  TORCH_CHECK(static_cast<int64_t>(pieces.size()) == capacity, "expected ", capacity, " pieces, got ", pieces.size());
  for (size_t i = 0; i < pieces.size(); ++i) out[i] = adopt(std::move(pieces[i]));
  return 0;
}

}  // namespace

UVLM_API int uvlm_split(Handle a, const int64_t* sizes, int64_t count, int64_t dim, Handle* out) {
  return status([&] { spread(at::split_with_sizes(ref(a), ints(sizes, count), dim), out, count); });
}

UVLM_API int uvlm_unbind(Handle a, int64_t dim, int64_t count, Handle* out) {
  return status([&] { spread(at::unbind(ref(a), dim), out, count); });
}

// ---- indexing

UVLM_API Handle uvlm_narrow(Handle a, int64_t dim, int64_t start, int64_t length) {
  return guard([&] { return ref(a).narrow(dim, start, length); });
}

UVLM_API Handle uvlm_slice(Handle a, int64_t dim, int64_t start, int64_t end, int64_t step) {
  return guard([&] { return ref(a).slice(dim, start, end, step); });
}

UVLM_API Handle uvlm_select(Handle a, int64_t dim, int64_t index) {
  return guard([&] { return ref(a).select(dim, index); });
}

UVLM_API Handle uvlm_index_select(Handle a, int64_t dim, Handle index) {
  return guard([&] { return ref(a).index_select(dim, ref(index)); });
}

UVLM_API Handle uvlm_index_add(Handle a, int64_t dim, Handle index, Handle source) {
  return guard([&] { return ref(a).index_add(dim, ref(index), ref(source)); });
}

UVLM_API Handle uvlm_gather(Handle a, int64_t dim, Handle index) {
  return guard([&] { return ref(a).gather(dim, ref(index)); });
}

UVLM_API Handle uvlm_scatter(Handle a, int64_t dim, Handle index, Handle source) {
  return guard([&] { return ref(a).scatter(dim, ref(index), ref(source)); });
}

/// One entry of an index expression such as x[0, .., 2:5, mask].
struct Index {
  int64_t kind;  // 0 integer, 1 slice, 2 ellipsis, 3 new axis, 4 tensor
  int64_t start;
  int64_t stop;
  int64_t step;
  Handle tensor;
};

namespace {

std::vector<at::indexing::TensorIndex> indices(const Index* entries, int64_t count) {
  std::vector<at::indexing::TensorIndex> result;
  result.reserve(count);
  for (int64_t i = 0; i < count; ++i) {
    const auto& entry = entries[i];
    switch (entry.kind) {
      case 0: result.emplace_back(entry.start); break;
      case 1: {
        result.emplace_back(at::indexing::Slice(entry.start, entry.stop, entry.step));
        break;
      }
      case 2: result.emplace_back(at::indexing::Ellipsis); break;
      case 3: result.emplace_back(at::indexing::None); break;
      default: result.emplace_back(ref(entry.tensor)); break;
    }
  }
  return result;
}

}  // namespace

UVLM_API Handle uvlm_index(Handle a, const Index* entries, int64_t count) {
  return guard([&] { return ref(a).index(indices(entries, count)); });
}

UVLM_API int uvlm_index_put_(Handle a, const Index* entries, int64_t count, Handle value) {
  return status([&] { at::Tensor(ref(a)).index_put_(indices(entries, count), ref(value)); });
}

UVLM_API int uvlm_index_put_scalar_(Handle a, const Index* entries, int64_t count, Scalar value) {
  return status([&] { at::Tensor(ref(a)).index_put_(indices(entries, count), scalar_of(value)); });
}
