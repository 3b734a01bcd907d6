using UnifiedVlm.Torch.Modules;
using UnifiedVlm.Torch.Native;

namespace UnifiedVlm.Torch;

public static partial class torch
{
    public static partial class nn
    {
        public abstract partial class Module
        {
            /// <summary>All parameters with their dotted names, own ones first; one that is shared is listed once, under its first name.</summary>
            public IEnumerable<(string name, Parameter parameter)> named_parameters(string prefix = "") =>
                ListParameters(prefix).DistinctBy(static p => p.Parameter);

            /// <summary>All buffers with their dotted names, those that are no part of the checkpoint included.</summary>
            public IEnumerable<(string name, Tensor buffer)> named_buffers(string prefix = "") =>
                ListBuffers(prefix).DistinctBy(static b => b.Buffer).Select(static b => (b.Name, b.Buffer));

            public IEnumerable<Parameter> parameters() => named_parameters().Select(static p => p.parameter);

            public IEnumerable<Tensor> buffers() => named_buffers().Select(static b => b.buffer);

            public IEnumerable<(string name, Module module)> named_children() => children.Select(static c => (c.Key, c.Value));

            /// <summary>This module and all inside, with dotted names; this one's is <paramref name="prefix"/>.</summary>
            public IEnumerable<(string name, Module module)> named_modules(string prefix = "")
            {
                yield return (prefix, this);
                foreach (var (name, child) in children)
                {
                    foreach (var inner in child.named_modules(Join(prefix, name)))
                        yield return inner;
                }
            }

            public IEnumerable<Module> modules() => named_modules().Select(static m => m.module);

            /// <summary>Parameters and persistent buffers by name, as a checkpoint holds them; a shared one stands under each of its names.</summary>
            public Dictionary<string, Tensor> state_dict()
            {
                var state = new Dictionary<string, Tensor>(StringComparer.Ordinal);
                foreach (var (name, parameter) in ListParameters(""))
                    state.Add(name, parameter);
                foreach (var (name, buffer, persistent) in ListBuffers(""))
                {
                    if (persistent)
                        state.Add(name, buffer);
                }
                return state;
            }

            /// <summary>Copies values into the parameters and persistent buffers, converting their type.</summary>
            /// <param name="strict">Every name must be on both sides.</param>
            /// <returns>Names of this module without a value, and values without a place here.</returns>
            /// <exception cref="ArgumentException">
            /// A shape differs, or with <paramref name="strict"/> a name is missing or unknown; names it. Nothing has been loaded then.
            /// </exception>
            public (IReadOnlyList<string> missing, IReadOnlyList<string> unexpected) load_state_dict(
                IReadOnlyDictionary<string, Tensor> source, bool strict = true)
            {
                var own = state_dict();
                var missing = own.Keys.Where(name => !source.ContainsKey(name)).ToList();
                var unexpected = source.Keys.Where(name => !own.ContainsKey(name)).ToList();
                if (strict && missing.Count + unexpected.Count > 0)
                {
                    throw new ArgumentException(
                        $"The state does not fit {Name}: missing [{string.Join(", ", missing)}], unexpected [{string.Join(", ", unexpected)}].", nameof(source));
                }
                var found = new List<(Tensor Target, Tensor Value)>();
                foreach (var (name, target) in own)
                {
                    if (!source.TryGetValue(name, out var value))
                        continue;
                    if (!target.shape.AsSpan().SequenceEqual(value.shape))
                    {
                        throw new ArgumentException(
                            $"'{name}' has shape [{string.Join(", ", target.shape)}] in {Name} but [{string.Join(", ", value.shape)}] in the state.", nameof(source));
                    }
                    found.Add((target, value));
                }
                using var noGradients = no_grad();
                foreach (var (target, value) in found)
                    target.copy_(value);
                return (missing, unexpected);
            }

            /// <summary>Moves all floating-point parameters and buffers to a type; every tensor stays the same object.</summary>
            public Module to(ScalarType dtype) => Convert(tensor => tensor.is_floating_point() ? tensor.to(dtype) : tensor.alias());

            public Module to(Device device) => Convert(tensor => tensor.to(device));

            public Module to(Device device, ScalarType dtype) =>
                Convert(tensor => tensor.is_floating_point() ? tensor.to(dtype, device) : tensor.to(device));

            public Module cuda(int index = 0) => to(new Device(DeviceType.CUDA, index));

            public Module cpu() => to(CPU);

            public Module bfloat16() => to(ScalarType.BFloat16);

            public Module @float() => to(ScalarType.Float32);

            /// <summary>Switches learning on or off for all parameters.</summary>
            public Module requires_grad_(bool requires_grad = true)
            {
                foreach (var parameter in parameters())
                    parameter.requires_grad = requires_grad;
                return this;
            }

            public void zero_grad(bool set_to_none = true)
            {
                var all = parameters().ToArray();
                NativeMethods.Check(NativeMethods.uvlm_zero_grad(TensorList.Handles(all), all.Length, set_to_none ? 1 : 0));
                GC.KeepAlive(all);
            }

            private static string Join(string prefix, string name) => prefix.Length == 0 ? name : $"{prefix}.{name}";

            private IEnumerable<(string Name, Parameter Parameter)> ListParameters(string prefix)
            {
                foreach (var (name, parameter) in ownParameters)
                    yield return (Join(prefix, name), parameter);
                foreach (var (name, child) in children)
                {
                    foreach (var inner in child.ListParameters(Join(prefix, name)))
                        yield return inner;
                }
            }

            private IEnumerable<(string Name, Tensor Buffer, bool Persistent)> ListBuffers(string prefix)
            {
                foreach (var buffer in ownBuffers)
                    yield return (Join(prefix, buffer.Name), buffer.Tensor, buffer.Persistent);
                foreach (var (name, child) in children)
                {
                    foreach (var inner in child.ListBuffers(Join(prefix, name)))
                        yield return inner;
                }
            }

            private Module Convert(Func<Tensor, Tensor> conversion)
            {
                using var noGradients = no_grad();
                foreach (var parameter in parameters())
                {
                    var learns = parameter.requires_grad;
                    using var plain = parameter.detach();
                    parameter.Become(conversion(plain));
                    parameter.requires_grad = learns;
                }
                foreach (var buffer in buffers())
                    buffer.Become(conversion(buffer));
                return this;
            }
        }
    }
}
