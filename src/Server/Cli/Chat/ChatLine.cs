using System.Text;
using Microsoft.Extensions.AI;

namespace UnifiedVlm.Server.Cli.Chat;

/// <summary>A line of a chat: words, and pictures by <c>@path</c> or <c>@"path with blanks"</c> where they belong in it.</summary>
internal static class ChatLine
{
    /// <returns>Words and pictures in their order; none for an empty line.</returns>
    /// <exception cref="UsageException">A picture is not there; names it.</exception>
    public static List<AIContent> Parse(string line)
    {
        var contents = new List<AIContent>();
        var words = new StringBuilder();
        for (var i = 0; i < line.Length;)
        {
            // An @ inside a word, as of an address, is a letter.
            if (line[i] != '@' || (i > 0 && !char.IsWhiteSpace(line[i - 1])) || Path(line, i + 1) is not { Path.Length: > 0 } named)
            {
                words.Append(line[i++]);
                continue;
            }

            AddWords(contents, words);
            contents.Add(Picture(named.Path));
            i = named.End;
        }

        AddWords(contents, words);
        return contents;
    }

    private static (string Path, int End)? Path(string line, int from)
    {
        if (from < line.Length && line[from] == '"')
            return line.IndexOf('"', from + 1) is > 0 and var quote ? (line[(from + 1)..quote], quote + 1) : null;
        var end = from;
        while (end < line.Length && !char.IsWhiteSpace(line[end]))
            end++;
        return (line[from..end], end);
    }

    private static DataContent Picture(string path)
    {
        if (!File.Exists(path))
            throw new UsageException($"{path}: there is no such picture. Name one by @path, or @\"path\" where it has blanks.");

        // What it really is, the decoder sees; the type only says that it is a picture.
        return new DataContent(File.ReadAllBytes(path), "image/*");
    }

    private static void AddWords(List<AIContent> contents, StringBuilder words)
    {
        if (words.ToString().Trim() is { Length: > 0 } text)
            contents.Add(new TextContent(text));
        words.Clear();
    }
}
