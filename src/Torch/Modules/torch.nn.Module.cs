using UnifiedVlm.Torch.Modules;

namespace UnifiedVlm.Torch;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>
        /// A part of a model: its own parameters and buffers, and the modules inside it, each under the name that a checkpoint uses.
        /// Register them in the constructor; the order of registration is the order of all listings.
        /// </summary>
        public abstract partial class Module : IDisposable
        {
            private readonly List<KeyValuePair<string, Parameter>> ownParameters = [];
            private readonly List<NamedBuffer> ownBuffers = [];
            private readonly List<KeyValuePair<string, Module>> children = [];
            private bool disposed;

            /// <param name="name">For messages only; the type's name unless given.</param>
            protected Module(string? name = null) => Name = name ?? GetType().Name;

            public string Name { get; }

            /// <summary>Whether dropout and the like are on; true until <see cref="eval"/>.</summary>
            public bool training { get; private set; } = true;

            /// <summary>Makes a parameter part of this module and returns it.</summary>
            public Parameter register_parameter(string name, Parameter parameter)
            {
                Claim(name);
                parameter.DetachFromDisposeScope();
                ownParameters.Add(new(name, parameter));
                return parameter;
            }

            /// <summary>Makes a tensor that is not learnt part of this module: it moves with it and is disposed with it.</summary>
            /// <param name="persistent">Part of the checkpoint.</param>
            public Tensor register_buffer(string name, Tensor tensor, bool persistent = true)
            {
                Claim(name);
                tensor.DetachFromDisposeScope();
                ownBuffers.Add(new NamedBuffer(name, tensor, persistent));
                return tensor;
            }

            /// <summary>Makes another module part of this one and returns it.</summary>
            public TModule register_module<TModule>(string name, TModule module)
                where TModule : Module
            {
                Claim(name);
                children.Add(new(name, module));
                return module;
            }

            public Module train(bool mode = true)
            {
                training = mode;
                foreach (var (_, child) in children)
                    child.train(mode);
                return this;
            }

            public Module eval() => train(false);

            /// <summary>Disposes all parameters, buffers and modules inside.</summary>
            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
                if (!disposing || disposed)
                    return;
                disposed = true;
                foreach (var (_, parameter) in ownParameters)
                    parameter.Dispose();
                foreach (var buffer in ownBuffers)
                    buffer.Tensor.Dispose();
                foreach (var (_, child) in children)
                    child.Dispose();
            }

            private void Claim(string name)
            {
                ArgumentException.ThrowIfNullOrEmpty(name);
                if (name.Contains('.', StringComparison.Ordinal))
                    throw new ArgumentException($"The name '{name}' must not contain a dot: dots separate modules.", nameof(name));
                if (ownParameters.Exists(p => p.Key == name) || ownBuffers.Exists(b => b.Name == name) || children.Exists(c => c.Key == name))
                    throw new ArgumentException($"{Name} already has a member named '{name}'.", nameof(name));
            }

            private sealed record NamedBuffer(string Name, Tensor Tensor, bool Persistent);
        }

        /// <summary>A module that maps one value to another.</summary>
        public abstract class Module<T, TResult>(string? name = null) : Module(name)
        {
            public abstract TResult forward(T input);

            public TResult call(T input) => forward(input);
        }

        /// <summary>A module of two inputs.</summary>
        public abstract class Module<T1, T2, TResult>(string? name = null) : Module(name)
        {
            public abstract TResult forward(T1 input1, T2 input2);

            public TResult call(T1 input1, T2 input2) => forward(input1, input2);
        }

        /// <summary>A module of three inputs.</summary>
        public abstract class Module<T1, T2, T3, TResult>(string? name = null) : Module(name)
        {
            public abstract TResult forward(T1 input1, T2 input2, T3 input3);

            public TResult call(T1 input1, T2 input2, T3 input3) => forward(input1, input2, input3);
        }
    }
}
