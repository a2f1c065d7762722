namespace KvStore.Dashboard.Telemetry;

/// <summary>What a person typed into a filter: text that is looked for in any case, and <c>name=value</c> for an attribute.</summary>
internal sealed class TextFilter
{
    private readonly string _text;
    private readonly string? _key;
    private readonly string? _value;

    private TextFilter(string text)
    {
        _text = text;
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals > 0)
        {
            // As it is typed, and as documents write it: `kvstore.lsn`=17.
            _key = text[..equals].Trim(' ', '`', '"');
            _value = text[(equals + 1)..].Trim(' ', '`', '"');
        }
    }

    /// <summary>The filter for a text; null when it is null or blank, and everything passes.</summary>
    public static TextFilter? Of(string? text) => string.IsNullOrWhiteSpace(text) ? null : new(text.Trim());

    /// <summary>Whether the text is in another.</summary>
    public bool Matches(string? other) => other is not null && other.Contains(_text, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the text is in a value, or names an attribute with its value.</summary>
    public bool Matches(IReadOnlyList<KeyValuePair<string, string>> attributes)
    {
        for (var i = 0; i < attributes.Count; i++)
        {
            if (Matches(attributes[i].Value)
                || (_key is not null
                    && string.Equals(attributes[i].Key, _key, StringComparison.OrdinalIgnoreCase)
                    && string.Equals(attributes[i].Value, _value, StringComparison.OrdinalIgnoreCase)))
            {
                return true;
            }
        }

        return false;
    }
}
