using System.Globalization;
using System.Text;
using Google.Protobuf.Collections;
using KvStore.Dashboard.Otlp.Wire;
using KvStore.Dashboard.Telemetry;

namespace KvStore.Dashboard.Otlp;

/// <summary>Reads names and attributes into text, cut to the limits and shared where they repeat.</summary>
internal sealed class AttributeReader
{
    private const string Ellipsis = "…";
    private readonly StoreLimits _limits;

    // Apart, so that keys of users, which never repeat, do not push out the few names.
    private readonly StringPool _names = new(4_096);
    private readonly StringPool _values = new(8_192);

    /// <summary>Makes a reader with empty pools.</summary>
    public AttributeReader(StoreLimits limits)
    {
        _limits = limits;
    }

    /// <summary>So many characters of a text are kept.</summary>
    public int TextLengthMax => _limits.ValueLengthMax;

    /// <summary>A name, cut and shared.</summary>
    public string Name(string text) => _names.Share(Cut(text, _limits.ValueLengthMax));

    /// <summary>A text that rarely repeats, cut.</summary>
    /// <param name="text">The text.</param>
    /// <param name="times">How many times the usual length it may have.</param>
    public string Text(string text, int times = 1) => Cut(text, _limits.ValueLengthMax * times);

    /// <summary>Attributes in their order; those beyond the limit are cut off.</summary>
    public KeyValuePair<string, string>[] Read(RepeatedField<KeyValue> attributes)
    {
        var count = Math.Min(attributes.Count, _limits.AttributesMax);
        if (count == 0)
        {
            return [];
        }

        var read = new KeyValuePair<string, string>[count];
        for (var i = 0; i < count; i++)
        {
            read[i] = new(Name(attributes[i].Key), _values.Share(Value(attributes[i].Value)));
        }

        return read;
    }

    /// <summary>A value as text; lists as <c>[a, b]</c>, maps as <c>{k: v}</c>, bytes in base64.</summary>
    public string Value(AnyValue? value)
    {
        switch (value?.ValueCase)
        {
            case AnyValue.ValueOneofCase.StringValue:
                return Cut(value.StringValue, _limits.ValueLengthMax);
            case AnyValue.ValueOneofCase.BoolValue:
                return value.BoolValue ? "true" : "false";
            case AnyValue.ValueOneofCase.IntValue:
                return value.IntValue.ToString(CultureInfo.InvariantCulture);
            case AnyValue.ValueOneofCase.DoubleValue:
                return value.DoubleValue.ToString(CultureInfo.InvariantCulture);
            case null or AnyValue.ValueOneofCase.None:
                return "";
            default:
                var text = new StringBuilder();
                Append(text, value);
                return Cut(text.ToString(), _limits.ValueLengthMax);
        }
    }

    // The depth is bounded by the parser, the length here.
    private void Append(StringBuilder text, AnyValue? value)
    {
        switch (value?.ValueCase)
        {
            case AnyValue.ValueOneofCase.ArrayValue:
                AppendList(text, '[', ']', value.ArrayValue.Values, Append);
                break;
            case AnyValue.ValueOneofCase.KvlistValue:
                AppendList(text, '{', '}', value.KvlistValue.Values, (inner, pair) => Append(inner.Append(pair.Key).Append(": "), pair.Value));
                break;
            case AnyValue.ValueOneofCase.BytesValue:
                text.Append(Convert.ToBase64String(value.BytesValue.Span[..Math.Min(value.BytesValue.Length, _limits.ValueLengthMax)]));
                break;
            default:
                text.Append(Value(value));
                break;
        }
    }

    private void AppendList<T>(StringBuilder text, char open, char close, RepeatedField<T> items, Action<StringBuilder, T> append)
    {
        text.Append(open);
        for (var i = 0; i < items.Count && text.Length <= _limits.ValueLengthMax; i++)
        {
            append(i == 0 ? text : text.Append(", "), items[i]);
        }

        text.Append(close);
    }

    private static string Cut(string text, int lengthMax)
    {
        if (text.Length <= lengthMax)
        {
            return text;
        }

        var length = char.IsHighSurrogate(text[lengthMax - 2]) ? lengthMax - 2 : lengthMax - 1;
        return string.Concat(text.AsSpan(0, length), Ellipsis);
    }
}
