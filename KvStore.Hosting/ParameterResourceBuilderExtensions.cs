using KvStore.Hosting.ApplicationModel;
using KvStore.Hosting.Engine;

namespace KvStore.Hosting;

/// <summary>Adds parameters to an application.</summary>
public static class ParameterResourceBuilderExtensions
{
    /// <summary>Adds a parameter with a fixed value: the configuration does not change it.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The name of the parameter.</param>
    /// <param name="value">The value.</param>
    /// <param name="publishValueAsDefault">Whether what is published has the value as its default.</param>
    /// <param name="secret">Whether the value must not be shown.</param>
    /// <exception cref="ArgumentException">A secret is to be published.</exception>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder, string name, string value, bool publishValueAsDefault = false, bool secret = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(value);
        return publishValueAsDefault && secret
            ? throw new ArgumentException("A parameter cannot be both secret and published as a default value.", nameof(secret))
            : builder.AddResource(new ParameterResource(name, () => value, secret, publishValueAsDefault ? new ConstantParameterDefault(value) : null));
    }

    /// <summary>Adds a parameter that gets its value from the configuration, <c>Parameters:NAME</c>.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The name of the parameter.</param>
    /// <param name="secret">Whether the value must not be shown.</param>
    public static IResourceBuilder<ParameterResource> AddParameter(this IDistributedApplicationBuilder builder, string name, bool secret = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddResource(new ParameterResource(name, () => builder.GetConfigured(name) ?? throw Missing(name), secret));
    }

    /// <summary>Adds a parameter that gets its value from the configuration, <c>Parameters:NAME</c>, or else from a default.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The name of the parameter.</param>
    /// <param name="value">The default.</param>
    /// <param name="secret">Whether the value must not be shown.</param>
    /// <param name="persist">Whether the default is kept in the AppHost's user secrets, so that it is the same at the next start.</param>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder, string name, ParameterDefault value, bool secret = false, bool persist = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(value);
        return builder.AddResource(new ParameterResource(name, () => builder.GetConfigured(name) ?? MakeDefault(), secret, value));

        string MakeDefault()
        {
            var made = value.GetDefaultValue();
            if (persist)
            {
                UserSecrets.Of(builder.AppHostAssembly)?.Set(ConfigurationKey(name), made);
            }

            return made;
        }
    }

    // An environment variable cannot have a hyphen in every shell, so Parameters__write_quorum is write-quorum as well.
    private static string? GetConfigured(this IDistributedApplicationBuilder builder, string name) =>
        builder.Configuration[ConfigurationKey(name)] ?? builder.Configuration[ConfigurationKey(name.Replace('-', '_'))];

    private static string ConfigurationKey(string name) => $"Parameters:{name}";

    private static MissingParameterValueException Missing(string name) => new(
        $"Parameter '{name}' has no value. Give it as an argument, --{ConfigurationKey(name)}=VALUE, or as the environment variable " +
        $"Parameters__{name.Replace('-', '_')}, or keep it in the AppHost's user secrets: dotnet user-secrets set {ConfigurationKey(name)} VALUE");
}
