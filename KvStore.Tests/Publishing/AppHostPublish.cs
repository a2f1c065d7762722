using KvStore.Tests.Storage;

namespace KvStore.Tests.Publishing;

/// <summary>The real AppHost, called to publish.</summary>
internal sealed class AppHostPublish : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private readonly TemporaryFolder _folder = new();

    /// <summary>Where it publishes to.</summary>
    public string OutputPath => _folder.Path;

    public string ComposePath => Path.Combine(OutputPath, "docker-compose.yaml");

    public string EnvPath => Path.Combine(OutputPath, ".env");

    /// <summary>Publishes the compose file.</summary>
    public Task<CommandResult> ComposeAsync(params string[] arguments) =>
        RunAsync(["--operation", "publish", "--step", "publish", "--output-path", OutputPath, "--clear-cache", "true", .. arguments]);

    /// <summary>Calls the AppHost.</summary>
    public static Task<CommandResult> RunAsync(params string[] arguments) => CommandLine.RunAsync(
        Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [typeof(Projects.KvStore_AppHost).Assembly.Location, .. arguments], Limit);

    public void Dispose() => _folder.Dispose();
}
