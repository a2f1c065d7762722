using System.Security.Cryptography;
using System.Text;
using KvStore.Dashboard.Configuration;

namespace KvStore.Dashboard.Access;

/// <summary>Who knows the token gets a cookie, and who brings the cookie is let in.</summary>
/// <remarks>
/// The cookie's value is derived from the token, so it holds over restarts for as long as the token does, and nothing is stored.
/// It does not show the token.
/// </remarks>
internal sealed class Session(DashboardOptions options)
{
    /// <summary>The cookie's name.</summary>
    public const string CookieName = "kvstore-dashboard";

    private static readonly byte[] Purpose = "kvstore dashboard session v1"u8.ToArray();
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(3);

    private readonly byte[] _token = Encoding.UTF8.GetBytes(options.Token);
    private readonly byte[] _cookie = Encoding.ASCII.GetBytes(
        Convert.ToHexString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(options.Token), Purpose)));

    /// <summary>Whether this is the dashboard's token.</summary>
    public bool IsToken(string? token) => token is not null && AreEqual(Encoding.UTF8.GetBytes(token), _token);

    /// <summary>Whether the request brings the cookie.</summary>
    public bool IsOpen(HttpRequest request) =>
        request.Cookies[CookieName] is { } value && AreEqual(Encoding.UTF8.GetBytes(value), _cookie);

    /// <summary>Gives the browser its cookie.</summary>
    public void Open(HttpResponse response) => response.Cookies.Append(CookieName, Encoding.ASCII.GetString(_cookie), new CookieOptions
    {
        HttpOnly = true,
        IsEssential = true,
        MaxAge = Lifetime,
        SameSite = SameSiteMode.Lax, // The link is opened from a terminal or a chat as often as from the address bar.
        Secure = response.HttpContext.Request.IsHttps,
    });

    private static bool AreEqual(byte[] one, byte[] other) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(one), SHA256.HashData(other));
}
