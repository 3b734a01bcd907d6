using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Torch.Modules;

/// <summary>Indices [..] of int64 -> rows of the table [.., dim].</summary>
public sealed class Embedding : nn.Module<Tensor, Tensor>
{
    internal Embedding(long count, long dim, Device? device, ScalarType? dtype)
    {
        weight = register_parameter("weight", new Parameter(empty([count, dim], dtype, device).normal_()));
        num_embeddings = count;
        embedding_dim = dim;
    }

    public long num_embeddings { get; }

    public long embedding_dim { get; }

    /// <summary>[num_embeddings, embedding_dim].</summary>
    public Parameter weight { get; }

    public override Tensor forward(Tensor input) => nn.functional.embedding(input, weight);
}
