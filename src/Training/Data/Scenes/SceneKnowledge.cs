namespace UnifiedVlm.Training.Data.Scenes;

/// <summary>
/// What is known of a scene as a vector: fixed pseudo-random unit vectors for each of its facts, added with weights, at unit length. The
/// cosine of two scenes is about the weighted share of facts that both have. Which facts a scene has follows from its graph alone.
/// </summary>
internal sealed class SceneKnowledge(SceneWorld world)
{
    /// <summary>K.</summary>
    public const int Dimension = 96;

    private const float Thing = 1;
    private const float Size = 0.5f;
    private const float Place = 0.5f;
    private const float Related = 0.6f;
    private const float Background = 0.7f;

    /// <summary>[K], of length 1.</summary>
    public float[] Of(SceneGraph scene)
    {
        var sum = new float[Dimension];
        for (var i = 0; i < scene.Objects.Length; i++)
        {
            var item = scene.Objects[i];
            var thing = Key(item);
            Add(sum, thing, Thing);
            Add(sum, Fact(thing, 1, (ulong)item.Size), Size);
            Add(sum, Fact(thing, 2, (ulong)((item.Row * 3) + item.Column)), Place);
            for (var j = 0; j < scene.Objects.Length; j++)
            {
                // Left of and above; their opposites say the same of the other.
                if (i != j && scene.RelationOf(i, j) is Relation.LeftOf or Relation.Above)
                    Add(sum, Fact(thing, 3 + (ulong)scene.RelationOf(i, j)!.Value, Key(scene.Objects[j])), Related);
            }
        }

        Add(sum, Fact(0, 9, (ulong)scene.Background), Background);
        var scale = 1 / Norm(sum);
        for (var k = 0; k < Dimension; k++)
            sum[k] *= scale;
        return sum;
    }

    private ulong Key(SceneObject item) => Dice.Hash(world.Catalogue.Concepts[item.Concept].Id);

    private static ulong Fact(ulong thing, ulong kind, ulong value) => Dice.Mix(Dice.Mix(thing + kind) ^ Dice.Mix(value));

    private static void Add(Span<float> sum, ulong fact, float weight)
    {
        var dice = new Dice(fact);
        Span<float> direction = stackalloc float[Dimension];
        foreach (ref var value in direction)
            value = (float)dice.Normal();
        var scale = weight / Norm(direction);
        for (var k = 0; k < Dimension; k++)
            sum[k] += scale * direction[k];
    }

    private static float Norm(ReadOnlySpan<float> vector)
    {
        var squares = 0f;
        foreach (var value in vector)
            squares += value * value;
        return MathF.Sqrt(squares);
    }
}
