using UnifiedVlm.Training.Data.Emoji;
using UnifiedVlm.Training.Data.Scenes;
using UnifiedVlm.Training.Data.Stories;

namespace UnifiedVlm.Training.Data.Sources;

/// <summary>Everything that makes scenes from one catalogue, put together. Thread-safe.</summary>
internal sealed class SceneKit
{
    public SceneKit(Catalogue catalogue, SpriteAtlas atlas)
    {
        Catalogue = catalogue;
        World = new SceneWorld(catalogue, atlas);
        Canvas = new SceneCanvas(catalogue, atlas);
        Composer = new SceneComposer(World);
        var writer = new CaptionWriter(World);
        Short = new ShortCaption(writer);
        Long = new LongCaption(writer);
        Groups = new SceneGroups(Composer, Short);
        Questions = new SceneQuestions(World, writer);
        Knowledge = new SceneKnowledge(World);
        Stories = new StoryTeller(Composer);
    }

    public Catalogue Catalogue { get; }

    public SceneWorld World { get; }

    public SceneCanvas Canvas { get; }

    public SceneComposer Composer { get; }

    public ShortCaption Short { get; }

    public LongCaption Long { get; }

    public SceneGroups Groups { get; }

    public SceneQuestions Questions { get; }

    public SceneKnowledge Knowledge { get; }

    public StoryTeller Stories { get; }
}
