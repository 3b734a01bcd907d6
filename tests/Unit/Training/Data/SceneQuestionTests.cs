using System.Text.RegularExpressions;
using UnifiedVlm.Training.Data;
using UnifiedVlm.Training.Data.Scenes;

namespace UnifiedVlm.Tests.Unit.Training.Data;

[Collection(nameof(TinyData))]
public sealed class SceneQuestionTests(TinyData data)
{
    private const ulong Questions = 6000;

    [Fact]
    public void Answers_are_true_and_yes_is_as_frequent_as_no()
    {
        var answers = new Dictionary<string, int>();
        var checkedQuestions = 0;
        for (var index = 0UL; index < Questions; index++)
        {
            var dice = new Dice(4, "questions", index);
            var scene = data.Kit.Composer.Draw(ref dice, DataSplit.Train, dice.Pick(Enum.GetValues<SceneShape>()));
            var (question, answer) = data.Kit.Questions.Ask(scene, ref dice);
            Assert.True(Expected(question, scene) is { } expected && Array.Exists(expected, right => right == answer), $"{question} {answer}");
            checkedQuestions++;
            answers[answer] = answers.GetValueOrDefault(answer) + 1;
        }

        Assert.Equal((int)Questions, checkedQuestions);
        Assert.InRange(answers["yes"] / (double)(answers["yes"] + answers["no"]), 0.46, 0.54);
        Assert.InRange(answers["small"] / (double)(answers["small"] + answers["large"]), 0.4, 0.6);
    }

    [Theory]
    [InlineData(true, "yes")]
    [InlineData(false, "no")]
    public void Presence_is_asked_as_wanted(bool present, string answer)
    {
        for (var index = 0UL; index < 200; index++)
        {
            var dice = new Dice(4, "presence", index);
            var scene = data.Kit.Composer.Draw(ref dice, DataSplit.Test, SceneShape.Pair);
            var (question, given) = data.Kit.Questions.AskPresence(scene, present, ref dice);
            Assert.Equal(answer, given);
            Assert.Equal([answer], Expected(question, scene)!);
        }
    }

    // All right answers, worked out from the question's words.
    private string[]? Expected(string question, SceneGraph scene)
    {
        if (question.Contains("colour", StringComparison.Ordinal) || question.Contains("behind", StringComparison.Ordinal))
            return [Backgrounds.Names[scene.Background]];
        if (Regex.Match(question, "^How many (.+?) (?:are there|do you see)\\?$") is { Success: true } many)
            return [Wording.Number(scene.Objects.Count(item => data.Kit.World.Name(item.Concept).Plural == many.Groups[1].Value))];
        if (Regex.Match(question, "^(?:Is there|Do you see) (.+?)(?: in the picture)?\\?$") is { Success: true } there)
            return [scene.Objects.Any(item => data.Kit.World.Name(item.Concept).WithArticle == there.Groups[1].Value) ? "yes" : "no"];
        if (Regex.Match(question, "^(?:Is|What size is) the (.+?),? small or large\\?$") is { Success: true } size)
            return [Find(scene, size.Groups[1].Value).Size == ObjectSize.Small ? "small" : "large"];
        if (Regex.Match(question, "^Which is larger, the (.+) or the (.+)\\?$") is { Success: true } larger)
            return ["the " + (Find(scene, larger.Groups[1].Value).Size == ObjectSize.Large ? larger.Groups[1].Value : larger.Groups[2].Value)];
        if (Regex.Match(question, "^Is the (.+) (larger|smaller) than the (.+)\\?$") is { Success: true } compared)
            return [Find(scene, compared.Groups[1].Value).Size == (compared.Groups[2].Value == "larger" ? ObjectSize.Large : ObjectSize.Small) ? "yes" : "no"];
        if (Regex.Match(question, "^Is the (.+?) ((?:to the |on the )?(?:left of|right of)|above|below|over|under|beneath) the (.+)\\?$") is { Success: true } related)
            return [Lies(Find(scene, related.Groups[1].Value), related.Groups[2].Value, Find(scene, related.Groups[3].Value)) ? "yes" : "no"];
        if (Regex.Match(question, "^What is ((?:to the |on the )?(?:left of|right of)|above|below|over|under|beneath) the (.+)\\?$") is { Success: true } neighbour)
            return [.. scene.Objects.Where(item => Lies(item, neighbour.Groups[1].Value, Find(scene, neighbour.Groups[2].Value))).Select(item => data.Kit.World.Name(item.Concept).WithArticle)];
        if (Regex.Match(question, "^(?:What|Which thing) is in the (top|bottom) (left|right)( corner)?\\?$") is { Success: true } corner)
            return [.. scene.Objects.Where(item => item.Row == (corner.Groups[1].Value == "top" ? 0 : 2) && item.Column == (corner.Groups[2].Value == "left" ? 0 : 2)).Select(item => data.Kit.World.Name(item.Concept).WithArticle)];
        return Regex.Match(question, "^Where (?:in the picture )?is the (.+)\\?$") is { Success: true } where ? Places(Find(scene, where.Groups[1].Value)) : null;
    }

    private SceneObject Find(SceneGraph scene, string name) => scene.Objects.Single(item => data.Kit.World.Name(item.Concept).Singular == name);

    private static bool Lies(SceneObject subject, string relation, SceneObject other) =>
        relation.Contains("left", StringComparison.Ordinal) ? subject.Row == other.Row && subject.Column < other.Column
        : relation.Contains("right", StringComparison.Ordinal) ? subject.Row == other.Row && subject.Column > other.Column
        : relation is "above" or "over" ? subject.Column == other.Column && subject.Row < other.Row
        : subject.Column == other.Column && subject.Row > other.Row;

    private static string[] Places(SceneObject item)
    {
        var line = item.Row switch { 0 => "top", 2 => "bottom", _ => "" };
        var side = item.Column switch { 0 => "left", 2 => "right", _ => "" };
        return (line, side) switch
        {
            ("", "") => ["in the middle", "in the centre"],
            ("", _) => [$"on the {side}"],
            (_, "") => [$"at the {line}"],
            _ => [$"in the {line} {side}", $"in the {line} {side} corner"],
        };
    }
}
