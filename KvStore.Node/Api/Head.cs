namespace KvStore.Node.Api;

/// <summary>HEAD, which a server has wherever it has GET (RFC 9110, section 9.1).</summary>
internal static class Head
{
    /// <summary>Answers HEAD as GET; the server leaves the body out.</summary>
    public static void UseHeadAsGet(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (HttpMethods.IsHead(context.Request.Method))
        {
            context.Request.Method = HttpMethods.Get;
        }

        return next(context);
    });
}
