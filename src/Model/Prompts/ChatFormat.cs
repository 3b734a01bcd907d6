using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Tokenizers;

namespace UnifiedVlm.Model.Prompts;

/// <summary>
/// The ids that give a prompt its structure. They are put in by id and no text can produce them. Two formats are known: our own, one
/// token a role (<c>vlm_extra_tokens</c> names them), and ChatML, which nanoVLM's public checkpoints were trained with.
/// </summary>
public sealed class ChatFormat
{
    private readonly Dictionary<ChatRole, int[]> openings;

    private ChatFormat(Dictionary<ChatRole, int[]> openings)
    {
        this.openings = openings;
    }

    /// <summary>What every sequence begins with.</summary>
    public required IReadOnlyList<int> Start { get; init; }

    /// <summary>What ends a turn.</summary>
    public required IReadOnlyList<int> Close { get; init; }

    /// <summary>What stands between parts.</summary>
    public required IReadOnlyList<int> Separator { get; init; }

    /// <summary>One stands for each of a picture's tokens.</summary>
    public required int ImageToken { get; init; }

    /// <summary>Stands where a soft prompt's vector takes the place of an embedding.</summary>
    public required int SoftToken { get; init; }

    /// <summary>Ids at which generation ends.</summary>
    public required IReadOnlySet<int> Stops { get; init; }

    /// <summary>What begins a turn of a role.</summary>
    public IReadOnlyList<int> Open(ChatRole role) => openings[role];

    /// <param name="folder">Only for messages.</param>
    /// <exception cref="ConfigException">The config names a token that the tokenizer lacks, or neither format's tokens are there.</exception>
    public static ChatFormat For(string folder, ModelConfig config, Tokenizer tokenizer)
    {
        var path = Path.Combine(folder, ModelConfig.FileName);
        var extra = config.ExtraTokens ?? new Dictionary<string, string>();
        foreach (var (role, content) in extra)
        {
            if (tokenizer.Find(content) is not { } id)
                throw new ConfigException(path, $"vlm_extra_tokens.{role}", $"'{content}' is not in tokenizer.json");
            if (id >= config.LmVocabSize)
                throw new ConfigException(path, $"vlm_extra_tokens.{role}", $"'{content}' has id {id}, lm_vocab_size is {config.LmVocabSize}");
        }

        var image = Id("image_token") ?? throw new ConfigException(path, "vlm_extra_tokens.image_token", "is missing");
        if (Id("user_token") is { } user)
        {
            int Needed(string role) => Id(role) ?? throw new ConfigException(path, $"vlm_extra_tokens.{role}", "is missing; user_token is there, so all roles must be");
            return Own(tokenizer, image, user, Needed);
        }

        return ChatMl(tokenizer, image) ?? throw new ConfigException(
            path, "vlm_extra_tokens", "names no user_token, and tokenizer.json has no <|im_start|> and <|im_end|>: the prompt format is unknown");

        int? Id(string role) => extra.TryGetValue(role, out var content) ? tokenizer.Find(content) : null;
    }

    private static ChatFormat Own(Tokenizer tokenizer, int image, int user, Func<string, int> needed) =>
        new(new Dictionary<ChatRole, int[]>
        {
            [ChatRole.System] = [needed("system_token")],
            [ChatRole.Evidence] = [needed("evidence_token")],
            [ChatRole.User] = [user],
            [ChatRole.Assistant] = [needed("assistant_token")],
        })
        {
            Start = [needed("bos_token")],
            Close = [needed("end_token")],
            Separator = tokenizer.Encode("\n"),
            ImageToken = image,
            SoftToken = needed("summary_token"),
            Stops = new HashSet<int> { needed("end_token"), needed("eos_token") },
        };

    private static ChatFormat? ChatMl(Tokenizer tokenizer, int image)
    {
        if (tokenizer.Find("<|im_start|>") is not { } start || tokenizer.Find("<|im_end|>") is not { } end)
            return null;

        // ChatML has no role for evidence; as a turn of the user's it is at least never an instruction of the system's.
        int[] Opening(string role) => [start, .. tokenizer.Encode(role + "\n")];
        return new ChatFormat(new Dictionary<ChatRole, int[]>
        {
            [ChatRole.System] = Opening("system"),
            [ChatRole.Evidence] = Opening("user"),
            [ChatRole.User] = Opening("user"),
            [ChatRole.Assistant] = Opening("assistant"),
        })
        {
            Start = [],
            Close = [end, .. tokenizer.Encode("\n")],
            Separator = tokenizer.Encode("\n"),
            ImageToken = image,
            SoftToken = end,
            Stops = new HashSet<int> { end, tokenizer.Find("<|endoftext|>") ?? end },
        };
    }
}
