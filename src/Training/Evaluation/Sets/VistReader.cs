using System.Text.Json;

namespace UnifiedVlm.Training.Evaluation.Sets;

/// <summary>
/// <c>{"annotations": [[{"story_id", "photo_flickr_id", "worker_arranged_photo_order", "text", ..}]..], ..}</c>: train, val and test of
/// story-in-sequence. Pictures are named by the photo's id. Many of them have gone from Flickr; their stories are left out and counted.
/// </summary>
internal static class VistReader
{
    public static StorySet Read(SetEntry entry, PictureFolder pictures, ItemReading reading, int max)
    {
        using var json = SetFile.Read(entry.Path);
        var root = JsonItem.Of(entry.Path, "", json.RootElement);
        var broken = new HashSet<string>(StringComparer.Ordinal);
        var stories = reading.Read(root.List("annotations").Select(static (annotation, i) => (annotation, i)), one => Sentence(entry.Path, one.i, one.annotation, broken))
            .GroupBy(static sentence => sentence.Story, StringComparer.Ordinal)
            .Where(story => !broken.Contains(story.Key))
            .Select(story => (Id: story.Key, Steps: story.OrderBy(static s => s.Order).Select(s => (Picture: pictures.TryFind(s.Photo), s.Text)).ToList()))
            .Where(static story => story.Steps.Count > 1)
            .ToList();
        var whole = stories
            .Where(static story => story.Steps.TrueForAll(static step => step.Picture is not null))
            .Take(max)
            .Select(static story => new Story(story.Id, story.Steps.ConvertAll(static step => new StoryStep(step.Picture!, step.Text))))
            .ToList();
        var lacking = stories.Count(static story => story.Steps.Exists(static step => step.Picture is null));
        if (whole.Count == 0 && lacking > 0)
            throw new SetFormatException(entry.Path, $"{lacking} of {stories.Count} stories lack a picture in {pictures.Root}; name the folder of the photos with --images");
        return new StorySet(entry.Name, pictures.Resolver, whole)
        {
            Note = lacking == 0 ? null : $"{lacking} of {stories.Count} stories are left out: a picture of theirs is missing",
        };
    }

    /// <summary>In the published files each annotation is an array of one.</summary>
    /// <param name="broken">Gets the story of a sentence that can't be read: without it the story is another.</param>
    private static (string Story, int Order, string Photo, string Text) Sentence(string file, int index, JsonElement annotation, HashSet<string> broken)
    {
        var place = $"annotations[{index}]";
        if (annotation.ValueKind == JsonValueKind.Array)
        {
            if (annotation.GetArrayLength() != 1)
                throw new SetFormatException(file, $"{place}: holds {annotation.GetArrayLength()} sentences; it must hold one");
            annotation = annotation[0];
        }

        var item = JsonItem.Of(file, place, annotation);
        var story = item.Id("story_id");
        try
        {
            return (story, item.Whole("worker_arranged_photo_order"), item.Id("photo_flickr_id"), item.Text("text"));
        }
        catch (SetFormatException)
        {
            broken.Add(story);
            throw;
        }
    }
}
