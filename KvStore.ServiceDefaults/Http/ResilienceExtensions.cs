namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Opting one client out of the resilience that every client has by default.</summary>
public static class ResilienceExtensions
{
    /// <summary>
    /// Takes the resilience handlers off a named client, for a caller that owns retries and time limits itself. Service discovery stays.
    /// </summary>
    /// <param name="builder">The named client's builder.</param>
    /// <returns>The same builder.</returns>
    public static IHttpClientBuilder WithoutResilience(this IHttpClientBuilder builder)
    {
#pragma warning disable EXTEXP0001 // The only way to opt out of a handler that ConfigureHttpClientDefaults adds; kept to this one place.
        return builder.RemoveAllResilienceHandlers();
#pragma warning restore EXTEXP0001
    }
}
