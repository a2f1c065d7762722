using System.ComponentModel;

namespace KvStore.Tests.Docker;

/// <summary>The Docker engine of this machine, and the command that speaks compose files.</summary>
internal static class Docker
{
    /// <summary>Set to <c>required</c> where the tests must not be skipped.</summary>
    public const string Variable = "KVSTORE_DOCKER";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    // Looked for once. `docker compose` is version 2; `docker-compose` is version 1, which Debian has.
    private static readonly Lazy<IReadOnlyList<string>?> Found = new(() =>
        !Succeeds("docker", "version") ? null
        : Succeeds("docker", "compose", "version") ? ["docker", "compose"]
        : Succeeds("docker-compose", "version") ? ["docker-compose"]
        : null);

    /// <summary>Why the tests cannot run here; null when they can, or must.</summary>
    public static string? SkipReason => Found.Value is null && Environment.GetEnvironmentVariable(Variable) != "required"
        ? "Needs a Docker engine that answers `docker version`, and `docker compose` or `docker-compose`."
        : null;

    /// <summary>The command that speaks compose files.</summary>
    /// <exception cref="InvalidOperationException">There is none, or no engine.</exception>
    public static IReadOnlyList<string> Compose => Found.Value ?? throw new InvalidOperationException(
        $"{Variable} is 'required', and no Docker engine answers `docker version`, or there is neither `docker compose` nor `docker-compose`.");

    /// <summary>Runs <c>docker</c>.</summary>
    public static async Task<string> RunAsync(params string[] arguments) =>
        (await CommandLine.RunAsync("docker", arguments, Limit)).EnsureSuccess().Output.Trim();

    private static bool Succeeds(string program, params string[] arguments)
    {
        try
        {
            // Asked while tests are found, which is not asynchronous.
            return Task.Run(() => CommandLine.RunAsync(program, arguments, Limit)).GetAwaiter().GetResult().ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false; // There is no such program.
        }
    }
}
