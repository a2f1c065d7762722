using System.Buffers;

namespace KvStore.Dashboard.Telemetry;

/// <summary>What a person typed into a filter: text that is looked for in any case, and <c>name=value</c> for an attribute.</summary>
internal sealed class TextFilter
{
    private readonly int _length;
    private readonly SearchValues<string> _text;
    private readonly string? _key;
    private readonly string? _value;

    private TextFilter(string text)
    {
        _length = text.Length;
        _text = SearchValues.Create([text], StringComparison.OrdinalIgnoreCase);
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
    public bool Matches(string? other)
    {
        // Most of the million attributes that a search walks over are shorter than what was typed. Case does not change a length here.
        return other is not null && other.Length >= _length && other.AsSpan().ContainsAny(_text);
    }

    /// <summary>Whether the text is in a value, or names an attribute with its value.</summary>
    public bool Matches(IReadOnlyList<KeyValuePair<string, string>> attributes)
    {
        // Receivers make arrays, and a span over one is walked several times as fast as the interface.
        if (attributes is KeyValuePair<string, string>[] array)
        {
            return Matches(array.AsSpan());
        }

        for (var i = 0; i < attributes.Count; i++)
        {
            if (Matches(attributes[i].Key, attributes[i].Value))
            {
                return true;
            }
        }

        return false;
    }

    private bool Matches(ReadOnlySpan<KeyValuePair<string, string>> attributes)
    {
        foreach (ref readonly var attribute in attributes)
        {
            if (Matches(attribute.Key, attribute.Value))
            {
                return true;
            }
        }

        return false;
    }

    private bool Matches(string key, string value) =>
        Matches(value)
        || (_key is not null
            && string.Equals(key, _key, StringComparison.OrdinalIgnoreCase)
            && string.Equals(value, _value, StringComparison.OrdinalIgnoreCase));
}
