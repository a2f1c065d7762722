using KvStore.Hosting.ApplicationModel;
using KvStore.Hosting.Docker;
using KvStore.Hosting.Engine;

namespace KvStore.Hosting.Publishing;

/// <summary>Writes down the application, in place of running it.</summary>
internal sealed class Publisher
{
    private readonly PublishOptions _options;
    private readonly IReadOnlyList<IResource> _resources;
    private readonly IResourceOutput _output;
    private readonly string _appHostName;

    public Publisher(PublishOptions options, IReadOnlyList<IResource> resources, IResourceOutput output, string appHostName)
    {
        _options = options;
        _resources = resources;
        _output = output;
        _appHostName = appHostName;
    }

    /// <summary>Writes the files that were asked for: all of them, or, when something is wrong, none.</summary>
    /// <exception cref="DistributedApplicationException">An option or the description is wrong, or a file cannot be written.</exception>
    public async Task PublishAsync(CancellationToken cancellationToken)
    {
        if (_options.Fault is { } fault)
        {
            throw new DistributedApplicationException(fault);
        }

        try
        {
            await (_options.Step == PublishOptions.ManifestStep ? PublishManifestAsync(cancellationToken) : PublishComposeAsync(cancellationToken));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DistributedApplicationException($"Nothing was published to {_options.OutputPath}: {exception.Message}", exception);
        }
    }

    private async Task PublishComposeAsync(CancellationToken cancellationToken)
    {
        var (yaml, variables) = DockerComposePublisher.Publish(_resources);
        var (composePath, envPath) = (Path.Combine(_options.OutputPath, "docker-compose.yaml"), Path.Combine(_options.OutputPath, ".env"));
        Directory.CreateDirectory(_options.OutputPath);
        var known = File.Exists(envPath) ? await File.ReadAllTextAsync(envPath, cancellationToken) : "";
        var header =
            $"# Published from {_appHostName}: change what is said there, and not this file. The command that makes it anew:{"\n"}" +
            $"#   dotnet run --project {_appHostName} -- --operation publish --step publish --output-path OUT{"\n\n"}";
        await WriteAsync(envPath, EnvFile.Merge(known, variables.Values), cancellationToken);
        await WriteAsync(composePath, header + yaml, cancellationToken);
        _output.Notify($"Published {composePath} and {envPath}.");
    }

    private async Task PublishManifestAsync(CancellationToken cancellationToken)
    {
        var path = _options.OutputPath.EndsWith(".json", StringComparison.Ordinal) ? _options.OutputPath : Path.Combine(_options.OutputPath, "aspire-manifest.json");
        var folder = Path.GetDirectoryName(path)!;
        var manifest = ManifestWriter.Write(_resources, folder);
        Directory.CreateDirectory(folder);
        await WriteAsync(path, manifest, cancellationToken);
        _output.Notify($"Published {path}.");
    }

    // Written aside and moved into place, so that nobody finds half a file.
    private static async Task WriteAsync(string path, string text, CancellationToken cancellationToken)
    {
        var aside = $"{path}.{Guid.NewGuid():N}";
        try
        {
            await File.WriteAllTextAsync(aside, text, cancellationToken);
            File.Move(aside, path, overwrite: true);
        }
        finally
        {
            File.Delete(aside);
        }
    }
}
