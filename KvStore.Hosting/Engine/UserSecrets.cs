using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration.UserSecrets;

namespace KvStore.Hosting.Engine;

/// <summary>The user secrets of an AppHost, where <c>dotnet user-secrets</c> keeps them.</summary>
internal sealed class UserSecrets
{
    private static readonly JsonDocumentOptions ReadOptions = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
    private static readonly JsonSerializerOptions WriteOptions = new() { WriteIndented = true };

    private UserSecrets(string filePath)
    {
        FilePath = filePath;
    }

    public string FilePath { get; }

    /// <returns>Null when the project has no <c>UserSecretsId</c>.</returns>
    public static UserSecrets? Of(Assembly? appHost) =>
        appHost?.GetCustomAttribute<UserSecretsIdAttribute>() is { } attribute
            ? new UserSecrets(PathHelper.GetSecretsPathFromSecretsId(attribute.UserSecretsId))
            : null;

    /// <summary>Keeps a value beside those that are there. Only the person who runs this can read it.</summary>
    /// <exception cref="DistributedApplicationException">The file cannot be read or written.</exception>
    public void Set(string key, string value)
    {
        try
        {
            var secrets = File.Exists(FilePath) ? JsonNode.Parse(File.ReadAllText(FilePath), documentOptions: ReadOptions)!.AsObject() : [];
            secrets[key] = value;
            Write(secrets.ToJsonString(WriteOptions));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            throw new DistributedApplicationException(
                $"The generated value of {key} cannot be kept in the user secrets, {FilePath}: {exception.Message} " +
                $"Repair the file, or give the value as an argument: --{key}=VALUE", exception);
        }
    }

    // Replaced as a whole, so that nobody ever reads half of it.
    private void Write(string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        var temporaryPath = $"{FilePath}.{Environment.ProcessId}.tmp";
        using (var writer = new StreamWriter(temporaryPath, options))
        {
            writer.Write(text);
        }

        File.Move(temporaryPath, FilePath, overwrite: true);
    }
}
