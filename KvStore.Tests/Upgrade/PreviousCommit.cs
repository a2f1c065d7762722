using System.Formats.Tar;

namespace KvStore.Tests.Upgrade;

/// <summary>
/// The node as it was before: built, once, from the commit before the one that is checked out, or from the one that
/// <see cref="CommitVariable"/> names. The build is kept beside the tests' own.
/// </summary>
internal static class PreviousCommit
{
    /// <summary>The variable that names another commit, such as a release.</summary>
    public const string CommitVariable = "KVSTORE_UPGRADE_FROM";

    private const string Program = "KvStore.Node.dll";

    private static readonly TimeSpan BuildLimit = TimeSpan.FromMinutes(10);
    private static readonly string Builds = Path.Combine(AppContext.BaseDirectory, "previous");
    private static readonly Lazy<Task<string>> Built = new(BuildAsync);

    private static readonly Lazy<(string Hash, string? WhyNot)> Commit = new(Find);

    /// <summary>The commit.</summary>
    public static string Hash => Commit.Value.Hash;

    /// <summary>Why there is nothing to build; null when there is.</summary>
    public static string? WhyNot => Commit.Value.WhyNot;

    /// <summary>The node's program of that commit, built at the first call.</summary>
    public static Task<string> ProgramAsync() => Built.Value;

    private static (string Hash, string? WhyNot) Find()
    {
        var name = Environment.GetEnvironmentVariable(CommitVariable) is { Length: > 0 } given ? given : "HEAD~1";
        try
        {
            // Asked while tests are found, which is not asynchronous.
            var git = Task.Run(() => RunAsync("git", "rev-parse", "--verify", "--end-of-options", $"{name}^{{commit}}")).GetAwaiter().GetResult();
            return git.ExitCode == 0
                ? (git.Output.Trim(), null)
                : ("", $"Needs the commit {name}, which is not in this clone (a shallow one?): {git.Error.Trim()}");
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return ("", $"Needs git: {e.Message}");
        }
    }

    private static async Task<string> BuildAsync()
    {
        var finished = Path.Combine(Builds, Hash);
        if (!Directory.Exists(finished))
        {
            using var sources = new Storage.TemporaryFolder();
            var output = $"{finished}.{Guid.NewGuid():N}";
            await ExtractAsync(sources.Path);
            await SucceedAsync(
                Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", "build", Path.Combine(sources.Path, "KvStore.Node"),
                "--output", output, "-nodeReuse:false", "-p:UseSharedCompilation=false", "-p:RunAnalyzers=false", "-v:quiet", "-nologo");
            foreach (var older in Directory.GetDirectories(Builds).Where(path => !Path.GetFileName(path).Contains('.')))
            {
                Directory.Delete(older, recursive: true);
            }

            Directory.Move(output, finished);
        }

        return Path.Combine(finished, Program);
    }

    // Not a worktree: that would be written down in the clone, and stay there when the tests are killed.
    private static async Task ExtractAsync(string folder)
    {
        var archive = Path.Combine(folder, "sources.tar");
        await SucceedAsync("git", "archive", "--format=tar", $"--output={archive}", Hash);
        await TarFile.ExtractToDirectoryAsync(archive, folder, overwriteFiles: false);
    }

    private static async Task SucceedAsync(string program, params string[] arguments) => (await RunAsync(program, arguments)).EnsureSuccess();

    private static Task<CommandResult> RunAsync(string program, params string[] arguments) =>
        CommandLine.RunAsync(program, arguments, BuildLimit, folder: Repository.Root);
}
