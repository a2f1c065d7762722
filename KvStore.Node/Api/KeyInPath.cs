using System.Text;
using Microsoft.AspNetCore.Http.Features;

namespace KvStore.Node.Api;

/// <summary>
/// The key in a path: whatever follows <c>/keys/</c> in the raw request target, percent-decoded exactly once. The server's
/// own decoding cannot be used: it takes %2F for %252F and resolves dot segments, and a key may be any text.
/// </summary>
internal static class KeyInPath
{
    private const string Prefix = "/keys/";
    private static readonly object ItemKey = new();
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Takes the key out of the target before routing sees it.</summary>
    public static IApplicationBuilder UseKeyInPath(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (!TryFind(target, out var encoded))
        {
            // Such as /./keys/k: the server has decoded and shortened the path, so whatever key was meant is lost.
            var isKeyLost = context.Request.Path.StartsWithSegments("/keys", out var rest) && rest.Value is { Length: > 1 };
            return isKeyLost ? new ApiProblem(StatusCodes.Status404NotFound, "Not Found").ExecuteAsync(context) : next(context);
        }

        if (Decode(encoded) is not { } key)
        {
            return new ApiProblem(
                StatusCodes.Status400BadRequest, "The key in the path is not percent-encoded UTF-8: encode each byte as % and two hexadecimal digits.")
                .ExecuteAsync(context);
        }

        context.Items[ItemKey] = key;
        context.Request.Path = Prefix + "key";
        return next(context);
    });

    /// <summary>The key of the request, as bytes of UTF-8.</summary>
    public static byte[] GetKey(this HttpContext context) => (byte[])context.Items[ItemKey]!;

    /// <summary>Finds the still encoded key in a request target, which may be a path or, from a proxy, a whole URL.</summary>
    internal static bool TryFind(string target, out ReadOnlySpan<char> encoded)
    {
        var path = target.AsSpan();
        var scheme = path.IndexOf("://", StringComparison.Ordinal);
        if (scheme > 0 && path[0] != '/')
        {
            var authority = path[(scheme + 3)..];
            var slash = authority.IndexOf('/');
            path = slash < 0 ? [] : authority[slash..];
        }

        encoded = default;
        if (!path.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)) // As routing compares.
        {
            return false;
        }

        encoded = path[Prefix.Length..];
        var end = encoded.IndexOfAny('?', '#');
        encoded = end < 0 ? encoded : encoded[..end];
        return true;
    }

    /// <summary>Percent-decodes once; null when an escape is incomplete or the bytes are not UTF-8.</summary>
    internal static byte[]? Decode(ReadOnlySpan<char> encoded)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(encoded)];
        var length = 0;
        for (var at = 0; at < encoded.Length; at++)
        {
            if (encoded[at] != '%')
            {
                length += Encoding.UTF8.GetBytes(encoded.Slice(at, 1), bytes.AsSpan(length));
                continue;
            }

            if (at + 2 >= encoded.Length || !char.IsAsciiHexDigit(encoded[at + 1]) || !char.IsAsciiHexDigit(encoded[at + 2]))
            {
                return null;
            }

            bytes[length++] = Convert.FromHexString(encoded.Slice(at + 1, 2))[0];
            at += 2;
        }

        Array.Resize(ref bytes, length);
        try
        {
            _ = Strict.GetCharCount(bytes);
            return bytes;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
