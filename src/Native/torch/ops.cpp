// Operations on whole tensors: element by element, reductions, linear algebra. Every one is differentiable where
// libtorch's own is. In-place operations return a status and change their first argument.
#include "handle.h"

using namespace uvlm;

// ---- element by element

#define UNARY(name)                               \
  UVLM_API Handle uvlm_##name(Handle a) {         \
    return guard([&] { return ref(a).name(); });  \
  }
UNARY(neg)
UNARY(abs)
UNARY(exp)
UNARY(log)
UNARY(sqrt)
UNARY(rsqrt)
UNARY(reciprocal)
UNARY(square)
UNARY(sin)
UNARY(cos)
UNARY(tanh)
UNARY(sigmoid)
UNARY(relu)
UNARY(erfinv)
UNARY(ceil)
UNARY(sign)
UNARY(isnan)
UNARY(isfinite)
UNARY(logical_not)
UNARY(bitwise_not)
UNARY(clone)
UNARY(contiguous)
UNARY(nonzero)
UNARY(all)
UNARY(any)
UNARY(diag)

UVLM_API Handle uvlm_silu(Handle a) {
  return guard([&] { return at::silu(ref(a)); });
}

UVLM_API Handle uvlm_softplus(Handle a) {
  return guard([&] { return at::softplus(ref(a)); });
}

UVLM_API Handle uvlm_gelu(Handle a, int32_t tanh_approximation) {
  return guard([&] { return at::gelu(ref(a), tanh_approximation ? "tanh" : "none"); });
}

#define BINARY(name)                                        \
  UVLM_API Handle uvlm_##name(Handle a, Handle b) {         \
    return guard([&] { return ref(a).name(ref(b)); });      \
  }
BINARY(add)
BINARY(sub)
BINARY(mul)
BINARY(div)
BINARY(pow)
BINARY(eq)
BINARY(ne)
BINARY(lt)
BINARY(le)
BINARY(gt)
BINARY(ge)
BINARY(logical_and)
BINARY(logical_or)
BINARY(bitwise_and)
BINARY(bitwise_or)
BINARY(maximum)
BINARY(minimum)
BINARY(remainder)
BINARY(matmul)
BINARY(mm)
BINARY(bmm)
BINARY(dot)
BINARY(masked_select)

#define BINARY_SCALAR(name)                                     \
  UVLM_API Handle uvlm_##name##_scalar(Handle a, Scalar b) {    \
    return guard([&] { return ref(a).name(scalar_of(b)); });    \
  }
BINARY_SCALAR(add)
BINARY_SCALAR(sub)
BINARY_SCALAR(mul)
BINARY_SCALAR(div)
BINARY_SCALAR(pow)
BINARY_SCALAR(eq)
BINARY_SCALAR(ne)
BINARY_SCALAR(lt)
BINARY_SCALAR(le)
BINARY_SCALAR(gt)
BINARY_SCALAR(ge)
BINARY_SCALAR(remainder)
BINARY_SCALAR(clamp_min)
BINARY_SCALAR(clamp_max)

UVLM_API Handle uvlm_rsub_scalar(Handle a, Scalar b) {
  return guard([&] { return at::rsub(ref(a), scalar_of(b)); });
}

UVLM_API Handle uvlm_clamp(Handle a, Scalar min, Scalar max) {
  return guard([&] { return at::clamp(ref(a), scalar_of(min), scalar_of(max)); });
}

UVLM_API Handle uvlm_where(Handle condition, Handle a, Handle b) {
  return guard([&] { return at::where(ref(condition), ref(a), ref(b)); });
}

UVLM_API Handle uvlm_masked_fill(Handle a, Handle mask, Scalar value) {
  return guard([&] { return ref(a).masked_fill(ref(mask), scalar_of(value)); });
}

UVLM_API Handle uvlm_masked_scatter(Handle a, Handle mask, Handle source) {
  return guard([&] { return ref(a).masked_scatter(ref(mask), ref(source)); });
}

// ---- in place

UVLM_API int uvlm_zero_(Handle a) {
  return status([&] { ref(a).zero_(); });
}

UVLM_API int uvlm_fill_(Handle a, Scalar value) {
  return status([&] { ref(a).fill_(scalar_of(value)); });
}

UVLM_API int uvlm_add_(Handle a, Handle b, Scalar alpha) {
  return status([&] { ref(a).add_(ref(b), scalar_of(alpha)); });
}

UVLM_API int uvlm_add_scalar_(Handle a, Scalar b) {
  return status([&] { ref(a).add_(scalar_of(b)); });
}

UVLM_API int uvlm_mul_(Handle a, Handle b) {
  return status([&] { ref(a).mul_(ref(b)); });
}

UVLM_API int uvlm_mul_scalar_(Handle a, Scalar b) {
  return status([&] { ref(a).mul_(scalar_of(b)); });
}

UVLM_API int uvlm_div_(Handle a, Handle b) {
  return status([&] { ref(a).div_(ref(b)); });
}

UVLM_API int uvlm_clamp_(Handle a, Scalar min, Scalar max) {
  return status([&] { ref(a).clamp_(scalar_of(min), scalar_of(max)); });
}

UVLM_API int uvlm_masked_fill_(Handle a, Handle mask, Scalar value) {
  return status([&] { ref(a).masked_fill_(ref(mask), scalar_of(value)); });
}

UVLM_API int uvlm_normal_(Handle a, double mean, double std) {
  return status([&] { ref(a).normal_(mean, std); });
}

UVLM_API int uvlm_uniform_(Handle a, double from, double to) {
  return status([&] { ref(a).uniform_(from, to); });
}

UVLM_API int uvlm_index_add_(Handle a, int64_t dim, Handle index, Handle source) {
  return status([&] { ref(a).index_add_(dim, ref(index), ref(source)); });
}

UVLM_API int uvlm_index_copy_(Handle a, int64_t dim, Handle index, Handle source) {
  return status([&] { ref(a).index_copy_(dim, ref(index), ref(source)); });
}

UVLM_API int uvlm_scatter_(Handle a, int64_t dim, Handle index, Handle source) {
  return status([&] { ref(a).scatter_(dim, ref(index), ref(source)); });
}

// ---- reductions; no dimensions means all of them

UVLM_API Handle uvlm_sum(Handle a, const int64_t* dims, int64_t count, int32_t keepdim) {
  return guard([&] { return count ? at::sum(ref(a), ints(dims, count), keepdim != 0) : at::sum(ref(a)); });
}

UVLM_API Handle uvlm_mean(Handle a, const int64_t* dims, int64_t count, int32_t keepdim) {
  return guard([&] { return count ? at::mean(ref(a), ints(dims, count), keepdim != 0) : at::mean(ref(a)); });
}

UVLM_API Handle uvlm_var(Handle a, const int64_t* dims, int64_t count, int32_t unbiased, int32_t keepdim) {
  return guard([&] {
    return count ? at::var(ref(a), ints(dims, count), unbiased != 0, keepdim != 0) : at::var(ref(a), unbiased != 0);
  });
}

UVLM_API Handle uvlm_amax(Handle a, const int64_t* dims, int64_t count, int32_t keepdim) {
  return guard([&] { return at::amax(ref(a), ints(dims, count), keepdim != 0); });
}

UVLM_API Handle uvlm_amin(Handle a, const int64_t* dims, int64_t count, int32_t keepdim) {
  return guard([&] { return at::amin(ref(a), ints(dims, count), keepdim != 0); });
}

UVLM_API Handle uvlm_max_all(Handle a) {
  return guard([&] { return at::max(ref(a)); });
}

UVLM_API Handle uvlm_min_all(Handle a) {
  return guard([&] { return at::min(ref(a)); });
}

namespace {

/// Values and indices: both handles, or neither.
template <class F>
int pair(Handle* first, Handle* second, F&& body) noexcept {
  *first = *second = nullptr;
  return status([&] {
    auto [a, b] = body();
    *first = adopt(std::move(a));
    *second = adopt(std::move(b));
  });
}

}  // namespace

UVLM_API int uvlm_max(Handle a, int64_t dim, int32_t keepdim, Handle* values, Handle* indices) {
  return pair(values, indices, [&] { return at::max(ref(a), dim, keepdim != 0); });
}

UVLM_API int uvlm_min(Handle a, int64_t dim, int32_t keepdim, Handle* values, Handle* indices) {
  return pair(values, indices, [&] { return at::min(ref(a), dim, keepdim != 0); });
}

UVLM_API int uvlm_topk(Handle a, int64_t k, int64_t dim, int32_t largest, int32_t sorted, Handle* values, Handle* indices) {
  return pair(values, indices, [&] { return at::topk(ref(a), k, dim, largest != 0, sorted != 0); });
}

UVLM_API int uvlm_sort(Handle a, int64_t dim, int32_t descending, int32_t stable, Handle* values, Handle* indices) {
  return pair(values, indices, [&] { return at::sort(ref(a), stable != 0, dim, descending != 0); });
}

UVLM_API Handle uvlm_argmax(Handle a, int64_t dim, int32_t all, int32_t keepdim) {
  return guard([&] { return all ? at::argmax(ref(a)) : at::argmax(ref(a), dim, keepdim != 0); });
}

UVLM_API Handle uvlm_argmin(Handle a, int64_t dim, int32_t all, int32_t keepdim) {
  return guard([&] { return all ? at::argmin(ref(a)) : at::argmin(ref(a), dim, keepdim != 0); });
}

UVLM_API Handle uvlm_all_dim(Handle a, int64_t dim, int32_t keepdim) {
  return guard([&] { return at::all(ref(a), dim, keepdim != 0); });
}

UVLM_API Handle uvlm_any_dim(Handle a, int64_t dim, int32_t keepdim) {
  return guard([&] { return at::any(ref(a), dim, keepdim != 0); });
}

UVLM_API Handle uvlm_cumsum(Handle a, int64_t dim) {
  return guard([&] { return at::cumsum(ref(a), dim); });
}

UVLM_API Handle uvlm_logsumexp(Handle a, const int64_t* dims, int64_t count, int32_t keepdim) {
  return guard([&] { return at::logsumexp(ref(a), ints(dims, count), keepdim != 0); });
}

UVLM_API Handle uvlm_norm(Handle a, double p, const int64_t* dims, int64_t count, int32_t keepdim) {
  return guard([&] { return count ? at::norm(ref(a), p, ints(dims, count), keepdim != 0) : at::norm(ref(a), p); });
}

UVLM_API Handle uvlm_multinomial(Handle a, int64_t count, int32_t replacement) {
  return guard([&] { return at::multinomial(ref(a), count, replacement != 0); });
}

UVLM_API int uvlm_equal(Handle a, Handle b, int32_t* equal) {
  return status([&] { *equal = at::equal(ref(a), ref(b)); });
}

UVLM_API int uvlm_allclose(Handle a, Handle b, double rtol, double atol, int32_t equal_nan, int32_t* close) {
  return status([&] { *close = at::allclose(ref(a), ref(b), rtol, atol, equal_nan != 0); });
}
