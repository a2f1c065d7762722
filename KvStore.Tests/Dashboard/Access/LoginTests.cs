using System.Net;
using KvStore.Dashboard.Access;

namespace KvStore.Tests.Dashboard.Access;

/// <summary>Without the token nothing is shown and nothing can be done.</summary>
public sealed class LoginTests : IAsyncLifetime
{
    private RunningDashboard _dashboard = null!;
    private HttpClient _client = null!;

    public async Task InitializeAsync()
    {
        _dashboard = await RunningDashboard.StartAsync();
        _client = _dashboard.CreateClient();
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _dashboard.DisposeAsync();
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/traces")]
    [InlineData("/logs?trace=1")]
    [InlineData("/no-such-page")]
    public async Task A_page_without_the_cookie_leads_to_the_login_page(string page)
    {
        using var answer = await SendAsync(HttpMethod.Get, page, accept: "text/html");

        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal($"/login?returnUrl={Uri.EscapeDataString(page)}", answer.Headers.Location!.OriginalString);
    }

    [Theory]
    [InlineData("POST", "/_blazor/negotiate?negotiateVersion=1")]
    [InlineData("GET", "/_blazor?id=x")]
    [InlineData("GET", "/")]
    [InlineData("POST", "/")]
    [InlineData("GET", "/no-such-page")]
    public async Task Everything_else_without_the_cookie_is_refused(string method, string path)
    {
        using var answer = await SendAsync(new HttpMethod(method), path, accept: "*/*");

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains("login link", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_link_sets_a_cookie_that_scripts_cannot_read_and_leads_to_the_cluster()
    {
        using var login = await SendAsync(HttpMethod.Get, $"/login?t={RunningDashboard.Token}", accept: "text/html");

        Assert.Equal((HttpStatusCode.Redirect, "/"), (login.StatusCode, login.Headers.Location!.OriginalString));
        var cookie = Assert.Single(login.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(RunningDashboard.Token, cookie, StringComparison.Ordinal);

        using var page = await SendAsync(HttpMethod.Get, "/", accept: "text/html", cookie.Split(';')[0]);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Contains("<h1", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        using var none = await SendAsync(HttpMethod.Get, "/no-such-page", accept: "text/html", cookie.Split(';')[0]);
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
        Assert.Contains("There is no such page", await none.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_link_leads_to_the_page_that_was_asked_for()
    {
        using var login = await SendAsync(HttpMethod.Get, $"/login?t={RunningDashboard.Token}&returnUrl=%2Ftraces%3Fstatus%3Derror", accept: "text/html");

        Assert.Equal("/traces?status=error", login.Headers.Location!.OriginalString);
    }

    [Theory]
    [InlineData("https://elsewhere.example/")]
    [InlineData("//elsewhere.example/")]
    [InlineData("/\\elsewhere.example/")]
    [InlineData("javascript:alert(1)")]
    [InlineData("/a\r\nSet-Cookie: x=y")]
    public async Task The_link_leads_nowhere_else(string returnUrl)
    {
        using var login = await SendAsync(
            HttpMethod.Get, $"/login?t={RunningDashboard.Token}&returnUrl={Uri.EscapeDataString(returnUrl)}", accept: "text/html");

        Assert.Equal("/", login.Headers.Location!.OriginalString);
    }

    [Theory]
    [InlineData("wrong-token-for-tests")]
    [InlineData("")]
    [InlineData("a-token-for-test")]
    public async Task A_wrong_token_sets_no_cookie_and_is_told_so(string token)
    {
        using var answer = await SendAsync(HttpMethod.Get, $"/login?t={token}", accept: "text/html");

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.DoesNotContain(
            answer.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies : [],
            cookie => cookie.StartsWith(Session.CookieName, StringComparison.Ordinal));
        Assert.Contains("not the token of this dashboard", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kvstore-dashboard=")]
    [InlineData("kvstore-dashboard=a-token-for-tests")]
    [InlineData("kvstore-dashboard=0000000000000000000000000000000000000000000000000000000000000000")]
    public async Task A_cookie_that_was_made_up_opens_nothing(string cookie)
    {
        using var page = await SendAsync(HttpMethod.Get, "/", accept: "text/html", cookie);

        Assert.Equal(HttpStatusCode.Redirect, page.StatusCode);
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/alive")]
    [InlineData("/login")]
    [InlineData("/dashboard.css")]
    public async Task Probes_and_the_login_page_with_its_style_are_open(string path)
    {
        using var answer = await SendAsync(HttpMethod.Get, path, accept: "*/*");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Pages_load_from_this_machine_alone()
    {
        using var answer = await SendAsync(HttpMethod.Get, "/login", accept: "text/html");

        var policy = string.Join(' ', answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'self'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("http", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("://", (await answer.Content.ReadAsStringAsync()).Replace("http://…", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string accept, string? cookie = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Add("Accept", accept);
        if (cookie is not null)
        {
            request.Headers.Add("Cookie", cookie);
        }

        return await _client.SendAsync(request);
    }
}
