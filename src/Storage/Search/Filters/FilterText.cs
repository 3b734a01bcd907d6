using System.Globalization;
using System.Text;
using UnifiedVlm.Documents;

namespace UnifiedVlm.Storage.Search.Filters;

/// <summary>
/// The text form: <c>lang = "de" and (year &gt;= 2020 or tags has "valve") and not exists draft</c>. Texts stand in double quotes, with the escapes of JSON; names
/// that are no plain words in back quotes, a back quote in them doubled; the document's own fields begin with a dollar sign. Words are read in any case.
/// </summary>
public static class FilterText
{
    private static readonly string[] Keywords = ["and", "or", "not", "in", "has", "prefix", "exists", "true", "false", "null"];

    /// <param name="field">What the refusal names.</param>
    /// <exception cref="DocumentRejectedException">It can't be understood; says at which character, counted from 1.</exception>
    public static Filter Parse(string text, string field = "filter")
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > FilterLimits.MaxTextLength)
            throw new DocumentRejectedException(field, $"has {text.Length} characters, the limit is {FilterLimits.MaxTextLength}", "Ask for less at a time.");
        var parser = new Parser(text);
        try
        {
            return parser.Read();
        }
        catch (FilterException error)
        {
            throw new DocumentRejectedException(field, string.Create(CultureInfo.InvariantCulture, $"at character {parser.Position + 1}: {error.Problem}"), error.Fix, error);
        }
    }

    /// <summary>Whether a name is read without back quotes.</summary>
    internal static bool IsPlainName(string name) => name.Length > 0 && BeginsName(name[0]) && name.All(IsOfWord) && !IsKeyword(name);

    private static bool IsKeyword(string word) => Keywords.Contains(word, StringComparer.OrdinalIgnoreCase);

    private static bool IsOfWord(char c) => char.IsLetterOrDigit(c) || c is '_' or '-';

    private static bool BeginsName(char c) => IsOfWord(c) && !char.IsDigit(c) && c != '-';

    private sealed class Parser(string text)
    {
        private readonly FilterBuilder _builder = new();
        private int _next;

        /// <summary>Where what is being read begins.</summary>
        public int Position { get; private set; }

        public Filter Read()
        {
            var filter = ReadOr(1);
            Skip();
            return _next == text.Length ? filter : throw new FilterException($"'{Shown()}' follows a whole condition", "Join conditions by 'and' or 'or'.");
        }

        private Filter ReadOr(int depth)
        {
            var operands = new List<Filter> { ReadAnd(depth) };
            while (TakeWord("or"))
                operands.Add(ReadAnd(depth));
            return operands.Count == 1 ? operands[0] : new FilterOr(operands);
        }

        private Filter ReadAnd(int depth)
        {
            var operands = new List<Filter> { ReadUnary(depth) };
            while (TakeWord("and"))
                operands.Add(ReadUnary(depth));
            return operands.Count == 1 ? operands[0] : new FilterAnd(operands);
        }

        private Filter ReadUnary(int depth)
        {
            Skip();
            FilterBuilder.CheckDepth(depth);
            if (TakeWord("not"))
                return new FilterNot(ReadUnary(depth + 1));
            if (TakeWord("exists"))
                return _builder.Exists(ReadField());
            if (!Take('('))
                return ReadComparison();
            var inner = ReadOr(depth + 1);
            Expect(')');
            return inner;
        }

        private Filter ReadComparison()
        {
            var field = ReadField();
            Skip();
            if (TakeWord("in"))
                return ReadIn(field);
            var which = TakeWord("has") ? FilterOperator.Has : TakeWord("prefix") ? FilterOperator.Prefix : ReadSign();
            var value = ReadValue();
            return _builder.Compare(field, which, value);
        }

        private FilterIn ReadIn(FilterField field)
        {
            Expect('(');
            var values = new List<FilterValue>();
            do
                values.Add(ReadValue());
            while (Take(','));
            Expect(')');
            return _builder.In(field, values);
        }

        private FilterOperator ReadSign()
        {
            var end = _next;
            while (end < text.Length && text[end] is '=' or '!' or '<' or '>')
                end++;
            if (FilterOperators.Find(text[_next..end]) is not { } which)
                throw new FilterException($"'{Shown()}' is no comparison", $"Those are {FilterOperators.Known}.");
            _next = end;
            return which;
        }

        private FilterField ReadField()
        {
            Skip();
            if (Take('$'))
                return FilterField.OfDocument(ReadPlainName());
            var names = new List<string>();
            do
                names.Add(ReadName());
            while (Take('.'));
            return FilterField.Metadata(names);
        }

        private string ReadName()
        {
            Skip();
            if (!Take('`'))
            {
                var word = PeekWord();
                return word.Length > 0 && IsKeyword(word)
                    ? throw new FilterException($"'{word}' stands where a field is due", $"Name the field, in back quotes if it is called that: `{word}`.")
                    : ReadPlainName();
            }
            var name = new StringBuilder();
            while (_next < text.Length)
            {
                var c = text[_next++];
                if (c == '`' && !(_next < text.Length && text[_next] == '`'))
                    return name.ToString();
                if (c == '`')
                    _next++;
                name.Append(c);
            }
            throw new FilterException("a name is not closed", "End it with a back quote.");
        }

        private string ReadPlainName()
        {
            var word = PeekWord();
            if (word.Length == 0 || !BeginsName(word[0]))
                throw new FilterException($"'{Shown()}' stands where a field is due", "Name a field, in back quotes if it is no plain word; for texts use double quotes on the right of a comparison.");
            _next += word.Length;
            return word;
        }

        private FilterValue ReadValue()
        {
            Skip();
            if (_next < text.Length && text[_next] == '"')
                return FilterValue.Text(ReadText());
            foreach (var (word, value) in ((string, FilterValue)[])[("true", FilterValue.Of(true)), ("false", FilterValue.Of(false)), ("null", FilterValue.Null)])
            {
                if (TakeWord(word))
                    return value;
            }
            var end = _next;
            while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '-' or '+' or '.'))
                end++;
            var number = text[_next..end];
            if (number.Length is 0 or > FilterLimits.MaxNameLength || !(char.IsAsciiDigit(number[^1]) && (char.IsAsciiDigit(number[0]) || number[0] == '-')
                && double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out _)))
                throw new FilterException($"'{Shown()}' is no value", "Give a text in double quotes, a number, true, false or null.");
            _next = end;
            return FilterValue.Number(number);
        }

        /// <summary>The JSON string that begins here; JSON's own reader knows its escapes.</summary>
        private string ReadText()
        {
            var end = _next + 1;
            while (end < text.Length && text[end] != '"')
                end += text[end] == '\\' ? 2 : 1;
            if (end >= text.Length)
                throw new FilterException("a text is not closed", "End it with a double quote.");
            try
            {
                var value = System.Text.Json.JsonSerializer.Deserialize<string>(text.AsSpan(_next, end + 1 - _next))!;
                _next = end + 1;
                return value;
            }
            catch (System.Text.Json.JsonException)
            {
                throw new FilterException("a text has an escape that JSON does not know, or a control character", "Write it as a string in JSON.");
            }
        }

        private string PeekWord()
        {
            var end = _next;
            while (end < text.Length && IsOfWord(text[end]))
                end++;
            return text[_next..end];
        }

        private bool TakeWord(string word)
        {
            Skip();
            if (!PeekWord().Equals(word, StringComparison.OrdinalIgnoreCase))
                return false;
            _next += word.Length;
            return true;
        }

        private bool Take(char c)
        {
            Skip();
            if (_next >= text.Length || text[_next] != c)
                return false;
            _next++;
            return true;
        }

        private void Expect(char c)
        {
            if (!Take(c))
                throw new FilterException($"'{c}' is missing before '{Shown()}'", $"Put a '{c}' there.");
        }

        private void Skip()
        {
            while (_next < text.Length && char.IsWhiteSpace(text[_next]))
                _next++;
            Position = _next;
        }

        /// <summary>The beginning of what comes next, for a message.</summary>
        private string Shown()
        {
            const int Longest = 16;
            if (_next >= text.Length)
                return "the end";
            var end = text.IndexOfAny([' ', '\t', '\n', '\r'], _next);
            var length = Math.Min((end < 0 ? text.Length : end) - _next, Longest);
            return Content.SafeText.Clean(text.Substring(_next, Math.Max(length, 1)));
        }
    }
}
