namespace UnifiedVlm.Model.Decoder.Cache;

/// <summary>
/// Which block holds which beginning of a prompt: a tree whose nodes are blocks, found by the ids they hold and by what stands before them.
/// Ids are compared, not hashes of them: a collision would answer one prompt with another's keys.
/// </summary>
/// <param name="blocks">Of the pool.</param>
internal sealed class PrefixTree(int blocks)
{
    private readonly Dictionary<string, Node> roots = [];
    private readonly Node?[] nodes = new Node?[blocks];

    /// <summary>Nodes that no sequence holds, in the order in which they are given up: a child always before its parent.</summary>
    private readonly LinkedList<int> unheld = [];

    /// <summary>Blocks that can be evicted.</summary>
    public int Unheld => unheld.Count;

    /// <returns>The blocks that hold the prefix, from its start as far as they are known.</returns>
    public List<int> Find(CachedPrefix prefix)
    {
        var found = new List<int>();
        var node = roots.GetValueOrDefault(prefix.Scope);
        for (var i = 0; i < prefix.Blocks && node?.Child(prefix.Block(i)) is { } child; i++)
        {
            found.Add(child.Block);
            node = child;
        }

        return found;
    }

    /// <summary>Notes the blocks a sequence has filled with a prefix. Where another sequence was first, its block stays the known one.</summary>
    /// <param name="held">The sequence's, in its order.</param>
    public void Add(CachedPrefix prefix, IReadOnlyList<int> held)
    {
        if (prefix.Blocks == 0)
            return;
        if (!roots.TryGetValue(prefix.Scope, out var node))
            roots.Add(prefix.Scope, node = new Node(-1, null, prefix.Scope, []));
        for (var i = 0; i < prefix.Blocks; i++)
        {
            if (node.Child(prefix.Block(i)) is not { } child)
            {
                // A child below another sequence's block would outlive it: nobody holds the parent for this one.
                if (i > 0 && node.Block != held[i - 1])
                    return;
                child = new Node(held[i], node, prefix.Scope, prefix.Block(i).ToArray());
                node.Children.Add(child);
                nodes[held[i]] = child;
            }

            node = child;
        }
    }

    /// <summary>Nobody holds the block any more. False: it holds no prefix, and is free.</summary>
    public bool Keep(int block)
    {
        if (nodes[block] is not { } node)
            return false;
        node.Place = unheld.AddLast(block);
        return true;
    }

    /// <summary>A sequence holds the block again.</summary>
    public void Take(int block)
    {
        if (nodes[block] is not { Place: { } place } node)
            return;
        unheld.Remove(place);
        node.Place = null;
    }

    /// <summary>Forgets the prefix that was used longest ago.</summary>
    /// <returns>Its block.</returns>
    public int Evict()
    {
        var block = unheld.First!.Value;
        unheld.RemoveFirst();
        var node = nodes[block]!;
        nodes[block] = null;
        node.Parent!.Children.Remove(node);
        if (node.Parent.Block < 0 && node.Parent.Children.Count == 0)
            roots.Remove(node.Scope);
        return block;
    }

    /// <param name="block">Below 0 for a root.</param>
    private sealed class Node(int block, Node? parent, string scope, int[] tokens)
    {
        public int Block => block;

        public Node? Parent => parent;

        public string Scope => scope;

        public List<Node> Children { get; } = [];

        /// <summary>In the list of those that nobody holds.</summary>
        public LinkedListNode<int>? Place { get; set; }

        public Node? Child(ReadOnlySpan<int> ids)
        {
            foreach (var child in Children)
            {
                if (ids.SequenceEqual(child.Tokens))
                    return child;
            }

            return null;
        }

        private int[] Tokens => tokens;
    }
}
