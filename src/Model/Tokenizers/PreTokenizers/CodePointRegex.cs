using System.Buffers;
using System.Globalization;
using System.Text.RegularExpressions;

namespace UnifiedVlm.Model.Tokenizers.PreTokenizers;

/// <summary>
/// A .NET expression that sees code points. .NET matches UTF-16 units, so that a letter beyond the basic plane would be two surrogates to
/// <c>\p{L}</c>. Such a code point is shown to the expression as one rare character of the same general category.
/// </summary>
internal sealed class CodePointRegex(Regex regex)
{
    /// <returns>Start and length of each match, in UTF-16 units of the piece's text.</returns>
    public List<(int Start, int Length)> Matches(Piece piece)
    {
        var matches = new List<(int, int)>(piece.Length / 4 + 1);
        if (piece.Span.IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
        {
            foreach (var match in regex.EnumerateMatches(piece.Span))
                matches.Add((piece.Start + match.Index, match.Length));
            return matches;
        }

        var shadow = ArrayPool<char>.Shared.Rent(piece.Length);
        var positions = ArrayPool<int>.Shared.Rent(piece.Length + 1);
        try
        {
            var count = Cast(piece, shadow, positions);
            foreach (var match in regex.EnumerateMatches(shadow.AsSpan(0, count)))
                matches.Add((positions[match.Index], positions[match.Index + match.Length] - positions[match.Index]));
            return matches;
        }
        finally
        {
            ArrayPool<char>.Shared.Return(shadow);
            ArrayPool<int>.Shared.Return(positions);
        }
    }

    private static int Cast(Piece piece, char[] shadow, int[] positions)
    {
        int count = 0, end = piece.Start + piece.Length;
        for (var i = piece.Start; i < end; i++)
        {
            positions[count] = i;
            var isPair = char.IsHighSurrogate(piece.Text[i]) && i + 1 < end && char.IsLowSurrogate(piece.Text[i + 1]);
            shadow[count++] = isPair ? StandIn(CharUnicodeInfo.GetUnicodeCategory(char.ConvertToUtf32(piece.Text[i], piece.Text[i + 1]))) : piece.Text[i];
            if (isPair)
                i++;
        }

        positions[count] = end;
        return count;
    }

    private static char StandIn(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter => '\uA640',
        UnicodeCategory.LowercaseLetter => '\uA641',
        UnicodeCategory.TitlecaseLetter => '\u1F88',
        UnicodeCategory.ModifierLetter => '\uA717',
        UnicodeCategory.OtherLetter => '\uA500',
        UnicodeCategory.NonSpacingMark => '\uA66F',
        UnicodeCategory.SpacingCombiningMark => '\uA823',
        UnicodeCategory.EnclosingMark => '\uA670',
        UnicodeCategory.DecimalDigitNumber => '\uA620',
        UnicodeCategory.LetterNumber => '\uA6E6',
        UnicodeCategory.OtherNumber => '\uA830',
        UnicodeCategory.ConnectorPunctuation => '\uFE33',
        UnicodeCategory.DashPunctuation => '\u2E17',
        UnicodeCategory.OpenPunctuation => '\u2E22',
        UnicodeCategory.ClosePunctuation => '\u2E23',
        UnicodeCategory.InitialQuotePunctuation => '\u2E02',
        UnicodeCategory.FinalQuotePunctuation => '\u2E03',
        UnicodeCategory.OtherPunctuation => '\uA60D',
        UnicodeCategory.MathSymbol => '\u2A00',
        UnicodeCategory.CurrencySymbol => '\uA838',
        UnicodeCategory.ModifierSymbol => '\uA700',
        UnicodeCategory.OtherSymbol => '\uA490',
        UnicodeCategory.Format => '\u206A',
        UnicodeCategory.PrivateUse => '\uE000',
        _ => '\uFFFF',
    };
}
