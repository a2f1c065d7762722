using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Net.Http.Headers;

namespace KvStore.Node.Api;

/// <summary>
/// Reads the fields of a JSON body one by one and collects what is wrong with each, so that one answer names all of it.
/// </summary>
internal sealed class JsonFields : IDisposable
{
    /// <summary>The longest key, in bytes of UTF-8.</summary>
    public const int KeyBytesMax = 1024;

    /// <summary>The longest value, in bytes of UTF-8.</summary>
    public const int ValueBytesMax = 1 << 20;

    private const string Json = "application/json";

    // A document takes time that grows with the depth of each of its parts.
    private const int DepthMax = 64;

    // No number has as many digits.
    private const long ExponentMax = 1L << 32;

    private readonly JsonDocument _document;
    private readonly Dictionary<string, string[]> _errors = [];
    private bool _isTooLarge;

    private JsonFields(JsonDocument document) => _document = document;

    /// <summary>What is wrong with the fields read so far; null when nothing is.</summary>
    public ApiProblem? Problem => _errors.Count == 0
        ? null
        : new ApiProblem(
            _isTooLarge ? StatusCodes.Status413PayloadTooLarge : StatusCodes.Status422UnprocessableEntity,
            string.Join(' ', _errors.SelectMany(error => error.Value)))
        { Errors = _errors };

    /// <summary>Reads the body of a request.</summary>
    /// <returns>The fields, or what is wrong with the body as a whole.</returns>
    public static async Task<(JsonFields? Fields, ApiProblem? Problem)> ReadAsync(HttpRequest request) =>
        FaultInHeaders(request) is { } fault ? (null, fault) : await ParseAsync(request.Body, request.HttpContext.RequestAborted);

    /// <summary>Reads a body that is there already.</summary>
    /// <returns>The fields, or what is wrong with the body as a whole.</returns>
    public static Task<(JsonFields? Fields, ApiProblem? Problem)> ParseAsync(byte[] body) =>
        ParseAsync(new MemoryStream(body, writable: false), CancellationToken.None);

    /// <summary>What the headers say of the body that it must not be; null when it is JSON in UTF-8, or nothing says what it is.</summary>
    public static ApiProblem? FaultInHeaders(HttpRequest request)
    {
        var headers = request.Headers;
        if (headers.ContentEncoding.Any(encoding => encoding is not (null or "" or "identity")))
        {
            return Unprocessable("The body is compressed, or encoded in another way: send it without Content-Encoding.");
        }

        switch (request.ContentType)
        {
            case Json:
                return null;
            case null:
                // A page of any site may send such a request from the browser of somebody who can reach this node.
                return headers.Origin.Count > 0 ? Unprocessable($"The content type is missing: send {Json}.") : null;
            case var type when !request.HasJsonContentType():
                return Unprocessable($"The content type is '{ApiProblem.Shorten(type)}': send {Json}.");
            case var type:
                var charset = HeaderUtilities.RemoveQuotes(MediaTypeHeaderValue.Parse(type).Charset);
                return charset.StartsWith("utf-16", StringComparison.OrdinalIgnoreCase) || charset.StartsWith("utf-32", StringComparison.OrdinalIgnoreCase)
                    ? Unprocessable($"The content type is '{ApiProblem.Shorten(type)}': JSON is sent in UTF-8.")
                    : null;
        }
    }

    /// <summary>A key: 1 to 1,024 bytes of UTF-8, without U+0000.</summary>
    public byte[]? Key(string name)
    {
        if (Text(name) is not { } key)
        {
            return null;
        }

        if (key.Length == 0)
        {
            return Fail(name, $"The field '{name}' is empty: a key has 1 to {KeyBytesMax} bytes.");
        }

        if (key.Contains((byte)0))
        {
            return Fail(name, $"The field '{name}' contains U+0000, which a key must not.");
        }

        return key.Length <= KeyBytesMax ? key : Fail(name, $"The field '{name}' has {key.Length} bytes of UTF-8: a key has at most {KeyBytesMax}.");
    }

    /// <summary>A value: at most 1 MiB of UTF-8.</summary>
    public byte[]? Value(string name)
    {
        var value = Text(name);
        if (value is null || value.Length <= ValueBytesMax)
        {
            return value;
        }

        _isTooLarge = true;
        return Fail(name, $"The field '{name}' has {value.Length} bytes of UTF-8: a value has at most {ValueBytesMax} (1 MiB).");
    }

    /// <summary>A number without a fraction.</summary>
    /// <param name="name">The field.</param>
    /// <param name="beyond">What stands for a whole number that is too large for the type, so that the caller finds it out of its range.</param>
    public long? WholeNumber(string name, long beyond = long.MaxValue)
    {
        if (!_document.RootElement.TryGetProperty(name, out var element) || element.ValueKind == JsonValueKind.Null)
        {
            return FailNumber(name, $"The field '{name}' is {Absent(element)}: send it as a JSON number.");
        }

        if (element.ValueKind != JsonValueKind.Number)
        {
            return FailNumber(name, $"The field '{name}' must be a JSON number, and is {Describe(element.ValueKind)}.");
        }

        if (element.TryGetInt64(out var number))
        {
            return number;
        }

        // 3.0 is the number 3; 1e30 is a whole number as well.
        if (!IsWhole(element.GetRawText()))
        {
            return FailNumber(name, $"The field '{name}' must be a whole number, and is {ApiProblem.Shorten(element.GetRawText())}.");
        }

        var real = element.GetDouble();
        return Math.Abs(real) < 1L << 53 ? (long)real : real < 0 ? long.MinValue : beyond;
    }

    /// <summary>A version, which takes the place of an LSN: 1 or more.</summary>
    public long? Version(string name)
    {
        var version = WholeNumber(name, beyond: 0);
        return version is null or >= 1 ? version : FailNumber(name, $"The field '{name}' must be a whole number from 1 to {long.MaxValue}.");
    }

    /// <inheritdoc />
    public void Dispose() => _document.Dispose();

    private static async Task<(JsonFields? Fields, ApiProblem? Problem)> ParseAsync(Stream body, CancellationToken cancellationToken)
    {
        try
        {
            var document = await JsonDocument.ParseAsync(body, new JsonDocumentOptions { MaxDepth = DepthMax }, cancellationToken);
            if (FaultIn(document.RootElement) is not { } fault)
            {
                return (new JsonFields(document), null);
            }

            document.Dispose();
            return (null, Unprocessable(fault));
        }
        catch (JsonException e)
        {
            return (null, Unprocessable(e.BytePositionInLine == 0 && e.LineNumber == 0
                ? "The body must be a JSON object and is empty or is not JSON."
                : $"The body is not JSON, or nested more than {DepthMax} deep: see near byte {e.BytePositionInLine + 1} of line {e.LineNumber + 1}."));
        }
    }

    private byte[]? Text(string name)
    {
        if (!_document.RootElement.TryGetProperty(name, out var element) || element.ValueKind == JsonValueKind.Null)
        {
            return Fail(name, $"The field '{name}' is {Absent(element)}: send it as a JSON string.");
        }

        if (element.ValueKind != JsonValueKind.String)
        {
            return Fail(name, $"The field '{name}' must be a JSON string, and is {Describe(element.ValueKind)}.");
        }

        try
        {
            return Encoding.UTF8.GetBytes(element.GetString()!);
        }
        catch (InvalidOperationException)
        {
            return Fail(name, $"The field '{name}' is not valid text: it has half of a surrogate pair, or bytes that are not UTF-8.");
        }
    }

    private byte[]? Fail(string name, string error)
    {
        _errors[name] = [error];
        return null;
    }

    private long? FailNumber(string name, string error)
    {
        _errors[name] = [error];
        return null;
    }

    private static string? FaultIn(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            return $"The body must be a JSON object, and is {Describe(root.ValueKind)}.";
        }

        try
        {
            // The search for a field compares names, and would fail at one that cannot be unescaped.
            foreach (var member in root.EnumerateObject())
            {
                _ = member.Name;
            }

            return null;
        }
        catch (InvalidOperationException)
        {
            return "The name of a member of the body is not valid text: it has half of a surrogate pair, or bytes that are not UTF-8.";
        }
    }

    // By its digits, since a double has no more than 17 of them.
    private static bool IsWhole(string number)
    {
        var (mantissa, exponent) = number.IndexOfAny(['e', 'E']) is >= 0 and var e ? (number[..e], ToExponent(number[(e + 1)..])) : (number, 0);
        var (whole, fraction) = mantissa.IndexOf('.') is >= 0 and var point ? (mantissa[..point], mantissa[(point + 1)..]) : (mantissa, "");
        var digits = $"{whole}{fraction}".TrimStart('-', '0');
        return digits.Length == 0 || digits.Length - digits.TrimEnd('0').Length >= fraction.Length - exponent;
    }

    private static long ToExponent(string text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var exponent)
        ? Math.Clamp(exponent, -ExponentMax, ExponentMax)
        : text[0] == '-' ? -ExponentMax : ExponentMax;

    private static string Absent(JsonElement element) => element.ValueKind == JsonValueKind.Null ? "null" : "missing";

    private static string Describe(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Null => "null",
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        JsonValueKind.Number => "a number",
        JsonValueKind.String => "a string",
        JsonValueKind.Array => "an array",
        _ => "an object",
    };

    private static ApiProblem Unprocessable(string detail) => new(StatusCodes.Status422UnprocessableEntity, detail)
    {
        Errors = new Dictionary<string, string[]> { ["body"] = [detail] },
    };
}
