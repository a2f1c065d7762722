using System.Security.Cryptography;
using System.Text;
using KvStore.Hosting.Engine;
using Microsoft.AspNetCore.Http;

namespace KvStore.Hosting.Control;

/// <summary>Where the control endpoint is and who may use it: whoever was given the token, and no page in a browser.</summary>
internal sealed class ControlAccess
{
    /// <summary>The address, in the AppHost's configuration and, if the AppHost passes it on, in a resource's environment.</summary>
    public const string UrlVariable = "KVSTORE_CONTROL_URL";

    /// <summary>The token, in the same places.</summary>
    public const string TokenVariable = "KVSTORE_CONTROL_TOKEN";

    private const string Scheme = "Bearer ";
    private readonly byte[] _token;

    private ControlAccess(int port, string token)
    {
        Port = port;
        Token = token;
        _token = Encoding.ASCII.GetBytes(token);
    }

    public int Port { get; }

    public string Token { get; }

    public string Url => $"http://127.0.0.1:{Port}";

    /// <summary>Takes a free port, which is opened when the application is started, and makes a token.</summary>
    public static ControlAccess Create() => new(PortAllocator.TakeFreePort(), RandomNumberGenerator.GetHexString(64, lowercase: true));

    /// <summary>
    /// Whether the request can be one of a program that was given the address. A page in a browser says its origin; one that had
    /// its own name resolved to this machine names a foreign host.
    /// </summary>
    public bool IsAddressed(HttpRequest request) =>
        request.Headers.Origin.Count == 0 && request.Host.Port == Port && request.Host.Host is "127.0.0.1" or "localhost";

    public bool HasToken(HttpRequest request) =>
        request.Headers.Authorization is [{ } authorization]
        && authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(authorization[Scheme.Length..]), _token);
}
