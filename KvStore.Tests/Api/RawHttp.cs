using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace KvStore.Tests.Api;

/// <summary>
/// HTTP/1.1 over a bare socket: the request target goes out byte for byte. <see cref="Uri"/> would take <c>/keys/..</c> for
/// <c>/</c> and change escapes before a server ever saw them.
/// </summary>
internal static class RawHttp
{
    public static async Task<RawAnswer> SendAsync(Uri address, string method, string target)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Parse(address.Host), address.Port);
        await socket.SendAsync(Encoding.Latin1.GetBytes($"{method} {target} HTTP/1.1\r\nHost: {address.Authority}\r\nConnection: close\r\n\r\n"));
        using var whole = new MemoryStream();
        await using var stream = new NetworkStream(socket);
        await stream.CopyToAsync(whole);
        return Parse(whole.ToArray());
    }

    public static Task<RawAnswer> GetAsync(Uri address, string target) => SendAsync(address, "GET", target);

    private static RawAnswer Parse(byte[] whole)
    {
        var split = whole.AsSpan().IndexOf("\r\n\r\n"u8);
        Assert.True(split > 0, $"Not an HTTP answer: {Encoding.Latin1.GetString(whole)}");
        var head = Encoding.ASCII.GetString(whole, 0, split);
        var body = whole[(split + 4)..];
        if (head.Contains("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase))
        {
            body = Unchunk(body);
        }

        var status = (HttpStatusCode)int.Parse(head.Split(' ')[1], CultureInfo.InvariantCulture);
        return new RawAnswer(status, head, Encoding.UTF8.GetString(body));
    }

    private static byte[] Unchunk(ReadOnlySpan<byte> chunked)
    {
        using var body = new MemoryStream();
        while (true)
        {
            var line = chunked.IndexOf("\r\n"u8);
            var size = Convert.ToInt32(Encoding.ASCII.GetString(chunked[..line]), 16);
            if (size == 0)
            {
                return body.ToArray();
            }

            body.Write(chunked.Slice(line + 2, size));
            chunked = chunked[(line + 2 + size + 2)..];
        }
    }
}

/// <summary>What came back.</summary>
internal sealed record RawAnswer(HttpStatusCode Status, string Head, string Body)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public void IsKey(string key, string value)
    {
        Assert.True(Status == HttpStatusCode.OK, $"{(int)Status} came instead of 200 for {JsonSerializer.Serialize(key)}: {Body}");
        Assert.Equal(key, Json.Text("key"));
        Assert.Equal(value, Json.Text("value"));
    }

    public void IsProblem(HttpStatusCode status, string detail)
    {
        Assert.Equal(status, Status);
        Assert.Contains("application/problem+json", Head, StringComparison.Ordinal);
        Assert.StartsWith(detail, Json.Text("detail"), StringComparison.Ordinal);
    }
}
