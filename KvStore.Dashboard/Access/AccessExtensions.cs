using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection.KeyManagement;

namespace KvStore.Dashboard.Access;

/// <summary>Nothing is shown and nothing can be done without the token.</summary>
internal static class AccessExtensions
{
    // Blazor's styles are inline attributes; its scripts are files. Nothing comes from another machine, and nobody frames the pages.
    private const string ContentSecurityPolicy =
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
        + "base-uri 'self'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

    /// <summary>Adds the session, and asks for it everywhere that does not say otherwise.</summary>
    public static void AddAccess(this IServiceCollection services)
    {
        services.AddSingleton<Session>();
        services.AddAuthentication(SessionHandler.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, SessionHandler>(SessionHandler.SchemeName, configureOptions: null);
        services.AddAuthorization(options =>
            options.FallbackPolicy = new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
        services.AddCascadingAuthenticationState();

        // Each request without the cookie would be a line.
        services.AddLogging(logging => logging.AddFilter(typeof(SessionHandler).FullName, LogLevel.Warning));

        // What is protected (live connections, forms) ends with the process, so its keys stay in memory.
        services.AddDataProtection();
        services.Configure<KeyManagementOptions>(keys => keys.XmlRepository = new KeysInMemory());
        services.AddLogging(logging => logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error));

        // A page that was open before a restart brings a token of keys that are gone, and gets a new one.
        services.AddLogging(logging => logging.AddFilter("Microsoft.AspNetCore.Antiforgery.DefaultAntiforgery", LogLevel.None));
    }

    /// <summary>Answers the login link: a right token gets the cookie and goes on, a wrong one goes on to the page that says so.</summary>
    public static void UseLoginLink(this WebApplication app) => app.Use((context, next) =>
    {
        var session = context.RequestServices.GetRequiredService<Session>();
        if (context.Request.Path != "/login" || !session.IsToken(context.Request.Query["t"]))
        {
            return next(context);
        }

        session.Open(context.Response);
        context.Response.Redirect(LocalPath(context.Request.Query["returnUrl"]));
        return Task.CompletedTask;
    });

    /// <summary>Tells browsers what the pages need, which is nothing from anywhere else.</summary>
    public static void UseSecurityHeaders(this WebApplication app) => app.Use((context, next) =>
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer"; // The login link holds the token.
        return next(context);
    });

    // A link must not lead through the login to somewhere else.
    private static string LocalPath(string? url) =>
        url is ['/', .. var rest] && (rest.Length == 0 || rest[0] is not ('/' or '\\')) && !rest.Any(char.IsControl) ? url : "/";
}
